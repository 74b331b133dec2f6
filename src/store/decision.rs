use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Edition, EditionName, NewsletterNumber, StoryId, newsletter, time};

/// Whether an editor wants a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// The selection decides.
    #[default]
    Open,
    /// It is in the next edition, sent before or not; at this place (1 is the lead), or where its score puts it.
    Pin {
        place: Option<u32>,
    },
    Drop,
}

/// What an editor decided about a story for one newsletter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub story: StoryId,
    pub verdict: Verdict,
    /// It is in no edition that goes out before.
    pub embargo_until: Option<DateTime<Utc>>,
    /// It is in no edition that goes out then or later.
    pub expires_at: Option<DateTime<Utc>>,
    pub decided_at: DateTime<Utc>,
}

const COLUMNS: &str = "d.story_id, d.verdict, d.place, d.embargo_until, d.expires_at, d.decided_at";

impl Decision {
    /// Nothing decided yet.
    pub fn open(story: StoryId, now: DateTime<Utc>) -> Self {
        Self { story, verdict: Verdict::Open, embargo_until: None, expires_at: None, decided_at: now }
    }

    /// Whether nothing is decided.
    pub fn is_open(&self) -> bool {
        self.verdict == Verdict::Open && self.embargo_until.is_none() && self.expires_at.is_none()
    }

    pub fn is_pin(&self) -> bool {
        matches!(self.verdict, Verdict::Pin { .. })
    }

    /// `pinned to place 2, embargoed until …`; empty where nothing is decided.
    pub fn sentence(&self, local: impl Fn(DateTime<Utc>) -> String) -> String {
        let verdict = match self.verdict {
            Verdict::Open => None,
            Verdict::Pin { place: None } => Some("pinned".to_owned()),
            Verdict::Pin { place: Some(place) } => Some(format!("pinned to place {place}")),
            Verdict::Drop => Some("dropped".to_owned()),
        };
        let embargo = self.embargo_until.map(|until| format!("embargoed until {}", local(until)));
        let expiry = self.expires_at.map(|at| format!("expires {}", local(at)));
        [verdict, embargo, expiry].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let verdict = match row.get::<String>(1)?.as_str() {
            "pin" => Verdict::Pin { place: row.get(2)? },
            "drop" => Verdict::Drop,
            _ => Verdict::Open,
        };
        Ok(Self {
            story: StoryId(row.get(0)?),
            verdict,
            embargo_until: time::maybe_from_seconds(row.get(3)?),
            expires_at: time::maybe_from_seconds(row.get(4)?),
            decided_at: time::from_seconds(row.get(5)?),
        })
    }

    /// What was decided about a story for a newsletter, nothing where nothing was.
    pub fn find(db: &Db, newsletter: &str, story: StoryId, now: DateTime<Utc>) -> Result<Self> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM decisions AS d JOIN newsletters AS n ON n.id = d.newsletter_id
             WHERE n.slug = ?1 AND d.story_id = ?2"
        ))?;
        let known = query.query_row((newsletter, story.0), Self::from_row).optional()?;
        Ok(known.unwrap_or_else(|| Self::open(story, now)))
    }

    /// Every decision for a newsletter, in the order they were made.
    pub fn all(db: &Db, newsletter: &str) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM decisions AS d JOIN newsletters AS n ON n.id = d.newsletter_id
             WHERE n.slug = ?1 ORDER BY d.decided_at, d.story_id"
        ))?;
        let rows = query.query_map([newsletter], Self::from_row)?;
        rows.map(|row| row.context("reading an editor's decision")).collect()
    }

    /// Writes it down in place of what was decided before.
    pub fn save(&self, db: &Db, newsletter: &str) -> Result<()> {
        let number = newsletter::number_of(db, newsletter)?;
        if self.is_open() {
            db.prepare_cached("DELETE FROM decisions WHERE newsletter_id = ?1 AND story_id = ?2")?
                .execute((number, self.story.0))?;
            return Ok(());
        }
        let (verdict, place) = match self.verdict {
            Verdict::Open => ("", None),
            Verdict::Pin { place } => ("pin", place),
            Verdict::Drop => ("drop", None),
        };
        db.prepare_cached(
            "INSERT INTO decisions (newsletter_id, story_id, verdict, place, embargo_until, expires_at, decided_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (newsletter_id, story_id)
             DO UPDATE SET verdict = excluded.verdict, place = excluded.place, embargo_until = excluded.embargo_until,
                           expires_at = excluded.expires_at, decided_at = excluded.decided_at",
        )?
        .execute((
            number,
            self.story.0,
            verdict,
            place,
            time::maybe_seconds(self.embargo_until),
            time::maybe_seconds(self.expires_at),
            time::seconds(self.decided_at),
        ))
        .with_context(|| format!("storing what was decided about story {}", self.story.0))?;
        Ok(())
    }
}

