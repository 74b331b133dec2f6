//! Brings a store to today's schema. `user_version` counts the steps taken; 0 is an empty file.

use anyhow::{Result, bail};
use rusqlite::{Connection, TransactionBehavior};

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

const VERSION: i64 = UPGRADES.len() as i64 + 1;

/// Takes every step that is missing, all in one transaction.
pub(super) fn run(db: &mut Connection) -> Result<()> {
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
        newer => bail!(
            "the store was written by a newer griot (schema {newer}, this one knows {VERSION}); install that release"
        ),
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
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

fn version(db: &Connection) -> Result<i64> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_a_new_store_and_leaves_it_alone_the_second_time() {
        let mut db = Connection::open_in_memory().unwrap();
        run(&mut db).unwrap();
        run(&mut db).unwrap();
        assert_eq!(version(&db).unwrap(), VERSION);
    }

    #[test]
    fn refuses_a_store_of_a_newer_release() {
        let mut db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(run(&mut db).unwrap_err().to_string().contains("written by a newer griot"));
    }
}
