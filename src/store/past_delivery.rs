use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Db, SubscriberId, time};

/// What became of an edition for one subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastDelivery {
    /// As `weekly-brief/12`.
    pub edition: String,
    pub state: String,
    pub attempts: u32,
    pub changed_at: DateTime<Utc>,
    /// Empty where it was not skipped.
    pub skipped_because: String,
}

impl PastDelivery {
    /// Those of the latest editions, newest first.
    pub fn latest(db: &Db, subscriber: SubscriberId, limit: usize) -> Result<Vec<Self>> {
        // Through editions, because deliveries are kept by edition first and there are few editions.
        let mut query = db.prepare_cached(
            "SELECT n.slug || '/' || e.number, d.state, d.attempts, d.changed_at, d.skipped_because
             FROM editions AS e
             JOIN newsletters AS n ON n.id = e.newsletter_id
             CROSS JOIN deliveries AS d ON d.edition_id = e.id AND d.subscriber_id = ?1
             ORDER BY e.id DESC LIMIT ?2",
        )?;
        let rows = query.query_map((subscriber.0, limit), Self::from_row)?;
        rows.map(|row| row.context("reading a delivery")).collect()
    }

    /// Those that were tried and whose tries are on record no more, oldest first.
    pub fn without_tries(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT n.slug || '/' || e.number, d.state, d.attempts, d.changed_at, d.skipped_because
             FROM editions AS e
             JOIN newsletters AS n ON n.id = e.newsletter_id
             CROSS JOIN deliveries AS d ON d.edition_id = e.id AND d.subscriber_id = ?1
             WHERE d.attempts > 0 AND NOT EXISTS (SELECT 1 FROM attempts AS a
                                                  WHERE a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id)
             ORDER BY e.id",
        )?;
        let rows = query.query_map([subscriber.0], Self::from_row)?;
        rows.map(|row| row.context("reading a delivery")).collect()
    }

    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            edition: row.get(0)?,
            state: row.get(1)?,
            attempts: row.get(2)?,
            changed_at: time::from_seconds(row.get(3)?),
            skipped_because: row.get(4)?,
        })
    }
}
