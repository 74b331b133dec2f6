//! A store of an older release is brought to today's schema when it is opened, and keeps every row.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::command_line::Griot;
use crate::support::engine;
use rusqlite::Connection;
use rusqlite::types::Value;

/// The schema as it was, and rows to go with it: every table has some.
const OLD_SCHEMA: &str = include_str!("../old_stores/schema_1.sql");
const OLD_ROWS: &str = include_str!("../old_stores/rows_1.sql");

/// As many readers as the temporary table `size` says, with what they leave behind.
const MANY_ROWS: &str = include_str!("../old_stores/many_1.sql");
const READERS: u32 = 1_000;
const KILLS: u32 = 6;

/// Every column that there was, of every row, by table.
type Account = BTreeMap<String, Vec<Vec<Value>>>;

/// What a store holds in the columns that schema 1 had.
fn account(path: &Path) -> Account {
    let old = Connection::open_in_memory().unwrap();
    old.execute_batch(OLD_SCHEMA).unwrap();
    let db = Connection::open(path).unwrap();
    let of_table = |name: &String| {
        let mut query = old.prepare(&format!("PRAGMA table_info({name})")).unwrap();
        let names: Vec<String> = query.query_map([], |row| row.get(1)).unwrap().collect::<Result<_, _>>().unwrap();
        let order: Vec<String> = (1..=names.len()).map(|number| number.to_string()).collect();
        let query = format!("SELECT {} FROM {name} ORDER BY {}", names.join(", "), order.join(", "));
        let mut query = db.prepare(&query).unwrap();
        let rows = query.query_map([], |row| (0..names.len()).map(|index| row.get(index)).collect()).unwrap();
        rows.collect::<Result<Vec<Vec<Value>>, _>>().unwrap()
    };
    rows(&old).keys().map(|name| (name.clone(), of_table(name))).collect()
}

fn version(path: &Path) -> i64 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

fn schema_of(path: &Path) -> BTreeMap<String, String> {
    schema(&Connection::open(path).unwrap())
}

/// A folder whose store was taken away, and a store of schema 1 with many readers.
fn with_many() -> (Griot, PathBuf) {
    let griot = Griot::new();
    let old = griot.path("old");
    let db = Connection::open(&old).unwrap();
    let size = format!("CREATE TEMP TABLE size (readers INTEGER); INSERT INTO size VALUES ({READERS});");
    db.execute_batch(&format!("{OLD_SCHEMA}; {size} BEGIN; {MANY_ROWS} COMMIT;")).unwrap();
    drop(db);
    (griot, old)
}

/// Puts the old store in its place, and nothing beside it.
fn put_back(griot: &Griot, old: &Path) -> PathBuf {
    for entry in fs::read_dir(griot.path("")).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("griot.db") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let store = griot.path("griot.db");
    fs::copy(old, &store).unwrap();
    store
}

