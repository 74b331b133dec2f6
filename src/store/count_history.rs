//! How the counts of earlier stories grew, for learning what is usual.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Reading, time};

/// The stories come from an index that has all that is asked of them, their readings from the key of their table.
const READINGS: &str = "SELECT s.published_at, r.url, r.signal, r.at, r.value
     FROM stories AS s CROSS JOIN story_signals AS r ON r.url = s.url
     WHERE s.platform = ?1 AND s.published_at >= ?2 AND s.id % ?3 = 0";

/// One count of one story, with all the readings that are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct CountHistory {
    pub platform: String,
    /// Canonical.
    pub url: String,
    /// What was counted: `views`, `comments`.
    pub name: String,
    pub published_at: DateTime<Utc>,
    /// In the order of time; never empty.
    pub readings: Vec<Reading>,
}

impl CountHistory {
    /// What was counted of these platforms' stories published since.
    ///
    /// Of a platform with more than `most` stories every second is taken, or every third, and so on, so that all of the
    /// time is told: what is usual does not get truer by more of them.
    pub fn since(db: &Db, platforms: &[&str], since: DateTime<Utc>, most: u32) -> Result<Vec<Self>> {
        let mut count = db.prepare_cached("SELECT count(*) FROM stories WHERE platform = ?1 AND published_at >= ?2")?;
        // SQLite reads them in the order of its indexes, and sorts nothing.
        let in_order = db.pick("", "ORDER BY s.published_at, r.url, r.signal, r.at");
        let mut query = db.prepare_cached(&format!("{READINGS} {in_order}"))?;
        let mut histories: Vec<Self> = Vec::new();
        for platform in platforms {
            let stories: u32 = count.query_row((platform, time::seconds(since)), |row| row.get(0))?;
            let step = stories.div_ceil(most.max(1)).max(1);
            let mut rows = query.query((platform, time::seconds(since), step))?;
            while let Some(row) = rows.next().with_context(|| format!("reading what was counted of {platform}"))? {
                let published_at = time::from_seconds(row.get(0)?);
                let (url, name) = (row.text(1)?, row.text(2)?);
                let reading = Reading { at: time::from_seconds(row.get(3)?), value: row.get(4)? };
                match histories.last_mut().filter(|last| last.url == url && last.name == name) {
                    Some(last) => last.readings.push(reading),
                    None => histories.push(Self {
                        platform: (*platform).to_owned(),
                        url: url.to_owned(),
                        name: name.to_owned(),
                        published_at,
                        readings: vec![reading],
                    }),
                }
            }
        }
        // They come in the order of the key, which is no promise of SQLite's.
        for history in &mut histories {
            history.readings.sort_by_key(|reading| reading.at);
        }
        Ok(histories)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::store::Signal;

    fn began() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn store_with(db: &Db, platform: &str, number: i64) -> Result<String> {
        let url = format!("https://{platform}.example/{number}");
        db.execute(
            "INSERT INTO stories (platform, guid, url, headline, published_at, first_seen_at) VALUES (?1, ?2, ?2, '', ?3, ?3)",
            (platform, &url, time::seconds(began() + TimeDelta::hours(number))),
        )?;
        Ok(url)
    }

    #[test]
    fn tells_how_each_count_of_each_story_grew() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        store
            .write(|db| {
                for (platform, number) in [("a", 1), ("a", 2), ("b", 3), ("c", 4)] {
                    let url = store_with(db, platform, number)?;
                    for (name, value, hours) in [("views", 7.0, 9), ("views", 3.0, 5), ("likes", 1.0, 6)] {
                        let at = began() + TimeDelta::hours(hours);
                        Signal { url: url.clone(), name: name.into(), value, at }.record(db)?;
                    }
                }
                let found = CountHistory::since(db, &["a", "b"], began() + TimeDelta::hours(2), 1000)?;
                let told: Vec<_> = found
                    .iter()
                    .map(|one| {
                        let values: Vec<f64> = one.readings.iter().map(|reading| reading.value).collect();
                        (one.platform.as_str(), one.published_at - began(), one.name.as_str(), values)
                    })
                    .collect();
                let (two, three) = (TimeDelta::hours(2), TimeDelta::hours(3));
                assert_eq!(
                    told,
                    [
                        ("a", two, "likes", vec![1.0]),
                        ("a", two, "views", vec![3.0, 7.0]),
                        ("b", three, "likes", vec![1.0]),
                        ("b", three, "views", vec![3.0, 7.0]),
                    ]
                );
                for number in 10..1000 {
                    let url = store_with(db, "d", number)?;
                    Signal { url, name: "views".into(), value: 1.0, at: began() }.record(db)?;
                }
                let sampled = CountHistory::since(db, &["d"], began(), 100)?;
                assert!((95..=100).contains(&sampled.len()), "{}", sampled.len());
                assert!(sampled[0].published_at - began() < TimeDelta::hours(30));
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn asks_indices_only() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::file(&dir);
        let plan: Result<String> = store.read(|db| {
            let mut query = db.prepare(&format!("EXPLAIN QUERY PLAN {READINGS}"))?;
            let steps = query.query_map(("a", 0, 1), |row| row.get::<String>(3))?;
            Ok(steps.collect::<crate::store::database::Result<Vec<_>>>()?.join("; "))
        });
        assert_eq!(
            plan.unwrap(),
            "SEARCH s USING COVERING INDEX stories_by_platform (platform=? AND published_at>?); \
             SEARCH r USING PRIMARY KEY (url=?)"
        );
    }
}
