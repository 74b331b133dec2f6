//! What SQLite itself finds: damaged pages, indexes that miss a row, broken constraints, references that lead nowhere.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Db, Fault};

/// More than these say no more.
const MOST: u32 = 20;

pub fn check(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    integrity(db, faults)?;
    references(db, faults)
}

fn fault(wrong: String) -> Fault {
    Fault { edition: String::new(), wrong, to_do: "restore a backup".to_owned() }
}

/// Damaged pages, indexes that miss a row, broken constraints.
pub fn integrity(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    // A server looks after its pages by checksums of its own, and enforces what is declared.
    if db.pick(false, true) {
        return invalid_indexes(db, faults);
    }
    let mut query = db.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let told: String = row.get(0)?;
        if told != "ok" {
            faults.push(fault(told));
        }
    }
    Ok(())
}

/// Indexes that a server does not use, because making them failed, and constraints that were never looked over.
fn invalid_indexes(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    let mut query = db.prepare(
        "SELECT CAST(indexrelid::regclass AS TEXT) || ' is not usable' FROM pg_index WHERE NOT indisvalid
         UNION ALL
         SELECT conname || ' of ' || CAST(conrelid::regclass AS TEXT) || ' was not looked over'
         FROM pg_constraint WHERE NOT convalidated",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let to_do = "REINDEX INDEX, or ALTER TABLE … VALIDATE CONSTRAINT, and run this again".to_owned();
        faults.push(Fault { edition: String::new(), wrong: row.get(0)?, to_do });
    }
    Ok(())
}

/// References that lead nowhere.
pub fn references(db: &Db, faults: &mut Vec<Fault>) -> Result<()> {
    // A server's references hold: they are enforced by triggers, and a restored dump is looked over while it is read.
    if db.pick(false, true) {
        return Ok(());
    }
    // Few tables, however many rows.
    let mut dangling: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut query = db.prepare("PRAGMA foreign_key_check")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        *dangling.entry((row.get(0)?, row.get(2)?)).or_default() += 1;
    }
    for ((table, parent), many) in dangling {
        let rows = if many == 1 { "1 row points".to_owned() } else { format!("{many} rows point") };
        faults.push(fault(format!("of {table}, {rows} to {parent} that are not there")));
    }
    Ok(())
}
