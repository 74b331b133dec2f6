use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::store::{Db, SubscriberId, time};

/// One thing that is to be told to one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookCall {
    pub id: i64,
    /// What the receiver knows it by: the same at every try.
    pub message_id: String,
    pub event: String,
    /// JSON, sent as it stands here.
    pub payload: String,
    /// With the one that is under way.
    pub attempts: u32,
}

/// How many calls of a webhook have not come through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingCalls {
    pub waiting: u64,
    pub given_up: u64,
}

/// That a webhook was told, or is to be told, something about a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldCall {
    pub webhook: String,
    pub event: String,
    /// `waiting`, `done` or `given up`.
    pub state: String,
    pub created_at: DateTime<Utc>,
}

/// Whether the webhook `?1` may be called at `?2`.
const IS_OPEN: &str = "NOT EXISTS (SELECT 1 FROM webhooks AS w
                                   WHERE w.id = ?1 AND (w.switched_off_at IS NOT NULL OR w.wait_until > ?2))";

impl WebhookCall {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            message_id: row.get(1)?,
            event: row.get(2)?,
            payload: row.get(3)?,
            attempts: row.get(4)?,
        })
    }

    /// A name for a call that no other has.
    pub fn new_message_id() -> Result<String> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).context("the system gave no random bytes for the id of a call")?;
        Ok(format!("msg_{}", HEXLOWER.encode(&random)))
    }

    pub fn queue(
        db: &Db,
        webhook: &str,
        event: &str,
        payload: &str,
        subscriber: Option<SubscriberId>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO webhook_calls (webhook, message_id, event, payload, subscriber_id, state, next_at, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6)",
        )?
        .execute((webhook, Self::new_message_id()?, event, payload, subscriber.map(|id| id.0), time::seconds(now)))
        .with_context(|| format!("queueing a call of the webhook {webhook}"))?;
        Ok(())
    }

    /// Whether a call of this webhook is due.
    pub fn is_due(db: &Db, webhook: &str, now: DateTime<Utc>) -> Result<bool> {
        let mut query = db.prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM webhook_calls WHERE webhook = ?1 AND next_at <= ?2) AND {IS_OPEN}"
        ))?;
        Ok(query.query_row((webhook, time::seconds(now)), |row| row.get(0))?)
    }

    /// Takes the call that is due first, and puts it off until `again_at`: a process that dies with it leaves it to be
    /// tried then.
    pub fn claim(db: &Db, webhook: &str, now: DateTime<Utc>, again_at: DateTime<Utc>) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!(
            "UPDATE webhook_calls SET attempts = attempts + 1, next_at = ?3
             WHERE id = (SELECT id FROM webhook_calls WHERE webhook = ?1 AND next_at <= ?2 AND {IS_OPEN}
                         ORDER BY next_at, id LIMIT 1)
             RETURNING id, message_id, event, payload, attempts"
        ))?;
        let claimed = query.query_row((webhook, time::seconds(now), time::seconds(again_at)), Self::from_row);
        claimed.optional().with_context(|| format!("claiming a call of the webhook {webhook}"))
    }

    /// It was taken; what it told is not kept any longer.
    pub fn mark_done(db: &Db, id: i64, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "UPDATE webhook_calls SET state = 'done', next_at = NULL, payload = '', last_error = '', ended_at = ?2
             WHERE id = ?1",
        )?
        .execute((id, time::seconds(now)))?;
        Ok(())
    }

    /// It was not taken; without another time it is given up.
    pub fn mark_failed(
        db: &Db,
        id: i64,
        problem: &str,
        again_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (state, ended_at) = if again_at.is_some() { ("waiting", None) } else { ("given up", Some(now)) };
        db.prepare_cached(
            "UPDATE webhook_calls SET state = ?2, next_at = ?3, last_error = ?4, ended_at = ?5 WHERE id = ?1",
        )?
        .execute((id, state, time::maybe_seconds(again_at), problem, time::maybe_seconds(ended_at)))?;
        Ok(())
    }

    /// Gives up all that waits for a webhook.
    pub fn give_up_all(db: &Db, webhook: &str, problem: &str, now: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute(
            "UPDATE webhook_calls SET state = 'given up', next_at = NULL, last_error = ?2, ended_at = ?3
             WHERE webhook = ?1 AND next_at IS NOT NULL",
            (webhook, problem, time::seconds(now)),
        )?)
    }

    /// Has all that was given up tried again, from the first try on. How many there are.
    pub fn take_up_again(db: &Db, webhook: &str, now: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute(
            "UPDATE webhook_calls SET state = 'waiting', attempts = 0, next_at = ?2, ended_at = NULL
             WHERE webhook = ?1 AND state = 'given up'",
            (webhook, time::seconds(now)),
        )?)
    }

    /// Those that ended before then.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute("DELETE FROM webhook_calls WHERE ended_at < ?1", [time::seconds(before)])?)
    }
}

impl WaitingCalls {
    pub fn of(db: &Db, webhook: &str) -> Result<Self> {
        let mut query = db.prepare_cached(
            "SELECT (SELECT count(*) FROM webhook_calls WHERE webhook = ?1 AND next_at IS NOT NULL),
                    (SELECT count(*) FROM webhook_calls WHERE webhook = ?1 AND state = 'given up')",
        )?;
        Ok(query.query_row([webhook], |row| Ok(Self { waiting: row.get(0)?, given_up: row.get(1)? }))?)
    }
}

impl ToldCall {
    /// What was told of a subscriber of late, oldest first.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT webhook, event, state, created_at FROM webhook_calls WHERE subscriber_id = ?1 ORDER BY id",
        )?;
        let rows = query.query_map([subscriber.0], |row| {
            Ok(Self {
                webhook: row.get(0)?,
                event: row.get(1)?,
                state: row.get(2)?,
                created_at: time::from_seconds(row.get(3)?),
            })
        })?;
        rows.map(|row| row.context("reading what webhooks were told")).collect()
    }
}
