use std::path::{Path, PathBuf};

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::super::{Db, time};
use super::Backup;

/// So many are kept on record.
const KEPT: u32 = 400;

/// A copy that was made, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupRecord {
    /// The copy holds what was there then.
    pub made_at: DateTime<Utc>,
    pub file: PathBuf,
    pub bytes: u64,
    /// Why there is none; empty where it is whole.
    pub problem: String,
}

impl BackupRecord {
    pub(super) fn of(backup: &Backup, now: DateTime<Utc>) -> Self {
        Self { made_at: now, file: backup.file.clone(), bytes: backup.bytes, problem: String::new() }
    }

    pub(super) fn of_failure(file: &Path, error: &anyhow::Error, now: DateTime<Utc>) -> Self {
        Self { made_at: now, file: file.to_owned(), bytes: 0, problem: format!("{error:#}") }
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            made_at: time::from_seconds(row.get(0)?),
            file: row.get::<String>(1)?.into(),
            bytes: row.get(2)?,
            problem: row.get(3)?,
        })
    }

    pub(super) fn add(&self, db: &Db) -> Result<()> {
        db.execute(
            "INSERT INTO backups (made_at, file, bytes, problem) VALUES (?1, ?2, ?3, ?4)",
            (time::seconds(self.made_at), self.file.display().to_string(), self.bytes, &self.problem),
        )
        .context("putting a copy on record")?;
        db.execute("DELETE FROM backups WHERE id <= (SELECT max(id) FROM backups) - ?1", [KEPT])?;
        Ok(())
    }

    /// The newest copy that is whole; `None` where there never was one.
    pub fn last_good(db: &Db) -> Result<Option<Self>> {
        Self::newest(db, "problem = ''")
    }

    /// The newest try, whatever came of it.
    pub fn last(db: &Db) -> Result<Option<Self>> {
        Self::newest(db, "true")
    }

    fn newest(db: &Db, which: &str) -> Result<Option<Self>> {
        let mut query = db.prepare(&format!(
            "SELECT made_at, file, bytes, problem FROM backups WHERE {which} ORDER BY made_at DESC, id DESC LIMIT 1"
        ))?;
        Ok(query.query_row([], Self::from_row).optional()?)
    }
}
