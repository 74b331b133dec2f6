//! The rows of a store, past griot: what tests look at and put there.

use std::path::Path;

use griot::config::{Config, Environment};
use griot::store::database::{FromSql, Row, ToSql, Value};
use griot::store::{Db, Location, Store};

use super::engine;

/// Where the store in this folder is.
pub fn location(folder: &Path) -> Location {
    match engine::url_of(folder) {
        Some(url) => Location::Server { url: url.into(), local: folder.join("griot-node").join("test") },
        None => Location::File(folder.join("griot.db")),
    }
}

/// What the store in this folder is called.
#[allow(dead_code, reason = "not all who share this are told its name")]
pub fn shown(folder: &Path) -> String {
    engine::url_of(folder).map_or("griot.db".to_owned(), |_| location(folder).to_string())
}

/// What leads a configuration to the store in this folder, whatever it says itself.
pub fn environment(folder: &Path) -> Environment {
    let secrets = engine::url_of(folder).map(|url| ("GRIOT_STORE_URL".to_owned(), url.into()));
    Environment { secrets: secrets.into_iter().collect() }
}

/// The same of one that was read.
pub fn place(config: &mut Config, folder: &Path) {
    config.store.path = folder.join("griot.db");
    config.store.url = engine::url_of(folder).map(Into::into);
    config.store.local = folder.join("griot-node").join("test");
}

/// A connection beside those of the store in this folder.
pub fn of(folder: &Path) -> Db {
    Db::open(&location(folder)).unwrap()
}

pub fn of_store(store: &Store) -> Db {
    Db::open(store.location()).unwrap()
}

pub fn one<T: FromSql>(db: &Db, query: &str) -> T {
    db.query_row(query, [], |row| row.get(0)).unwrap()
}

/// The first column of all that a query gives.
pub fn all<T: FromSql>(db: &Db, query: &str, values: &[&dyn ToSql]) -> Vec<T> {
    db.prepare(query).unwrap().query_map(values, |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Keeps all others from changing anything, until the transaction that this begins is over.
#[allow(dead_code, reason = "not all who share this hold others up")]
pub fn hold_changes(db: &Db) {
    let hold = db.pick("BEGIN IMMEDIATE", "BEGIN; SELECT pg_advisory_xact_lock(113741092844545)");
    db.execute_batch(hold).unwrap();
}

/// What SQLite calls octets and characters, in the words of the engine: for what a test puts there as text.
#[allow(dead_code, reason = "not all who share this put such there")]
pub fn worded(db: &Db, sql: &str) -> String {
    if db.pick(true, false) {
        return sql.to_owned();
    }
    let mut pieces = sql.split("x'");
    let mut worded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('\'') {
            Some((octets, rest)) if octets.bytes().all(|octet| octet.is_ascii_hexdigit()) => {
                worded += &format!("CAST('\\x{octets}' AS BYTEA){rest}");
            }
            _ => worded += &format!("x'{piece}"),
        }
    }
    while let Some(end) = worded.find(" AS BLOB)") {
        worded.replace_range(end..end + " AS BLOB)".len(), ", 'UTF8')");
        let begin = worded[..end].rfind("CAST(").expect("it casts");
        worded.replace_range(begin..begin + "CAST(".len(), "convert_to(");
    }
    worded.replace("char(10)", "chr(10)")
}

/// The names of all tables, in their order.
pub fn tables(db: &Db) -> Vec<String> {
    let query = db.pick(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    );
    all(db, query, &[])
}

/// The names of a table's columns, but for those that a server makes of others.
pub fn columns(db: &Db, table: &str) -> Vec<String> {
    let query = db.pick(
        "SELECT name FROM pragma_table_info(?1) ORDER BY cid",
        "SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE CAST(table_name AS TEXT) = ?1 AND data_type <> 'tsvector'
         ORDER BY ordinal_position",
    );
    all(db, query, &[&table])
}

/// All rows of a table, as text: to be compared.
pub fn of_table(db: &Db, table: &str) -> String {
    let columns: Vec<String> = columns(db, table).iter().map(|name| format!("\"{name}\"")).collect();
    let mut query = db.prepare(&format!("SELECT {} FROM {table}", columns.join(", "))).unwrap();
    let cells = |row: &Row<'_>| -> griot::store::database::Result<String> {
        let cells = (0..row.columns()).map(|column| Ok(format!("{:?}", row.get::<Value>(column)?)));
        Ok(cells.collect::<griot::store::database::Result<Vec<_>>>()?.join(" "))
    };
    let lines = query.query_map([], cells).unwrap().map(|cells| format!("{table} {}\n", cells.unwrap()));
    lines.collect()
}
