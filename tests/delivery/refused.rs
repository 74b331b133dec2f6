//! A relay that refuses us or a sender: the edition pauses, comes back by itself, and pulls no other one down (S2).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use crate::support::newsroom::{Newsroom, PATIENCE, WITH_LATE_BRIEF, reader};
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp, Setup};
use crate::support::wait::until;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

const READERS: usize = 20;

/// Says no to `line` at `at` until it is told that somebody has mended it.
fn refusing(at: At, line: &'static str, reply: &'static str) -> (ScriptedSmtp, Arc<AtomicBool>) {
    let is_mended = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_mended);
    let setup = Setup { extensions: vec!["PIPELINING", "AUTH PLAIN"], ..Setup::default() };
    let relay = ScriptedSmtp::set_up(setup, move |moment| {
        let is_it = moment.at == at && moment.line.starts_with(line) && !asked.load(SeqCst);
        if is_it { Say::Reply(reply.into()) } else { Say::Usual }
    });
    (relay, is_mended)
}

/// A newsroom whose refused editions rest for this long.
fn newsroom(relay: ScriptedSmtp, resume_refused: &str, changes: &[(&str, &str)]) -> Newsroom {
    let resume = format!("[delivery]\nresume_refused = \"{resume_refused}\"");
    let changes: Vec<(&str, &str)> =
        [("[delivery]", resume.as_str())].into_iter().chain(changes.iter().copied()).collect();
    Newsroom::open(READERS, relay, &changes)
}

fn resume_at(account: &Value) -> DateTime<Utc> {
    account["resume_at"].as_str().unwrap_or_else(|| panic!("{account}")).parse().unwrap()
}

/// All that is unsent is queued, and nobody was tried.
fn assert_nobody_failed(account: &Value) {
    let count = |state: &str| account[state].as_u64().unwrap();
    assert_eq!((count("queued"), count("recipients")), (READERS as u64, READERS as u64), "{account}");
}

#[test]
fn s2_a_refused_login_or_sender_pauses_for_a_time_and_a_daemon_goes_on_by_itself() {
    let user = |port: u16| {
        let old = format!("smtp://127.0.0.1:{port}?tls=none\"");
        (old, format!("smtp://brief@127.0.0.1:{port}?tls=none\"\npassword = \"drum\""))
    };
    let cases = [
        (
            At::Auth,
            "535 5.7.8 authentication failed",
            "the relay refused the password; check the user in smtp.url and the password (535 5.7.8 authentication failed)",
        ),
        (At::Mail, "550 5.7.1 not yours", "the relay refuses the sender: 550 5.7.1 not yours"),
    ];
    for (at, reply, reason) in cases {
        let (relay, is_mended) = refusing(at, "", reply);
        let (old, new) = user(relay.port);
        let room = newsroom(relay, "3s", &[(old.as_str(), new.as_str())]);
        std::fs::set_permissions(
            room.griot.path().join("griot.toml"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
        let (_daemon, _notices) = room.daemon();
        let before = Utc::now();
        room.griot.run(&["send", "weekly-brief"]);
        room.until_state("paused");
        let account = room.account();
        assert_eq!(account["reason"], reason);
        assert_nobody_failed(&account);
        let rest = resume_at(&account) - before;
        assert!((TimeDelta::seconds(2)..TimeDelta::seconds(30)).contains(&rest), "{rest}");

        // It is asked again, and says no again.
        let first = resume_at(&account);
        until(PATIENCE, "it is paused again", || {
            let account = room.account();
            account["state"] == "paused" && resume_at(&account) > first
        });
        is_mended.store(true, SeqCst);
        room.until_state("sent");
        room.assert_each_got_it_once(READERS);
        assert!(room.relay.arrived().iter().all(|message| message.was_accepted));
    }
}

#[test]
fn s2_an_operator_who_has_mended_it_need_not_wait() {
    let (relay, is_mended) = refusing(At::Mail, "", "550 5.7.1 not yours");
    let room = newsroom(relay, "2h", &[]);
    let before = Utc::now();
    let output = room.griot.command(&["send", "weekly-brief", "--wait"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let account = room.account();
    let rest = resume_at(&account) - before;
    assert!((TimeDelta::minutes(119)..TimeDelta::minutes(121)).contains(&rest), "{rest}");
    let until = resume_at(&account).with_timezone(&chrono_tz::Africa::Accra).format("%a %-d %b %H:%M Africa/Accra");
    let told = format!(
        "griot: weekly-brief/1 is paused until {until}: the relay refuses the sender: 550 5.7.1 not yours. Nothing is \
         lost: a daemon lets it go on then, or `griot edition resume weekly-brief/1` at once\n"
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.ends_with(&told), "{stderr}");

    let (_daemon, _notices) = room.daemon();
    is_mended.store(true, SeqCst);
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert_eq!(room.account()["state"], "paused", "two hours are not over");
    room.griot.run(&["edition", "resume", "weekly-brief"]);
    room.until_state("sent");
    room.assert_each_got_it_once(READERS);
}

#[test]
fn with_never_it_waits_for_an_operator() {
    let (relay, _) = refusing(At::Mail, "", "550 5.7.1 not yours");
    let room = newsroom(relay, "never", &[]);
    let output = room.griot.command(&["send", "weekly-brief", "--wait"]).output().unwrap();
    let told = "griot: weekly-brief/1 is paused: the relay refuses the sender: 550 5.7.1 not yours. Nothing is lost: `griot \
                edition resume weekly-brief/1` lets it go on\n";
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.ends_with(told), "{stderr}");
    assert_eq!(room.account()["resume_at"], Value::Null);
}

#[test]
fn s2_a_sender_that_is_refused_is_no_matter_to_an_edition_with_another() {
    let (relay, _) = refusing(At::Mail, "MAIL FROM:<brief@", "550 5.7.1 not yours");
    let room = newsroom(relay, "1h", &[WITH_LATE_BRIEF]);
    room.griot.run(&["subscribers", "import", "readers.csv", "--newsletter", "late-brief", "--confirmed"]);
    let (_daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.griot.run(&["send", "late-brief"]);
    room.until_state("paused");
    assert_nobody_failed(&room.account());
    until(PATIENCE, "the other one is sent", || {
        room.griot.json(&["edition", "show", "late-brief/1", "--json"])["state"] == "sent"
    });
    let mut got: Vec<String> = room.relay.arrived().into_iter().map(|message| message.recipient).collect();
    let mut all: Vec<String> = (1..=READERS).map(reader).collect();
    got.sort();
    all.sort();
    assert_eq!(got, all);
}
