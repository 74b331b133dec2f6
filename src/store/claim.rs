//! Claiming deliveries: they become `sending`, durably, before anything of them can be on the wire (S6).

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::delivery::Moves;
use super::{AttemptOutcome, Db, DeliveryState, EditionId, OutcomeRecord, SubscriberId, time};
use crate::address::EmailAddress;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    pub edition: EditionId,
    pub limit: usize,
}

/// A delivery that is now ours to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub edition: EditionId,
    pub subscriber: SubscriberId,
    pub email: EmailAddress,
    pub name: String,
    /// When the subscription was confirmed, for the line that says why this came.
    pub subscribed_at: DateTime<Utc>,
    /// Tries before this one.
    pub attempts: u32,
    /// What it was before: a delivery that is given back is that again.
    pub from: DeliveryState,
    /// The outcome of an earlier try is not known, so that another such one is the last (S6).
    pub was_unknown: bool,
}

/// What a claim brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimedBatch {
    pub deliveries: Vec<Claimed>,
    /// Deliveries found due whose reader has left or is suppressed; they are `skipped` now, or stay `unknown`.
    pub skipped: usize,
}

impl Claim {
    /// Takes up to `limit` due deliveries of an edition that is `sending`; of any other state it takes none, so a
    /// pause holds from the next claim on, whoever set it.
    pub fn take(self, db: &Db, now: DateTime<Utc>) -> Result<ClaimedBatch> {
        let mut due = db.prepare_cached(
            "SELECT d.subscriber_id, d.state, d.attempts, s.email, s.name, t.confirmed_at, t.state, x.reason,
                    d.attempts > 0 AND EXISTS (SELECT 1 FROM attempts AS a
                                               WHERE a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id
                                                 AND a.outcome = 'unknown')
             FROM deliveries AS d
             JOIN editions AS e ON e.id = d.edition_id AND e.state = 'sending'
             LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
             LEFT JOIN subscriptions AS t ON t.newsletter_id = e.newsletter_id AND t.subscriber_id = d.subscriber_id
             LEFT JOIN suppressions AS x ON x.email = s.email
             WHERE d.edition_id = ?1 AND d.next_attempt_at IS NOT NULL AND d.next_attempt_at <= ?2
             ORDER BY d.next_attempt_at, d.subscriber_id LIMIT ?3",
        )?;
        let mut claim = db.prepare_cached(
            "UPDATE deliveries SET state = 'sending', next_attempt_at = NULL, changed_at = ?3
             WHERE edition_id = ?1 AND subscriber_id = ?2",
        )?;
        let mut skip = db.prepare_cached(
            "UPDATE deliveries SET state = ?5, next_attempt_at = NULL, changed_at = ?3, skipped_because = ?4
             WHERE edition_id = ?1 AND subscriber_id = ?2",
        )?;
        let mut batch = ClaimedBatch::default();
        let mut moves = Moves::default();
        let mut rows = due.query((self.edition.0, time::seconds(now), self.limit))?;
        while let Some(row) = rows.next()? {
            let subscriber = SubscriberId(row.get(0)?);
            let word: String = row.get(1)?;
            let from = DeliveryState::from_word(&word).with_context(|| format!("an unknown delivery state {word}"))?;
            let subscription: Option<String> = row.get(6)?;
            let suppressed: Option<String> = row.get(7)?;
            let because = match (row.get::<_, Option<String>>(3)?, subscription.as_deref(), suppressed) {
                (None, ..) => "erased".to_owned(),
                (_, _, Some(reason)) => format!("suppressed: {reason}"),
                (_, Some("confirmed"), None) => String::new(),
                _ => "the subscription ended".to_owned(),
            };
            if !because.is_empty() {
                // Who may have it already was not skipped.
                let to = if from == DeliveryState::Unknown { from } else { DeliveryState::Skipped };
                skip.execute((self.edition.0, subscriber.0, time::seconds(now), because, to.as_str()))?;
                moves.add(self.edition, Some(from), to, 1);
                batch.skipped += 1;
                continue;
            }
            let email: String = row.get(3)?;
            claim.execute((self.edition.0, subscriber.0, time::seconds(now)))?;
            moves.add(self.edition, Some(from), DeliveryState::Sending, 1);
            batch.deliveries.push(Claimed {
                edition: self.edition,
                subscriber,
                email: EmailAddress::parse(&email).with_context(|| format!("the address of {subscriber}"))?,
                name: row.get(4)?,
                subscribed_at: time::maybe_from_seconds(row.get(5)?).unwrap_or_default(),
                attempts: row.get(2)?,
                from,
                was_unknown: row.get(8)?,
            });
        }
        drop(rows);
        moves.apply(db)?;
        Ok(batch)
    }

    /// Gives claimed deliveries back that never came near the wire; the try does not count.
    pub fn give_back(db: &Db, claimed: &[Claimed], now: DateTime<Utc>) -> Result<()> {
        let mut back = db.prepare_cached(
            "UPDATE deliveries SET state = ?3, next_attempt_at = ?4, changed_at = ?4
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND state = 'sending'",
        )?;
        let mut moves = Moves::default();
        for delivery in claimed {
            let row = (delivery.edition.0, delivery.subscriber.0, delivery.from.as_str(), time::seconds(now));
            if back.execute(row)? == 1 {
                moves.add(delivery.edition, Some(DeliveryState::Sending), delivery.from, 1);
            }
        }
        moves.apply(db)
    }

    /// What an earlier process left `sending` when it died, now `unknown` (S6), to be tried once more at `retry_at`.
    ///
    /// Only who holds the sender lock may call this: else the deliveries of a living process would be taken.
    pub fn recover(db: &Db, retry_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<usize> {
        let mut query =
            db.prepare("SELECT edition_id, subscriber_id FROM deliveries WHERE state = 'sending' ORDER BY 1, 2")?;
        let orphans: Vec<(i64, i64)> =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        let mut tried_unknown = db.prepare(
            "SELECT EXISTS (SELECT 1 FROM attempts
                            WHERE edition_id = ?1 AND subscriber_id = ?2 AND outcome = 'unknown')",
        )?;
        let mut records = Vec::with_capacity(orphans.len());
        for (edition, subscriber) in orphans {
            let second: bool = tried_unknown.query_row((edition, subscriber), |row| row.get(0))?;
            records.push(OutcomeRecord {
                edition: EditionId(edition),
                subscriber: SubscriberId(subscriber),
                outcome: AttemptOutcome::Unknown,
                code: 0,
                enhanced: String::new(),
                reply: "the sending process ended before the answer came".into(),
                finished_at: now,
                next_attempt_at: if second { None } else { retry_at },
            });
        }
        OutcomeRecord::record_all(db, &records)?;
        Ok(records.len())
    }

    /// When the edition's next delivery falls due; `None` when nothing is left to try.
    pub fn next_due(db: &Db, edition: EditionId) -> Result<Option<DateTime<Utc>>> {
        let mut query = db.prepare_cached(
            "SELECT min(next_attempt_at) FROM deliveries WHERE edition_id = ?1 AND next_attempt_at IS NOT NULL",
        )?;
        Ok(time::maybe_from_seconds(query.query_row([edition.0], |row| row.get(0))?))
    }
}
