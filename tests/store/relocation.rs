//! `griot store move`: a store on the other engine has the same rows, and a kill leaves none that is taken for one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use griot::store::database::Value;
use griot::store::{Db, Location, SenderLock, Store, TABLES};
use rusqlite::Connection;
use serde_json::json;

use crate::support::command_line::{Griot, ended};
use crate::support::engine;
use crate::support::newsroom::Newsroom;
use crate::support::rows;
use crate::support::scripted_smtp::{Say, ScriptedSmtp};

const ROWS: &str = include_str!("../old_stores/rows_1.sql");
const MORE_ROWS: &str = include_str!("relocation.sql");
const OLD_SCHEMA: &str = include_str!("../old_stores/schema_1.sql");
const MANY_ROWS: &str = include_str!("../old_stores/many_1.sql");
const READERS: u32 = 1_000;
const KILLS: u32 = 6;

/// What may stand in a column that is picky.
const ALLOWED: &[(&str, &str)] = &[
    ("edition_links.list", "must read"),
    ("decisions.verdict", "pin"),
    ("suppression_changes.change", "added"),
    ("draft_candidates.hand", "drop"),
    ("staff.role", "editor"),
    ("link_checks.verdict", "well"),
    ("half_steps.kind", "passkey"),
    ("webhook_calls.state", "given up"),
];

/// A folder whose store has rows in every table, and is sound.
fn with_rows_everywhere() -> Griot {
    let griot = Griot::new();
    let db = Connection::open(griot.path("griot.db")).unwrap();
    db.execute_batch(&format!("DELETE FROM keys; DELETE FROM newsletters; {ROWS} {MORE_ROWS}")).unwrap();
    for table in TABLES {
        let is_empty: bool =
            db.query_row(&format!("SELECT NOT EXISTS (SELECT 1 FROM {table})"), [], |row| row.get(0)).unwrap();
        if is_empty {
            fill(&db, table);
        }
    }
    drop(db);
    assert_eq!(griot.ok(&["store", "check"]), "the store is sound: 2 editions, 5 deliveries\n");
    griot
}

/// Two rows: one with something in every column, one with nothing where nothing may be.
fn fill(db: &Connection, table: &str) {
    let mut query = db.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)").unwrap();
    let columns = query.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    let columns: Vec<(String, String, bool, i64)> = columns.collect::<Result<_, _>>().unwrap();
    let mut query = db.prepare("SELECT \"from\" FROM pragma_foreign_key_list(?1)").unwrap();
    let parents: Vec<String> = query.query_map([table], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    for number in 1..=2_i64 {
        let values = columns.iter().map(|(column, kind, is_needed, place)| {
            let name = format!("{table}.{column}");
            if let Some((_, word)) = ALLOWED.iter().find(|(known, _)| *known == name) {
                return Value::Text((*word).to_owned());
            }
            if number == 2 && !is_needed && *place == 0 {
                return Value::Null;
            }
            match kind.as_str() {
                // The link that there is.
                "INTEGER" if column == "link_id" => Value::Integer(7),
                // There is one newsletter, and one story.
                "INTEGER" if parents.contains(column) && column != "subscriber_id" && column != "edition_id" => {
                    Value::Integer(1)
                }
                "INTEGER" => Value::Integer(number),
                "REAL" => Value::Real(number as f64 / 3.0),
                "BLOB" => Value::Blob((0..=255_u8).cycle().skip(number as usize).take(300).collect()),
                _ => Value::Text(format!("Zoë {number} \u{1f600} 'it''s' \\.")),
            }
        });
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO {table} VALUES ({places})");
        let done = db.execute(&insert, rusqlite::params_from_iter(values));
        // Tables of which one row is all there can be.
        assert!(done.is_ok() || number == 2, "{table}: {done:?}");
    }
}

/// Every row of every table that is moved, as text; `is_moved`: as a server keeps it.
fn account(db: &Db, is_moved: bool) -> Vec<(String, Vec<String>)> {
    let of_table = |table: &&str| {
        let catalogue = Connection::open_in_memory().unwrap();
        catalogue.execute_batch(include_str!("../../schema.sql")).unwrap();
        let mut query = catalogue.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let names = query.query_map([table], |row| row.get::<_, String>(0)).unwrap();
        let mut columns = names.collect::<Result<Vec<_>, _>>().unwrap();
        if *table == "edition_search" {
            columns.push("rowid".to_owned());
        }
        let mut query = db.prepare(&format!("SELECT {} FROM {table}", columns.join(", "))).unwrap();
        let lines = query.query_map([], |row| {
            let cells = (0..columns.len()).map(|column| match row.get::<Value>(column)? {
                Value::Text(text) if is_moved => Ok(format!("{:?}", text.replace('\0', "\u{fffd}"))),
                Value::Text(text) => Ok(format!("{text:?}")),
                other => Ok(format!("{other:?}")),
            });
            Ok(cells.collect::<griot::store::database::Result<Vec<_>>>()?.join(" | "))
        });
        let mut lines = lines.unwrap().collect::<Result<Vec<_>, _>>().unwrap();
        lines.sort();
        ((*table).to_owned(), lines)
    };
    TABLES.iter().map(of_table).collect()
}

