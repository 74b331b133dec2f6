use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, NewsletterNumber, SubscriberId, time};

/// What a letter to one reader is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// Asks whether they signed up.
    Confirm,
    /// They signed up for what they get already.
    Already,
    /// The link to their preferences, for which they asked.
    Link,
    /// They have just confirmed.
    Welcome,
    /// To an address that is to take the place of theirs: asks whether it should.
    Address,
    /// To the address that was theirs: it is not any more.
    Moved,
    /// Of a permission pass: asks who is on an old list whether they still want it.
    Ask,
}

/// Letters that have waited for longer than they should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingLetters {
    /// At most [`WaitingLetters::COUNTED`], however many there are.
    pub letters: u64,
    pub oldest_at: DateTime<Utc>,
    /// Why the last try failed of the one that was tried most; empty where none was tried.
    pub problem: String,
}

impl LetterKind {
    const ALL: [Self; 7] =
        [Self::Confirm, Self::Already, Self::Link, Self::Welcome, Self::Address, Self::Moved, Self::Ask];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Already => "already",
            Self::Link => "link",
            Self::Welcome => "welcome",
            Self::Address => "address",
            Self::Moved => "moved",
            Self::Ask => "ask",
        }
    }
}

/// A letter that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub id: i64,
    pub kind: LetterKind,
    pub subscriber: SubscriberId,
    /// In whose name it is sent.
    pub newsletter: NewsletterNumber,
    /// Ids of newsletters with commas between, or an address, by its kind.
    pub detail: String,
    /// With the one that is under way.
    pub attempts: u32,
    pub queued_at: DateTime<Utc>,
    /// The key that its links and its Message-ID are made with; `None` is the first there was.
    pub key: Option<u8>,
}

impl WaitingLetters {
    /// So many are counted.
    pub const COUNTED: u64 = 1_000;
}

impl Letter {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let kind = row.text(1)?.to_owned();
        Ok(Self {
            id: row.get(0)?,
            // Nothing else is ever written.
            kind: LetterKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap_or(LetterKind::Link),
            subscriber: SubscriberId(row.get(2)?),
            newsletter: row.get(3)?,
            detail: row.get(4)?,
            attempts: row.get(5)?,
            queued_at: time::from_seconds(row.get(6)?),
            key: row.get(7)?,
        })
    }

    pub fn queue(
        db: &Db,
        kind: LetterKind,
        subscriber: SubscriberId,
        newsletter: NewsletterNumber,
        detail: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO letters (kind, subscriber_id, newsletter_id, detail, queued_at, next_attempt_at, key_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, (SELECT max(id) FROM keys WHERE retired_at IS NULL))",
        )?
        .execute((kind.as_str(), subscriber.0, newsletter, detail, time::seconds(now)))
        .with_context(|| format!("queueing a letter to {subscriber}"))?;
        Ok(())
    }

    /// Takes letters that are due, oldest first, those nobody waits for last, and puts each off until `again_at`: a process that dies with them leaves
    /// them to be tried then.
    pub fn claim_due(db: &Db, now: DateTime<Utc>, again_at: DateTime<Utc>, limit: usize) -> Result<Vec<Self>> {
        let mut due = db.prepare_cached(
            "SELECT id FROM letters WHERE next_attempt_at <= ?1
             ORDER BY kind = 'ask', next_attempt_at, id LIMIT ?2",
        )?;
        let due: Vec<i64> = due.query_map((time::seconds(now), limit), |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut claim = db.prepare_cached(
            "UPDATE letters SET attempts = attempts + 1, next_attempt_at = ?2 WHERE id = ?1
             RETURNING id, kind, subscriber_id, newsletter_id, detail, attempts, queued_at, key_id",
        )?;
        due.into_iter()
            .map(|id| claim.query_row((id, time::seconds(again_at)), Self::from_row).context("claiming a letter"))
            .collect()
    }

    pub fn mark_sent(db: &Db, id: i64, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("UPDATE letters SET next_attempt_at = NULL, sent_at = ?2, problem = '' WHERE id = ?1")?
            .execute((id, time::seconds(now)))?;
        Ok(())
    }

    /// It did not go out; without another time it never will.
    pub fn mark_failed(db: &Db, id: i64, problem: &str, again_at: Option<DateTime<Utc>>) -> Result<()> {
        db.prepare_cached("UPDATE letters SET next_attempt_at = ?2, problem = ?3 WHERE id = ?1")?.execute((
            id,
            again_at.map(time::seconds),
            problem,
        ))?;
        Ok(())
    }

    /// How many letters of a kind were queued for a subscriber since, whatever became of them.
    pub fn count_since(db: &Db, subscriber: SubscriberId, kind: LetterKind, since: DateTime<Utc>) -> Result<u32> {
        let mut query = db.prepare_cached(
            "SELECT count(*) FROM letters WHERE subscriber_id = ?1 AND kind = ?2 AND queued_at >= ?3",
        )?;
        Ok(query.query_row((subscriber.0, kind.as_str(), time::seconds(since)), |row| row.get(0))?)
    }

    /// When the next one falls due.
    pub fn next_due(db: &Db) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> =
            db.query_row("SELECT min(next_attempt_at) FROM letters WHERE next_attempt_at IS NOT NULL", [], |row| {
                row.get(0)
            })?;
        Ok(time::maybe_from_seconds(next))
    }

    /// Those that were queued before a time and wait still; `None` where there are none.
    pub fn waiting_since(db: &Db, before: DateTime<Utc>) -> Result<Option<WaitingLetters>> {
        // SQLite takes the bare column from the row that has the maximum. Only what waits is in the index.
        let most_tried = db.pick("problem", "(array_agg(problem ORDER BY attempts DESC))[1]");
        let mut query = db.prepare_cached(&format!(
            "SELECT count(*), min(queued_at), {most_tried}, max(attempts)
             FROM (SELECT queued_at, problem, attempts FROM letters INDEXED BY letters_due
                   WHERE next_attempt_at IS NOT NULL AND queued_at < ?1 LIMIT ?2) AS waiting",
        ))?;
        let found = query.query_row((time::seconds(before), WaitingLetters::COUNTED), |row| {
            let oldest_at: Option<i64> = row.get(1)?;
            Ok(time::maybe_from_seconds(oldest_at).map(|oldest_at| (row.get(0), oldest_at, row.get(2))))
        })?;
        let Some((letters, oldest_at, problem)) = found else { return Ok(None) };
        Ok(Some(WaitingLetters { letters: letters?, oldest_at, problem: problem? }))
    }

    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<()> {
        db.execute("DELETE FROM letters WHERE queued_at < ?1 AND next_attempt_at IS NULL", [time::seconds(before)])?;
        Ok(())
    }
}
