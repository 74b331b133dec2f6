//! `griot store check`: what is wrong with a store is told whole, each fault on a line with what to do about it.

use crate::support::engine;
use crate::support::rows;
use std::time::Duration;

use crate::support;
use crate::support::newsroom::Newsroom;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};
use serde_json::json;

const CHECK: [&str; 2] = ["store", "check"];

/// An edition that four readers have.
fn sent() -> Newsroom {
    let room = Newsroom::open(4, ScriptedSmtp::start(|_| Say::Usual), &[]);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    assert_eq!(room.griot.run(&CHECK), "the store is sound: 1 edition, 4 deliveries\n");
    room
}

/// Changes the store as no griot would.
fn spoil(room: &Newsroom, sql: &str) {
    let db = rows::of(room.griot.path());
    // References and checks are not to hold.
    let loosened = db.pick(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;",
        "SET session_replication_role = replica;",
    );
    db.execute_batch(&format!("{loosened} {sql}")).unwrap();
}

/// The faults it tells, after checking how it ends.
fn faults(room: &Newsroom) -> String {
    let output = room.griot.command(&CHECK).output().unwrap();
    let (told, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let many = match told.lines().count() {
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    };
    assert_eq!(
        error,
        format!("griot: {} has {many}; the line of each says what to do\n", rows::shown(room.griot.path())),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(1));
    told
}

/// What a sound store tells once it is spoilt by this.
fn told_of(sql: &str) -> String {
    let room = sent();
    spoil(&room, sql);
    faults(&room)
}

#[test]
fn tells_counts_that_are_not_what_is_there() {
    assert_eq!(
        told_of(
            "UPDATE delivery_counts SET deliveries = 7 WHERE state = 'accepted';
             INSERT INTO delivery_counts VALUES (1, 'failed', -2), (1, 'lost', 3);"
        ),
        "weekly-brief/1: its account counts 7 accepted where 4 are, -2 failed where 0 are, 3 \"lost\", which is no state; the \
         deliveries hold: stop griot and correct delivery_counts after them\n"
    );
    assert_eq!(
        told_of("DELETE FROM delivery_counts;"),
        "weekly-brief/1: its account counts 0 accepted where 4 are; the deliveries hold: stop griot and correct \
         delivery_counts after them\n"
    );
}

#[test]
fn tells_attempts_that_are_not_on_record_and_deliveries_that_are_lost() {
    assert_eq!(
        told_of(
            "DELETE FROM attempts WHERE subscriber_id IN (2, 4);
             INSERT INTO attempts SELECT edition_id, 3, 2, finished_at, outcome, 0, '', '' FROM attempts WHERE subscriber_id = 1;"
        ),
        "weekly-brief/1: 3 deliveries are miscounted, subscriber 2 first with 1 attempts where 0 are on record; stop griot \
         and set their attempts to what is on record\n"
    );
    assert_eq!(
        told_of(
            "DELETE FROM deliveries WHERE subscriber_id IN (2, 4);
             UPDATE delivery_counts SET deliveries = 2 WHERE state = 'accepted';"
        ),
        "weekly-brief/1: 2 deliveries are lost of which attempts are on record, subscriber 2 first; restore a backup before \
         anything is sent: those readers may have it\n"
    );
}

#[test]
fn tells_what_would_be_sent_twice_and_what_would_never_be_sent() {
    let queued = "UPDATE deliveries SET state = 'queued', attempts = 0 WHERE subscriber_id IN (2, 3);
                  DELETE FROM attempts WHERE subscriber_id IN (2, 3);
                  UPDATE delivery_counts SET deliveries = 2 WHERE state IN ('accepted', 'queued');";
    assert_eq!(
        told_of("UPDATE deliveries SET next_attempt_at = 0 WHERE subscriber_id = 3;"),
        "weekly-brief/1: 1 delivery is accepted, failed or skipped and to be sent again, subscriber 3 first; `griot edition \
         pause weekly-brief/1` if it is being sent, then set their next_attempt_at to NULL\n"
    );
    let waiting = format!("{queued} UPDATE deliveries SET next_attempt_at = 0 WHERE state = 'queued';");
    assert_eq!(
        told_of(&waiting),
        "weekly-brief/1: it is sent, and 2 deliveries are waiting to be tried still; `griot edition send-missed \
         weekly-brief/1` takes them up\n"
    );
    assert_eq!(
        told_of(queued),
        "weekly-brief/1: 2 deliveries are queued or deferred without a time to be tried, subscriber 2 first; `griot \
         edition send-missed weekly-brief/1` takes them up\n"
    );
    // What it says to do helps.
    let room = sent();
    spoil(&room, &waiting);
    spoil(&room, "UPDATE deliveries SET next_attempt_at = NULL WHERE subscriber_id = 3;");
    assert_eq!(faults(&room).lines().count(), 2);
    room.griot.run(&["edition", "send-missed", "weekly-brief/1"]);
    assert_eq!(room.griot.run(&CHECK), "the store is sound: 1 edition, 4 deliveries\n");
    room.griot.run(&["send", "weekly-brief/1", "--wait"]);
    assert_eq!(room.griot.run(&CHECK), "the store is sound: 1 edition, 4 deliveries\n");
}

#[test]
fn an_edition_that_was_cancelled_keeps_what_was_not_sent() {
    let room = sent();
    spoil(
        &room,
        "UPDATE deliveries SET state = 'queued', attempts = 0, next_attempt_at = 0 WHERE subscriber_id = 2;
         DELETE FROM attempts WHERE subscriber_id = 2;
         UPDATE delivery_counts SET deliveries = iif(state = 'accepted', 3, 1) WHERE state IN ('accepted', 'queued');
         UPDATE editions SET state = 'sending', finished_at = NULL;",
    );
    room.griot.run(&["edition", "cancel", "weekly-brief/1"]);
    assert_eq!(room.griot.run(&CHECK), "the store is sound: 1 edition, 4 deliveries\n");
}

#[test]
fn tells_deliveries_of_an_edition_that_nobody_can_have() {
    for state in ["draft", "approved", "skipped"] {
        assert_eq!(
            told_of(&format!("UPDATE editions SET state = '{state}';")),
            format!(
                "weekly-brief/1: it is {state}, and nobody can have it, but 4 deliveries are there; restore a backup\n"
            )
        );
    }
}

#[test]
fn tells_recipients_that_are_not_frozen_as_the_edition_says() {
    assert_eq!(
        told_of("UPDATE editions SET frozen_to = 2;"),
        "weekly-brief/1: its recipients are frozen up to subscriber 2, and subscriber 4 has a delivery; stop griot and set \
         its frozen_to to 4\n"
    );
    assert_eq!(
        told_of("UPDATE editions SET frozen_at = NULL;"),
        "weekly-brief/1: it is sent, and its recipients behind subscriber 4 were never frozen; stop griot and set its state \
         to sending; `griot send weekly-brief/1` goes on then\n"
    );
}

#[test]
fn s6_tells_what_a_dead_sender_left_and_nothing_of_a_living_one() {
    let relay = ScriptedSmtp::start(|moment: &Moment| match moment.at {
        // Nearly all of the time one is on the wire, also on a machine that is busy.
        At::Dot => Say::Late(Duration::from_millis(200)),
        _ => Say::Usual,
    });
    let room = Newsroom::open(200, relay, &[("[delivery]", "connections = 1\n\n[delivery]")]);
    let sender = room.start(&["send", "weekly-brief", "--wait"]);
    room.until_arrived(5);
    assert_eq!(room.griot.run(&CHECK), "the store is sound: 1 edition, 200 deliveries\n");
    sender.kill();
    let sending = room.count("sending");
    assert_eq!(
        faults(&room),
        format!(
            "weekly-brief/1: {} under way, and nobody sends; the next `griot daemon` or `griot send weekly-brief/1` finds \
             out what became of them\n",
            if sending == 1 { "1 delivery is".to_owned() } else { format!("{sending} deliveries are") }
        )
    );
    // Looking is not sending: the lock is free again, and the next sender takes over.
    let sender = room.start(&["send", "weekly-brief/1"]);
    support::wait::until(support::newsroom::PATIENCE, "it takes over", || room.count("unknown") > 0);
    assert_eq!(room.griot.run(&CHECK), "the store is sound: 1 edition, 200 deliveries\n");
    drop(sender);
}

#[test]
fn tells_what_is_wrong_with_the_file() {
    let _file = engine::OfTheFile::only();
    assert_eq!(
        told_of("DELETE FROM subscribers WHERE id IN (2, 3); DELETE FROM stories;"),
        "the store: of draft_candidates, 4 rows point to stories that are not there; restore a backup\n\
         the store: of edition_stories, 4 rows point to stories that are not there; restore a backup\n\
         the store: of links, 4 rows point to stories that are not there; restore a backup\n\
         the store: of subscriptions, 2 rows point to subscribers that are not there; restore a backup\n"
    );
    assert_eq!(
        told_of("UPDATE subscriptions SET state = 'asleep' WHERE subscriber_id = 1;"),
        "the store: CHECK constraint failed in subscriptions; restore a backup\n\
         the store: by the days weekly-brief has 4 readers, and 3 are there; the subscriptions hold: stop griot and correct \
         subscription_days after them\n"
    );
}

#[test]
fn answers_in_json_and_tells_every_edition() {
    let room = sent();
    assert_eq!(
        room.griot.json(&["store", "check", "--json"]),
        json!({"sound": true, "editions": 1, "deliveries": 4, "faults": []})
    );
    spoil(
        &room,
        "INSERT INTO editions (newsletter_id, number, state, window_start, window_end, created_at)
         VALUES (1, 2, 'skipped', 0, 0, 0);
         INSERT INTO deliveries VALUES (2, 1, 'queued', 0, 0, 0, '', 0, NULL);
         DELETE FROM feeds;",
    );
    let output = room.griot.command(&["store", "check", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_2 = |wrong: &str, to_do: &str| json!({"edition": "weekly-brief/2", "wrong": wrong, "to_do": to_do});
    let dangling = json!({
        "edition": null, "wrong": "of stories, 4 rows point to feeds that are not there", "to_do": "restore a backup"
    });
    // A server keeps its references itself.
    let dangling = rows::of(room.griot.path()).pick(Some(dangling), None);
    let faults: Vec<_> = (dangling.into_iter())
        .chain([
            of_2(
                "its account counts 0 queued where 1 are",
                "the deliveries hold: stop griot and correct delivery_counts after them",
            ),
            of_2("it is skipped, and nobody can have it, but 1 delivery is there", "restore a backup"),
            of_2(
                "its recipients are frozen up to subscriber 0, and subscriber 1 has a delivery",
                "stop griot and set its frozen_to to 1",
            ),
        ])
        .collect();
    assert_eq!(told, json!({"sound": false, "editions": 2, "deliveries": 5, "faults": faults}));
}

#[test]
fn a_damaged_file_ends_it_with_what_to_do() {
    let _file = engine::OfTheFile::only();
    use std::io::{Seek, SeekFrom, Write};
    let room = sent();
    let path = room.griot.path().join("griot.db");
    let db = rows::of(room.griot.path());
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let page: u64 =
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'attempts'", [], |row| row.get(0)).unwrap();
    drop(db);
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((page - 1) * 4096)).unwrap();
    file.write_all(&[0xff; 64]).unwrap();
    drop(file);
    let output = room.griot.command(&CHECK).output().unwrap();
    let (told, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1));
    assert!(told.starts_with("the store: ") && told.lines().all(|line| line.ends_with("; restore a backup")), "{told}");
    assert_eq!(
        error,
        "griot: the store griot.db: the file is damaged; restore a backup (`griot restore`): database disk image is \
         malformed: Error code 11: database disk image is malformed\n"
    );
}

#[test]
fn tells_what_follows_from_other_rows_and_does_not() {
    // What follows from nothing but the rows themselves on a server is not looked for there: an index cannot miss one.
    const OF_THE_FILE: &str = "DROP TRIGGER subscriber_added; \
                               INSERT INTO subscribers (email, created_at) VALUES ('new@readers.example', 0);";
    const SEQUENCE: &str = "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'subscribers';";
    for (sql, told) in [
        (
            "UPDATE keys SET created_at = created_at + 3600;",
            "its first key is younger than editions that went out with links; restore a backup: with another key every link \
             in mail already sent is dead",
        ),
        (
            "UPDATE editions SET key_id = 9;",
            "the key of 1 edition is not there; restore a backup: the links of those are dead",
        ),
        (
            OF_THE_FILE,
            "the search for subscribers misses 1 and finds 0 that are not there; stop griot and run: INSERT INTO \
             subscriber_search (subscriber_search) VALUES ('rebuild')",
        ),
        (
            "DELETE FROM edition_search;",
            "the search for editions misses 1 and finds 0 that are not there; restore a backup",
        ),
        (
            SEQUENCE,
            "2 deliveries are of subscribers that never were; restore a backup: the next who sign up would be taken for them",
        ),
        (
            "UPDATE subscription_days SET joined = joined + 1;",
            "by the days weekly-brief has 5 readers, and 4 are there; the subscriptions hold: stop griot and correct \
             subscription_days after them",
        ),
        (
            "UPDATE links SET readers = 3 WHERE id = 1;",
            "the clicks of 1 link are not what the hours add up to; the hours hold: stop griot and correct links after clicks",
        ),
    ] {
        let room = sent();
        let is_file = rows::of(room.griot.path()).pick(true, false);
        match sql {
            _ if is_file => spoil(&room, sql),
            OF_THE_FILE => continue,
            SEQUENCE => spoil(&room, "SELECT setval('subscribers_id_seq', 2);"),
            _ => spoil(&room, sql),
        }
        assert_eq!(faults(&room), format!("the store: {told}\n"), "{sql}");
    }
}

#[test]
fn tells_a_log_that_nobody_takes_in() {
    let _file = engine::OfTheFile::only();
    let room = sent();
    let db = rows::of(room.griot.path());
    // Somebody reads without end, so that the log stays; its length is what is looked at, and a hole is as good as a page.
    db.execute_batch("BEGIN; SELECT * FROM keys;").unwrap();
    let log = std::fs::OpenOptions::new().write(true).open(room.griot.path().join("griot.db-wal")).unwrap();
    log.set_len(600 << 20).unwrap();
    assert_eq!(
        faults(&room),
        "the store: its log has 629.1 MB; something reads the store without end, or store.replicated is set and nothing \
         replicates it: end that\n"
    );
}
