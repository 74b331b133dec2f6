//! The end of an edition, and taking it up again: what is unknown or was forgotten is due once more, because an
//! operator asks for it.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Edition, EditionState, SubscriberId, time};

/// A delivery whose outcome is unknown, and that is not due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDelivery {
    pub subscriber: SubscriberId,
    /// The reader is confirmed and not suppressed. Who has left gets no second message, whatever became of the first.
    pub is_wanted: bool,
}

impl Edition {
    /// Ends an edition that is `sending`, if nothing of it is left to try. `false` where something is: another process
    /// may have queued it since the last claim, and a `sent` edition would keep it for ever.
    pub fn finish(&self, db: &Db, now: DateTime<Utc>) -> Result<bool> {
        let has_more: bool = db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM deliveries WHERE edition_id = ?1 AND next_attempt_at IS NOT NULL)
                     OR EXISTS (SELECT 1 FROM delivery_counts
                                WHERE edition_id = ?1 AND state = 'sending' AND deliveries > 0)",
            )?
            .query_row([self.id.0], |row| row.get(0))?;
        Ok(!has_more && self.change_state(db, &[EditionState::Sending], EditionState::Sent, "", now)?)
    }

    /// A page of its unknown deliveries that are not due by `now`, in the order of the subscribers.
    pub fn unknown_deliveries(
        &self,
        db: &Db,
        after: SubscriberId,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<UnknownDelivery>> {
        let mut query = db.prepare_cached(
            "SELECT d.subscriber_id, coalesce(t.state, '') = 'confirmed' AND s.id IS NOT NULL AND x.email IS NULL
             FROM deliveries AS d
             LEFT JOIN subscriptions AS t ON t.newsletter_id = ?2 AND t.subscriber_id = d.subscriber_id
             LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
             LEFT JOIN suppressions AS x ON x.email = s.email
             WHERE d.edition_id = ?1 AND d.subscriber_id > ?3 AND d.state = 'unknown'
               AND (d.next_attempt_at IS NULL OR d.next_attempt_at > ?4)
             ORDER BY d.subscriber_id LIMIT ?5",
        )?;
        let rows = query.query_map((self.id.0, self.newsletter, after.0, time::seconds(now), limit), |row| {
            Ok(UnknownDelivery { subscriber: SubscriberId(row.get(0)?), is_wanted: row.get(1)? })
        })?;
        rows.map(|row| row.context("reading an unknown delivery")).collect()
    }

    /// Makes these unknown deliveries due now, and takes a `sent` edition up again if there are any. Answers how many
    /// were not due before.
    pub fn resend(&self, db: &Db, unknown: &[UnknownDelivery], now: DateTime<Utc>) -> Result<u64> {
        let mut change = db.prepare_cached(
            "UPDATE deliveries SET next_attempt_at = ?3, changed_at = ?3, skipped_because = ''
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND state = 'unknown'
               AND (next_attempt_at IS NULL OR next_attempt_at > ?3)",
        )?;
        let mut changed = 0;
        for delivery in unknown.iter().filter(|delivery| delivery.is_wanted) {
            changed += change.execute((self.id.0, delivery.subscriber.0, time::seconds(now)))? as u64;
        }
        if changed > 0 {
            self.reopen(db, now)?;
        }
        Ok(changed)
    }

    /// A page of what a fault left behind: deliveries that are queued or deferred and have no time at which they are
    /// tried, so that they never would be.
    pub fn forgotten_deliveries(&self, db: &Db, after: SubscriberId, limit: u32) -> Result<Vec<SubscriberId>> {
        let mut query = db.prepare_cached(
            "SELECT subscriber_id FROM deliveries
             WHERE edition_id = ?1 AND subscriber_id > ?2 AND state IN ('queued', 'deferred') AND next_attempt_at IS NULL
             ORDER BY subscriber_id LIMIT ?3",
        )?;
        let rows = query.query_map((self.id.0, after.0, limit), |row| Ok(SubscriberId(row.get(0)?)))?;
        rows.map(|row| row.context("reading a forgotten delivery")).collect()
    }

    /// Makes these forgotten deliveries due now. Answers how many.
    pub fn remember(&self, db: &Db, forgotten: &[SubscriberId], now: DateTime<Utc>) -> Result<u64> {
        let mut change = db.prepare_cached(
            "UPDATE deliveries SET next_attempt_at = ?3, changed_at = ?3
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND state IN ('queued', 'deferred') AND next_attempt_at IS NULL",
        )?;
        let mut changed = 0;
        for subscriber in forgotten {
            changed += change.execute((self.id.0, subscriber.0, time::seconds(now)))? as u64;
        }
        if changed > 0 {
            self.reopen(db, now)?;
        }
        Ok(changed)
    }

    /// Takes up again an edition that was called `sent` while deliveries waited still. Answers how many wait.
    pub fn reopen_unfinished(&self, db: &Db, now: DateTime<Utc>) -> Result<u64> {
        let waiting: u64 = db
            .prepare_cached(
                "SELECT count(*) FROM deliveries AS d JOIN editions AS e ON e.id = d.edition_id AND e.state = 'sent'
                 WHERE d.edition_id = ?1 AND d.next_attempt_at IS NOT NULL
                   AND d.state IN ('queued', 'deferred', 'unknown')",
            )?
            .query_row([self.id.0], |row| row.get(0))?;
        if waiting > 0 {
            self.reopen(db, now)?;
        }
        Ok(waiting)
    }

    /// Sets a `sent` edition `sending`; any other stays as it is.
    pub(super) fn reopen(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        self.change_state(db, &[EditionState::Sent], EditionState::Sending, "", now)?;
        Ok(())
    }
}
