use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, time};

/// Readings kept of one count; older ones make room.
const READINGS: u32 = 24;

/// A count that was pushed: so many views, shares or whatever a story had by then.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Canonical, like that of a story.
    pub url: String,
    /// What was counted: `views`.
    pub name: String,
    /// All there were by `at`; never negative.
    pub value: f64,
    pub at: DateTime<Utc>,
}

/// What a count stood at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub value: f64,
    pub at: DateTime<Utc>,
}

impl Signal {
    /// Keeps the reading, in place of another of the same second; `false` where it was known.
    pub fn record(&self, db: &Db) -> Result<bool> {
        let changed = db
            .prepare_cached(
                "INSERT INTO story_signals (url, signal, at, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (url, signal, at) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
            )?
            .execute((&self.url, &self.name, time::seconds(self.at), self.value))
            .with_context(|| format!("storing {} of {}", self.name, self.url))?;
        db.prepare_cached(
            "DELETE FROM story_signals WHERE url = ?1 AND signal = ?2 AND at <=
                    (SELECT at FROM story_signals WHERE url = ?1 AND signal = ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3)",
        )?
        .execute((&self.url, &self.name, READINGS))?;
        Ok(changed == 1)
    }

    /// All that is kept of a story's counts, by signal and time.
    pub fn of(db: &Db, url: &str) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached("SELECT signal, at, value FROM story_signals WHERE url = ?1 ORDER BY signal, at")?;
        let rows = query.query_map([url], |row| {
            Ok(Self { url: url.to_owned(), name: row.get(0)?, at: time::from_seconds(row.get(1)?), value: row.get(2)? })
        })?;
        rows.map(|row| row.context("reading a signal")).collect()
    }

    /// The latest reading of a count.
    pub fn latest(db: &Db, url: &str, name: &str) -> Result<Option<Reading>> {
        let mut query = db.prepare_cached(
            "SELECT value, at FROM story_signals WHERE url = ?1 AND signal = ?2 ORDER BY at DESC LIMIT 1",
        )?;
        let mut rows = query.query((url, name))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Reading { value: row.get(0)?, at: time::from_seconds(row.get(1)?) }))
    }

    /// Forgets what was counted before; answers how many readings that were.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        let forgotten = db.execute("DELETE FROM story_signals WHERE at < ?1", [time::seconds(before)])?;
        Ok(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use chrono::TimeDelta;

    #[test]
    fn keeps_the_last_readings_of_each_count() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&dir.path().join("griot.db")).unwrap();
        let began = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let views = |hour: i64| Signal {
            url: "https://example.org/1".into(),
            name: "views".into(),
            value: 10.0 * hour as f64,
            at: began + TimeDelta::hours(hour),
        };
        store
            .write(|db| {
                for hour in 0..40 {
                    assert!(views(hour).record(db)?);
                    assert!(!views(hour).record(db)?, "the same reading counted again");
                }
                let kept = Signal::of(db, "https://example.org/1")?;
                assert_eq!((kept.len(), kept[0].value, kept[23].value), (24, 160.0, 390.0));
                // One that comes late and is older than all that is kept is not kept either.
                views(3).record(db)?;
                assert_eq!(Signal::of(db, "https://example.org/1")?, kept);
                assert_eq!(Signal::latest(db, "https://example.org/1", "views")?.unwrap().value, 390.0);
                assert_eq!(Signal::latest(db, "https://example.org/1", "shares")?, None);
                assert_eq!(Signal::forget(db, began + TimeDelta::hours(39))?, 23);
                Ok(())
            })
            .unwrap();
    }
}
