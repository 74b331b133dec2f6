use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Db, SubscriberId, time};

/// That a reader followed a link, where their newsletter says that it counts who does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastClick {
    /// The edition with the link, as `weekly-brief/12`.
    pub edition: String,
    pub url: String,
    /// Of them by machines, it seems: `scanners`.
    pub clicks: i64,
    pub scanners: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

impl PastClick {
    /// Everything a subscriber followed, in the order they first did.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT n.slug || '/' || e.number, l.url, c.clicks, c.scanners, c.first_at, c.last_at
             FROM reader_clicks AS c
             JOIN links AS l ON l.id = c.link_id
             JOIN editions AS e ON e.id = l.edition_id
             JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE c.subscriber_id = ?1 ORDER BY c.first_at, l.id",
        )?;
        let rows = query.query_map([subscriber.0], |row| {
            Ok(Self {
                edition: row.get(0)?,
                url: row.get(1)?,
                clicks: row.get(2)?,
                scanners: row.get(3)?,
                first_at: time::from_seconds(row.get(4)?),
                last_at: time::from_seconds(row.get(5)?),
            })
        })?;
        rows.map(|row| row.context("reading what a subscriber followed")).collect()
    }
}
