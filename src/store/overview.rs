//! How much of everything there is, for who watches over it: read off counts and a few small tables, and never off the
//! deliveries, their attempts or the clicks, however many there are.

use std::collections::BTreeMap;
use std::fs;

use crate::store::database::{self, Params, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Claim, Db, EditionId, Store, time};

/// What is counted of a newsletter and a word: a state, a class.
type Counts = BTreeMap<(String, String), u64>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Editions by newsletter and state.
    pub editions: Counts,
    /// Deliveries of editions that are not over, by newsletter and state.
    pub queue: Counts,
    /// By newsletter, when the oldest delivery fell due that may go now and has not.
    pub oldest_due: BTreeMap<String, DateTime<Utc>>,
    /// Readers about whom something came back, by newsletter and class.
    pub feedback: Counts,
    /// By newsletter: who came and who left, `confirmed`, `left`, `complained`, `removed`, since counting began.
    pub turns: Counts,
    pub letters: WaitingMail,
    pub webhook_calls: WaitingMail,
    /// Mails that came back and that somebody has to look at.
    pub reviews: u64,
    /// Problems that are raised, by kind.
    pub alerts: BTreeMap<String, u64>,
}

/// What waits to go out; ten thousand are counted at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingMail {
    pub waiting: u64,
    pub oldest_at: Option<DateTime<Utc>>,
}

/// In bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// For who is not root.
    pub free: u64,
    /// What is used and what is free: without what is kept for root.
    pub size: u64,
}

const EDITIONS: &str =
    "SELECT n.slug, e.state, count(*) FROM editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id GROUP BY 1, 2";
// From the few editions that are not over: SQLite would read the counts of all.
const QUEUE: &str = "SELECT n.slug, c.state, sum(c.deliveries) FROM editions AS e
                     CROSS JOIN delivery_counts AS c ON c.edition_id = e.id
                     JOIN newsletters AS n ON n.id = e.newsletter_id
                     WHERE e.state IN ('sending', 'paused')
                           AND c.state IN ('queued', 'sending', 'deferred', 'unknown')
                     GROUP BY 1, 2";
// Added up in the order of the rows first, which sorts a tenth of them.
const FEEDBACK: &str = "SELECT n.slug, k.class, sum(k.readers)
                        FROM (SELECT edition_id, class, sum(refused + returned) AS readers FROM feedback_counts
                              GROUP BY edition_id, class) AS k
                        CROSS JOIN editions AS e ON e.id = k.edition_id
                        JOIN newsletters AS n ON n.id = e.newsletter_id
                        GROUP BY 1, 2";
// What waits while a relay is down for days is not counted to its end.
const LETTERS: &str = "SELECT count(*), min(queued_at) FROM (SELECT queued_at FROM letters INDEXED BY letters_due
                       WHERE next_attempt_at IS NOT NULL ORDER BY next_attempt_at LIMIT 10000) AS due";
const CALLS: &str = "SELECT count(*), min(created_at) FROM (SELECT created_at FROM webhook_calls
                     INDEXED BY webhook_calls_due WHERE next_at IS NOT NULL LIMIT 10000) AS due";

impl Overview {
    pub fn load(db: &Db, now: DateTime<Utc>) -> Result<Self> {
        Self::read(db, now).context("reading how much of everything there is")
    }

    fn read(db: &Db, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            editions: counts(db, EDITIONS, ())?,
            queue: counts(db, QUEUE, ())?,
            oldest_due: oldest_due(db, now)?,
            feedback: counts(db, FEEDBACK, ())?,
            turns: turns(db)?,
            letters: waiting(db, LETTERS)?,
            webhook_calls: waiting(db, CALLS)?,
            reviews: db.prepare_cached("SELECT count(*) FROM reviews")?.query_row([], |row| row.get(0))?,
            alerts: alerts(db)?,
        })
    }
}

fn counts(db: &Db, query: &str, values: impl Params) -> Result<Counts> {
    let mut query = db.prepare_cached(query)?;
    let rows = query.query_map(values, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<database::Result<_>>()?)
}

fn waiting(db: &Db, query: &str) -> Result<WaitingMail> {
    let mut query = db.prepare_cached(query)?;
    let of_row =
        |row: &Row<'_>| Ok(WaitingMail { waiting: row.get(0)?, oldest_at: time::maybe_from_seconds(row.get(1)?) });
    Ok(query.query_row([], of_row)?)
}

/// What is paused is not due: somebody has to let it go on.
fn oldest_due(db: &Db, now: DateTime<Utc>) -> Result<BTreeMap<String, DateTime<Utc>>> {
    let mut query = db.prepare_cached(
        "SELECT n.slug, e.id FROM editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id
         WHERE e.state = 'sending'",
    )?;
    let sending = query.query_map([], |row| Ok((row.get(0)?, EditionId(row.get(1)?))))?;
    let mut oldest = BTreeMap::new();
    for row in sending {
        let (newsletter, edition): (String, EditionId) = row?;
        let Some(due) = Claim::next_due(db, edition)?.filter(|due| *due <= now) else { continue };
        let known = oldest.entry(newsletter).or_insert(due);
        *known = due.min(*known);
    }
    Ok(oldest)
}

fn alerts(db: &Db) -> Result<BTreeMap<String, u64>> {
    let mut query = db.prepare_cached("SELECT kind, count(*) FROM alerts WHERE cleared_at IS NULL GROUP BY kind")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<database::Result<_>>()?)
}

fn turns(db: &Db) -> Result<Counts> {
    let mut query = db.prepare_cached(
        "SELECT n.slug, d.joined, d.departed, d.complained, d.removed
         FROM (SELECT newsletter_id, sum(joined) AS joined, sum(departed) AS departed, sum(complained) AS complained,
                      sum(removed) AS removed
               FROM subscription_days GROUP BY newsletter_id) AS d
         JOIN newsletters AS n ON n.id = d.newsletter_id",
    )?;
    let mut turns = Counts::new();
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let newsletter: String = row.get(0)?;
        for (place, turn) in ["confirmed", "left", "complained", "removed"].into_iter().enumerate() {
            turns.insert((newsletter.clone(), turn.to_owned()), row.get(place + 1)?);
        }
    }
    Ok(turns)
}

impl Store {
    /// Bytes of the file itself, and of what stands beside it and was not taken into it yet.
    pub fn sizes(&self) -> (u64, u64) {
        let size = |path: &std::path::Path| fs::metadata(path).map_or(0, |file| file.len());
        let Some(path) = self.file() else {
            // As the server counts it.
            let query = "SELECT pg_database_size(current_database())";
            let bytes = self.read(|db| Ok(db.query_row(query, [], |row| row.get(0))?));
            return (bytes.unwrap_or_default(), 0);
        };
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        (size(path), size(wal.as_ref()))
    }

    /// Of the disk that holds the store; `None` where the system does not tell, or it is a server's.
    pub fn disk(&self) -> Option<DiskSpace> {
        let stat = rustix::fs::statvfs(self.file()?).ok()?;
        // As `df` reckons: what is kept back for root, or from this machine, was never there to be filled.
        let used = stat.f_blocks.saturating_sub(stat.f_bfree);
        Some(DiskSpace { free: stat.f_bavail * stat.f_frsize, size: (used + stat.f_bavail) * stat.f_frsize })
    }
}