fn of_file(path: &Path, is_moved: bool) -> Vec<(String, Vec<String>)> {
    account(&Db::open(&Location::File(path.to_owned())).unwrap(), is_moved)
}

fn server(url: &str, griot: &Griot) -> Location {
    Location::Server { url: url.into(), local: griot.path("griot-node") }
}

/// What follows the ids that were given, and what the file is made of.
fn frame(path: &Path) -> Vec<String> {
    let db = Db::open(&Location::File(path.to_owned())).unwrap();
    let mut frame: Vec<String> = rows::all(&db, "SELECT name || ' ' || seq FROM sqlite_sequence ORDER BY 1", &[]);
    frame.extend(rows::all::<String>(
        &db,
        "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1",
        &[],
    ));
    frame
}

#[test]
fn there_and_back_every_row_is_the_same() {
    let _file = engine::OfTheFile::only();
    let griot = with_rows_everywhere();
    let Some(url) = engine::empty_database(&griot.path("")) else { return };
    let source = griot.path("griot.db");
    let (before, before_frame) = (of_file(&source, false), frame(&source));
    assert!(before.iter().all(|(_, rows)| !rows.is_empty()), "a table without a row shows nothing");
    griot.file("url", format!("{url}\n"));

    let told = griot.json(&["store", "move", "--to-file", "url", "--json"]).remove(0);
    let rows: usize = before.iter().map(|(_, rows)| rows.len()).sum();
    assert_eq!((&told["from"], &told["rows"], &told["changed_texts"]), (&json!("griot.db"), &json!(rows), &json!(1)));
    assert_eq!((&told["subscribers"], &told["editions"], &told["deliveries"]), (&json!(2), &json!(2), &json!(5)));
    assert_eq!(told["store"], format!("url_file = \"{}\"", griot.path("url").display()));
    assert_eq!(told["tables"].as_array().unwrap().len(), TABLES.len());
    assert_eq!(of_file(&source, false), before, "what was moved is not what it was");
    let on_server = Db::open(&server(&url, &griot)).unwrap();
    assert_eq!(account(&on_server, false), of_file(&source, true));
    // No id is given again, of whatever was erased.
    let next = "SELECT nextval(pg_get_serial_sequence('subscribers', 'id'))";
    assert_eq!(rows::one::<i64>(&on_server, next), 10);
    let counted = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated";
    let references = "SELECT count(*) FROM sqlite_schema AS t, pragma_foreign_key_list(t.name)";
    let file = Db::open(&Location::File(source.clone())).unwrap();
    assert_eq!(rows::one::<i64>(&on_server, counted), rows::one::<i64>(&file, references));

    let on_it = |arguments: &[&str]| {
        let ran = ended(griot.command(arguments).env("GRIOT_STORE_URL", &url));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "griot {arguments:?} wrote {}", ran.stdout);
        ran.stdout
    };
    assert_eq!(on_it(&["store", "check"]), "the store is sound: 2 editions, 5 deliveries\n");
    let told = on_it(&["store", "move", "--to", "back.db"]);
    assert!(told.ends_with(&format!("[store]\npath = \"{}\"\n", griot.path("back.db").display())), "{told}");
    let back = griot.path("back.db");
    assert_eq!(of_file(&back, false), of_file(&source, true));
    assert_eq!(fs::metadata(&back).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!griot.path("back.db.unfinished").exists());
    let expected: Vec<String> =
        before_frame.iter().map(|line| line.replace("subscribers 9", "subscribers 10")).collect();
    assert_eq!(frame(&back), expected);
    let db = Db::open(&Location::File(back)).unwrap();
    for (search, word) in [("subscriber_search", "ada"), ("story_search", "hall"), ("edition_search", "zoe")] {
        let query = format!("SELECT count(*) FROM {search} WHERE {search} MATCH '{word}'");
        assert_eq!(rows::one::<i64>(&db, &query), 1, "{search}");
    }
}

#[test]
fn what_is_there_already_is_refused() {
    let _file = engine::OfTheFile::only();
    let griot = Griot::new();
    let moved = |to: &str| griot.err(&["store", "move", "--to", to]);
    griot.file("there.db", "");
    griot.file("left.db-wal", "");
    assert_eq!(moved("there.db"), "griot: there.db exists already; name another file, or move that one away\n");
    assert_eq!(moved("left.db"), "griot: left.db-wal exists already; name another file, or move that one away\n");
    assert_eq!(
        griot.err(&["store", "move", "--to-file", "there.db"]),
        "griot: there.db holds no URL; it must begin with postgres:// (a file is named with --to)\n"
    );
    // Of one that was cut short nothing is believed.
    griot.file("new.db.unfinished", "half of a store");
    assert!(griot.ok(&["store", "move", "--to", "new.db"]).starts_with("Moved griot.db to new.db · "));
    assert!(!griot.path("new.db.unfinished").exists());
    assert_eq!(frame(&griot.path("new.db")), frame(&griot.path("griot.db")));

    let Some(url) = engine::empty_database(&griot.path("")) else { return };
    let shown = url.split('?').next().unwrap().replace("griot@", "");
    assert!(griot.ok(&["store", "move", "--to", &url]).starts_with(&format!("Moved griot.db to {shown} · ")));
    assert_eq!(
        moved(&url),
        format!(
            "griot: {shown}: the database is not empty: it has a table address_changes; name an empty one, which `createdb` \
             makes\n"
        )
    );
    let missing = url.replace("/store_", "/no_store_");
    let told = moved(&missing);
    assert!(told.contains("there is no such database on the server; `createdb` makes it"), "{told}");
}

