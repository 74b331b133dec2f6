use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, time};

/// A row of `feeds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedId(pub i64);

/// What polling finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedKind {
    /// Stories.
    Feed,
    /// Events.
    Calendar,
}

/// What polling knows of one feed, or of one calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    pub id: FeedId,
    pub kind: FeedKind,
    /// As configured: its name for the operator.
    pub url: String,
    /// Empty for a calendar.
    pub platform: String,
    pub title: String,
    /// Where a permanent redirect leads; empty where none was met.
    pub moved_to: String,
    pub etag: String,
    pub last_modified: String,
    pub polled_at: Option<DateTime<Utc>>,
    pub next_poll_at: DateTime<Utc>,
    /// In a row; 0 after a poll that worked.
    pub failures: u32,
    pub failing_since: Option<DateTime<Utc>>,
    pub last_error: String,
    pub disabled_at: Option<DateTime<Utc>>,
    /// It last came as a whole, and not as "not modified".
    pub read_at: Option<DateTime<Utc>>,
}

/// What reading it changed: stories or events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Events that are not in their calendar any more.
    pub removed: usize,
}

const COLUMNS: &str = "id, url, platform, title, moved_to, etag, last_modified, polled_at, next_poll_at, failures, \
                       failing_since, last_error, disabled_at, kind, read_at";

impl FeedKind {
    /// As JSON and the store have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Calendar => "calendar",
        }
    }

    fn from_str(word: &str) -> Self {
        if word == "calendar" { Self::Calendar } else { Self::Feed }
    }
}

impl Feed {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: FeedId(row.get(0)?),
            url: row.get(1)?,
            platform: row.get(2)?,
            title: row.get(3)?,
            moved_to: row.get(4)?,
            etag: row.get(5)?,
            last_modified: row.get(6)?,
            polled_at: time::maybe_from_seconds(row.get(7)?),
            next_poll_at: time::from_seconds(row.get(8)?),
            failures: row.get(9)?,
            failing_since: time::maybe_from_seconds(row.get(10)?),
            last_error: row.get(11)?,
            disabled_at: time::maybe_from_seconds(row.get(12)?),
            kind: FeedKind::from_str(&row.get::<String>(13)?),
            read_at: time::maybe_from_seconds(row.get(14)?),
        })
    }

    /// The feed at this configured URL, made known where it is new; its platform and kind follow the configuration.
    pub fn register(db: &Db, url: &str, kind: FeedKind, platform: &str) -> Result<Self> {
        if let Some(known) = Self::find(db, url)?
            && (known.platform.as_str(), known.kind) == (platform, kind)
        {
            return Ok(known);
        }
        // What came before as something else says nothing about what it is now.
        db.prepare_cached(
            "INSERT INTO feeds (url, platform, kind) VALUES (?1, ?2, ?3)
             ON CONFLICT (url) DO UPDATE SET platform = excluded.platform, kind = excluded.kind,
                    etag = iif(feeds.kind = excluded.kind, feeds.etag, ''),
                    last_modified = iif(feeds.kind = excluded.kind, feeds.last_modified, '')",
        )?
        .execute((url, platform, kind.as_str()))?;
        Self::find(db, url)?.with_context(|| format!("registering the feed {url}"))
    }

    pub fn find(db: &Db, url: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM feeds WHERE url = ?1"))?;
        Ok(query.query_row([url], Self::from_row).optional()?)
    }

    /// Every feed ever polled, in the order they became known.
    pub fn all(db: &Db) -> Result<Vec<Self>> {
        let mut query = db.prepare(&format!("SELECT {COLUMNS} FROM feeds ORDER BY id"))?;
        let rows = query.query_map([], Self::from_row)?;
        rows.map(|row| row.context("reading a feed")).collect()
    }

    /// The address to ask: where a permanent redirect led, else the configured one.
    pub fn effective_url(&self) -> &str {
        if self.moved_to.is_empty() { &self.url } else { &self.moved_to }
    }

    /// Writes back what a poll learnt.
    pub fn record_poll(&self, db: &Db) -> Result<()> {
        db.prepare_cached(
            "UPDATE feeds SET title = ?2, moved_to = ?3, etag = ?4, last_modified = ?5, polled_at = ?6,
                    next_poll_at = ?7, failures = ?8, failing_since = ?9, last_error = ?10, disabled_at = ?11,
                    read_at = ?12
             WHERE id = ?1",
        )?
        .execute((
            self.id.0,
            &self.title,
            &self.moved_to,
            &self.etag,
            &self.last_modified,
            time::maybe_seconds(self.polled_at),
            time::seconds(self.next_poll_at),
            self.failures,
            time::maybe_seconds(self.failing_since),
            &self.last_error,
            time::maybe_seconds(self.disabled_at),
            time::maybe_seconds(self.read_at),
        ))
        .with_context(|| format!("recording the poll of {}", self.url))?;
        Ok(())
    }
}
