use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::Store;

const PAGES_A_STEP: i32 = 1000;

impl Store {
    /// Copies the store into a new file, consistent even while others write.
    pub fn back_up_to(&self, file: &Path) -> Result<()> {
        if file.exists() {
            bail!("{} exists already; name another file", file.display());
        }
        // Under another name until it is whole, so that a backup that was cut short is never taken for one.
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = Path::new(&unfinished);
        let copy = || -> Result<()> {
            let mut target = Connection::open(unfinished)?;
            self.read(|db| Ok(Backup::new(db, &mut target)?.run_to_completion(PAGES_A_STEP, Duration::ZERO, None)?))?;
            // One file, without a write-ahead log beside it.
            target.pragma_update(None, "journal_mode", "DELETE")?;
            Ok(())
        };
        copy().with_context(|| format!("cannot back up to {}", file.display()))?;
        std::fs::rename(unfinished, file).with_context(|| format!("cannot name the backup {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::newsletter_number;

    #[test]
    fn a_backup_is_a_store_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&dir.path().join("griot.db")).unwrap();
        store.write(|db| newsletter_number(db, "weekly-brief")).unwrap();
        let file = dir.path().join("backup.db");
        store.back_up_to(&file).unwrap();
        assert!(store.back_up_to(&file).unwrap_err().to_string().contains("exists already"));
        let copy = Store::open(&file).unwrap();
        let slugs: i64 =
            copy.read(|db| Ok(db.query_row("SELECT count(*) FROM newsletters", [], |row| row.get(0))?)).unwrap();
        assert_eq!(slugs, 1);
    }
}
