use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::store::{Db, time};

/// Something somebody did, for who asks later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
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
        let mut query = db.prepare_cached(
            "SELECT at, who, action, subject, detail FROM audit WHERE ?1 IS NULL OR who = ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let rows = query.query_map((who, limit), |row| {
            Ok(Self {
                at: time::from_seconds(row.get(0)?),
                who: row.get(1)?,
                action: row.get(2)?,
                subject: row.get(3)?,
                detail: row.get(4)?,
            })
        })?;
        rows.map(|row| row.context("reading who did what")).collect()
    }
}
