use crate::store::database::{self, OptionalRow, Row, params};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Db, FeedId, Signal, time};

/// A row of `stories`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StoryId(pub i64);

/// An entry kept: what a reader sees. Texts are plain, but for `body`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// 0 until it is stored.
    pub id: StoryId,
    pub platform: String,
    pub feed: Option<FeedId>,
    pub guid: String,
    /// Canonical: tracking parameters and fragment off.
    pub url: String,
    pub headline: String,
    pub standfirst: String,
    pub bylines: Vec<String>,
    pub section: String,
    pub tags: Vec<String>,
    pub published_at: DateTime<Utc>,
    pub updated_at: Option<DateTime<Utc>>,
    pub first_seen_at: DateTime<Utc>,
    pub image: Option<StoryImage>,
    pub comments: Option<u32>,
    /// Sanitised HTML.
    pub body: String,
    pub words: u32,
}

/// A story's lead image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoryImage {
    pub url: String,
    /// Pixels, where the feed says.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub alt: String,
    pub caption: String,
    pub credit: String,
}

/// What storing a polled story did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upserted {
    Added,
    Changed,
    Unchanged,
}

const COLUMNS: &str = "id, platform, feed_id, guid, url, headline, standfirst, bylines, section, tags, published_at, \
                       updated_at, first_seen_at, image_url, image_width, image_height, image_alt, image_caption, \
                       image_credit, comments, body, words";

/// Parameters are numbered as in [`COLUMNS`], here and in [`UPDATE`]. The id is the store's to give.
const INSERT: &str =
    "INSERT INTO stories (platform, feed_id, guid, url, headline, standfirst, bylines, section, tags, published_at,
            updated_at, first_seen_at, image_url, image_width, image_height, image_alt, image_caption, image_credit,
            comments, body, words)
     VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
/// Platform, guid and the times of first sight and publication stay.
const UPDATE: &str =
    "UPDATE stories SET feed_id = ?3, url = ?5, headline = ?6, standfirst = ?7, bylines = ?8, section = ?9, tags = ?10,
            updated_at = ?12, image_url = ?14, image_width = ?15, image_height = ?16, image_alt = ?17,
            image_caption = ?18, image_credit = ?19, comments = ?20, body = ?21, words = ?22
     WHERE id = ?1";

