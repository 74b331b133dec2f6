//! Copies and their way back: whole or not at all, nothing twice by itself, and nobody mailed who left.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::engine;
use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::scripted_smtp::{Say, ScriptedSmtp};
use crate::support::wait::until;
use rusqlite::Connection;
use serde_json::json;

fn room(readers: usize) -> Newsroom {
    Newsroom::open(readers, ScriptedSmtp::start(|_| Say::Usual), &[])
}

fn db(room: &Newsroom) -> Connection {
    Connection::open(room.griot.path().join("griot.db")).unwrap()
}

fn one<T: rusqlite::types::FromSql>(room: &Newsroom, query: &str) -> T {
    db(room).query_row(query, [], |row| row.get(0)).unwrap()
}

/// What it says, where it must fail.
fn refused(room: &Newsroom, words: &[&str]) -> String {
    let output = room.griot.command(words).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{words:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The files beside the store that a restoration left, without the time in their names.
fn beside(room: &Newsroom) -> Vec<String> {
    let names = fs::read_dir(room.griot.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("griot.db")).collect();
    names.sort();
    names.iter().map(|name| name.split("-restore-").next().unwrap().to_owned()).collect()
}

#[test]
fn a_backup_is_looked_over_readable_by_its_owner_only_and_on_record() {
    let _file = engine::OfTheFile::only();
    let room = room(3);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let told = room.griot.json(&["backup", "copy.db", "--json"]);
    let file = room.griot.path().join("copy.db");
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert!(told["seconds"].as_f64().unwrap() > 0.0);
    let told = |key: &str| &told[key];
    assert_eq!(told("bytes"), metadata.len());
    let counts = ["subscribers", "editions", "deliveries", "faults_of_the_store"].map(told);
    assert_eq!(counts, [&json!(3), &json!(1), &json!(3), &json!(0)]);
    let printed = room.griot.run(&["backup", "again.db"]);
    assert!(
        printed.ends_with("\nLooked over: the file is whole, 3 subscribers, 1 edition, 3 deliveries\n"),
        "{printed}"
    );
    assert_eq!(refused(&room, &["backup", "copy.db"]), "griot: copy.db exists already; name another file\n");
    assert!(refused(&room, &["backup", "none/copy.db"]).starts_with("griot: cannot back up to none/copy.db: "));
    assert_eq!(one::<i64>(&room, "SELECT count(*) FROM backups WHERE problem = ''"), 2);
    assert_eq!(one::<i64>(&room, "SELECT count(*) FROM backups WHERE problem <> ''"), 1);
}

#[test]
fn s6_what_could_go_out_twice_waits_and_who_left_or_was_erased_stays_so() {
    let _file = engine::OfTheFile::only();
    let room = room(5);
    room.griot.run(&["draft", "weekly-brief"]);
    room.griot.run(&["approve", "weekly-brief"]);
    room.griot.run(&["backup", "monday.db"]);
    // All of this the copy knows nothing of.
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    room.griot.run(&["subscribers", "erase", &reader(1), "--yes"]);
    room.griot.run(&["subscribers", "remove", &reader(2), "--newsletter", "weekly-brief"]);
    room.griot.run(&["suppressions", "add", &reader(3), "--reason", "asked by telephone"]);
    room.griot.run(&["subscribers", "add", "new@readers.example", "--newsletter", "weekly-brief", "--confirmed"]);
    let last: i64 = one(&room, "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'");
    let printed = room.griot.run(&["restore", "monday.db", "--yes"]);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].ends_with(" UTC: 4 subscribers, 1 edition, 0 deliveries"), "{printed}");
    assert!(lines[1].starts_with("What stood there is ") && lines[1].contains("griot.db.before-restore-"), "{printed}");
    assert_eq!(lines[2], "Carried over: 1 erased, 1 suppressed, 1 subscriptions ended");
    assert!(lines[3].ends_with(" and now it knows nothing: sign-ups, what was sent, what came back"), "{printed}");
    assert_eq!(
        lines[4],
        "weekly-brief/1 is paused: it may have gone out since; `griot edition show weekly-brief/1` says what to do"
    );
    assert_eq!(lines.len(), 5, "{printed}");
    let reason: String = one(&room, "SELECT reason FROM editions");
    assert!(reason.starts_with("the store was restored from a copy of ") && reason.ends_with(
        ": it may have gone out since: if it has, `griot edition cancel weekly-brief/1`; if not, `griot edition resume \
         weekly-brief/1`"
    ), "{reason}");
    // No number that stands in mail is given again.
    assert_eq!(one::<i64>(&room, "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'"), last);
    assert_eq!(room.griot.run(&["store", "check"]), "the store is sound: 1 edition, 0 deliveries\n");
    // A daemon sends nothing by itself.
    let before = room.relay.arrived().len();
    let (daemon, _notices) = room.daemon();
    assert_eq!(
        refused(&room, &["restore", "monday.db", "--yes"]).replace(|c: char| c.is_ascii_digit(), "0"),
        format!(
            "griot: griot daemon (process {}) has the store {}; stop it first\n",
            daemon.id(),
            room.griot.path().canonicalize().unwrap().join("griot.db").display()
        )
        .replace(|c: char| c.is_ascii_digit(), "0")
    );
    drop(daemon);
    assert_eq!(room.relay.arrived().len(), before);
    // What it says to do helps: those are mailed who want it still.
    room.griot.run(&["edition", "resume", "weekly-brief/1"]);
    room.griot.run(&["send", "weekly-brief/1", "--wait"]);
    let mut got: Vec<String> = room.relay.arrived().split_off(before).into_iter().map(|one| one.recipient).collect();
    got.sort();
    assert_eq!(got, [reader(4), reader(5)]);
}

