//! A store of an older release is brought to today's schema when it is opened, and keeps every row.

use std::collections::BTreeMap;

use crate::support::command_line::Griot;
use rusqlite::Connection;
use rusqlite::types::Value;

/// The schema as it was, and rows to go with it: every table has some.
const OLD_SCHEMA: &str = include_str!("../old_stores/schema_1.sql");
const OLD_ROWS: &str = include_str!("../old_stores/rows_1.sql");

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
