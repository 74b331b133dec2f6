use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, time};

/// Something that is wrong, or was and is to be told over, as its operator was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// A word: `edition-late`.
    pub kind: String,
    /// What it is about, within its kind.
    pub subject: String,
    /// `warning` or `urgent`.
    pub severity: String,
    pub title: String,
    pub what: String,
    pub todo: String,
    pub raised_at: DateTime<Utc>,
    /// Not found any more since.
    pub gone_at: Option<DateTime<Utc>>,
    /// It is over, and that is to be told.
    pub cleared_at: Option<DateTime<Utc>>,
    /// The last letter about it went out.
    pub mailed_at: Option<DateTime<Utc>>,
    /// Its severity in that letter; empty where there was none.
    pub mailed_as: String,
}

const COLUMNS: &str =
    "kind, subject, severity, title, what, todo, raised_at, gone_at, cleared_at, mailed_at, mailed_as";

impl Alert {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            subject: row.get(1)?,
            severity: row.get(2)?,
            title: row.get(3)?,
            what: row.get(4)?,
            todo: row.get(5)?,
            raised_at: time::from_seconds(row.get(6)?),
            gone_at: time::maybe_from_seconds(row.get(7)?),
            cleared_at: time::maybe_from_seconds(row.get(8)?),
            mailed_at: time::maybe_from_seconds(row.get(9)?),
            mailed_as: row.get(10)?,
        })
    }

    /// Those that are raised, and those whose end is to be told; what was raised first comes first.
    pub fn all(db: &Db) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM alerts ORDER BY raised_at, kind, subject"))?;
        let rows = query.query_map([], Self::from_row)?;
        rows.map(|row| row.context("reading an alert")).collect()
    }

    /// Those that are raised now.
    pub fn raised(db: &Db) -> Result<Vec<Self>> {
        let mut alerts = Self::all(db)?;
        alerts.retain(|alert| alert.cleared_at.is_none());
        Ok(alerts)
    }

    pub fn save(&self, db: &Db) -> Result<()> {
        db.prepare_cached(&format!(
            "INSERT INTO alerts ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (kind, subject)
             DO UPDATE SET severity = excluded.severity, title = excluded.title, what = excluded.what,
                           todo = excluded.todo, raised_at = excluded.raised_at, gone_at = excluded.gone_at,
                           cleared_at = excluded.cleared_at, mailed_at = excluded.mailed_at,
                           mailed_as = excluded.mailed_as"
        ))?
        .execute((
            &self.kind,
            &self.subject,
            &self.severity,
            &self.title,
            &self.what,
            &self.todo,
            time::seconds(self.raised_at),
            time::maybe_seconds(self.gone_at),
            time::maybe_seconds(self.cleared_at),
            time::maybe_seconds(self.mailed_at),
            &self.mailed_as,
        ))
        .with_context(|| format!("writing down the alert {} of {}", self.kind, self.subject))?;
        Ok(())
    }

    /// It is over, and who had to be told was.
    pub fn forget(&self, db: &Db) -> Result<()> {
        db.prepare_cached("DELETE FROM alerts WHERE kind = ?1 AND subject = ?2")?
            .execute((&self.kind, &self.subject))
            .with_context(|| format!("forgetting the alert {} of {}", self.kind, self.subject))?;
        Ok(())
    }
}
