use crate::store::database;
use std::collections::HashMap;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Db, time};

/// Readings kept of one count. Where there are more, the one that tells least makes room.
const READINGS: usize = 24;
/// What the comments that feeds count are called.
const COMMENTS: &str = "comments";
/// A number of comments that stands still is news when the story is so many times as old as it was at the reading
/// before, in halves.
const STILL_HALVES: i32 = 3;
/// For as long as that: after three weeks nobody expects another.
const STILL_NEWS: TimeDelta = TimeDelta::days(21);

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
    /// What clicks are called. They tell how readers took editions, which are few, so they are kept for longer.
    pub const CLICKS: &str = "clicks";

    /// Keeps the reading, in place of another of the same second; `false` where it was known.
    pub fn record(&self, db: &Db) -> Result<bool> {
        let changed = db
            .prepare_cached(
                "INSERT INTO story_signals (url, signal, at, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (url, signal, at) DO UPDATE SET value = excluded.value
                 WHERE story_signals.value <> excluded.value",
            )?
            .execute((&self.url, &self.name, time::seconds(self.at), self.value))
            .with_context(|| format!("storing {} of {}", self.name, self.url))?;
        if changed == 1 {
            self.make_room(db)?;
        }
        Ok(changed == 1)
    }

    /// Keeps the first and the last reading, and of those between the ones that lie farthest apart, in proportion to
    /// the time since the first: what a count did in its first hours says as much as what it did in the week after.
    fn make_room(&self, db: &Db) -> Result<()> {
        let mut query = db.prepare_cached("SELECT at FROM story_signals WHERE url = ?1 AND signal = ?2 ORDER BY at")?;
        let kept = query.query_map((&self.url, &self.name), |row| row.get(0))?;
        let kept: Vec<i64> = kept.collect::<database::Result<_>>()?;
        if kept.len() <= READINGS {
            return Ok(());
        }
        let apart = |three: &[i64]| (three[2] - three[0]) as f64 / (three[2] - kept[0]) as f64;
        let least = kept.windows(3).min_by(|a, b| apart(a).total_cmp(&apart(b))).map(|three| three[1]);
        db.prepare_cached("DELETE FROM story_signals WHERE url = ?1 AND signal = ?2 AND at = ?3")?
            .execute((&self.url, &self.name, least))?;
        Ok(())
    }

    /// Keeps how many comments a poll found at a story: where it is another number than the last one kept, or stood
    /// still for so long that this is news. Polls are many, so nothing else is written.
    pub(super) fn record_comments(
        db: &Db,
        url: &str,
        comments: u32,
        published_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let told = Self { url: url.to_owned(), name: COMMENTS.to_owned(), value: comments.into(), at: now };
        let is_news = Self::latest(db, url, COMMENTS)?.is_none_or(|last| {
            let was_old = (last.at - published_at).max(TimeDelta::hours(1));
            let is_old = now - published_at;
            last.value != told.value || is_old * 2 >= was_old * STILL_HALVES && is_old <= STILL_NEWS
        });
        if is_news {
            told.record(db)?;
        }
        Ok(())
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

    /// The latest reading of each count of each of these URLs, in one query.
    pub fn latest_of(db: &Db, urls: &[&str]) -> Result<HashMap<String, Vec<Self>>> {
        // Beside a lone max() SQLite takes the other columns from the row that has it; the key's order groups without
        // sorting.
        let mut query = db.prepare_cached(db.pick(
            "SELECT url, signal, max(at), value FROM story_signals
             WHERE url IN (SELECT value FROM json_each(?1)) GROUP BY url, signal",
            "SELECT DISTINCT ON (url, signal) url, signal, at, value FROM story_signals
             WHERE url IN (SELECT value FROM json_each(?1)) ORDER BY url, signal, at DESC",
        ))?;
        let mut rows = query.query([serde_json::to_string(urls)?])?;
        let mut latest: HashMap<String, Vec<Self>> = HashMap::new();
        while let Some(row) = rows.next().context("reading the latest signals")? {
            let url: String = row.get(0)?;
            let signal =
                Self { url: url.clone(), name: row.get(1)?, value: row.get(3)?, at: time::from_seconds(row.get(2)?) };
            latest.entry(url).or_default().push(signal);
        }
        Ok(latest)
    }

    /// Forgets what was counted before, and clicks that were counted before `clicks_before`; answers how many readings
    /// that were.
    pub fn forget(db: &Db, before: DateTime<Utc>, clicks_before: DateTime<Utc>) -> Result<usize> {
        let forgotten = db.execute(
            "DELETE FROM story_signals WHERE at < ?1 AND (signal <> ?3 OR at < ?2)",
            (time::seconds(before), time::seconds(clicks_before), Self::CLICKS),
        )?;
        Ok(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use chrono::TimeDelta;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        (dir, store)
    }

    fn began() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn reading(number: u32, name: &str, value: f64, hours: i64) -> Signal {
        let url = format!("https://example.org/{number}");
        Signal { url, name: name.into(), value, at: began() + TimeDelta::hours(hours) }
    }

    #[test]
    fn keeps_the_readings_of_a_count_that_tell_most() {
        let (_dir, store) = store();
        store
            .write(|db| {
                for hour in 0..200 {
                    let views = reading(1, "views", 10.0 * hour as f64, hour);
                    assert!(views.record(db)?);
                    assert!(!views.record(db)?, "the same reading counted again");
                }
                let kept = Signal::of(db, "https://example.org/1")?;
                let hours: Vec<i64> = kept.iter().map(|one| (one.at - began()).num_hours()).collect();
                // Every hour in the beginning, then ever fewer; always the first and the last.
                assert_eq!((hours.len(), hours[0], hours[1], hours[2], hours[23]), (24, 0, 1, 2, 199));
                for pair in hours[1..].windows(2) {
                    assert!(pair[1] <= 2 * pair[0], "nothing between {pair:?}");
                }
                assert_eq!(Signal::latest(db, "https://example.org/1", "views")?.unwrap().value, 1990.0);
                assert_eq!(Signal::latest(db, "https://example.org/1", "shares")?, None);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn clicks_are_kept_for_longer() {
        let (_dir, store) = store();
        store
            .write(|db| {
                for (name, hour) in [("views", 1), ("views", 3), ("clicks", 0), ("clicks", 1), ("clicks", 3)] {
                    reading(1, name, 1.0, hour).record(db)?;
                }
                assert_eq!(Signal::forget(db, began() + TimeDelta::hours(3), began() + TimeDelta::hours(1))?, 2);
                let kept: Vec<String> =
                    Signal::of(db, "https://example.org/1")?.into_iter().map(|one| one.name).collect();
                assert_eq!(kept, ["clicks", "clicks", "views"]);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn the_latest_of_many_urls_comes_in_one_query() {
        let (_dir, store) = store();
        store
            .write(|db| {
                for (number, name, value, hour) in
                    [(1, "views", 5.0, 1), (1, "views", 9.0, 4), (1, "shares", 2.0, 3), (2, "views", 1.0, 2)]
                {
                    reading(number, name, value, hour).record(db)?;
                }
                let latest = Signal::latest_of(db, &["https://example.org/1", "https://example.org/3"])?;
                let one = vec![reading(1, "shares", 2.0, 3), reading(1, "views", 9.0, 4)];
                assert_eq!(latest, HashMap::from([("https://example.org/1".to_owned(), one)]));
                assert_eq!(Signal::latest_of(db, &[])?, HashMap::new());
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn a_poll_writes_comments_only_where_they_are_news() {
        let (_dir, store) = store();
        store
            .write(|db| {
                let mut hours = Vec::new();
                for hour in 0..600 {
                    let comments = if hour < 10 { 0 } else { 4 };
                    let at = began() + TimeDelta::hours(hour);
                    Signal::record_comments(db, "https://example.org/1", comments, began(), at)?;
                    let kept = Signal::of(db, "https://example.org/1")?;
                    hours.extend(kept.last().filter(|last| last.at == at).map(|_| hour));
                }
                // The change at ten hours; else whenever the story is half as old again, and never after three weeks.
                assert_eq!(hours, [0, 2, 3, 5, 8, 10, 15, 23, 35, 53, 80, 120, 180, 270, 405]);
                Ok(())
            })
            .unwrap();
    }
}
