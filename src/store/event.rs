use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Db, time};

/// Something with a date and a place, for the events section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub title: String,
    pub place: String,
    /// Empty where there is no page about it.
    pub url: String,
    pub starts_at: DateTime<Utc>,
    /// The zone of the place: an event is shown in local time.
    pub timezone: Tz,
}

impl Event {
    pub fn add(&self, db: &Db) -> Result<()> {
        db.execute(
            "INSERT INTO events (title, place, url, starts_at, timezone) VALUES (?1, ?2, ?3, ?4, ?5)",
            (&self.title, &self.place, &self.url, time::seconds(self.starts_at), self.timezone.name()),
        )
        .with_context(|| format!("storing the event {:?}", self.title))?;
        Ok(())
    }

    /// Events that begin in `[start, end)`, soonest first.
    pub fn between(db: &Db, start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT title, place, url, starts_at, timezone FROM events
             WHERE starts_at >= ?1 AND starts_at < ?2 ORDER BY starts_at, id",
        )?;
        let rows = query.query_map((time::seconds(start), time::seconds(end)), |row| {
            Ok(Self {
                title: row.get(0)?,
                place: row.get(1)?,
                url: row.get(2)?,
                starts_at: time::from_seconds(row.get(3)?),
                timezone: row.get::<_, String>(4)?.parse().unwrap_or(Tz::UTC),
            })
        })?;
        rows.map(|row| row.context("reading an event")).collect()
    }
}