#[test]
fn a_missing_or_broken_store_is_replaced_and_its_numbers_are_passed_over() {
    let _file = engine::OfTheFile::only();
    let room = room(2);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    room.griot.run(&["backup", "copy.db"]);
    let store = room.griot.path().join("griot.db");
    fs::write(&store, "Dear reader, ".repeat(1000)).unwrap();
    for more in ["-wal", "-shm"] {
        let _ = fs::remove_file(room.griot.path().join(format!("griot.db{more}")));
    }
    let printed = room.griot.run(&["restore", "copy.db", "--yes"]);
    assert!(printed.contains("; it could not be read: file is not a database"), "{printed}");
    assert!(printed.contains("what came back, and who left or was erased after "), "{printed}");
    fs::remove_file(&store).unwrap();
    let printed = room.griot.run(&["restore", "copy.db", "--yes"]);
    assert!(printed.contains("\nThere was no store in its place\n"), "{printed}");
    assert_eq!(room.griot.run(&["store", "check"]), "the store is sound: 2 editions, 2 deliveries\n");
    // Nobody knows what was given out after the copy was made.
    assert_eq!(one::<i64>(&room, "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'"), 1_000_002);
    assert_eq!(one::<i64>(&room, "SELECT max(number) FROM editions"), 11);
    assert_eq!(one::<i64>(&room, "SELECT max(id) FROM editions"), 1001);
    assert_eq!(one::<i64>(&room, "SELECT max(id) > 100000 FROM links"), 1);
    let moved = fs::read_dir(room.griot.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("before-restore"));
    assert_eq!(moved.count(), 1);
    // One that opens and is damaged within: what cannot be read whole is not believed.
    let known = db(&room);
    known.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let page: u64 = known
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'suppressions'", [], |row| row.get(0))
        .unwrap();
    drop(known);
    let file = fs::OpenOptions::new().write(true).open(&store).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0xff; 64], (page - 1) * 4096).unwrap();
    drop(file);
    let printed = room.griot.run(&["restore", "copy.db", "--yes"]);
    assert!(printed.contains("; it could not be read: ") && printed.contains("malformed"), "{printed}");
    assert_eq!(room.griot.run(&["store", "check"]), "the store is sound: 2 editions, 2 deliveries\n");
}

