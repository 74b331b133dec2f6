use std::collections::HashMap;

use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Db, FeedId, time};

/// Places that are looked at.
const PLACES: usize = 10;
/// The most that counts between two polls: who knows what stood there while nobody looked.
const GAP: TimeDelta = TimeDelta::hours(2);

/// How long something stood in one place of a front page, without having been seen elsewhere between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub url: String,
    /// The poll that first found it there.
    pub at: DateTime<Utc>,
    /// 1 is the lead.
    pub place: u32,
    /// As far as polls tell, which are believed for two hours at most.
    pub lasted: TimeDelta,
}

/// What a poll of a front page's feed found.
#[derive(Clone, Copy, Debug)]
pub enum FrontPage<'a> {
    /// These, in their order.
    Order(&'a [String]),
    /// The same as the last time.
    NotModified,
}

impl Sighting {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            url: row.get(0)?,
            at: time::from_seconds(row.get(1)?),
            place: row.get(2)?,
            lasted: TimeDelta::seconds(row.get(3)?),
        })
    }

    /// Counts the time since the poll before for what stood there, then takes down who stands where.
    pub fn record(db: &Db, feed: FeedId, page: FrontPage<'_>, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "UPDATE sightings SET seconds = seconds + max(0, min(?2 - seen_at, ?3)), seen_at = ?2
             WHERE feed_id = ?1 AND stands <> 0",
        )?
        .execute((feed.0, time::seconds(now), GAP.num_seconds()))
        .context("storing how long a front page stood")?;
        let FrontPage::Order(urls) = page else { return Ok(()) };
        // What a feed names twice stands in its first place.
        let mut places: HashMap<&str, u32> = HashMap::new();
        for (place, url) in (1..).zip(urls.iter().take(PLACES)) {
            places.entry(url).or_insert(place);
        }
        let mut query = db.prepare_cached("SELECT url, place FROM sightings WHERE feed_id = ?1 AND stands <> 0")?;
        let standing: Vec<(String, u32)> =
            query.query_map([feed.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<database::Result<_>>()?;
        for (url, place) in standing {
            if places.get(url.as_str()) == Some(&place) {
                places.remove(url.as_str());
            } else {
                db.prepare_cached("UPDATE sightings SET stands = 0 WHERE feed_id = ?1 AND url = ?2 AND stands <> 0")?
                    .execute((feed.0, url))?;
            }
        }
        for (url, place) in places {
            db.prepare_cached(
                "INSERT INTO sightings (feed_id, url, at, place, seen_at, stands) VALUES (?1, ?2, ?3, ?4, ?3, 1)
                 ON CONFLICT (feed_id, url, at)
                 DO UPDATE SET place = excluded.place, seconds = 0, seen_at = excluded.seen_at, stands = 1",
            )?
            .execute((feed.0, url, time::seconds(now), place))
            .with_context(|| format!("storing where {url} stands"))?;
        }
        Ok(())
    }

    /// Where a story stood on front pages, in the order of time.
    pub fn of(db: &Db, url: &str) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached("SELECT url, at, place, seconds FROM sightings WHERE url = ?1 ORDER BY at, feed_id")?;
        let rows = query.query_map([url], Self::from_row)?;
        rows.map(|row| row.context("reading where a story stood")).collect()
    }

    /// Where these URLs stood on the front pages of these platforms, each in the order of time, in one query.
    pub fn of_all(db: &Db, urls: &[&str], platforms: &[&str]) -> Result<HashMap<String, Vec<Self>>> {
        let mut query = db.prepare_cached(
            "SELECT s.url, s.at, s.place, s.seconds
             FROM sightings AS s JOIN feeds AS f ON f.id = s.feed_id
             WHERE s.url IN (SELECT value FROM json_each(?1))
               AND f.platform IN (SELECT value FROM json_each(?2))
             ORDER BY s.at, s.feed_id",
        )?;
        let (urls, platforms) = (serde_json::to_string(urls)?, serde_json::to_string(platforms)?);
        let mut found: HashMap<String, Vec<Self>> = HashMap::new();
        for row in query.query_map((urls, platforms), Self::from_row)? {
            let sighting = row.context("reading where stories stood")?;
            found.entry(sighting.url.clone()).or_default().push(sighting);
        }
        Ok(found)
    }

    /// Forgets what was last seen before; answers how many that were.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute("DELETE FROM sightings WHERE seen_at < ?1", [time::seconds(before)])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Feed, FeedKind};

    #[test]
    fn counts_the_time_in_each_place_over_the_polls() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let at = |minutes: i64| DateTime::from_timestamp(1_700_000_000 + 60 * minutes, 0).unwrap();
        let urls = |letters: &str| letters.chars().map(|c| format!("https://example.org/{c}")).collect::<Vec<_>>();
        // When, where, and for how many minutes.
        let seen = |db: &Db, letter: char| -> Result<Vec<(i64, u32, i64)>> {
            let found = Sighting::of(db, &format!("https://example.org/{letter}"))?;
            Ok(found.iter().map(|one| ((one.at - at(0)).num_minutes(), one.place, one.lasted.num_minutes())).collect())
        };
        store
            .write(|db| {
                let feed = Feed::register(db, "https://example.org/front", FeedKind::Feed, "harmattan")?.id;
                Sighting::record(db, feed, FrontPage::Order(&urls("abcde")), at(0))?;
                Sighting::record(db, feed, FrontPage::NotModified, at(60))?;
                // d rises, a falls off, and b stands there twice.
                Sighting::record(db, feed, FrontPage::Order(&urls("dbcbe")), at(120))?;
                assert_eq!(seen(db, 'a')?, [(0, 1, 120)]);
                assert_eq!(seen(db, 'b')?, [(0, 2, 120)]);
                assert_eq!(seen(db, 'd')?, [(0, 4, 120), (120, 1, 0)]);
                // Nobody looked for ten hours: two of them count.
                Sighting::record(db, feed, FrontPage::NotModified, at(720))?;
                assert_eq!(seen(db, 'd')?, [(0, 4, 120), (120, 1, 120)]);
                assert_eq!(seen(db, 'a')?, [(0, 1, 120)]);
                // What is gone and comes back stands there anew; beyond the first ten nothing is looked at.
                Sighting::record(db, feed, FrontPage::Order(&urls("123456789ad")), at(780))?;
                assert_eq!(seen(db, 'a')?, [(0, 1, 120), (780, 10, 0)]);
                assert_eq!(seen(db, 'd')?, [(0, 4, 120), (120, 1, 180)]);
                let all = Sighting::of_all(db, &["https://example.org/a", "https://example.org/x"], &["harmattan"])?;
                assert_eq!(all.len(), 1);
                assert_eq!(all["https://example.org/a"], Sighting::of(db, "https://example.org/a")?);
                assert!(Sighting::of_all(db, &["https://example.org/a"], &["beatline"])?.is_empty());
                assert_eq!(Sighting::forget(db, at(700))?, 2);
                assert_eq!(seen(db, 'a')?, [(780, 10, 0)]);
                Ok(())
            })
            .unwrap();
    }
}
