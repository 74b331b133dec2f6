//! What was followed in a few editions: by link with the story behind it, and by the hour.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, EditionId, LinkId, NewsletterNumber, time};

/// A link of an edition, the story behind it, and how often it was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    pub link: LinkId,
    /// Number of its edition.
    pub number: u32,
    pub url: String,
    /// As it was shown, and empty with all that follows where there is no story behind it.
    pub headline: String,
    pub platform: String,
    pub section: String,
    /// Its place in the edition; `None` where it stood in a list beside the stories.
    pub place: Option<u32>,
    pub readers: u64,
    pub scanners: u64,
}

impl Followed {
    /// Every counted link of these editions, the most followed first.
    pub fn in_editions(db: &Db, editions: &[EditionId]) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT l.id, e.number, l.url, coalesce(o.headline, s.headline, ''), coalesce(s.platform, ''),
                    coalesce(s.section, ''), p.position, l.readers, l.scanners
             FROM json_each(?1) AS wanted
             JOIN editions AS e ON e.id = CAST(wanted.value AS BIGINT)
             JOIN links AS l ON l.edition_id = e.id
             LEFT JOIN stories AS s ON s.id = l.story_id
             LEFT JOIN overrides AS o ON o.story_id = l.story_id
             LEFT JOIN edition_stories AS p ON p.edition_id = e.id AND p.story_id = l.story_id
             ORDER BY l.readers DESC, l.id",
        )?;
        let ids: Vec<i64> = editions.iter().map(|edition| edition.0).collect();
        let rows = query.query_map([serde_json::to_string(&ids)?], |row| {
            Ok(Self {
                link: LinkId(row.get(0)?),
                number: row.get(1)?,
                url: row.get(2)?,
                headline: row.get(3)?,
                platform: row.get(4)?,
                section: row.get(5)?,
                place: row.get(6)?,
                readers: row.get(7)?,
                scanners: row.get(8)?,
            })
        })?;
        rows.map(|row| row.context("reading which links were followed")).collect()
    }
}

/// Readers' clicks in a newsletter, by the hour in which they were made, since then.
pub fn clicks_by_hour(
    db: &Db,
    newsletter: NewsletterNumber,
    since: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, u64)>> {
    let mut query = db.prepare_cached(
        "SELECT hour_at, readers FROM click_hours WHERE newsletter_id = ?1 AND hour_at >= ?2 AND readers > 0",
    )?;
    let rows = query
        .query_map((newsletter, time::seconds(since)), |row| Ok((time::from_seconds(row.get(0)?), row.get(1)?)))?;
    rows.map(|row| row.context("reading when links were followed")).collect()
}
