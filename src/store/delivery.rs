use std::collections::{BTreeMap, HashSet};
use std::fmt;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::auth_refusal::NewRefusals;
use super::database::{self, Column};
use super::domain_tries::NewTries;
use super::{Db, EditionId, Feedback, LastTry, NewsletterNumber, SubscriberId, time};
use crate::config::Bounces;

/// Where one edition for one subscriber stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    Queued,
    /// Durable before the message can be on the wire.
    Sending,
    /// The relay said 250 to the final dot: it proves no more (S1).
    Accepted,
    Deferred,
    Failed,
    /// The subscription ended or the address was suppressed before its turn came.
    Skipped,
    /// The connection or the process died after the message may have gone out, before the answer (S6).
    Unknown,
}

impl DeliveryState {
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Sending, Self::Accepted, Self::Deferred, Self::Failed, Self::Skipped, Self::Unknown];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    Accepted,
    Deferred,
    Failed,
    Unknown,
}

impl AttemptOutcome {
    pub fn state(self) -> DeliveryState {
        match self {
            Self::Accepted => DeliveryState::Accepted,
            Self::Deferred => DeliveryState::Deferred,
            Self::Failed => DeliveryState::Failed,
            Self::Unknown => DeliveryState::Unknown,
        }
    }
}

/// What is written down of one finished try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRecord {
    pub edition: EditionId,
    pub subscriber: SubscriberId,
    /// Of the recipient, in lower case; where it is empty, it is looked up.
    pub domain: String,
    /// Which try at the delivery it was; the first is 1.
    pub number: u32,
    pub outcome: AttemptOutcome,
    /// SMTP reply code, 0 where no reply came.
    pub code: u16,
    /// RFC 3463 status such as `5.1.1`, empty where none was given.
    pub enhanced: String,
    /// Bounded by who made the record.
    pub reply: String,
    /// It answers RCPT: the recipient was refused, not the message.
    pub is_to_rcpt: bool,
    pub finished_at: DateTime<Utc>,
    /// When to try again; `None` ends it.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

impl OutcomeRecord {
    /// Records finished tries: state, attempt and counts move together, and what a failure says is acted upon.
    ///
    /// A delivery that is not `sending`, or had this try already, is left alone: its outcome was written before. Where another
    /// node took it for lost meanwhile, and has not tried it again, the word of the one that sent it counts, late as it is.
    pub fn record_all(db: &Db, records: &[Self], policy: &Bounces) -> Result<()> {
        let (mut moves, mut tries, mut refusals) = (Moves::default(), NewTries::default(), NewRefusals::default());
        let (mut failures, mut last) = (Vec::new(), BTreeMap::new());
        let (records, others) = match db {
            Db::Sqlite(_) => Self::settle(db, records)?,
            Db::Postgres(server) => Self::settle_at_once(server, records)?,
        };
        let late = match db.node() {
            Some(_) => Self::correct(db, others)?,
            None => Vec::new(),
        };
        for record in &late {
            moves.add(record.edition, Some(DeliveryState::Unknown), record.outcome.state(), 1);
            tries.take_back_unknown(db, record)?;
        }
        for record in &records {
            moves.add(record.edition, Some(DeliveryState::Sending), record.outcome.state(), 1);
        }
        for record in records.into_iter().chain(late) {
            tries.add(db, record)?;
            refusals.add_try(record);
            last.insert(record.edition.0, record.finished_at);
            if record.outcome == AttemptOutcome::Failed {
                failures.push(record);
            }
        }
        moves.apply(db)?;
        tries.apply(db)?;
        refusals.apply(db)?;
        for (edition, at) in last {
            LastTry::note(db, EditionId(edition), at)?;
        }
        Feedback::of_failures(db, &failures, policy)
    }

