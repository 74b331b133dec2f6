//! What the daemon lets go of once its time is over, and what stays and still adds up.

use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::rows;
use crate::support::scripted_smtp::{Say, ScriptedSmtp};
use crate::support::wait::until;

/// Readers who were erased since leave their deliveries: enough of them for several steps.
const MANY: &str = "
    WITH RECURSIVE n (i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 12003)
    INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, changed_at)
    SELECT 1, i, iif(i % 10 = 0, 'failed', 'accepted'), 1 + iif(i % 3 = 0, 1, 0), unixepoch() FROM n;
    INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
    SELECT 1, subscriber_id, 1, unixepoch(), 'deferred', 451, '4.7.1', 'later' FROM deliveries WHERE attempts = 2;
    INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
    SELECT 1, subscriber_id, attempts, unixepoch(), state, iif(state = 'failed', 550, 250), iif(state = 'failed', '5.1.1', '2.0.0'), 'so'
    FROM deliveries WHERE subscriber_id > 3;
    DELETE FROM delivery_counts;
    INSERT INTO delivery_counts SELECT edition_id, state, count(*) FROM deliveries GROUP BY 1, 2;
    UPDATE editions SET frozen_to = 12003, finished_at = unixepoch() - 181 * 86400;
    INSERT INTO reader_clicks SELECT min(id), 1, 1, 0, 1, 1 FROM links;
";

fn number(room: &Newsroom, query: &str) -> i64 {
    rows::of(room.griot.path()).query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn old_tries_are_added_up_and_the_account_holds() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let changes = [("[feeds]", "[retention]\nclicks = \"30d\"\n\n[feeds]")];
    let room = Newsroom::open(3, relay, &changes);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let db = rows::of(room.griot.path());
    db.execute_batch(MANY).unwrap();
    let given = db.pick(
        "UPDATE sqlite_sequence SET seq = 12003 WHERE name = 'subscribers'",
        "ALTER SEQUENCE subscribers_id_seq RESTART WITH 12004",
    );
    db.execute_batch(given).unwrap();
    drop(db);
    let sound = "the store is sound: 1 edition, 12003 deliveries\n";
    assert_eq!(room.griot.run(&["store", "check"]), sound);
    let tries = number(&room, "SELECT count(*) FROM attempts");
    let counts = ["accepted", "failed"].map(|state| room.count(state));
    let (daemon, _notices) = room.daemon();
    until(PATIENCE, "nothing old is left", || {
        number(&room, "SELECT (SELECT count(*) FROM attempts) + (SELECT count(*) FROM reader_clicks)") == 0
    });
    drop(daemon);
    assert_eq!(number(&room, "SELECT sum(attempts) FROM attempt_counts"), tries);
    assert_eq!(["accepted", "failed"].map(|state| room.count(state)), counts);
    assert_eq!(room.griot.run(&["store", "check"]), sound);
    let shown = room.griot.run(&["subscribers", "show", &reader(1)]);
    assert!(shown.contains("accepted") && shown.contains("after 1 try, of which no more is kept"), "{shown}");
    let shown = room.griot.run(&["edition", "show", "weekly-brief/1"]);
    assert!(shown.contains("1,200") && shown.contains("5.1.1"), "{shown}");
    // That it adds up is looked at.
    let db = rows::of(room.griot.path());
    db.execute_batch("UPDATE attempt_counts SET attempts = attempts - 1 WHERE outcome = 'deferred'").unwrap();
    let output = room.griot.command(&["store", "check"]).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!(
            "weekly-brief/1: its deliveries count {tries} attempts, and 0 are on record and {} added up; restore a backup from \
             before they were added up\n",
            tries - 1
        )
    );
}

#[test]
fn what_is_to_be_kept_for_ever_is_kept() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let keeps = "[retention]\nattempts = \"0s\"\nclicks = \"0s\"\n\n[feeds]";
    let room = Newsroom::open(2, relay, &[("[feeds]", keeps)]);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let db = rows::of(room.griot.path());
    db.execute_batch("UPDATE editions SET finished_at = 1;").unwrap();
    let (daemon, _notices) = room.daemon();
    daemon.terminate();
    assert!(daemon.end().status.success());
    assert_eq!(number(&room, "SELECT count(*) FROM attempts"), 2);
}
