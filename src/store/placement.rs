use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Row;

use super::{Db, FeedId, time};

/// Places that are looked at.
const PLACES: usize = 10;
/// The first places, which an editor gives to what matters most.
const TOP: u32 = 3;
/// How long after it was first seen a story's time at the top is early.
const EARLY: TimeDelta = TimeDelta::hours(6);
/// The most that counts between two polls: who knows what stood there while nobody looked.
const GAP: TimeDelta = TimeDelta::hours(2);

/// How long something has been among the first of a front page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub url: String,
    pub first_seen_at: DateTime<Utc>,
    /// The last poll that worked while it stood there.
    pub seen_at: DateTime<Utc>,
    /// At that poll, from 1; `None` where it has left the first ten.
    pub position: Option<u32>,
    pub best_position: u32,
    /// In the first three places.
    pub at_top: TimeDelta,
    /// Of this, within six hours of `first_seen_at`.
    pub early_at_top: TimeDelta,
}

/// What a poll of a front page's feed found.
#[derive(Clone, Copy, Debug)]
pub enum PlacementPoll<'a> {
    /// These, in their order.
    Order(&'a [String]),
    /// The same as the last time.
    NotModified,
}

const COLUMNS: &str = "url, first_seen_at, seen_at, position, best_position, top_seconds, early_seconds";

impl Placement {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            url: row.get(0)?,
            first_seen_at: time::from_seconds(row.get(1)?),
            seen_at: time::from_seconds(row.get(2)?),
            position: row.get(3)?,
            best_position: row.get(4)?,
            at_top: TimeDelta::seconds(row.get(5)?),
            early_at_top: TimeDelta::seconds(row.get(6)?),
        })
    }

    /// Counts the time since the poll before for what stood there, then takes down who stands where.
    pub fn record(db: &Db, feed: FeedId, poll: PlacementPoll<'_>, now: DateTime<Utc>) -> Result<()> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM placements WHERE feed_id = ?1 AND position IS NOT NULL ORDER BY position"
        ))?;
        let standing: Vec<Self> = query.query_map([feed.0], Self::from_row)?.collect::<rusqlite::Result<_>>()?;
        for placement in &standing {
            placement.since(now).save(db, feed)?;
        }
        let PlacementPoll::Order(urls) = poll else { return Ok(()) };
        db.prepare_cached("UPDATE placements SET position = NULL WHERE feed_id = ?1")?.execute([feed.0])?;
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM placements WHERE feed_id = ?1 AND url = ?2"))?;
        for (index, url) in urls.iter().take(PLACES).enumerate() {
            let position = index as u32 + 1;
            let known = query.query_map((feed.0, url), Self::from_row)?.next().transpose()?;
            let placement = match known {
                // The feed names it twice: its first place is its place.
                Some(known) if known.position.is_some() => continue,
                Some(known) => Self {
                    seen_at: now,
                    position: Some(position),
                    best_position: known.best_position.min(position),
                    ..known
                },
                None => Self {
                    url: url.clone(),
                    first_seen_at: now,
                    seen_at: now,
                    position: Some(position),
                    best_position: position,
                    at_top: TimeDelta::zero(),
                    early_at_top: TimeDelta::zero(),
                },
            };
            placement.save(db, feed)?;
        }
        Ok(())
    }

    /// With the time since it was last seen counted.
    fn since(&self, now: DateTime<Utc>) -> Self {
        let until = now.min(self.seen_at + GAP);
        let (mut at_top, mut early_at_top) = (self.at_top, self.early_at_top);
        if self.position.is_some_and(|position| position <= TOP) {
            at_top += until - self.seen_at;
            early_at_top += (until.min(self.first_seen_at + EARLY) - self.seen_at).max(TimeDelta::zero());
        }
        Self { seen_at: now, at_top, early_at_top, ..self.clone() }
    }

    fn save(&self, db: &Db, feed: FeedId) -> Result<()> {
        db.prepare_cached(
            "INSERT OR REPLACE INTO placements (feed_id, url, first_seen_at, seen_at, position, best_position,
                    top_seconds, early_seconds)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            feed.0,
            &self.url,
            time::seconds(self.first_seen_at),
            time::seconds(self.seen_at),
            self.position,
            self.best_position,
            self.at_top.num_seconds(),
            self.early_at_top.num_seconds(),
        ))
        .with_context(|| format!("storing where {} stands", self.url))?;
        Ok(())
    }

    /// Where a story stood on front pages; with several, the one that had it at the top for longest.
    pub fn of(db: &Db, url: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM placements WHERE url = ?1 ORDER BY top_seconds DESC, best_position, feed_id LIMIT 1"
        ))?;
        Ok(query.query_map([url], Self::from_row)?.next().transpose()?)
    }

    /// Forgets what was last seen before; answers how many that were.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute("DELETE FROM placements WHERE seen_at < ?1", [time::seconds(before)])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Feed, Store};

    #[test]
    fn counts_the_time_at_the_top_over_the_polls() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&dir.path().join("griot.db")).unwrap();
        let at = |minutes: i64| DateTime::from_timestamp(1_700_000_000 + 60 * minutes, 0).unwrap();
        let urls = |letters: &str| letters.chars().map(|c| format!("https://example.org/{c}")).collect::<Vec<_>>();
        let minutes = |db: &Db, letter: char| -> Result<(i64, i64, Option<u32>, u32)> {
            let found = Placement::of(db, &format!("https://example.org/{letter}"))?.unwrap();
            let early = found.early_at_top.num_minutes();
            Ok((found.at_top.num_minutes(), early, found.position, found.best_position))
        };
        store
            .write(|db| {
                let feed = Feed::register(db, "https://example.org/front", "harmattan")?.id;
                Placement::record(db, feed, PlacementPoll::Order(&urls("abcde")), at(0))?;
                Placement::record(db, feed, PlacementPoll::NotModified, at(60))?;
                // d rises, a falls off, and b stands there twice.
                Placement::record(db, feed, PlacementPoll::Order(&urls("dbcbe")), at(120))?;
                assert_eq!(minutes(db, 'a')?, (120, 120, None, 1));
                assert_eq!(minutes(db, 'b')?, (120, 120, Some(2), 2));
                assert_eq!(minutes(db, 'd')?, (0, 0, Some(1), 1));
                // Nobody looked for ten hours: two of them count, and for d all are early.
                Placement::record(db, feed, PlacementPoll::NotModified, at(720))?;
                assert_eq!(minutes(db, 'd')?, (120, 120, Some(1), 1));
                assert_eq!(minutes(db, 'a')?, (120, 120, None, 1));
                // Its first six hours are over.
                Placement::record(db, feed, PlacementPoll::NotModified, at(780))?;
                assert_eq!(minutes(db, 'd')?, (180, 120, Some(1), 1));
                assert_eq!(Placement::forget(db, at(700))?, 1);
                Ok(())
            })
            .unwrap();
    }
}
