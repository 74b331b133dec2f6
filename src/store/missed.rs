//! Who should have an edition and has not: the readers who came after its recipients were frozen, who were skipped for
//! a reason that no longer holds, and whom the relay refused for a fault of ours.

use std::ops::AddAssign;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::delivery::Moves;
use super::suppression::COVERS;
use super::variant::{IS_EMPTY, NUMBER_FOR};
use super::{Db, DeliveryState, Edition, SubscriberId, time};

/// A confirmed reader who is not suppressed and has not got an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedReader {
    pub subscriber: SubscriberId,
    /// `None` where they have no delivery, else `skipped` or `failed`.
    pub from: Option<DeliveryState>,
}

/// How many deliveries were queued for readers who had missed an edition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// New: they had none.
    pub added: u64,
    /// They had been skipped or forgotten.
    pub again: u64,
    pub failed_by_fault: u64,
}

impl Missed {
    pub fn total(self) -> u64 {
        self.added + self.again + self.failed_by_fault
    }
}

impl AddAssign for Missed {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.again += other.again;
        self.failed_by_fault += other.failed_by_fault;
    }
}

impl Edition {
    /// A page of the readers who missed it, in the order of the subscribers.
    ///
    /// `accepted` and `unknown` are never among them: those readers have it, or may have it. Nor is who has paused, or for
    /// whom nothing of it is left.
    pub fn missed_readers(
        &self,
        db: &Db,
        after: SubscriberId,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<MissedReader>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT t.subscriber_id, d.state
             FROM subscriptions AS t
             LEFT JOIN deliveries AS d ON d.edition_id = ?1 AND d.subscriber_id = t.subscriber_id
             JOIN subscribers AS s ON s.id = t.subscriber_id
             WHERE t.newsletter_id = ?2 AND t.subscriber_id > ?3 AND t.state = 'confirmed'
               AND (t.paused_until IS NULL OR t.paused_until <= ?5)
               AND (d.state IS NULL OR d.state = 'skipped' AND {IS_EMPTY} = 0
                    OR d.state = 'failed'
                       AND (SELECT f.class FROM feedback AS f
                            WHERE f.subscriber_id = t.subscriber_id AND f.edition_id = ?1 AND f.source = 'relay'
                            ORDER BY f.id DESC LIMIT 1) = 'ours')
               AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE {COVERS})
             ORDER BY t.subscriber_id LIMIT ?4"
        ))?;
        let rows = query.query_map((self.id.0, self.newsletter, after.0, limit, time::seconds(now)), |row| {
            let word: Option<String> = row.get(1)?;
            Ok(MissedReader {
                subscriber: SubscriberId(row.get(0)?),
                from: word.as_deref().and_then(DeliveryState::from_word),
            })
        })?;
        rows.map(|row| row.context("reading who missed an edition")).collect()
    }

    /// Queues a delivery for each of these readers, and takes a `sent` edition up again if there are any.
    ///
    /// Whose delivery has changed meanwhile is left alone; who has left meanwhile is skipped at the claim. Who has none
    /// yet gets the variant they chose, which must be there ([`Edition::lacks_variants`]).
    pub fn queue_missed(&self, db: &Db, readers: &[MissedReader], now: DateTime<Utc>) -> Result<Missed> {
        let mut add = db.prepare_cached(&format!(
            "INSERT INTO deliveries (edition_id, subscriber_id, state, next_attempt_at, changed_at, variant)
             SELECT ?1, t.subscriber_id, 'queued', ?3, ?3, {NUMBER_FOR}
             FROM subscriptions AS t WHERE t.newsletter_id = ?4 AND t.subscriber_id = ?2
             ON CONFLICT (edition_id, subscriber_id) DO NOTHING"
        ))?;
        let mut change = db.prepare_cached(
            "UPDATE deliveries SET state = 'queued', next_attempt_at = ?4, changed_at = ?4, skipped_because = ''
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND state = ?3",
        )?;
        let mut missed = Missed::default();
        let mut moves = Moves::default();
        let mut last_added = 0;
        for MissedReader { subscriber, from } in readers {
            let changed = match from {
                None => add.execute((self.id.0, subscriber.0, time::seconds(now), self.newsletter))?,
                Some(from) => change.execute((self.id.0, subscriber.0, from.as_str(), time::seconds(now)))?,
            };
            if changed == 0 {
                continue;
            }
            moves.add(self.id, *from, DeliveryState::Queued, 1);
            match from {
                None => {
                    missed.added += 1;
                    last_added = subscriber.0;
                }
                Some(DeliveryState::Failed) => missed.failed_by_fault += 1,
                Some(_) => missed.again += 1,
            }
        }
        moves.apply(db)?;
        // No delivery lies beyond the last one frozen, whoever made it.
        db.prepare_cached("UPDATE editions SET frozen_to = ?2 WHERE id = ?1 AND frozen_to < ?2")?
            .execute((self.id.0, last_added))
            .with_context(|| format!("adding recipients to {}", self.name))?;
        if missed.total() > 0 {
            self.reopen(db, now)?;
        }
        Ok(missed)
    }
}