impl Edition {
    /// Takes back the pins of its stories: they have done what they were for.
    pub fn spend_pins(&self, db: &Db) -> Result<()> {
        db.prepare_cached(
            "UPDATE decisions SET verdict = '', place = NULL
             WHERE newsletter_id = ?1 AND verdict = 'pin'
               AND story_id IN (SELECT story_id FROM edition_stories WHERE edition_id = ?2)",
        )?
        .execute((self.newsletter, self.id.0))
        .with_context(|| format!("taking back the pins of {}", self.name))?;
        Ok(())
    }

    /// A story of its that may not go out yet, with the end of its embargo.
    pub fn embargoed(&self, db: &Db, now: DateTime<Utc>) -> Result<Option<(StoryId, DateTime<Utc>)>> {
        let mut query = db.prepare_cached(
            "SELECT d.story_id, d.embargo_until
             FROM edition_stories AS s
                  JOIN decisions AS d ON d.newsletter_id = ?1 AND d.story_id = s.story_id
             WHERE s.edition_id = ?2 AND d.embargo_until > ?3 ORDER BY d.embargo_until DESC LIMIT 1",
        )?;
        let found = query.query_row((self.newsletter, self.id.0, time::seconds(now)), |row| {
            Ok((StoryId(row.get(0)?), time::from_seconds(row.get(1)?)))
        });
        Ok(found.optional()?)
    }

    /// The stories that editions of a newsletter carried to readers, or will, each with the latest of them; what was
    /// listed as most read too. Of those that were cancelled, the ones that had begun to be sent count.
    pub fn stories_sent(db: &Db, newsletter: NewsletterNumber) -> Result<Vec<(StoryId, EditionName)>> {
        let mut query = db.prepare_cached(
            "SELECT s.story_id, n.slug, max(e.number)
             FROM editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id
                  JOIN (SELECT edition_id, story_id FROM edition_stories
                        UNION ALL
                        SELECT edition_id, story_id FROM edition_links WHERE list = 'must read') AS s
                       ON s.edition_id = e.id
             WHERE e.newsletter_id = ?1
               AND (e.state IN ('approved', 'sending', 'paused', 'sent') OR e.started_at IS NOT NULL)
             GROUP BY s.story_id, n.slug",
        )?;
        let rows = query.query_map([newsletter], |row| {
            Ok((StoryId(row.get(0)?), EditionName { newsletter: row.get(1)?, number: row.get(2)? }))
        })?;
        rows.map(|row| row.context("reading which stories were sent")).collect()
    }

    /// The editions a story is in, oldest first, with their states.
    pub fn with_story(db: &Db, story: StoryId) -> Result<Vec<(EditionName, String)>> {
        let mut query = db.prepare_cached(
            "SELECT n.slug, e.number, e.state
             FROM edition_stories AS s JOIN editions AS e ON e.id = s.edition_id
                  JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE s.story_id = ?1 ORDER BY e.id",
        )?;
        let rows = query.query_map([story.0], |row| {
            Ok((EditionName { newsletter: row.get(0)?, number: row.get(1)? }, row.get(2)?))
        })?;
        rows.map(|row| row.context("reading the editions of a story")).collect()
    }
}
