//! `griot edition resend-unknown` and `send-missed`: seeing to those an edition did not reach, once each and no other.

use crate::support::rows;
use std::fs;

use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};
use crate::support::wait::until;
use griot::store::Db;
use serde_json::json;

const RESEND: [&str; 3] = ["edition", "resend-unknown", "weekly-brief/1"];
const MISSED: [&str; 3] = ["edition", "send-missed", "weekly-brief/1"];
const SEND: [&str; 3] = ["send", "weekly-brief/1", "--wait"];

/// Cuts the connection over the first message to each of these, before the answer.
fn cuts_over(readers: &'static [usize]) -> ScriptedSmtp {
    ScriptedSmtp::start(move |moment: &Moment| {
        let is_one = readers.iter().any(|number| reader(*number) == moment.recipient);
        if moment.at == At::Dot && is_one && moment.arrived_before == 0 { Say::Cut(b"") } else { Say::Usual }
    })
}

fn usual() -> ScriptedSmtp {
    ScriptedSmtp::start(|_| Say::Usual)
}

/// An edition that everybody has who can get it.
fn sent(readers: usize, relay: ScriptedSmtp, changes: &[(&str, &str)]) -> Newsroom {
    let room = Newsroom::open(readers, relay, changes);
    until(PATIENCE, "all is tried that can be tried now", || {
        room.griot.command(&["send", "weekly-brief", "--wait"]).output().unwrap();
        room.count("queued") == 0 && room.count("sending") == 0
    });
    room
}

fn store(room: &Newsroom) -> Db {
    rows::of(room.griot.path())
}

fn subscribe(room: &Newsroom, number: usize) {
    room.griot.run(&["subscribers", "add", &reader(number), "--newsletter", "weekly-brief", "--confirmed"]);
}

