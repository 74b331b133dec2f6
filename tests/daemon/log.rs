//! What a daemon says in its log.

use std::process::Stdio;

use serde_json::Value;

use crate::support::newsroom::{Newsroom, reader};
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp};

#[test]
fn a_daemon_logs_a_line_for_an_edition_that_is_sent() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == "reader1@readers.example" => Say::Reply("550 5.1.1 no such mailbox".into()),
        _ => Say::Usual,
    });
    let room = Newsroom::open(30, relay, &[]);
    let (daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_state("sent");
    daemon.terminate();
    let ended = daemon.end();
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| line.contains(" sent ")).collect();
    let [line] = lines.as_slice() else { panic!("{}", ended.stderr) };
    let told = "edition=weekly-brief/1 accepted=29 failed=1 skipped=0 unknown=0 seconds=";
    assert!(line.contains(told), "{line}");
}

#[test]
fn a_log_in_json_is_json_to_the_last_line_and_names_nobody() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == reader(1) => Say::Reply("550 5.1.1 no such mailbox".into()),
        _ => Say::Usual,
    });
    let room = Newsroom::open(3, relay, &[("[smtp]", "[log]\nformat = \"json\"\n\n[smtp]")]);
    let (daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_state("sent");
    daemon.terminate();
    let ended = daemon.end();
    let lines: Vec<Value> = ended
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &lines {
        for key in ["timestamp", "level", "message"] {
            assert!(line[key].is_string(), "no {key} in {line}");
        }
    }
    let sent = lines.iter().find(|line| line["edition"] == "weekly-brief/1" && line["accepted"] == 2);
    assert!(sent.is_some(), "{lines:#?}");
    assert!(!ended.stderr.contains(&reader(1)), "{}", ended.stderr);
}

#[test]
fn a_log_on_a_full_disk_stops_no_edition() {
    let room = Newsroom::open(30, ScriptedSmtp::start(|_| Say::Usual), &[]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = room.griot.command(&["daemon"]);
    let mut daemon = command.stdout(Stdio::null()).stderr(full).spawn().unwrap();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_state("sent");
    assert_eq!((room.count("accepted"), daemon.try_wait().unwrap()), (30, None), "it sent, and it lives");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}