#[test]
fn the_daemon_makes_up_for_a_night_lets_old_copies_go() {
    let _file = engine::OfTheFile::only();
    let room = room(1);
    let folder = room.griot.path().join("backups");
    fs::create_dir(&folder).unwrap();
    for name in ["griot-20200101T033000Z.db", "griot-20200102T033000Z.db", "mine.db"] {
        fs::write(folder.join(name), "a copy of long ago").unwrap();
    }
    let names = || {
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let (daemon, _notices) = room.daemon();
    until(PATIENCE, "the old ones are let go", || names().iter().all(|name| !name.starts_with("griot-2020")));
    drop(daemon);
    let [copy, mine] = names().try_into().unwrap();
    assert_eq!(mine, "mine.db");
    assert_eq!(one::<String>(&room, "SELECT file FROM backups WHERE problem = ''"), format!("backups/{copy}"));
    room.griot.run(&["restore", &format!("backups/{copy}"), "--yes"]);

    // What is promised to who is erased follows from the rule.
    room.configure("[feeds]", "[backup]\nfolder = \"backups/of/griot\"\n\n[feeds]");
    assert!(room.griot.run(&["check"]).contains(
        "copies     every night at 03:30 into backups/of/griot; whoever is erased is out of all of them after 28 days\n"
    ));
}

#[test]
fn what_is_no_copy_or_is_in_use_changes_nothing() {
    let _file = engine::OfTheFile::only();
    let room = room(1);
    room.griot.run(&["backup", "copy.db"]);
    assert_eq!(refused(&room, &["restore", "none.db", "--yes"]), "griot: there is no copy none.db\n");
    fs::write(room.griot.path().join("letter.db"), "Dear reader, ".repeat(1000)).unwrap();
    assert!(refused(&room, &["restore", "letter.db", "--yes"]).starts_with("griot: letter.db is not a griot store"));
    Connection::open(room.griot.path().join("other.db")).unwrap().execute_batch("CREATE TABLE keys (id)").unwrap();
    assert_eq!(refused(&room, &["restore", "other.db", "--yes"]), "griot: other.db is not a griot store\n");
    let newer = room.griot.path().join("newer.db");
    fs::copy(room.griot.path().join("copy.db"), &newer).unwrap();
    Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    assert_eq!(
        refused(&room, &["restore", "newer.db", "--yes"]),
        "griot: newer.db was written by a newer griot (schema 99, this one knows 11); install that release\n"
    );
    // A damaged page in the middle of the copy.
    let damaged = room.griot.path().join("damaged.db");
    let mut bytes = fs::read(room.griot.path().join("copy.db")).unwrap();
    let at = bytes.len() / 8192 * 4096;
    bytes[at..at + 4096].fill(0xff);
    fs::write(&damaged, bytes).unwrap();
    let told = refused(&room, &["restore", "damaged.db", "--yes"]);
    assert!(told.contains("damaged") || told.contains("malformed"), "{told}");
    // A command that reads just now.
    let reading = db(&room);
    reading.execute_batch("BEGIN; SELECT * FROM keys;").unwrap();
    assert_eq!(
        refused(&room, &["restore", "copy.db", "--yes"]),
        format!(
            "griot: another process has the store {} open; end it first, and whatever else uses the file\n",
            room.griot.path().canonicalize().unwrap().join("griot.db").display()
        )
    );
    drop(reading);
    let output = room.griot.command(&["restore", "copy.db"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(beside(&room).iter().all(|name| !name.contains("restor")), "{:?}", beside(&room));
    assert_eq!(room.griot.run(&["store", "check"]), "the store is sound: 0 editions, 0 deliveries\n");
}
