//! Copies of a store: made while others write, looked over before they count, kept by a rule, and put back.
//!
//! Owns: the files of copies and what is on record of them. Leaves out: when a copy is due, and the telling of it. A copy
//! is a store of its own: compacted, in one file, without anything that was deleted from the store before.

mod carry;
mod copy;
mod daily;
mod hold;
mod record;
mod reserve;
mod restore;
mod rule;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};

use super::{Extent, Fault, Store};

pub use carry::Carried;
pub(super) use copy::{Upgrading, before_upgrade, beside, clear, copies_before_upgrades, finish, unfinished};
pub use daily::DailyCopies;
pub use record::BackupRecord;
pub use restore::{Present, Restored, restore};
pub use rule::Keep;

/// A copy that was made, and is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub file: PathBuf,
    pub bytes: u64,
    /// What was looked over.
    pub extent: Extent,
    pub subscribers: u64,
    /// What is wrong in the store itself, of which this is a true copy.
    pub faults: Vec<Fault>,
}

impl Store {
    /// Copies the store into a new file, consistent even while others write, and looks the copy over: only one that is
    /// whole gets its name. What came of it goes on record in both.
    pub fn back_up_to(&self, file: &Path, now: DateTime<Utc>) -> Result<Backup> {
        if file.exists() {
            bail!("{} exists already; name another file", file.display());
        }
        let made = self.make_copy(file, now).with_context(|| format!("cannot back up to {}", file.display()));
        let record = match &made {
            Ok(backup) => BackupRecord::of(backup, now),
            Err(error) => BackupRecord::of_failure(file, error, now),
        };
        let recorded = self.write(|db| record.add(db));
        let backup = made?;
        recorded?;
        Ok(backup)
    }

    fn make_copy(&self, file: &Path, now: DateTime<Utc>) -> Result<Backup> {
        // Under another name until it is whole, so that a copy that was cut short is never taken for one.
        let unfinished = copy::unfinished(file);
        let made = (|| -> Result<Backup> {
            let Some(store) = self.file() else {
                bail!("{} is a database on a server: back it up with pg_dump (docs/postgresql.md)", self.shown());
            };
            copy::make(store, &unfinished)?;
            let db = copy::open(&unfinished)?;
            BackupRecord { made_at: now, file: file.to_owned(), bytes: 0, problem: String::new() }.add(&db)?;
            let (extent, subscribers, faults) = copy::look_over(&db)?;
            drop(db);
            let bytes = copy::finish(&unfinished, file)?;
            Ok(Backup { file: file.to_owned(), bytes, extent, subscribers, faults })
        })();
        if made.is_err() {
            copy::clear(&unfinished);
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::newsletter_number;

    #[test]
    fn a_backup_is_a_store_of_its_own_and_knows_when_it_was_made() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::file(&dir);
        store.write(|db| newsletter_number(db, "weekly-brief")).unwrap();
        let (file, now) = (dir.path().join("backup.db"), DateTime::from_timestamp(1_790_000_000, 0).unwrap());
        let backup = store.back_up_to(&file, now).unwrap();
        assert_eq!((backup.subscribers, backup.faults), (0, Vec::new()));
        assert!(store.back_up_to(&file, now).unwrap_err().to_string().contains("exists already"));
        let copy = Store::open(&file).unwrap();
        let slugs: i64 =
            copy.read(|db| Ok(db.query_row("SELECT count(*) FROM newsletters", [], |row| row.get(0))?)).unwrap();
        assert_eq!(slugs, 1);
        for store in [&store, &copy] {
            assert_eq!(store.read(BackupRecord::last_good).unwrap().unwrap().made_at, now);
        }
    }
}
