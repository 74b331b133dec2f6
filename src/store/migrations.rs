//! Brings a store to today's schema. `user_version` counts the steps taken; 0 is an empty file.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tracing::info;

use super::Db;
use super::backup::{Upgrading, before_upgrade, copies_before_upgrades};

/// Today's truth; a new store is made from it alone.
const SCHEMA: &str = include_str!("../../schema.sql");

/// The same on PostgreSQL. It begins with version 11: there were none before.
const SCHEMA_ON_SERVER: &str = include_str!("../../schema.postgres.sql");

/// One SQL text per step from an older release: `UPGRADES[n]` leads from version `n + 1` to `n + 2`.
const UPGRADES: &[&str] = &[
    include_str!("../../migrations/0002-sending.sql"),
    include_str!("../../migrations/0003-feedback.sql"),
    include_str!("../../migrations/0004-events.sql"),
    include_str!("../../migrations/0005-editorial.sql"),
    include_str!("../../migrations/0006-selection.sql"),
    include_str!("../../migrations/0007-counts.sql"),
    include_str!("../../migrations/0008-learning.sql"),
    include_str!("../../migrations/0009-readers.sql"),
    include_str!("../../migrations/0010-desk.sql"),
    include_str!("../../migrations/0011-operations.sql"),
];

pub(super) const VERSION: i64 = UPGRADES.len() as i64 + 1;

/// Brings the store at `path` to today's schema. One with something in it is copied first; the copy stays, until the next
/// upgrade.
pub(super) fn run(db: &mut Connection, path: &Path) -> Result<()> {
    let from = version(db)?;
    if from == VERSION {
        return Ok(());
    }
    if from == 0 {
        return upgrade_file(db);
    }
    if from > VERSION {
        bail!(newer(from, path));
    }
    let _upgrading = Upgrading::wait(path)?;
    let from = version(db)?;
    if from == VERSION {
        return Ok(());
    }
    let began = Instant::now();
    let copy = before_upgrade(path, VERSION).with_context(|| {
        format!(
            "the store is to be brought from schema {from} to {VERSION}, and the copy from before could not be made"
        )
    })?;
    upgrade_file(db)?;
    info!(
        "the store {} was brought from schema {from} to {VERSION} in {:.1} s; {} is the copy from before",
        path.display(),
        began.elapsed().as_secs_f64(),
        copy.display()
    );
    Ok(())
}

/// Takes every step that is missing, all in one transaction.
pub(super) fn upgrade(db: &Db) -> Result<()> {
    let Db::Sqlite(db) = db else { bail!("a database on a server is not brought to a schema as a file is") };
    upgrade_file(db)
}

pub(super) fn upgrade_file(db: &Connection) -> Result<()> {
    if version(db)? == VERSION {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    // Read again under the lock: another process may have been first.
    match version(&transaction)? {
        0 => transaction.execute_batch(SCHEMA)?,
        known @ 1..=VERSION => {
            for upgrade in &UPGRADES[known as usize - 1..] {
                transaction.execute_batch(upgrade)?;
            }
        }
        found => bail!("the store was written by a newer griot (schema {found}, this one knows {VERSION})"),
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// Brings the database of a server to today's schema. An empty one is made a store: somebody made it for that; one with tables
/// of somebody else's is not. Another node may do so at the same moment, and while a release is rolled out a schema may be one
/// step ahead of this node.
pub(super) fn run_on_server(db: &Db) -> Result<()> {
    let query = "SELECT to_regclass('schema_version') IS NOT NULL";
    let has_schema = |db: &Db| Ok::<bool, anyhow::Error>(db.query_row(query, [], |row| row.get(0))?);
    let known =
        |db: &Db| Ok::<i64, anyhow::Error>(db.query_row("SELECT version FROM schema_version", [], |row| row.get(0))?);
    if !has_schema(db)? {
        let others = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
        if db.query_row(others, [], |row| row.get::<i64>(0))? > 0 {
            bail!(
                "the database has tables, and none of griot's; make one of its own (`createdb`), or correct store.url"
            );
        }
        let transaction = super::Transaction::begin(db, super::Begin::Write)?;
        if !has_schema(&transaction)? {
            make_on_server(&transaction)?;
        }
        transaction.commit()?;
    }
    match known(db)? {
        found if found == VERSION || found == VERSION + 1 => Ok(()),
        found => bail!("its schema is {found}, and this griot knows {VERSION}; install the release that it belongs to"),
    }
}

/// Makes the tables of today's schema in an empty database.
pub(super) fn make_on_server(db: &Db) -> Result<()> {
    db.execute_batch(SCHEMA_ON_SERVER).context("making the tables")?;
    db.execute("INSERT INTO schema_version (version) VALUES (?1)", [VERSION])?;
    Ok(())
}

/// Writes down which schema it is, which is written down already.
pub(super) fn write_version_again(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite(db) => {
            let version = version(db)?;
            Ok(db.pragma_update(None, "user_version", version)?)
        }
        Db::Postgres(_) => {
            db.execute("UPDATE schema_version SET version = version", [])?;
            Ok(())
        }
    }
}

/// Refuses a store in which a step is missing, or one too many.
pub(super) fn check_is_current(db: &Connection) -> Result<()> {
    let known = version(db)?;
    if known != VERSION {
        bail!(
            "the store has the schema {known}, and this griot knows {VERSION}; `griot daemon` brings an older one here"
        );
    }
    Ok(())
}

/// Where to go from here: on to the newer release, or back to what was before it.
fn newer(found: i64, path: &Path) -> String {
    let copies = copies_before_upgrades(path);
    let back = copies.last().map_or_else(
        || "; or restore a backup from before that".to_owned(),
        |(_, copy)| {
            format!("; or `griot restore {}`, the copy from before, without what has happened since", copy.display())
        },
    );
    format!("it was written by a newer griot (schema {found}, this one knows {VERSION}); install that release{back}")
}

fn version(db: &Connection) -> Result<i64> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_a_new_store_and_leaves_it_alone_the_second_time() {
        let db = Connection::open_in_memory().unwrap();
        upgrade_file(&db).unwrap();
        upgrade_file(&db).unwrap();
        assert_eq!(version(&db).unwrap(), VERSION);
    }

    #[test]
    fn refuses_a_store_of_a_newer_release() {
        let db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(upgrade_file(&db).unwrap_err().to_string().contains("written by a newer griot"));
    }
}
