//! `griot demo` as a newcomer meets it: one command, one URL, a whole edition in an inbox, a way out that works, and
//! nothing left when it ends.

mod support {
    pub mod wait;
}

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mail_parser::MessageParser;
use support::wait;

/// The most an SpamAssassin's local rules may say of the demo's brief.
const MOST_SPAM: f64 = 1.0;
/// The most the HTML part of a brief of ten stories may weigh.
const MOST_HTML: usize = 60_000;

struct Demo {
    process: Child,
    /// `127.0.0.1:PORT` of the page it printed.
    host: String,
    /// Where the demo's temporary folder is, and nothing else.
    folder: tempfile::TempDir,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_griot"))
            .arg("demo")
            .args(arguments)
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut host = None;
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(url) = line.strip_prefix("Look at it: http://") {
                host = Some(url.to_owned());
                break;
            }
        }
        Self { process, host: host.expect("the demo printed its URL"), folder }
    }

    fn configuration(&self) -> PathBuf {
        let made: Vec<_> = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(made.len(), 1, "{made:?}");
        made[0].join("griot.toml")
    }

    fn griot(&self, arguments: &[&str]) -> serde_json::Value {
        let output = Command::new(env!("CARGO_BIN_EXE_griot"))
            .args(arguments)
            .arg("--config")
            .arg(self.configuration())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn messages(&self) -> usize {
        let (_, page) = ask(&self.host, "GET", "/inbox", "");
        (1..=200).take_while(|number| page.contains(&format!("\"/inbox/{number}\""))).count()
    }

    /// A message as it came over the wire.
    fn message(&self, number: usize) -> String {
        ask(&self.host, "GET", &format!("/inbox/{number}/message.eml"), "").1
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Only where a test failed before it ended the demo itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One request, its status and body.
fn ask(host: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, body.to_owned())
}

/// Host and path of an http URL.
fn parted(url: &str) -> (&str, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    (host, format!("/{path}"))
}

fn header(source: &str, name: &str) -> String {
    let head = source.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
}

#[test]
fn the_whole_brief_reaches_everyone_and_who_leaves_is_not_mailed_again() {
    let mut demo = Demo::start(&[]);
    let (status, front) = ask(&demo.host, "GET", "/", "");
    assert_eq!(status, 200);
    assert!(front.contains("A brief of ten stories from three platforms went to 25 readers"), "{front}");
    assert_eq!(demo.messages(), 25);
    let source = demo.message(1);
    let message = MessageParser::default().parse(source.as_bytes()).unwrap();
    assert!(message.body_html(0).unwrap().contains("The Weekly Brief"));
    assert!(message.body_text(0).unwrap().contains("The Weekly Brief"));

    let list_unsubscribe = header(&source, "List-Unsubscribe");
    let url = list_unsubscribe.trim_start_matches('<').split('>').next().unwrap();
    let (host, path) = parted(url);
    assert_eq!(ask(host, "POST", &path, "List-Unsubscribe=One-Click").0, 200);
    let (status, online) = ask(host, "GET", "/archive/weekly-brief/1", "");
    assert!(status == 200 && online.contains("The Weekly Brief"), "{status}");

    let second = demo.griot(&["send", "weekly-brief", "--wait", "--json"]);
    assert_eq!((&second["state"], &second["accepted"]), (&"sent".into(), &24.into()), "{second}");
    assert_eq!(demo.messages(), 49);

    let pid = demo.process.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut ended = None;
    wait::until(Duration::from_secs(15), "the demo ends", || {
        ended = demo.process.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(0));
    assert_eq!(fs::read_dir(demo.folder.path()).unwrap().count(), 0, "something stayed behind");
    assert!(TcpStream::connect(&demo.host).is_err(), "its port is still open");
}

#[test]
fn spam_filters_and_gmail_take_the_demos_brief_as_it_is() {
    let demo = Demo::start(&[]);
    let source = demo.message(1);
    let message = MessageParser::default().parse(source.as_bytes()).unwrap();
    let html = message.body_html(0).unwrap().len();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spam");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("brief.eml");
    fs::write(&file, &source).unwrap();
    // Local rules only (-L): what others on the Internet say of a made-up sender is no measure.
    let output = Command::new("spamassassin")
        .args(["-L", "-t"])
        .arg(&file)
        // What it learns from this message stays here.
        .env("HOME", &folder)
        .output()
        .expect("SpamAssassin is not installed: run ./check, which installs it");
    let report = String::from_utf8_lossy(&output.stdout);
    let status = report.replace("\n\t", " ");
    let line = status.lines().find(|line| line.starts_with("X-Spam-Status:")).expect("SpamAssassin judged the message");
    println!("the demo's brief: {html} bytes of HTML; {line}");
    let score: f64 = line.split("score=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(score < MOST_SPAM, "{line}");
    assert!(html < MOST_HTML, "{html} bytes");
}

#[test]
fn h_linters_and_axe_find_nothing_in_the_demos_brief() {
    let demo = Demo::start(&[]);
    let source = demo.message(1);
    let html = MessageParser::default().parse(source.as_bytes()).unwrap().body_html(0).unwrap().into_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demos-brief");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("brief.html"), html).unwrap();
    let lint = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    assert!(lint.join("node_modules").is_dir(), "The linters are not installed: run ./check, which installs them.");
    for script in ["clients.mjs", "html.mjs", "access.mjs"] {
        let output = Command::new("node").arg(lint.join(script)).arg(&folder).output().expect("node: run ./check");
        let found = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} found:\n{found}");
    }
}