    /// Writes outcomes and tries of what is `sending`. Answers which records came true, and which did not.
    fn settle<'r>(db: &Db, records: &'r [Self]) -> Result<(Vec<&'r Self>, Vec<&'r Self>)> {
        let mut change = db.prepare_cached(
            "UPDATE deliveries SET state = ?3, attempts = ?6, next_attempt_at = ?4, changed_at = ?5
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND state = 'sending' AND attempts = ?6 - 1",
        )?;
        let mut add = db.prepare_cached(
            "INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
             VALUES (?1, ?2, ?8, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let (mut settled, mut others) = (Vec::with_capacity(records.len()), Vec::new());
        for record in records {
            let (edition, subscriber) = (record.edition.0, record.subscriber.0);
            let (state, finished_at) = (record.outcome.state().as_str(), time::seconds(record.finished_at));
            let due = time::maybe_seconds(record.next_attempt_at);
            if change.execute((edition, subscriber, state, due, finished_at, record.number))? == 0 {
                others.push(record);
                continue;
            }
            add.execute((
                edition,
                subscriber,
                finished_at,
                state,
                record.code,
                &record.enhanced,
                &record.reply,
                record.number,
            ))?;
            settled.push(record);
        }
        Ok((settled, others))
    }

    /// The same in one statement: to a server each costs several times what a row does.
    fn settle_at_once<'r>(
        server: &database::postgres::Connection,
        records: &'r [Self],
    ) -> Result<(Vec<&'r Self>, Vec<&'r Self>)> {
        // Of two about one delivery the first comes true, as one after the other.
        let mut known = HashSet::new();
        let (mut records, mut others): (Vec<&Self>, Vec<&Self>) =
            records.iter().partition(|record| known.insert((record.edition.0, record.subscriber.0)));
        if records.is_empty() {
            return Ok((records, others));
        }
        let integers =
            |of: fn(&Self) -> Option<i64>| Column::Integers(records.iter().map(|record| of(record)).collect());
        let texts = |of: fn(&Self) -> &str| Column::Texts(records.iter().map(|record| of(record)).collect());
        let mut rows = server.query_columns(
            "WITH records AS MATERIALIZED (
                 SELECT * FROM unnest(CAST(?1 AS BIGINT[]), CAST(?2 AS BIGINT[]), CAST(?3 AS BIGINT[]), CAST(?4 AS TEXT[]),
                                      CAST(?5 AS BIGINT[]), CAST(?6 AS BIGINT[]), CAST(?7 AS BIGINT[]), CAST(?8 AS TEXT[]),
                                      CAST(?9 AS TEXT[])) WITH ORDINALITY
                     AS r (edition, subscriber, number, state, due, ended, code, enhanced, reply, position)
             ), settled AS (
                 UPDATE deliveries AS d SET state = r.state, attempts = r.number, next_attempt_at = r.due, changed_at = r.ended
                 FROM records AS r
                 WHERE d.edition_id = r.edition AND d.subscriber_id = r.subscriber AND d.state = 'sending'
                   AND d.attempts = r.number - 1
                 RETURNING r.*
             ), added AS (
                 INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply)
                 SELECT edition, subscriber, number, ended, state, code, enhanced, reply FROM settled
             )
             SELECT position FROM records EXCEPT SELECT position FROM settled",
            &[
                integers(|record| Some(record.edition.0)),
                integers(|record| Some(record.subscriber.0)),
                integers(|record| Some(record.number.into())),
                texts(|record| record.outcome.state().as_str()),
                integers(|record| time::maybe_seconds(record.next_attempt_at)),
                integers(|record| Some(time::seconds(record.finished_at))),
                integers(|record| Some(record.code.into())),
                texts(|record| &record.enhanced),
                texts(|record| &record.reply),
            ],
        )?;
        let mut unsettled = HashSet::new();
        while let Some(row) = rows.next()? {
            unsettled.insert(row.get::<usize>(0)? - 1);
        }
        let mut position = 0..;
        others.extend(records.extract_if(.., |_| position.next().is_some_and(|at| unsettled.contains(&at))));
        Ok((records, others))
    }

    /// Puts the outcome in the place of an unknown one that is still to be tried again. Answers of which records that came
    /// true.
    fn correct<'r>(db: &Db, records: Vec<&'r Self>) -> Result<Vec<&'r Self>> {
        let mut change = db.prepare_cached(
            "UPDATE deliveries SET state = ?3, next_attempt_at = ?4, changed_at = ?5
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND state = 'unknown' AND attempts = ?6
               AND next_attempt_at IS NOT NULL
               AND EXISTS (SELECT 1 FROM editions WHERE id = ?1 AND state IN ('sending', 'paused'))",
        )?;
        let mut attempt = db.prepare_cached(
            "UPDATE attempts SET finished_at = ?4, outcome = ?5, code = ?6, enhanced = ?7, reply = ?8
             WHERE edition_id = ?1 AND subscriber_id = ?2 AND number = ?3",
        )?;
        let mut corrected = Vec::new();
        for record in records.into_iter().filter(|record| record.outcome != AttemptOutcome::Unknown) {
            let (edition, subscriber) = (record.edition.0, record.subscriber.0);
            let (state, finished_at) = (record.outcome.state().as_str(), time::seconds(record.finished_at));
            let due = time::maybe_seconds(record.next_attempt_at);
            if change.execute((edition, subscriber, state, due, finished_at, record.number))? == 1 {
                attempt.execute((
                    edition,
                    subscriber,
                    record.number,
                    finished_at,
                    state,
                    record.code,
                    &record.enhanced,
                    &record.reply,
                ))?;
                corrected.push(record);
            }
        }
        Ok(corrected)
    }
}

