//! Freezing an edition's recipients: from then on who gets it is decided, but for those who leave.

use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::delivery::Moves;
use super::variant::NUMBER_FOR;
use super::{Db, DeliveryState, Edition, EditionId, NewsletterNumber, time};

impl Edition {
    /// [`Edition::freeze_recipients`], with those due first who gave the latest sign of life, as far as it is known: that
    /// they followed a link, or else that they confirmed. Due within the first hour of 1970, each day of silence a second
    /// later, so that the order outlasts being put off by whole hours.
    pub fn freeze_most_engaged_first(db: &Db, edition: EditionId, chunk: u32, now: DateTime<Utc>) -> Result<u64> {
        let silent_days = "max(0, min(3599, (?2 - max(coalesce(t.confirmed_at, 0), coalesce(
                               (SELECT max(r.last_at) FROM reader_clicks AS r WHERE r.subscriber_id = t.subscriber_id), 0
                           ))) / 86400))";
        freeze(db, edition, chunk, silent_days, now)
    }

    /// Gives the next `chunk` confirmed subscribers, in the order of their ids, a queued delivery of the variant that they
    /// chose. Who has paused gets none. Every choice must have its variant by then ([`Edition::lacks_variants`]): who
    /// chose otherwise gets the edition itself.
    ///
    /// Answers how many got one; 0 says that the recipients are complete, which is then on record. Safe to repeat
    /// after a kill: it goes on where the last durable chunk ended.
    pub fn freeze_recipients(db: &Db, edition: EditionId, chunk: u32, now: DateTime<Utc>) -> Result<u64> {
        freeze(db, edition, chunk, "0", now)
    }
}

/// `due_at` is an expression of SQL over the subscription `t`.
fn freeze(db: &Db, edition: EditionId, chunk: u32, due_at: &str, now: DateTime<Utc>) -> Result<u64> {
    let open: Option<(i64, NewsletterNumber)> = db
        .prepare_cached("SELECT frozen_to, newsletter_id FROM editions WHERE id = ?1 AND frozen_at IS NULL")?
        .query_row([edition.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((frozen_to, newsletter)) = open else { return Ok(0) };
    let added = db
        .prepare_cached(&format!(
            "INSERT INTO deliveries (edition_id, subscriber_id, state, next_attempt_at, changed_at, variant)
                     SELECT ?1, t.subscriber_id, 'queued', {due_at}, ?2, {NUMBER_FOR}
                     FROM subscriptions AS t
                     WHERE t.newsletter_id = ?3 AND t.subscriber_id > ?4 AND t.state = 'confirmed'
                       AND (t.paused_until IS NULL OR t.paused_until <= ?2)
                     ORDER BY t.subscriber_id LIMIT ?5"
        ))?
        .execute((edition.0, time::seconds(now), newsletter, frozen_to, chunk))
        .context("freezing the recipients of an edition")?;
    if added == 0 {
        db.prepare_cached("UPDATE editions SET frozen_at = ?2 WHERE id = ?1")?
            .execute((edition.0, time::seconds(now)))?;
        return Ok(0);
    }
    db.prepare_cached(
        "UPDATE editions
             SET frozen_to = (SELECT max(subscriber_id) FROM deliveries WHERE edition_id = ?1) WHERE id = ?1",
    )?
    .execute([edition.0])?;
    let mut moves = Moves::default();
    moves.add(edition, None, DeliveryState::Queued, added as i64);
    moves.apply(db)?;
    Ok(added as u64)
}
