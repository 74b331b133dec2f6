use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Db, SubscriberId, time};

/// Something that came back about a subscriber, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastFeedback {
    /// `weekly-brief/12`; empty where it is not known.
    pub edition: String,
    pub received_at: DateTime<Utc>,
    pub class: String,
    pub reason: String,
    pub status: String,
    /// 0 where none was told.
    pub reply: u16,
    pub diagnostic: String,
    pub source: String,
    pub action: String,
}

impl PastFeedback {
    /// All that came back about a subscriber, oldest first.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT coalesce(n.slug || '/' || e.number, ''), f.received_at, f.class, f.reason, f.status, f.reply,
                    f.diagnostic, f.source, f.action
             FROM feedback AS f
             LEFT JOIN editions AS e ON e.id = f.edition_id
             LEFT JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE f.subscriber_id = ?1 ORDER BY f.received_at, f.id",
        )?;
        let rows = query.query_map([subscriber.0], |row| {
            Ok(Self {
                edition: row.get(0)?,
                received_at: time::from_seconds(row.get(1)?),
                class: row.get(2)?,
                reason: row.get(3)?,
                status: row.get(4)?,
                reply: row.get(5)?,
                diagnostic: row.get(6)?,
                source: row.get(7)?,
                action: row.get(8)?,
            })
        })?;
        rows.map(|row| row.context("reading what came back")).collect()
    }
}
