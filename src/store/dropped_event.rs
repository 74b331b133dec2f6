use anyhow::{Context, Result};

use super::{Db, EditionId, EventId};

/// An event that an editor keeps out of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DroppedEvent {
    pub edition: EditionId,
    pub event: EventId,
}

impl DroppedEvent {
    /// Those of an edition.
    pub fn of(db: &Db, edition: EditionId) -> Result<Vec<EventId>> {
        let mut query =
            db.prepare_cached("SELECT event_id FROM dropped_events WHERE edition_id = ?1 ORDER BY event_id")?;
        let rows = query.query_map([edition.0], |row| Ok(EventId(row.get(0)?)))?;
        rows.map(|row| row.context("reading which events are kept out")).collect()
    }

    /// Keeps it out. Of an event that is gone nothing is written.
    pub fn keep_out(self, db: &Db) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO dropped_events (edition_id, event_id)
             SELECT CAST(?1 AS BIGINT), id FROM events WHERE id = ?2 ON CONFLICT DO NOTHING",
        )?
        .execute((self.edition.0, self.event.0))
        .context("keeping an event out of an edition")?;
        Ok(())
    }

    pub fn let_in(self, db: &Db) -> Result<()> {
        db.prepare_cached("DELETE FROM dropped_events WHERE edition_id = ?1 AND event_id = ?2")?
            .execute((self.edition.0, self.event.0))
            .context("letting an event back into an edition")?;
        Ok(())
    }
}
