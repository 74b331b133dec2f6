//! Where the links of editions lead, and how often they were followed.

use std::collections::HashMap;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, DeliveryState, Edition, EditionId, LinkList, Signal, StoryId, SubscriberId, time};

/// A row of `links`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub i64);

/// A link of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionUrl {
    pub link: LinkId,
    /// http or https, as composition writes it.
    pub url: String,
}

/// Where a link leads, and what it is counted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTarget {
    pub url: String,
    pub edition: EditionId,
    /// The newsletter's id.
    pub newsletter: String,
    /// Links that the edition has.
    pub siblings: u64,
}

/// Counts that are not written down yet. A count that was written down under the wrong name is taken back by a negative
/// one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewClicks {
    /// By link and by the second at which the hour began.
    pub links: HashMap<(LinkId, i64), LinkClicks>,
    pub readers: HashMap<(LinkId, SubscriberId), ReaderClicks>,
    pub opens: HashMap<EditionId, i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkClicks {
    pub readers: i64,
    pub scanners: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderClicks {
    pub clicks: i64,
    /// Of these clicks.
    pub scanners: i64,
    /// Seconds since 1970.
    pub first_at: i64,
    pub last_at: i64,
}

impl LinkTarget {
    /// Keeps a link of an edition, once for each URL.
    pub fn keep(db: &Db, edition: EditionId, url: &str, story: Option<StoryId>) -> Result<LinkId> {
        let mut query = db.prepare_cached(
            "INSERT INTO links (edition_id, url, story_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (edition_id, url) DO UPDATE SET story_id = coalesce(links.story_id, excluded.story_id) RETURNING id",
        )?;
        let link = query.query_row((edition.0, url, story.map(|story| story.0)), |row| Ok(LinkId(row.get(0)?)));
        link.with_context(|| format!("keeping where {url} leads"))
    }

    pub fn find(db: &Db, link: LinkId) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(
            "SELECT l.url, l.edition_id, n.slug, (SELECT count(*) FROM links WHERE edition_id = l.edition_id)
             FROM links AS l JOIN editions AS e ON e.id = l.edition_id JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE l.id = ?1",
        )?;
        Ok(query.query_row([link.0], Self::from_row).optional()?)
    }

    /// The links of editions that went out from a moment on, those of the latest first, so many at most.
    pub fn of_sent_since(db: &Db, since: DateTime<Utc>, limit: usize) -> Result<Vec<(LinkId, Self)>> {
        let mut query = db.prepare_cached(
            "SELECT l.url, l.edition_id, n.slug, (SELECT count(*) FROM links WHERE edition_id = l.edition_id), l.id
             FROM editions AS e CROSS JOIN links AS l ON l.edition_id = e.id JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE e.started_at >= ?1 ORDER BY e.started_at DESC, l.id DESC LIMIT ?2",
        )?;
        let rows =
            query.query_map((time::seconds(since), limit), |row| Ok((LinkId(row.get(4)?), Self::from_row(row)?)))?;
        rows.map(|row| row.context("reading where links lead")).collect()
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self { url: row.get(0)?, edition: EditionId(row.get(1)?), newsletter: row.get(2)?, siblings: row.get(3)? })
    }
}

impl Edition {
    /// All links of the edition that are counted.
    pub fn counted_links(&self, db: &Db) -> Result<Vec<EditionUrl>> {
        let mut query = db.prepare_cached("SELECT id, url FROM links WHERE edition_id = ?1 ORDER BY id")?;
        let rows =
            query.query_map([self.id.0], |row| Ok(EditionUrl { link: LinkId(row.get(0)?), url: row.get(1)? }))?;
        rows.map(|row| row.context("reading where links lead")).collect()
    }

    /// The stories an edition leads to, with their URLs: those it carries and those of its lists.
    pub fn linked_stories(&self, db: &Db) -> Result<Vec<(StoryId, String)>> {
        let mut stories: Vec<_> = self.stories(db)?.into_iter().map(|(story, _)| (story.id, story.url)).collect();
        for list in [LinkList::MustRead, LinkList::ReadAlso] {
            stories.extend(self.links(db, list)?.into_iter().map(|(story, _)| (story.id, story.url)));
        }
        Ok(stories)
    }
}

impl NewClicks {
    pub fn is_empty(&self) -> bool {
        self.links.is_empty() && self.readers.is_empty() && self.opens.is_empty()
    }

