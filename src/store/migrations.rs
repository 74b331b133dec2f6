//! Brings a store to today's schema. `user_version` counts the steps taken; 0 is an empty file.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, TransactionBehavior};
use tracing::info;

use super::backup::{Upgrading, before_upgrade, copies_before_upgrades};

/// Today's truth; a new store is made from it alone.
const SCHEMA: &str = include_str!("../../schema.sql");

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
        return upgrade(db);
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
    upgrade(db)?;
    info!(
        "the store {} was brought from schema {from} to {VERSION} in {:.1} s; {} is the copy from before",
        path.display(),
        began.elapsed().as_secs_f64(),
        copy.display()
    );
    Ok(())
}

/// Takes every step that is missing, all in one transaction.
pub(super) fn upgrade(db: &mut Connection) -> Result<()> {
    if version(db)? == VERSION {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
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
        let mut db = Connection::open_in_memory().unwrap();
        upgrade(&mut db).unwrap();
        upgrade(&mut db).unwrap();
        assert_eq!(version(&db).unwrap(), VERSION);
    }

    #[test]
    fn refuses_a_store_of_a_newer_release() {
        let mut db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(upgrade(&mut db).unwrap_err().to_string().contains("written by a newer griot"));
    }
}