impl Story {
    pub(super) fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let image_url: String = row.get(13)?;
        let image = if image_url.is_empty() {
            None
        } else {
            Some(StoryImage {
                url: image_url,
                width: row.get(14)?,
                height: row.get(15)?,
                alt: row.get(16)?,
                caption: row.get(17)?,
                credit: row.get(18)?,
            })
        };
        Ok(Self {
            id: StoryId(row.get(0)?),
            platform: row.get(1)?,
            feed: row.get::<Option<i64>>(2)?.map(FeedId),
            guid: row.get(3)?,
            url: row.get(4)?,
            headline: row.get(5)?,
            standfirst: row.get(6)?,
            bylines: json_list(row, 7)?,
            section: row.get(8)?,
            tags: json_list(row, 9)?,
            published_at: time::from_seconds(row.get(10)?),
            updated_at: time::maybe_from_seconds(row.get(11)?),
            first_seen_at: time::from_seconds(row.get(12)?),
            image,
            comments: row.get(19)?,
            body: row.get(20)?,
            words: row.get(21)?,
        })
    }

    pub fn find(db: &Db, id: StoryId) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM stories WHERE id = ?1"))?;
        Ok(query.query_row([id.0], Self::from_row).optional()?)
    }

    /// The stories at a canonical URL: one for each platform that ran it.
    pub fn with_url(db: &Db, url: &str) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM stories WHERE url = ?1 ORDER BY id"))?;
        let rows = query.query_map([url], Self::from_row)?;
        rows.map(|row| row.context("reading a story")).collect()
    }

    /// Stories of these platforms published in `[start, end)`, newest first.
    pub fn published_between(
        db: &Db,
        platforms: &[&str],
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM stories
             WHERE published_at >= ?1 AND published_at < ?2
               AND platform IN (SELECT value FROM json_each(?3))
             ORDER BY published_at DESC, id DESC"
        ))?;
        let platforms = serde_json::to_string(platforms)?;
        let rows = query.query_map((time::seconds(start), time::seconds(end), platforms), Self::from_row)?;
        rows.map(|row| row.context("reading a story")).collect()
    }

    /// The newest stories of these platforms from before a moment, at most so many, without their bodies.
    pub fn before(db: &Db, platforms: &[&str], end: DateTime<Utc>, most: usize) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {} FROM stories
             WHERE published_at < ?1 AND platform IN (SELECT value FROM json_each(?2))
             ORDER BY published_at DESC, id DESC LIMIT ?3",
            COLUMNS.replace("body", "''")
        ))?;
        let platforms = serde_json::to_string(platforms)?;
        let rows = query.query_map((time::seconds(end), platforms, most as i64), Self::from_row)?;
        rows.map(|row| row.context("reading an earlier story")).collect()
    }

    /// Headlines it bore before, newest first, with the time each was replaced.
    pub fn earlier_headlines(&self, db: &Db) -> Result<Vec<(String, DateTime<Utc>)>> {
        let mut query =
            db.prepare("SELECT headline, replaced_at FROM headlines WHERE story_id = ?1 ORDER BY replaced_at DESC")?;
        let rows = query.query_map([self.id.0], |row| Ok((row.get(0)?, time::from_seconds(row.get(1)?))))?;
        rows.map(|row| row.context("reading a headline")).collect()
    }

    /// Stores what a poll found: the same story (by guid, else by URL, within its platform) stays one row, keeps when
    /// it was first seen and published, and remembers the headline it bore before.
    pub fn upsert(&self, db: &Db, now: DateTime<Utc>) -> Result<Upserted> {
        let known = self.known(db)?;
        if let Some(comments) = self.comments {
            let published_at = known.as_ref().map_or(self.published_at, |known| known.published_at);
            Signal::record_comments(db, &self.url, comments, published_at, now)?;
        }
        self.keep(db, known.as_ref(), now)
    }

    /// Stores what an import brought, of which nothing is news: its comments are no reading, and a story that a feed
    /// brought stays as the feed has it.
    pub fn keep_imported(&self, db: &Db, now: DateTime<Utc>) -> Result<Upserted> {
        match self.known(db)? {
            Some(known) if known.feed.is_some() => Ok(Upserted::Unchanged),
            known => self.keep(db, known.as_ref(), now),
        }
    }

    /// What [`Story::keep_imported`] would do.
    pub fn foresee_import(&self, db: &Db) -> Result<Upserted> {
        Ok(match self.known(db)? {
            None => Upserted::Added,
            Some(known) if known.feed.is_some() || self.merged_into(&known) == known => Upserted::Unchanged,
            Some(_) => Upserted::Changed,
        })
    }

    /// The row of the same story.
    fn known(&self, db: &Db) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM stories WHERE platform = ?1 AND (guid = ?2 OR url = ?3) ORDER BY guid = ?2 DESC"
        ))?;
        Ok(query.query_row((&self.platform, &self.guid, &self.url), Self::from_row).optional()?)
    }

    fn merged_into(&self, known: &Self) -> Self {
        Self {
            id: known.id,
            guid: known.guid.clone(),
            published_at: known.published_at,
            first_seen_at: known.first_seen_at,
            // A feed that only sometimes counts comments has not lost them.
            comments: self.comments.or(known.comments),
            ..self.clone()
        }
    }

    fn keep(&self, db: &Db, known: Option<&Self>, now: DateTime<Utc>) -> Result<Upserted> {
        let Some(known) = known else {
            self.write(db, INSERT)?;
            return Ok(Upserted::Added);
        };
        let merged = self.merged_into(known);
        if merged == *known {
            return Ok(Upserted::Unchanged);
        }
        if merged.headline != known.headline {
            db.prepare_cached(
                "INSERT INTO headlines (story_id, headline, replaced_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (story_id, replaced_at) DO UPDATE SET headline = excluded.headline",
            )?
            .execute((known.id.0, &known.headline, time::seconds(now)))?;
        }
        merged.write(db, UPDATE)?;
        Ok(Upserted::Changed)
    }

    /// Runs [`INSERT`] or [`UPDATE`], whose parameters are the same.
    fn write(&self, db: &Db, statement: &str) -> Result<()> {
        let image = self.image.clone().unwrap_or_default();
        db.prepare_cached(statement)?
            .execute(params![
                self.id.0,
                self.platform,
                self.feed.map(|feed| feed.0),
                self.guid,
                self.url,
                self.headline,
                self.standfirst,
                serde_json::to_string(&self.bylines)?,
                self.section,
                serde_json::to_string(&self.tags)?,
                time::seconds(self.published_at),
                time::maybe_seconds(self.updated_at),
                time::seconds(self.first_seen_at),
                image.url,
                image.width,
                image.height,
                image.alt,
                image.caption,
                image.credit,
                self.comments,
                self.body,
                self.words,
            ])
            .with_context(|| format!("storing the story {}", self.url))?;
        Ok(())
    }
}

pub(super) fn json_list(row: &Row<'_>, column: usize) -> database::Result<Vec<String>> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| database::Error::of_column(column, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(guid: &str, headline: &str) -> Story {
        let published_at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        Story {
            id: StoryId(0),
            platform: "harmattan".into(),
            feed: None,
            guid: guid.into(),
            url: format!("https://example.org/{guid}"),
            headline: headline.into(),
            standfirst: "The ministry has noticed.".into(),
            bylines: vec!["Kojo Antwi".into()],
            section: "Economy".into(),
            tags: vec!["ports".into()],
            published_at,
            updated_at: None,
            first_seen_at: published_at,
            image: Some(StoryImage { url: "https://example.org/lead.png".into(), ..StoryImage::default() }),
            comments: Some(4),
            body: "<p>Ten days.</p>".into(),
            words: 2,
        }
    }

    #[test]
    fn a_story_polled_again_is_one_row_and_keeps_its_earlier_headlines() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_100_000, 0).unwrap();
        store
            .write(|db| {
                assert_eq!(story("1", "Port strike").upsert(db, now)?, Upserted::Added);
                assert_eq!(story("1", "Port strike").upsert(db, now)?, Upserted::Unchanged);
                assert_eq!(story("1", "Port strike enters week two").upsert(db, now)?, Upserted::Changed);
                // A changed guid over the same URL is still the same story.
                let mut moved = story("1", "Port strike enters week two");
                moved.guid = "urn:1".into();
                assert_eq!(moved.upsert(db, now)?, Upserted::Unchanged);
                let start = DateTime::UNIX_EPOCH;
                let kept = Story::published_between(db, &["harmattan"], start, now)?;
                assert_eq!(kept.len(), 1);
                assert_eq!(kept[0].earlier_headlines(db)?, vec![("Port strike".to_owned(), now)]);
                assert_eq!(Story::published_between(db, &["beatline"], start, now)?, vec![]);
                Ok(())
            })
            .unwrap();
    }
}