    /// Adds them to what is stored. What was counted of a link, a subscriber or an edition that is gone meanwhile is
    /// dropped. Opens are those of these newsletters' editions only.
    pub fn record(&self, db: &Db, opens_of: &[&str]) -> Result<()> {
        let mut add = db.prepare_cached(
            "INSERT INTO clicks (link_id, hour_at, readers, scanners)
             SELECT id, ?2, max(?3, 0), max(?4, 0) FROM links WHERE id = ?1
             ON CONFLICT (link_id, hour_at)
             DO UPDATE SET readers = max(clicks.readers + ?3, 0), scanners = max(clicks.scanners + ?4, 0)",
        )?;
        let mut add_to_link = db.prepare_cached(
            "UPDATE links SET readers = max(readers + ?2, 0), scanners = max(scanners + ?3, 0) WHERE id = ?1",
        )?;
        let mut add_to_hour = db.prepare_cached(
            "INSERT INTO click_hours (newsletter_id, hour_at, readers)
             SELECT e.newsletter_id, ?2, max(?3, 0) FROM links AS l JOIN editions AS e ON e.id = l.edition_id
             WHERE l.id = ?1
             ON CONFLICT (newsletter_id, hour_at) DO UPDATE SET readers = max(click_hours.readers + ?3, 0)",
        )?;
        for ((link, hour), LinkClicks { readers, scanners }) in &self.links {
            add.execute((link.0, hour, readers, scanners)).context("counting clicks")?;
            add_to_link.execute((link.0, readers, scanners)).context("counting clicks")?;
            add_to_hour.execute((link.0, hour, readers)).context("counting clicks")?;
        }
        let mut add = db.prepare_cached(
            "INSERT INTO reader_clicks (link_id, subscriber_id, clicks, scanners, first_at, last_at)
             SELECT l.id, s.id, max(?3, 0), max(?4, 0), ?5, ?6 FROM links AS l, subscribers AS s
             WHERE l.id = ?1 AND s.id = ?2
             ON CONFLICT (link_id, subscriber_id)
             DO UPDATE SET clicks = reader_clicks.clicks + ?3, scanners = reader_clicks.scanners + ?4,
                           first_at = min(reader_clicks.first_at, ?5), last_at = max(reader_clicks.last_at, ?6)",
        )?;
        for ((link, subscriber), told) in &self.readers {
            let ReaderClicks { clicks, scanners, first_at, last_at } = told;
            add.execute((link.0, subscriber.0, clicks, scanners, first_at, last_at)).context("counting a click")?;
        }
        let mut add = db.prepare_cached(
            "INSERT INTO opens (edition_id, opens)
             SELECT e.id, ?2 FROM editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE e.id = ?1 AND n.slug IN (SELECT value FROM json_each(?3))
             ON CONFLICT (edition_id) DO UPDATE SET opens = opens.opens + ?2",
        )?;
        let newsletters = serde_json::to_string(opens_of)?;
        for (edition, opens) in &self.opens {
            add.execute((edition.0, opens, &newsletters)).context("counting that an edition was opened")?;
        }
        Ok(())
    }
}

/// When the relay took the edition for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    At(DateTime<Utc>),
    /// It is on its way, or that it arrived is not written down yet.
    NotYet,
}

impl Acceptance {
    /// `None` where the edition is not for this subscriber at all.
    pub fn of(db: &Db, edition: EditionId, subscriber: SubscriberId) -> Result<Option<Self>> {
        let mut query =
            db.prepare_cached("SELECT state, changed_at FROM deliveries WHERE edition_id = ?1 AND subscriber_id = ?2")?;
        let found = query.query_row((edition.0, subscriber.0), |row| {
            let (state, changed_at): (String, i64) = (row.get(0)?, row.get(1)?);
            let is_on_its_way = [DeliveryState::Queued, DeliveryState::Sending].map(DeliveryState::as_str);
            let is_on_its_way = is_on_its_way.contains(&state.as_str());
            Ok(if is_on_its_way { Self::NotYet } else { Self::At(time::from_seconds(changed_at)) })
        });
        Ok(found.optional()?)
    }
}

/// Keeps how often each of these links' stories was followed by readers, in all editions, as a reading of its signal
/// `clicks`.
pub fn record_clicks_of_stories(db: &Db, stories: &[StoryId], now: DateTime<Utc>) -> Result<()> {
    let stories: Vec<i64> = stories.iter().map(|story| story.0).collect();
    // By URL, because a story may have run on several platforms. Links are few, and in this order they are read once.
    let mut query = db.prepare_cached(
        "SELECT s.url, sum(c.readers)
         FROM links AS l CROSS JOIN stories AS s ON s.id = l.story_id CROSS JOIN clicks AS c ON c.link_id = l.id
         WHERE s.url IN (SELECT url FROM stories WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?1)))
         GROUP BY s.url",
    )?;
    let totals = query.query_map([serde_json::to_string(&stories)?], |row| {
        let readers: i64 = row.get(1)?;
        Ok((row.get(0)?, readers as f64))
    })?;
    let totals: Vec<(String, f64)> = totals.collect::<database::Result<_>>().context("adding up clicks")?;
    for (url, value) in totals {
        let last = Signal::latest(db, &url, Signal::CLICKS)?;
        if last.is_none_or(|last| last.value != value) {
            Signal { url, name: Signal::CLICKS.to_owned(), value, at: now }.record(db)?;
        }
    }
    Ok(())
}

/// The stories behind these links, each once.
pub fn stories_of_links(db: &Db, links: impl IntoIterator<Item = LinkId>) -> Result<Vec<StoryId>> {
    let links: Vec<i64> = links.into_iter().map(|link| link.0).collect();
    let mut query = db.prepare_cached(
        "SELECT DISTINCT story_id FROM links
         WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?1)) AND story_id IS NOT NULL",
    )?;
    let rows = query.query_map([serde_json::to_string(&links)?], |row| Ok(StoryId(row.get(0)?)))?;
    rows.map(|row| row.context("reading which stories were followed")).collect()
}

/// The stories that were followed since, in editions approved since `editions_since`.
pub fn stories_followed_since(db: &Db, since: DateTime<Utc>, editions_since: DateTime<Utc>) -> Result<Vec<StoryId>> {
    let mut query = db.prepare_cached(
        "SELECT DISTINCT l.story_id FROM editions AS e JOIN links AS l ON l.edition_id = e.id
         WHERE e.approved_at >= ?2 AND l.story_id IS NOT NULL
           AND EXISTS (SELECT 1 FROM clicks AS c WHERE c.link_id = l.id AND c.hour_at >= ?1)",
    )?;
    let rows =
        query.query_map((time::seconds(since), time::seconds(editions_since)), |row| Ok(StoryId(row.get(0)?)))?;
    rows.map(|row| row.context("reading which stories were followed")).collect()
}
