use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::departure::departed;
use super::edition::state_of;
use super::{Db, DeliveryCounts, EditionId, EditionState, FeedbackCount, NewsletterNumber, time};

/// What became of an edition that went to readers, in numbers: each is read off a count, whatever the edition's size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionFigures {
    pub id: EditionId,
    pub number: u32,
    pub state: EditionState,
    pub subject: String,
    pub started_at: DateTime<Utc>,
    pub counts: DeliveryCounts,
    /// Readers whose address was refused for good, while it was sent or afterwards.
    pub hard: u64,
    /// Of them those whose message had been accepted.
    pub hard_returned: u64,
    pub soft: u64,
    pub complaints: u64,
    /// Readers who left by way of it and are gone still.
    pub left: u64,
    /// By readers, as far as is known.
    pub clicks: u64,
    pub scanners: u64,
    /// Its links were counted.
    pub is_followed: bool,
}

impl EditionFigures {
    /// The newsletter's latest editions that began to be sent, up to this number, newest first.
    pub fn latest(db: &Db, newsletter: NewsletterNumber, up_to: u32, limit: u32) -> Result<Vec<Self>> {
        // Nothing that stands behind the content in its row: that would read the content too.
        let mut query = db.prepare_cached(
            "SELECT id, number, state, subject, started_at FROM editions
             WHERE newsletter_id = ?1 AND number <= ?2 AND started_at IS NOT NULL ORDER BY number DESC LIMIT ?3",
        )?;
        let rows = query.query_map((newsletter, up_to, limit), Self::from_row)?;
        let mut editions: Vec<Self> = rows.collect::<database::Result<_>>().context("reading an edition's figures")?;
        for edition in &mut editions {
            edition.count(db)?;
        }
        Ok(editions)
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: EditionId(row.get(0)?),
            number: row.get(1)?,
            state: state_of(row.text(2)?),
            subject: row.get(3)?,
            started_at: time::from_seconds(row.get(4)?),
            counts: DeliveryCounts::default(),
            hard: 0,
            hard_returned: 0,
            soft: 0,
            complaints: 0,
            left: 0,
            clicks: 0,
            scanners: 0,
            is_followed: false,
        })
    }

    fn count(&mut self, db: &Db) -> Result<()> {
        self.counts = DeliveryCounts::load(db, self.id)?;
        for FeedbackCount { class, refused, returned, .. } in FeedbackCount::of(db, self.id)? {
            match class.as_str() {
                "hard" => {
                    self.hard += refused + returned;
                    self.hard_returned += returned;
                }
                "soft" => self.soft += refused + returned,
                "complaint" => self.complaints += refused + returned,
                _ => {}
            }
        }
        self.left = departed(db, self.id)?;
        (self.is_followed, self.clicks, self.scanners) = db
            .prepare_cached(
                "SELECT count(*) > 0, coalesce(sum(readers), 0), coalesce(sum(scanners), 0) FROM links WHERE edition_id = ?1",
            )?
            .query_row([self.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(())
    }

    /// Accepted by the relay, and not known to have come back for good.
    pub fn delivered(&self) -> u64 {
        self.counts.accepted.saturating_sub(self.hard_returned)
    }

    /// So many in a thousand of those delivered; `None` where there is nothing to compare with.
    pub fn per_thousand(&self, many: u64) -> Option<f64> {
        let delivered = self.delivered();
        (delivered > 0).then(|| many as f64 * 1000.0 / delivered as f64)
    }
}
