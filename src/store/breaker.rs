//! The circuit breaker: an edition that fails by our fault, or that readers complain about, is paused before it does
//! more harm.

use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::report::meaning_of;
use super::{Db, DeliveryCounts, Edition, EditionId, EditionState};
use crate::config::Bounces;
use crate::meaning::Meaning;

/// The share of failures is that of this many deliveries that had an outcome last.
const WINDOW: u64 = 500;
/// Fewer failures are chance, however few the deliveries.
const FEWEST_FAILURES: u64 = 10;
/// Fewer complaints are chance.
const FEWEST_COMPLAINTS: u64 = 3;

impl Edition {
    /// Pauses an edition that is `sending` if too much of it failed by our fault or was complained about, and answers
    /// whether it did. An edition that was resumed is judged by what came after that.
    pub(super) fn break_circuit(db: &Db, edition: EditionId, policy: &Bounces, now: DateTime<Utc>) -> Result<bool> {
        let judged_to: Option<i64> = db
            .prepare_cached("SELECT judged_to FROM editions WHERE id = ?1 AND state = 'sending'")?
            .query_row([edition.0], |row| row.get(0))
            .optional()?;
        let Some(judged_to) = judged_to else { return Ok(false) };
        let counts = DeliveryCounts::load(db, edition)?;
        let reason = match fault(db, edition, judged_to, &counts, policy)? {
            Some(reason) => Some(reason),
            None => complaints(db, edition, judged_to, &counts, policy)?,
        };
        let (Some(reason), Some(edition)) = (reason, Self::find(db, edition)?) else { return Ok(false) };
        edition.change_state(db, &[EditionState::Sending], EditionState::Paused, &reason, now)
    }
}

/// Why the edition is to be paused for failures by our fault.
fn fault(
    db: &Db,
    edition: EditionId,
    judged_to: i64,
    counts: &DeliveryCounts,
    policy: &Bounces,
) -> Result<Option<String>> {
    let limit = policy.pause_ours;
    if limit.is_zero() {
        return Ok(None);
    }
    let done = counts.done();
    let window = done.min(WINDOW);
    let failures: u64 = db
        .prepare_cached(
            "SELECT count(DISTINCT subscriber_id) FROM feedback
             WHERE edition_id = ?1 AND class = 'ours' AND id > ?2 AND done_before > ?3",
        )?
        .query_row((edition.0, judged_to, done - window), |row| row.get(0))?;
    if failures < FEWEST_FAILURES || !limit.is_reached_by(failures, window) {
        return Ok(None);
    }
    let (domain, diagnostic, meaning) = most(db, edition, judged_to)?;
    let advice = meaning.and_then(|meaning| meaning.advice());
    let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
    Ok(Some(format!(
        "{failures} of the last {window} messages failed by a fault of ours, most at {domain}: {diagnostic}{advice}"
    )))
}

/// Where most failures by our fault were, and what was said there.
fn most(db: &Db, edition: EditionId, judged_to: i64) -> Result<(String, String, Option<Meaning>)> {
    // SQLite takes the bare columns from the row that has the maximum.
    let latest = db.pick(
        "diagnostic, reason, status, reply",
        "(array_agg(diagnostic ORDER BY id DESC))[1], reason, status, (array_agg(reply ORDER BY id DESC))[1]",
    );
    let mut query = db.prepare_cached(&format!(
        "SELECT domain, {latest}, count(*), max(id) FROM feedback
         WHERE edition_id = ?1 AND class = 'ours' AND id > ?2
         GROUP BY domain, reason, status ORDER BY 6 DESC, 7 DESC LIMIT 1",
    ))?;
    let row = query.query_row((edition.0, judged_to), |row| {
        let (reason, status): (String, String) = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, row.get(1)?, meaning_of("ours", &reason, &status, row.get(4)?)))
    });
    row.context("reading what failed by our fault")
}

/// Why the edition is to be paused for complaints.
fn complaints(
    db: &Db,
    edition: EditionId,
    judged_to: i64,
    counts: &DeliveryCounts,
    policy: &Bounces,
) -> Result<Option<String>> {
    let limit = policy.pause_complaints;
    if limit.is_zero() {
        return Ok(None);
    }
    let complaints: u64 = db
        .prepare_cached(
            "SELECT count(DISTINCT subscriber_id) FROM feedback
             WHERE edition_id = ?1 AND class = 'complaint' AND id > ?2",
        )?
        .query_row((edition.0, judged_to), |row| row.get(0))?;
    if complaints < FEWEST_COMPLAINTS || !limit.is_reached_by(complaints, counts.accepted) {
        return Ok(None);
    }
    Ok(Some(format!(
        "{complaints} of {} readers who got it complained, and providers block who has more than {limit}; look at whom \
         it goes to, and how they signed up",
        counts.accepted
    )))
}
