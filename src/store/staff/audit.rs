use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::store::{Db, time};

/// Something somebody did, for who asks later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Grows with time.
    pub id: i64,
    pub at: DateTime<Utc>,
    /// A name of staff, or `the command line`.
    pub who: String,
    /// A word or two: `signed in`, `approved`.
    pub action: String,
    /// What it was done to; may be empty.
    pub subject: String,
    pub detail: String,
}

impl AuditEntry {
    pub fn add(db: &Db, who: &str, action: &str, subject: &str, detail: &str, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("INSERT INTO audit (at, who, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute((time::seconds(now), who, action, subject, detail))
            .context("writing down who did what")?;
        Ok(())
    }

    /// The latest, newest first; of one person where a name is given.
    pub fn latest(db: &Db, who: Option<&str>, limit: u32) -> Result<Vec<Self>> {
        Self::before(db, i64::MAX, who, limit)
    }

    /// Those before an entry, newest first; of one person where a name is given.
    pub fn before(db: &Db, id: i64, who: Option<&str>, limit: u32) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT id, at, who, action, subject, detail FROM audit
             WHERE id < ?1 AND (CAST(?2 AS TEXT) IS NULL OR who = ?2) ORDER BY id DESC LIMIT ?3",
        )?;
        let rows = query.query_map((id, who, limit), |row| {
            Ok(Self {
                id: row.get(0)?,
                at: time::from_seconds(row.get(1)?),
                who: row.get(2)?,
                action: row.get(3)?,
                subject: row.get(4)?,
                detail: row.get(5)?,
            })
        })?;
        rows.map(|row| row.context("reading who did what")).collect()
    }

    /// Everybody who ever did something, by name.
    pub fn people(db: &Db) -> Result<Vec<String>> {
        let mut query = db.prepare_cached("SELECT who FROM audit GROUP BY who ORDER BY lower(who), who")?;
        let rows = query.query_map([], |row| row.get(0))?;
        rows.map(|row| row.context("reading who did what")).collect()
    }
}
