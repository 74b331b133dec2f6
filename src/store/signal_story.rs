use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, time};

/// What another outlet ran: a measure of importance, never shown to readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalStory {
    pub outlet: String,
    /// Canonical.
    pub url: String,
    pub headline: String,
    pub standfirst: String,
    pub published_at: DateTime<Utc>,
    pub first_seen_at: DateTime<Utc>,
}

impl SignalStory {
    /// Keeps it once for each outlet, as it was first seen; `false` where it was known.
    pub fn record(&self, db: &Db) -> Result<bool> {
        let added = db
            .prepare_cached(
                "INSERT INTO signal_stories (outlet, url, headline, standfirst, published_at, first_seen_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute((
                &self.outlet,
                &self.url,
                &self.headline,
                &self.standfirst,
                time::seconds(self.published_at),
                time::seconds(self.first_seen_at),
            ))
            .with_context(|| format!("storing what {} ran", self.outlet))?;
        Ok(added == 1)
    }

    /// What was published in `[start, end)`, oldest first.
    pub fn published_between(db: &Db, start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT outlet, url, headline, standfirst, published_at, first_seen_at FROM signal_stories
             WHERE published_at >= ?1 AND published_at < ?2 ORDER BY published_at, id",
        )?;
        let rows = query.query_map((time::seconds(start), time::seconds(end)), |row| {
            Ok(Self {
                outlet: row.get(0)?,
                url: row.get(1)?,
                headline: row.get(2)?,
                standfirst: row.get(3)?,
                published_at: time::from_seconds(row.get(4)?),
                first_seen_at: time::from_seconds(row.get(5)?),
            })
        })?;
        rows.map(|row| row.context("reading what an outlet ran")).collect()
    }

    /// Forgets what was last published before; answers how many that were.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        let sql = "DELETE FROM signal_stories WHERE published_at < ?1";
        Ok(db.execute(sql, [time::seconds(before)])?)
    }
}
