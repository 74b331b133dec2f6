//! What a machine, a relay or a feed can do to an operator: a clear word each time, and nothing lost.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::engine;
use crate::support::newsroom::{Newsroom, Running};
use crate::support::port::free_port;
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp, Setup};

/// A relay that takes everything.
fn willing() -> ScriptedSmtp {
    ScriptedSmtp::start(|_| Say::Usual)
}

/// Runs what must fail, and gives its error: the last line of stderr, which may have a log above it, up to where SQLite
/// adds its number.
fn error_of(command: Command) -> String {
    let ended = Running::start(command).end();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    without_number(ended.stderr.lines().last().unwrap_or_default())
}

fn without_number(error: &str) -> String {
    error.split(": Error code ").next().unwrap_or_default().to_owned()
}

#[test]
fn a_store_that_is_no_store_is_named_with_what_to_do() {
    let _file = engine::OfTheFile::only();
    let room = Newsroom::open(1, willing(), &[]);
    let store = room.griot.path().join("griot.db");
    let kept = fs::read(&store).unwrap();
    for name in ["griot.db", "griot.db-wal", "griot.db-shm"] {
        let _ = fs::remove_file(room.griot.path().join(name));
    }
    let error = || error_of(room.griot.command(&["send", "weekly-brief"]));

    assert_eq!(error(), "griot: the store griot.db does not exist; `griot init` makes it, or correct store.path");
    fs::create_dir(&store).unwrap();
    assert_eq!(
        error(),
        "griot: cannot open the store griot.db: the file can't be opened; look at its folder and its \
         permissions: unable to open database file: griot.db"
    );
    fs::remove_dir(&store).unwrap();
    fs::write(&store, "Dear reader, ".repeat(1_000)).unwrap();
    assert_eq!(
        error(),
        "griot: cannot open the store griot.db: the file is not a griot store; correct store.path or \
         restore a backup: file is not a database"
    );
    // Its first page is whole, the others are not.
    let mut damaged = kept;
    damaged[4096..].fill(0x5a);
    fs::write(&store, damaged).unwrap();
    assert_eq!(
        error(),
        "griot: cannot open the store griot.db: the file is damaged; restore a backup (`griot restore`): \
         database disk image is malformed"
    );
}

#[test]
fn a_store_that_may_not_be_written_is_named_with_what_to_do() {
    let _file = engine::OfTheFile::only();
    let room = Newsroom::open(1, willing(), &[]);
    for name in ["griot.db-wal", "griot.db-shm"] {
        let _ = fs::remove_file(room.griot.path().join(name));
    }
    let set = |path: &std::path::Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    set(&room.griot.path().join("griot.toml"), 0o444);
    set(&room.griot.path().join("griot.db"), 0o444);
    set(room.griot.path(), 0o555);
    let mut command = room.griot.command(&["send", "weekly-brief"]);
    // Permissions mean nothing to root, so that the command must be somebody else's.
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let error = error_of(command);
    set(room.griot.path(), 0o755);
    assert_eq!(
        error,
        "griot: cannot open the store griot.db: the file may not be written; make it and its folder \
         writable for this user: attempt to write a readonly database"
    );
}

/// In a namespace of its own, where anybody may mount a small file system: sends until the disk is full, then frees some
/// space and goes on.
const ON_A_FULL_DISK: &str = r#"
    set -eu
    mount -t tmpfs -o size=24m tmpfs full
    cp griot.db full/
    "$GRIOT" draft weekly-brief > out.draft
    "$GRIOT" approve weekly-brief > out.approve
    # All the rest of the disk, but for what the first rounds of sending take.
    dd if=/dev/zero of=full/ballast bs=1k count=$(( $(df --output=avail -k full | tail -1) - ROOM )) status=none
    "$GRIOT" send weekly-brief/1 --wait > out.full 2> err.full && echo 0 > code.full || echo $? > code.full
    rm full/ballast
    "$GRIOT" edition show weekly-brief/1 --json > out.between
    sent() { "$GRIOT" send weekly-brief/1 --wait > out.after 2>> err.after && grep -q ' sent ' out.after; }
    for round in 1 2 3 4 5 6 7 8 9 10; do sent && break; sleep 0.5; done
    "$GRIOT" edition show weekly-brief/1 --json > out.end