/// Both the error and what it leaves: nothing done.
fn refused(room: &Newsroom, words: &[&str]) -> String {
    let output = room.griot.command(words).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{words:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// How many whole messages each reader got.
fn copies(room: &Newsroom, number: usize) -> usize {
    room.relay.arrived().iter().filter(|message| message.recipient == reader(number)).count()
}

/// Makes accepted deliveries of the sent edition something else, as the engine would have recorded it.
fn rewrite(room: &Newsroom, number: usize, state: &str, enhanced: &str, skipped_because: &str) {
    let email = reader(number);
    let class = griot::meaning::of_reply(550, enhanced, "", None).class;
    store(room)
        .execute_batch(&format!(
            "BEGIN;
             CREATE TEMP TABLE one AS SELECT id FROM subscribers WHERE email = '{email}';
             UPDATE deliveries SET state = '{state}', skipped_because = '{skipped_because}'
             WHERE subscriber_id = (SELECT id FROM one);
             UPDATE attempts SET outcome = iif('{state}' = 'failed', 'failed', 'deferred'), enhanced = '{enhanced}'
             WHERE subscriber_id = (SELECT id FROM one);
             INSERT INTO feedback (edition_id, subscriber_id, class, reason, source, action, received_at)
             SELECT 1, id, '{class}', 'undefined', 'relay', 'none', 0 FROM one WHERE '{state}' = 'failed';
             INSERT INTO delivery_counts VALUES (1, 'accepted', -1), (1, '{state}', 1)
             ON CONFLICT (edition_id, state) DO UPDATE SET deliveries = delivery_counts.deliveries + excluded.deliveries;
             COMMIT;"
        ))
        .unwrap();
}

#[test]
fn s6_resends_what_is_unknown_once_and_byte_for_byte_the_same() {
    let hold = [("retry_unknown = \"1s\"", "retry_unknown = \"hold\"")];
    let room = sent(6, cuts_over(&[2, 3, 5]), &hold);
    assert_eq!((room.account()["state"].clone(), room.count("unknown")), ("sent".into(), 3));
    room.griot.run(&["subscribers", "remove", &reader(5)]);

    assert_eq!(
        room.griot.run(&RESEND),
        "weekly-brief/1 · 2 unknown deliveries due now · a running daemon sends it, or griot send weekly-brief/1\n\
         Left unknown, because the reader has left or is suppressed: 1\n"
    );
    let account = room.account();
    assert_eq!((&account["state"], &account["finished_at"]), (&"sending".into(), &serde_json::Value::Null));
    assert_eq!(
        room.griot.run(&RESEND),
        "weekly-brief/1 · nothing to do: no unknown delivery that is not due already\n\
         Left unknown, because the reader has left or is suppressed: 1\n"
    );
    let told = room.griot.json(&[&RESEND[..], &["--json"]].concat());
    assert_eq!(told, json!({"edition": "weekly-brief/1", "state": "sending", "due": 0, "left": 1}));

    assert_eq!(room.griot.run(&SEND), "weekly-brief/1 · sent · 5 accepted · 1 unknown\n");
    assert_eq!([1, 2, 3, 4, 5, 6].map(|number| copies(&room, number)), [1, 2, 2, 1, 1, 1]);
    for number in [2, 3] {
        let arrived = room.relay.arrived();
        let both: Vec<_> = arrived.iter().filter(|message| message.recipient == reader(number)).collect();
        assert_eq!(both[0].bytes, both[1].bytes);
    }
    // The edition is over, and stays so.
    let told = room.griot.json(&[&RESEND[..], &["--json"]].concat());
    assert_eq!(told, json!({"edition": "weekly-brief/1", "state": "sent", "due": 0, "left": 1}));
}

#[test]
fn s6_resends_before_the_retry_that_was_planned() {
    let room = sent(3, cuts_over(&[2]), &[("retry_unknown = \"1s\"", "retry_unknown = \"5h\"")]);
    assert_eq!((room.account()["state"].clone(), room.count("unknown")), ("sending".into(), 1));
    assert_eq!(
        room.griot.run(&RESEND),
        "weekly-brief/1 · 1 unknown delivery due now · a running daemon sends it, or griot send weekly-brief/1\n"
    );
    assert_eq!(room.griot.run(&SEND), "weekly-brief/1 · sent · 3 accepted\n");
    assert_eq!(copies(&room, 2), 2);
}

#[test]
fn sends_to_who_came_later_and_to_nobody_twice() {
    let room = sent(3, usual(), &[]);
    assert_eq!(room.griot.run(&MISSED), "weekly-brief/1 · nothing to do: no confirmed subscriber has missed it\n");
    assert_eq!(room.account()["state"], "sent");

    subscribe(&room, 4);
    subscribe(&room, 5);
    store(&room).execute("INSERT INTO suppressions VALUES (upper(?1), 'complaint', 0)", [reader(5)]).unwrap();
    // Asked, and not confirmed.
    room.griot.run(&["subscribers", "add", &reader(6), "--newsletter", "weekly-brief"]);
    assert_eq!(
        room.griot.run(&MISSED),
        "weekly-brief/1 · 1 added · a running daemon sends it, or griot send weekly-brief/1\n"
    );
    let nothing = json!({
        "edition": "weekly-brief/1", "state": "sending", "added": 0, "again": 0, "failed_by_fault": 0,
    });
    assert_eq!(room.griot.json(&[&MISSED[..], &["--json"]].concat()), nothing);
    assert_eq!(room.griot.run(&SEND), "weekly-brief/1 · sent · 4 accepted\n");
    assert_eq!([1, 2, 3, 4, 5].map(|number| copies(&room, number)), [1, 1, 1, 1, 0]);
    assert_eq!(room.count("recipients"), 4);
}

#[test]
fn sends_again_to_who_was_skipped_and_to_whom_our_fault_cost_it() {
    let room = sent(12, usual(), &[]);
    let failures = ["5.7.26", "5.6.0", "5.3.4", "5.2.3", "5.2.2", "5.1.1", "5.3.40", "4.7.1", ""];
    for (number, enhanced) in (1..).zip(failures) {
        rewrite(&room, number, "failed", enhanced, "");
    }
    // One whose subscription holds again, one who left for good, one whom the relay took after all.
    rewrite(&room, 10, "skipped", "4.2.2", "the subscription ended");
    rewrite(&room, 11, "skipped", "4.2.2", "the subscription ended");
    room.griot.run(&["subscribers", "remove", &reader(11)]);
    // Our fault or not, who left since gets nothing.
    room.griot.run(&["subscribers", "remove", &reader(4)]);
    assert_eq!((room.count("failed"), room.count("skipped"), room.count("accepted")), (9, 2, 1));

    assert_eq!(
        room.griot.run(&MISSED),
        "weekly-brief/1 · 1 queued again · 3 queued again after a fault of ours · a running daemon sends it, or griot send \
         weekly-brief/1\n"
    );
    assert_eq!((room.count("failed"), room.count("skipped"), room.count("queued")), (6, 1, 4));
    assert_eq!(room.griot.run(&MISSED), "weekly-brief/1 · nothing to do: no confirmed subscriber has missed it\n");
    assert_eq!(room.griot.run(&SEND), "weekly-brief/1 · sent · 5 accepted · 6 failed · 1 skipped\n");
    assert_eq!((1..=12).map(|number| copies(&room, number)).collect::<Vec<_>>(), [2, 2, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1]);
    // Each has as many attempts on record as it counts, and is skipped for no reason any more.
    let strays: i64 = store(&room)
        .query_row(
            "SELECT count(*) FROM deliveries AS d WHERE state = 'accepted' AND skipped_because <> '' OR attempts <>
             (SELECT count(*) FROM attempts AS a WHERE a.subscriber_id = d.subscriber_id)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(strays, 0);
}

#[test]
fn takes_up_what_a_fault_left_behind() {
    let room = sent(4, usual(), &[]);
    store(&room)
        .execute_batch(
            "UPDATE deliveries SET state = 'queued', attempts = 0 WHERE subscriber_id IN (1, 2);
             DELETE FROM attempts WHERE subscriber_id IN (1, 2);
             UPDATE deliveries SET next_attempt_at = 0 WHERE subscriber_id = 1;
             UPDATE delivery_counts SET deliveries = 2 WHERE state IN ('accepted', 'queued');",
        )
        .unwrap();
    assert_eq!(
        room.griot.run(&MISSED),
        "weekly-brief/1 · 2 queued again · a running daemon sends it, or griot send weekly-brief/1\n"
    );
    assert_eq!(room.griot.run(&MISSED), "weekly-brief/1 · nothing to do: no confirmed subscriber has missed it\n");
    assert_eq!(room.griot.run(&SEND), "weekly-brief/1 · sent · 4 accepted\n");
}

#[test]
fn a_running_daemon_sends_it_and_a_pause_holds_it() {
    let room = sent(2, usual(), &[]);
    let (daemon, _notices) = room.daemon();
    subscribe(&room, 3);
    room.griot.run(&MISSED);
    room.until_arrived(3);
    room.until_state("sent");
    daemon.terminate();
    assert!(daemon.end().status.success());

    subscribe(&room, 4);
    room.griot.run(&MISSED);
    room.griot.run(&["edition", "pause", "weekly-brief/1"]);
    subscribe(&room, 5);
    assert_eq!(
        room.griot.run(&MISSED),
        "weekly-brief/1 · 1 added · it is paused, and griot edition resume weekly-brief/1 lets it go on\n"
    );
    assert_eq!((room.account()["state"].clone(), room.count("queued")), ("paused".into(), 2));
    room.griot.run(&["edition", "resume", "weekly-brief/1"]);
    assert_eq!(room.griot.run(&SEND), "weekly-brief/1 · sent · 5 accepted\n");
    room.assert_each_got_it_once(5);
}

#[test]
fn says_why_an_edition_cannot_be_sent_again() {
    let room = Newsroom::open(2, usual(), &[]);
    room.griot.run(&["draft", "weekly-brief"]);
    for state in ["draft", "approved"] {
        let error = format!(
            "griot: weekly-brief/1 is {state}, and nobody was sent it yet; `griot send weekly-brief/1` begins\n"
        );
        assert_eq!([refused(&room, &RESEND), refused(&room, &MISSED)], [error.clone(), error]);
        room.griot.run(&["approve", "weekly-brief/1"]);
    }
    // As it is in the moment after its release.
    store(&room).execute("UPDATE editions SET state = 'sending', started_at = 0", []).unwrap();
    assert_eq!(
        refused(&room, &MISSED),
        "griot: the recipients of weekly-brief/1 are not complete yet, and who is confirmed gets it anyway; run this again \
         once `griot edition show weekly-brief/1` counts them all\n"
    );
    room.griot.run(&["edition", "cancel", "weekly-brief/1"]);
    for state in ["cancelled", "skipped"] {
        store(&room).execute("UPDATE editions SET state = ?1", [state]).unwrap();
        let error = format!(
            "griot: weekly-brief/1 is {state}, and that is for good; `griot send weekly-brief` sends the next edition\n"
        );
        assert_eq!([refused(&room, &RESEND), refused(&room, &MISSED)], [error.clone(), error]);
    }
}

#[test]
fn adds_more_readers_than_one_transaction_holds() {
    let room = sent(3, usual(), &[]);
    let rows: String = (4..=45_004).map(|number| format!("{}\n", reader(number))).collect();
    fs::write(room.griot.path().join("more.csv"), format!("email\n{rows}")).unwrap();
    room.griot.run(&["subscribers", "import", "more.csv", "--newsletter", "weekly-brief", "--confirmed"]);
    let told = |added: u64| json!({"edition": "weekly-brief/1", "state": "sending", "added": added, "again": 0, "failed_by_fault": 0});
    let missed = [&MISSED[..], &["--json"]].concat();
    assert_eq!(room.griot.json(&missed), told(45_001));
    assert_eq!(room.griot.json(&missed), told(0));
    assert_eq!((room.count("recipients"), room.count("queued")), (45_004, 45_001));
}
