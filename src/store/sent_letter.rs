use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Db, SubscriberId, time};

/// A letter to one reader, as it is kept for some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentLetter {
    /// What it is about: confirm, already, link, welcome, address, moved.
    pub kind: String,
    pub newsletter: String,
    /// Ids of newsletters, or an address, by its kind.
    pub detail: String,
    pub queued_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    /// Why the last try failed; empty where none did.
    pub problem: String,
}

impl SentLetter {
    /// Those to a subscriber, oldest first.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT l.kind, n.slug, l.detail, l.queued_at, l.sent_at, l.problem FROM letters AS l
             JOIN newsletters AS n ON n.id = l.newsletter_id WHERE l.subscriber_id = ?1 ORDER BY l.id",
        )?;
        let rows = query.query_map([subscriber.0], |row| {
            Ok(Self {
                kind: row.get(0)?,
                newsletter: row.get(1)?,
                detail: row.get(2)?,
                queued_at: time::from_seconds(row.get(3)?),
                sent_at: time::maybe_from_seconds(row.get(4)?),
                problem: row.get(5)?,
            })
        })?;
        rows.map(|row| row.context("reading a letter")).collect()
    }
}