"#;

#[test]
fn a_disk_that_is_full_loses_nothing_and_sending_goes_on_once_there_is_space() {
    let _file = engine::OfTheFile::only();
    // Without these rights there is no small disk to fill, and that is said past the harness, which would keep it.
    let may = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        let _ = writeln!(std::io::stderr(), "NOT RUN: unshare -rm is not allowed here, so no full disk was tested");
        return;
    }
    let readers = 1_500;
    let room = Newsroom::open(readers, willing(), &[]);
    room.configure("[smtp]", "[store]\npath = \"full/griot.db\"\n\n[smtp]");
    fs::create_dir(room.griot.path().join("full")).unwrap();
    // The journal's 1.6 MB, which are taken at the start, and a little.
    let script = ON_A_FULL_DISK.replace("ROOM", "2200");
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script]).current_dir(room.griot.path());
    command.env("GRIOT", env!("CARGO_BIN_EXE_griot")).env_remove("GRIOT_CONFIG").env_remove("GRIOT_LOG");
    let ended = Running::start(command).end();
    let read = |name: &str| fs::read_to_string(room.griot.path().join(name)).unwrap_or_default();
    assert!(ended.status.success(), "{ended:?} {}", read("err.full"));

    assert_eq!(read("code.full").trim(), "1", "the disk was not full enough: {}", read("out.full"));
    assert_eq!(
        without_number(read("err.full").lines().last().unwrap_or_default()),
        "griot: the store full/griot.db: the disk is full; nothing was lost: free some space and run this again: database or \
         disk is full"
    );
    let json = |name: &str| serde_json::from_str::<serde_json::Value>(&read(name)).unwrap();
    let between = json("out.between");
    let count = |account: &serde_json::Value, state: &str| account[state].as_u64().unwrap();
    assert!((1..readers as u64).contains(&(count(&between, "sending") + count(&between, "accepted"))), "{between}");
    let end = json("out.end");
    assert_eq!(
        (end["state"].as_str(), count(&end, "accepted")),
        (Some("sent"), readers as u64),
        "{end} {}",
        read("err.after")
    );
    let mut got: Vec<String> = room.relay.arrived().into_iter().map(|message| message.recipient).collect();
    let messages = got.len();
    got.sort();
    got.dedup();
    assert_eq!(got.len(), readers);
    // What was answered is in the journal, if not in the store.
    assert_eq!(messages, readers, "somebody got it twice: {between}");
}

#[test]
fn a_relay_that_is_down_is_named_and_everybody_is_kept() {
    // Nobody listens there.
    let port = free_port();
    let room = Newsroom::open(20, willing(), &[]);
    room.configure(&format!(":{}?", room.relay.port), &format!(":{port}?"));
    assert_eq!(
        error_of(room.griot.command(&["send", "weekly-brief", "--wait"])),
        format!(
            "griot: the relay 127.0.0.1:{port} cannot be reached: Connection refused (os error 111). Nothing is lost: `griot send \
             weekly-brief` goes on where it ended"
        )
    );
    assert_eq!((room.count("queued"), room.count("recipients")), (20, 20));
    room.configure(&format!(":{port}?"), &format!(":{}?", room.relay.port));
    assert_eq!(room.griot.run(&["send", "weekly-brief", "--wait"]), "weekly-brief/1 · sent · 20 accepted\n");
    room.assert_each_got_it_once(20);
}

