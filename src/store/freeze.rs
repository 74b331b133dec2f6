//! Freezing an edition's recipients: from then on who gets it is decided, but for those who leave.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::delivery::Moves;
use super::{Db, DeliveryState, Edition, time};

impl Edition {
    /// Gives the next `chunk` confirmed subscribers, in the order of their ids, a queued delivery.
    ///
    /// Answers how many got one; 0 says that the recipients are complete, which is then on record. Safe to repeat
    /// after a kill: it goes on where the last durable chunk ended.
    pub fn freeze_recipients(&self, db: &Db, chunk: u32, now: DateTime<Utc>) -> Result<u64> {
        let frozen_to: i64 = db
            .prepare_cached("SELECT frozen_to FROM editions WHERE id = ?1 AND frozen_at IS NULL")?
            .query_row([self.id.0], |row| row.get(0))
            .or_else(|error| match error {
                rusqlite::Error::QueryReturnedNoRows => Ok(i64::MAX),
                error => Err(error),
            })?;
        if frozen_to == i64::MAX {
            return Ok(0);
        }
        let added = db
            .prepare_cached(
                "INSERT INTO deliveries (edition_id, subscriber_id, state, next_attempt_at, changed_at)
                 SELECT ?1, s.subscriber_id, 'queued', 0, ?2
                 FROM subscriptions AS s
                 WHERE s.newsletter_id = ?3 AND s.subscriber_id > ?4 AND s.state = 'confirmed'
                 ORDER BY s.subscriber_id LIMIT ?5",
            )?
            .execute((self.id.0, time::seconds(now), self.newsletter, frozen_to, chunk))
            .with_context(|| format!("freezing the recipients of {}", self.name))?;
        if added == 0 {
            db.prepare_cached("UPDATE editions SET frozen_at = ?2 WHERE id = ?1")?
                .execute((self.id.0, time::seconds(now)))?;
            return Ok(0);
        }
        db.prepare_cached(
            "UPDATE editions
             SET frozen_to = (SELECT max(subscriber_id) FROM deliveries WHERE edition_id = ?1) WHERE id = ?1",
        )?
        .execute([self.id.0])?;
        let mut moves = Moves::default();
        moves.add(self.id, None, DeliveryState::Queued, added as i64);
        moves.apply(db)?;
        Ok(added as u64)
    }
}