/// One SMTP try at a delivery, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    pub edition: String,
    pub number: u32,
    pub finished_at: DateTime<Utc>,
    pub outcome: String,
    pub code: u16,
    pub enhanced: String,
    pub reply: String,
}

impl Attempt {
    /// Every try to reach a subscriber, oldest first.
    pub fn for_subscriber(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        // Through editions, because attempts are kept by edition first and there are few editions.
        let mut query = db.prepare(
            "SELECT n.slug || '/' || e.number, a.number, a.finished_at, a.outcome, a.code, a.enhanced, a.reply
             FROM editions AS e
             JOIN newsletters AS n ON n.id = e.newsletter_id
             CROSS JOIN attempts AS a ON a.edition_id = e.id AND a.subscriber_id = ?1
             ORDER BY a.finished_at, e.id, a.number",
        )?;
        let rows = query.query_map([subscriber.0], |row| {
            Ok(Self {
                edition: row.get(0)?,
                number: row.get(1)?,
                finished_at: time::from_seconds(row.get(2)?),
                outcome: row.get(3)?,
                code: row.get(4)?,
                enhanced: row.get(5)?,
                reply: row.get(6)?,
            })
        })?;
        rows.map(|row| row.context("reading an attempt")).collect()
    }
}

/// The editions that were sent to a subscriber, newest first, with their newsletter and number.
pub fn editions_sent_to(db: &Db, subscriber: SubscriberId) -> Result<Vec<(EditionId, NewsletterNumber, u32)>> {
    let mut query = db.prepare_cached(
        "SELECT e.id, e.newsletter_id, e.number FROM editions AS e
         CROSS JOIN deliveries AS d ON d.edition_id = e.id AND d.subscriber_id = ?1 AND d.attempts > 0
         ORDER BY e.id DESC",
    )?;
    let rows = query.query_map([subscriber.0], |row| Ok((EditionId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
    rows.map(|row| row.context("reading which editions were sent to a subscriber")).collect()
}

/// How many deliveries of an edition are in each state.
///
/// `recipients = accepted + failed + skipped + unknown + queued + deferred + sending`, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryCounts {
    pub recipients: u64,
    pub accepted: u64,
    pub failed: u64,
    pub skipped: u64,
    pub unknown: u64,
    pub queued: u64,
    pub deferred: u64,
    pub sending: u64,
}

impl DeliveryCounts {
    pub fn load(db: &Db, edition: EditionId) -> Result<Self> {
        let mut query = db.prepare_cached("SELECT state, deliveries FROM delivery_counts WHERE edition_id = ?1")?;
        let rows = query.query_map([edition.0], |row| Ok((row.get::<String>(0)?, row.get(1)?)))?;
        let mut counts = Self::default();
        for row in rows {
            let (word, deliveries) = row?;
            if let Some(state) = DeliveryState::from_word(&word) {
                *counts.of_mut(state) = deliveries;
                counts.recipients += deliveries;
            }
        }
        Ok(counts)
    }

    /// How many have an outcome, for now or for good.
    pub fn done(&self) -> u64 {
        self.accepted + self.failed + self.unknown + self.deferred
    }

    fn of_mut(&mut self, state: DeliveryState) -> &mut u64 {
        match state {
            DeliveryState::Queued => &mut self.queued,
            DeliveryState::Sending => &mut self.sending,
            DeliveryState::Accepted => &mut self.accepted,
            DeliveryState::Deferred => &mut self.deferred,
            DeliveryState::Failed => &mut self.failed,
            DeliveryState::Skipped => &mut self.skipped,
            DeliveryState::Unknown => &mut self.unknown,
        }
    }
}

/// State changes of a transaction, added up, so that the counts take one update a state and not one a delivery.
#[derive(Debug, Default)]
pub(super) struct Moves(BTreeMap<(i64, DeliveryState), i64>);

impl Moves {
    /// `from` is `None` for a delivery that is new.
    pub(super) fn add(&mut self, edition: EditionId, from: Option<DeliveryState>, to: DeliveryState, many: i64) {
        if let Some(from) = from {
            *self.0.entry((edition.0, from)).or_default() -= many;
        }
        *self.0.entry((edition.0, to)).or_default() += many;
    }

    pub(super) fn apply(self, db: &Db) -> Result<()> {
        let mut change = db.prepare_cached(
            "INSERT INTO delivery_counts (edition_id, state, deliveries) VALUES (?1, ?2, ?3)
             ON CONFLICT (edition_id, state) DO UPDATE SET deliveries = delivery_counts.deliveries + excluded.deliveries",
        )?;
        let moved = self.0.into_iter().filter(|(_, difference)| *difference != 0);
        change.execute_each(moved.map(|((edition, state), difference)| (edition, state.as_str(), difference)))?;
        Ok(())
    }
}
