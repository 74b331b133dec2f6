use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, SubscriberId, time};

/// What became of an edition for one subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        let rows = query.query_map((subscriber.0, limit), |row| {
            Ok(Self {
                edition: row.get(0)?,
                state: row.get(1)?,
                attempts: row.get(2)?,
                changed_at: time::from_seconds(row.get(3)?),
                skipped_because: row.get(4)?,
            })
        })?;
        rows.map(|row| row.context("reading a delivery")).collect()
    }
}
