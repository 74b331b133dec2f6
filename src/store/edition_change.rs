use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, EditionId, time};

/// A change of an edition, with what it takes to take it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionChange {
    pub id: i64,
    pub who: String,
    /// A sentence, without a full stop.
    pub what: String,
    /// As `publishing` wrote it.
    pub facts: String,
    pub changed_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, who, what, facts, changed_at";

impl EditionChange {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            who: row.get(1)?,
            what: row.get(2)?,
            facts: row.get(3)?,
            changed_at: time::from_seconds(row.get(4)?),
        })
    }

    pub fn add(db: &Db, edition: EditionId, who: &str, what: &str, facts: &str, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO edition_changes (edition_id, who, what, facts, changed_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((edition.0, who, what, facts, time::seconds(now)))
        .context("writing down what was changed in an edition")?;
        Ok(())
    }

    /// The latest that was not taken back.
    pub fn last(db: &Db, edition: EditionId) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM edition_changes WHERE edition_id = ?1 AND undone_at IS NULL ORDER BY id DESC LIMIT 1"
        ))?;
        Ok(query.query_row([edition.0], Self::from_row).optional()?)
    }

    /// The latest that were not taken back, newest first.
    pub fn latest(db: &Db, edition: EditionId, limit: u32) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM edition_changes WHERE edition_id = ?1 AND undone_at IS NULL
             ORDER BY id DESC LIMIT ?2"
        ))?;
        let rows = query.query_map((edition.0, limit), Self::from_row)?;
        rows.map(|row| row.context("reading what was changed in an edition")).collect()
    }

    pub fn mark_undone(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("UPDATE edition_changes SET undone_at = ?2 WHERE id = ?1")?
            .execute((self.id, time::seconds(now)))?;
        Ok(())
    }
}