#[test]
fn nobody_sends_or_has_sent_meanwhile() {
    let _file = engine::OfTheFile::only();
    let room = Newsroom::open(1, ScriptedSmtp::start(|_| Say::Usual), &[]);
    let told = |room: &Newsroom| {
        let output = room.griot.command(&["store", "move", "--to", "new.db"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(!room.griot.path().join("new.db").exists());
        String::from_utf8(output.stderr).unwrap()
    };
    let (daemon, _notices) = room.daemon();
    let refused = told(&room);
    assert!(refused.starts_with("griot: griot daemon (process "), "{refused}");
    assert!(refused.ends_with(") has the store griot.db; stop it first\n"), "{refused}");
    drop(daemon);

    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let db = rows::of(room.griot.path());
    db.execute_batch(
        "UPDATE deliveries SET state = 'sending'; UPDATE delivery_counts SET deliveries = iif(state = 'sending', 1, 0)",
    )
    .unwrap();
    assert_eq!(
        told(&room),
        "griot: of weekly-brief/1 1 delivery is under way, and nobody sends; `griot send weekly-brief/1` finds out what became \
         of them, and the store can be moved then\n"
    );
    db.execute_batch(
        "UPDATE deliveries SET state = 'accepted'; UPDATE delivery_counts SET deliveries = 7 * (state = 'accepted')",
    )
    .unwrap();
    let refused = told(&room);
    assert!(refused.starts_with("griot: the store has faults, 1 of them, and would take them along (weekly-brief/1: "));
    assert!(refused.ends_with("); `griot store check` tells each and what to do about it\n"), "{refused}");

    let store = Store::open(&room.griot.path().join("griot.db")).unwrap();
    let _held = SenderLock::try_take(&store, "griot send").unwrap().unwrap();
    assert!(told(&room).starts_with("griot: griot send (process "));
}

#[test]
fn a_kill_leaves_a_target_that_is_empty_and_a_source_that_is_whole() {
    let _file = engine::OfTheFile::only();
    let griot = Griot::new();
    let source = griot.path("griot.db");
    for more in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(griot.path(&format!("griot.db{more}")));
    }
    let db = Connection::open(&source).unwrap();
    let size = format!("CREATE TEMP TABLE size (readers INTEGER); INSERT INTO size VALUES ({READERS});");
    db.execute_batch(&format!("{OLD_SCHEMA}; {size} BEGIN; {MANY_ROWS} COMMIT;")).unwrap();
    drop(db);
    assert_eq!(griot.run(&["edition", "list"]).code, Some(0));
    let before = of_file(&source, false);
    let Some(url) = engine::empty_database(&griot.path("")) else { return };
    let on_server = || Db::open(&server(&url, &griot)).unwrap();
    for (to, started_on) in [(url.as_str(), None), ("back.db", Some(&url))] {
        let start = || {
            let mut command = griot.command(&["store", "move", "--to", to]);
            if let Some(url) = started_on {
                command.env("GRIOT_STORE_URL", url);
            }
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let is_there = || match started_on {
            None => !rows::tables(&on_server()).is_empty(),
            Some(_) => griot.path(to).exists(),
        };
        let target = || match started_on {
            None => account(&on_server(), false),
            Some(_) => of_file(&griot.path(to), false),
        };
        let from = || match started_on {
            None => of_file(&source, false),
            Some(_) => account(&on_server(), false),
        };
        // How long the whole of it takes is not known before.
        let mut whole = Duration::from_millis(400);
        for kill in 1..=KILLS {
            let began = Instant::now();
            let mut moving = start().spawn().unwrap();
            std::thread::sleep(whole * kill / (KILLS + 1));
            if moving.try_wait().unwrap().is_some() {
                break;
            }
            moving.kill().unwrap();
            moving.wait().unwrap();
            whole = whole.max(began.elapsed() * (KILLS + 1) / kill);
            assert!(from() == before, "kill {kill} changed the source");
            if is_there() {
                assert!(target() == before, "kill {kill} left a part");
                break;
            }
        }
        if !is_there() {
            let ran = ended(start().stdout(Stdio::piped()).stderr(Stdio::piped()));
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        }
        assert!(target() == before, "{to} is not what was moved");
    }
}