#[test]
fn a_wrong_password_is_named_and_the_edition_waits_for_the_right_one() {
    let setup = Setup { extensions: vec!["PIPELINING", "AUTH PLAIN"], ..Setup::default() };
    let right = data_encoding::BASE64.encode(b"\0brief\0drum beats far");
    let relay = ScriptedSmtp::set_up(setup, move |moment| match moment.at {
        At::Auth if !moment.line.ends_with(&right) => Say::Reply("535 5.7.8 authentication failed".into()),
        _ => Say::Usual,
    });
    let room = Newsroom::open(20, relay, &[("[delivery]", "[delivery]\nresume_refused = \"never\"")]);
    room.configure("smtp://127", "smtp://brief@127");
    let send = |password: &str| {
        let mut command = room.griot.command(&["send", "weekly-brief", "--wait"]);
        command.env("GRIOT_SMTP_PASSWORD", password);
        command
    };
    let error = error_of(send("drum beats near"));
    assert_eq!(
        error,
        "griot: weekly-brief/1 is paused: the relay refused the password; check the user in smtp.url and the password (535 5.7.8 \
         authentication failed). Nothing is lost: `griot edition resume weekly-brief/1` lets it go on"
    );
    assert!(!error.contains("drum"));
    let ended = Running::start(send("drum beats far")).end();
    assert_eq!(ended.stdout, "weekly-brief/1 · sent · 20 accepted\n", "{ended:?}");
    room.assert_each_got_it_once(20);
}

#[test]
fn s4_a_relay_that_hangs_is_named_after_its_time() {
    let relay = ScriptedSmtp::start(|moment| if moment.at == At::Greeting { Say::Nothing } else { Say::Usual });
    let room =
        Newsroom::open(3, relay, &[("[delivery]", "connections = 1\n[smtp.timeouts]\ngreeting = \"1s\"\n[delivery]")]);
    assert_eq!(
        error_of(room.griot.command(&["send", "weekly-brief", "--wait"])),
        format!(
            "griot: the relay 127.0.0.1:{} cannot be reached: it did not answer within 1 seconds. Nothing is lost: `griot send \
             weekly-brief` goes on where it ended",
            room.relay.port
        )
    );
    assert_eq!(room.count("queued"), 3);
}

/// A web server that answers every request by what `body` writes, and gives up when the client does.
fn feed_of(body: fn(&mut dyn Write) -> std::io::Result<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/feed", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || -> std::io::Result<()> {
                let mut stream = stream?;
                let _ = stream.read(&mut [0; 4096])?;
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n\r\n")?;
                stream.write_all(b"<rss version=\"2.0\"><channel><title>Endless</title>")?;
                body(&mut stream)
            });
        }
    });
    address
}

#[test]
fn feeds_without_end_are_given_up_and_the_others_read() {
    let endless = feed_of(|out| {
        loop {
            out.write_all(&b"<item><title>And another one</title></item>".repeat(1_000))?;
        }
    });
    let dripping = feed_of(|out| {
        loop {
            out.write_all(b" ")?;
            thread::sleep(Duration::from_millis(50));
        }
    });
    let room = Newsroom::open(1, willing(), &[]);
    room.configure("allow_private = true", "allow_private = true\ntimeout = \"2s\"\nmax_size = \"1MB\"");
    room.configure("feeds = [", &format!("feeds = [{endless:?}, {dripping:?}, "));
    let began = Instant::now();
    let printed = room.griot.run(&["fetch", "--json"]);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let lines: Vec<serde_json::Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["failed", "failed", "read"], "{printed}");
    let error = |line: usize| lines[line]["error"].as_str().unwrap().to_owned();
    let host = |url: &str| url.trim_start_matches("http://").trim_end_matches("/feed").to_owned();
    assert_eq!(error(0), format!("{}: it is larger than 1000000 bytes", host(&endless)));
    assert_eq!(error(1), format!("{}: it took longer than 2 seconds", host(&dripping)));
}
