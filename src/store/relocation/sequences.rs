//! Ids that were given and must never be given again, although their rows may be gone.

use std::collections::BTreeMap;

use anyhow::Result;

use super::super::{Db, database};

/// The largest id that each table has given, of those that keep it.
pub(super) type Given = BTreeMap<String, i64>;

/// What counts the ids of a server's tables.
const COUNTED_ON_SERVER: &str = "SELECT CAST(t.relname AS TEXT), coalesce(pg_sequence_last_value(d.objid), 0)
     FROM pg_depend AS d JOIN pg_class AS t ON t.oid = d.refobjid JOIN pg_class AS s ON s.oid = d.objid
     WHERE d.deptype = 'i' AND d.classid = CAST('pg_class' AS REGCLASS) AND s.relkind = 'S'
       AND t.relnamespace = CAST(current_schema() AS REGNAMESPACE)";

pub(super) fn read(db: &Db) -> Result<Given> {
    all(db, db.pick("SELECT name, seq FROM sqlite_sequence", COUNTED_ON_SERVER))
}

/// Each table that keeps it goes on behind the largest id it has, and behind all that were given where the rows come from.
pub(super) fn write(db: &Db, given: &Given) -> Result<()> {
    let keeping = db.pick(
        "SELECT name, 0 FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'",
        COUNTED_ON_SERVER,
    );
    for (table, _) in all(db, keeping)? {
        let largest: i64 = db.query_row(&format!("SELECT coalesce(max(id), 0) FROM {table}"), [], |row| row.get(0))?;
        let last = largest.max(given.get(&table).copied().unwrap_or(0));
        // One that has given none begins at 1 by itself.
        if last < 1 {
            continue;
        }
        match db {
            Db::Sqlite(db) => {
                db.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [&table])?;
                db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (&table, last))?;
            }
            Db::Postgres(_) => {
                let set = "SELECT setval(pg_get_serial_sequence(?1, 'id'), ?2)";
                db.query_row(set, (&table, last), |row| row.get::<i64>(0))?;
            }
        }
    }
    Ok(())
}

fn all(db: &Db, query: &str) -> Result<Given> {
    let mut query = db.prepare(query)?;
    let found = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<database::Result<_>>()?)
}
