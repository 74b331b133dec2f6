//! From feeds to mailboxes through a real relay: 200 readers, each with exactly one message, every header as the
//! rules want it, and a reader who leaves by one click is left out of the next edition.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::support::configuration;
use crate::support::feed_server::{self, Page, fresh_feed};
use crate::support::griot::Griot;
use crate::support::mail::Mail;
use crate::support::port::free_port;
use crate::support::postfix::{Postfix, READERS_DOMAIN};
use crate::support::wait::until;

const READERS: usize = 200;
const PATIENCE: Duration = Duration::from_secs(60);

/// Real feeds of every kind griot reads. Their stories are too old to be picked, so they prove that polling takes them.
const REAL_FEEDS: [&str; 4] =
    ["rss2/rss_2.0_bbc.xml", "rss2/rss_2.0_ch9.xml", "atom/atom_spec_1.xml", "jsonfeed/jsonfeed_example_1.json"];

#[test]
fn an_edition_goes_through_postfix_to_every_reader_once() {
    let readers: Vec<String> = (1..=READERS).map(|n| format!("reader{n}@{READERS_DOMAIN}")).collect();
    let Some(postfix) = Postfix::start(&readers) else { return };
    let now = Utc::now();
    let mut pages = real_feeds();
    let real: Vec<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    pages.push(("this-week".to_owned(), fresh_feed(now, "first", &HEADLINES)));
    pages.push(("later".to_owned(), fresh_feed(now, "second", &MORE_HEADLINES)));
    let server = feed_server::serve(pages);
    let url = |name: &str| format!("{server}{name}");
    let mut feeds: Vec<String> = real.iter().map(|name| url(name)).collect();
    feeds.push(url("this-week"));

    let web_port = free_port();
    let griot = Griot::set_up(&configuration::text(&feeds, postfix.port, web_port));
    griot.run(&["fetch"]);
    let rows: String = readers.iter().map(|reader| format!("{reader},Añuli\n")).collect();
    fs::write(griot.path().join("readers.csv"), format!("email,name\n{rows}")).unwrap();
    let imported =
        griot.json(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed", "--json"]);
    assert_eq!((&imported["rows"], &imported["added"]), (&Value::from(READERS), &Value::from(READERS)));

    let sent = griot.json(&["send", "weekly-brief", "--wait", "--json"]);
    assert_eq!(sent["state"], "sent", "{sent}");
    assert_eq!((accounted(&sent), &sent["accepted"]), (READERS as u64, &Value::from(READERS)), "{sent}");
    until(PATIENCE, "every message is in a mailbox", || postfix.delivered() >= READERS);
    let mails: Vec<Mail> = readers.iter().map(|reader| the_one_mail(&postfix, reader)).collect();
    for (reader, mail) in readers.iter().zip(&mails) {
        check_headers(mail, reader, now);
        check_body(mail);
    }
    // F4: one for each reader.
    let message_ids: HashSet<&str> = mails.iter().map(|mail| mail.field("Message-ID")).collect();
    assert_eq!(message_ids.len(), READERS);

    // The next edition, with a daemon that does the sending and serves the page of the one click.
    feeds.push(url("later"));
    griot.write_configuration(&configuration::text(&feeds, postfix.port, web_port));
    griot.run(&["fetch"]);
    let mut daemon = Daemon::start(&griot);
    until(PATIENCE, "the daemon's pages answer", || TcpStream::connect(("127.0.0.1", web_port)).is_ok());
    assert_eq!(one_click(mails[6].field("List-Unsubscribe")), 200);
    let sent = griot.json(&["send", "weekly-brief", "--wait", "--json"]);
    assert_eq!(sent["state"], "sent", "{sent}");
    assert_eq!((accounted(&sent), &sent["accepted"]), (READERS as u64 - 1, &Value::from(READERS - 1)), "{sent}");
    until(PATIENCE, "the second edition is in the mailboxes", || postfix.delivered() >= 2 * READERS - 1);
    for (n, reader) in readers.iter().enumerate() {
        let expected = if n == 6 { 1 } else { 2 };
        assert_eq!(postfix.mails_of(reader).len(), expected, "{reader}");
    }
    daemon.stop();
}

const HEADLINES: [&str; 6] = [
    "Accra opens its new market hall",
    "The river ferry sails again",
    "A choir from Lagos wins in Nairobi",
    "Rain comes early to the north",
    "Two sisters reopen the old cinema",
    "Why the night train was late",
];

const MORE_HEADLINES: [&str; 6] = [
    "Fishermen count the first catch",
    "Students rebuild a telescope",
    "The museum lends its drums",
    "A bakery that never closes",
    "Elections for the harbour council",
    "Highlife returns to the radio",
];

/// From the corpora, where there are any. Said aloud where there are none; the test goes on with its own feeds.
fn real_feeds() -> Vec<Page> {
    let Some(corpora) = std::env::var_os("GRIOT_CORPORA") else {
        // Past the test harness, which would keep it to itself.
        let _ = writeln!(std::io::stderr(), "NOT RUN: real feeds, because GRIOT_CORPORA does not name their folder");
        return Vec::new();
    };
    let folder = Path::new(&corpora).join("feeds/feed-rs");
    let page = |name: &&str| {
        let path = folder.join(name);
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        ((*name).to_owned(), bytes)
    };
    REAL_FEEDS.iter().map(page).collect()
}

fn the_one_mail(postfix: &Postfix, reader: &str) -> Mail {
    let mails = postfix.mails_of(reader);
    assert_eq!(mails.len(), 1, "{reader} got {} messages", mails.len());
    Mail::read(&mails[0])
}

/// The recipients, once every state of a delivery was added up to them.
fn accounted(edition: &Value) -> u64 {
    let count = |state: &str| edition[state].as_u64().unwrap_or_else(|| panic!("no {state} in {edition}"));
    let states = ["accepted", "failed", "skipped", "unknown", "queued", "deferred", "sending"];
    assert_eq!(states.map(count).iter().sum::<u64>(), count("recipients"), "{edition}");
    count("recipients")
}

fn check_headers(mail: &Mail, reader: &str, now: DateTime<Utc>) {
    // F2: one of each that must be there, at most one of the others.
    for name in ["From", "To", "Subject", "Reply-To"] {
        mail.field(name);
    }
    assert!(mail.all("Sender").len() <= 1);
    assert!(mail.field("From").ends_with("<brief@example.org>"));
    assert!(mail.field("To").ends_with(&format!("<{reader}>")), "{}", mail.field("To"));
    // F3: a date that another parser reads, with a numeric zone, and of this run.
    let date = mail.field("Date");
    let parsed = DateTime::parse_from_rfc2822(date).unwrap_or_else(|error| panic!("{date}: {error}"));
    assert!(date.contains(" +") || date.contains(" -"), "{date}");
    assert!((parsed.to_utc() - now).num_minutes().abs() < 5, "{date}");
    // F4
    assert!(mail.field("Message-ID").ends_with("@example.org>"), "{}", mail.field("Message-ID"));
    // F7
    for word in mail.fields.iter().flat_map(|(_, value)| value.split_whitespace()) {
        assert!(!word.contains("=?") || word.len() <= 75, "{word}");
    }
    // The headers of a list: one of each, with these values.
    assert!(mail.field("List-ID").ends_with("<weekly-brief.list-id.example.org>"), "{}", mail.field("List-ID"));
    assert_eq!(mail.field("List-Unsubscribe").matches("<http").count(), 1);
    assert!(mail.field("List-Unsubscribe").contains("/unsubscribe/"));
    assert_eq!(mail.field("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(mail.field("List-Post"), "NO");
    for name in ["List-Help", "List-Subscribe", "List-Archive", "List-Owner"] {
        let value = mail.field(name);
        assert!(value.starts_with("<http") || value.starts_with("<mailto:"), "{name}: {value}");
    }
    assert_eq!(mail.field("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.field("Feedback-ID").split(':').count(), 4, "{}", mail.field("Feedback-ID"));
    for name in ["Precedence", "Bcc", "Errors-To", "Disposition-Notification-To", "X-Priority"] {
        assert!(mail.all(name).is_empty(), "{name} must not be there");
    }
}

fn check_body(mail: &Mail) {
    // F1: the relay stored it with LF, so the lengths are what is left to see.
    assert!(mail.lines.iter().all(|line| line.len() <= 998));
    let body = mail.lines.iter().skip_while(|line| !line.is_empty());
    assert!(body.clone().all(|line| line.len() <= 78), "{:?}", body.max_by_key(|line| line.len()));
    // F5
    assert!(mail.field("Content-Type").starts_with("multipart/alternative"));
    assert_eq!(mail.of_parts("Content-Type"), ["text/plain; charset=utf-8", "text/html; charset=utf-8"]);
    // F6
    for encoding in mail.of_parts("Content-Transfer-Encoding") {
        assert!(matches!(encoding, "quoted-printable" | "base64"), "{encoding}");
    }
}

/// Does what a mailbox provider does when its reader clicks "unsubscribe" (RFC 8058), and gives the status.
fn one_click(list_unsubscribe: &str) -> u16 {
    let url = list_unsubscribe.split(['<', '>']).find(|part| part.starts_with("http")).unwrap();
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let body = "List-Unsubscribe=One-Click";
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no HTTP: {answer}"))
}

/// A running `griot daemon`, which does not outlive its test.
struct Daemon(Child);

impl Daemon {
    fn start(griot: &Griot) -> Self {
        Self(griot.command(&["daemon"]).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Asks it to end as systemd would, and wants a good end.
    fn stop(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let status = self.0.wait().unwrap();
        assert!(status.success(), "the daemon ended with {status}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Nothing to do where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