#[test]
fn keeps_every_row_says_so_in_a_line_and_leaves_a_copy_of_what_was() {
    let _file = engine::OfTheFile::only();
    let (griot, old) = with_many();
    let before = account(&old);
    let store = put_back(&griot, &old);
    fs::write(griot.path("griot.db.before-schema-7"), "of an earlier upgrade").unwrap();
    let ran = griot.run(&["edition", "list"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let today = version(&store);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    let told = format!("the store griot.db was brought from schema 1 to {today} in ");
    let copy_told = format!(" s; griot.db.before-schema-{today} is the copy from before");
    assert!(ran.stderr.contains(&told) && ran.stderr.contains(&copy_told), "{}", ran.stderr);
    assert!(account(&store) == before, "a row is not what it was");
    // The edition that is a draft is no edition of the account.
    assert_eq!(griot.ok(&["store", "check"]), "the store is sound: 8 editions, 6860 deliveries\n");
    let copy = griot.path(&format!("griot.db.before-schema-{today}"));
    assert_eq!((version(&copy), account(&copy) == before), (1, true));
    assert!(!griot.path("griot.db.before-schema-7").exists(), "one copy is enough");

    // The way back, and the way on again.
    Connection::open(&store).unwrap().pragma_update(None, "user_version", today + 1).unwrap();
    let newer = griot.err(&["edition", "list"]);
    assert_eq!(
        newer,
        format!(
            "griot: cannot open the store griot.db: it was written by a newer griot (schema {}, this one knows {today}); install \
             that release; or `griot restore griot.db.before-schema-{today}`, the copy from before, without what has happened \
             since\n",
            today + 1
        )
    );
    let restored = griot.ok(&["restore", &format!("griot.db.before-schema-{today}"), "--yes"]);
    assert!(restored.contains("\nIt was of schema 1, and is of today's now\n"), "{restored}");
    assert!(griot.ok(&["store", "check"]).starts_with("the store is sound: "));
}

#[test]
fn a_kill_leaves_the_old_store_or_the_new_one_and_the_next_start_completes_it() {
    let _file = engine::OfTheFile::only();
    let (griot, old) = with_many();
    let before = account(&old);
    let store = put_back(&griot, &old);
    let began = Instant::now();
    griot.run(&["edition", "list"]);
    let whole = began.elapsed();
    let (today, old_schema, new_schema) = (version(&store), schema_of(&old), schema_of(&store));
    for kill in 1..=KILLS {
        let store = put_back(&griot, &old);
        let mut command = griot.command(&["edition", "list"]);
        let mut upgrade = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Somewhere within the whole of it: which moment it is does not matter, only that they differ.
        std::thread::sleep(whole * (2 * kill - 1) / (2 * KILLS) + Duration::from_micros(u64::from(kill) * 137));
        upgrade.kill().unwrap();
        upgrade.wait().unwrap();
        let expected = match version(&store) {
            1 => &old_schema,
            found => {
                assert_eq!(found, today);
                &new_schema
            }
        };
        assert!(schema_of(&store) == *expected, "kill {kill} left a store between the two");
        assert!(account(&store) == before, "kill {kill} changed a row");
        assert_eq!(griot.run(&["edition", "list"]).code, Some(0));
        assert!(account(&store) == before && schema_of(&store) == new_schema, "kill {kill} was not made good");
    }
    assert_eq!(griot.ok(&["store", "check"]), "the store is sound: 8 editions, 6860 deliveries\n");
}

fn folded(sql: &str) -> String {
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let words = code.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace(" ,", ",").replace("( ", "(").replace(" )", ")")
}

/// What is created, by name, without comments and alignment.
fn schema(db: &Connection) -> BTreeMap<String, String> {
    let mut query = db.prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, folded(&row.get::<_, String>(1)?)))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Every row of every table.
fn rows(db: &Connection) -> BTreeMap<String, Vec<Vec<Value>>> {
    let mut tables =
        db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let all = |name: &String| {
        let mut query = db.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2")).unwrap();
        let columns = query.column_count();
        let rows = query.query_map([], |row| (0..columns).map(|index| row.get(index)).collect()).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    names.iter().map(|name| (name.clone(), all(name))).collect()
}

#[test]
fn a_store_of_schema_1_becomes_todays_and_keeps_its_rows() {
    let _file = engine::OfTheFile::only();
    let new = Griot::new();
    let made = Connection::open(new.path("griot.db")).unwrap();
    made.execute_batch(&format!("DELETE FROM keys; DELETE FROM newsletters; {OLD_ROWS}")).unwrap();

    let griot = Griot::new();
    for file in ["griot.db", "griot.db-wal", "griot.db-shm"] {
        let _ = std::fs::remove_file(griot.path(file));
    }
    let old = Connection::open(griot.path("griot.db")).unwrap();
    old.execute_batch(&format!("{OLD_SCHEMA}; {OLD_ROWS}; PRAGMA user_version = 1;")).unwrap();
    assert!(rows(&old).values().all(|rows| !rows.is_empty()), "the fixture leaves a table empty");
    drop(old);

    // Any command opens it, and so upgrades it.
    assert_eq!(griot.run(&["edition", "list"]).code, Some(0));
    let shown = griot.json(&["edition", "show", "weekly-brief/2", "--json"]);
    assert_eq!((&shown[0]["state"], &shown[0]["resume_at"]), (&"paused".into(), &serde_json::Value::Null));
    let listed = griot.json(&["subscribers", "list", "--json"]);
    assert_eq!((&listed[0]["email"], &listed[0]["timezone"]), (&"ada@example.org".into(), &"".into()));

    let upgraded = Connection::open(griot.path("griot.db")).unwrap();
    let version = |db: &Connection| -> i64 { db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap() };
    assert_eq!(version(&upgraded), version(&made));
    assert_eq!(schema(&upgraded), schema(&made));
    let (mut kept, mut expected) = (rows(&upgraded), rows(&made));
    // What the upgrade adds: a delivery that failed by our fault is one that `send-missed` takes up.
    let (feedback, none) = (kept.remove("feedback").unwrap(), expected.remove("feedback").unwrap());
    assert_eq!(none, Vec::<Vec<Value>>::new());
    let [row] = feedback.as_slice() else { panic!("{feedback:?}") };
    let text = |word: &str| Value::Text(word.to_owned());
    assert_eq!(row[1..6], [Value::Integer(1), Value::Integer(3), text("ours"), text("undefined"), text("5.7.1")]);
    // It is counted with that, as are those who joined and left.
    let counts = kept.remove("feedback_counts").unwrap();
    assert_eq!(counts, [vec![1.into(), text("ours"), text("undefined"), 1.into(), 0.into()]]);
    let days = kept.remove("subscription_days").unwrap();
    let day = |day: i64, joined: i64, departed: i64| [1, day, joined, departed, 0, 0].map(Value::Integer).to_vec();
    assert_eq!(days, [day(20_706, 2, 0), day(20_717, 0, 1)]);
    for table in ["feedback_counts", "subscription_days"] {
        assert_eq!(expected.remove(table).unwrap(), Vec::<Vec<Value>>::new());
    }
    // No edition that ended before is told to a webhook when it is taken up again.
    let ends = kept.remove("edition_ends").unwrap();
    assert!(!ends.is_empty() && expected.remove("edition_ends").unwrap().is_empty());
    // What it also adds: past editions can be searched.
    let found: i64 = upgraded
        .query_row("SELECT count(*) FROM edition_search WHERE edition_search MATCH 'week'", [], |row| row.get(0))
        .unwrap();
    assert!(found > 0);
    for rows in [&mut kept, &mut expected] {
        rows.retain(|table, _| !table.contains("_search"));
    }
    assert_eq!(kept, expected);
    let sound: String = upgraded.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
