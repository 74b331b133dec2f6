//! Letting go of what is known of single readers once its time is over, in steps that nobody waits for.

use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Store, time};

/// Rows of one transaction. It takes some tens of milliseconds.
const STEP: u32 = 2_000;

/// Rows whose time can be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outdated {
    /// The tries of an edition; how many there were of each kind stays.
    Attempts,
    /// Who followed which link; how often each was followed stays.
    Clicks,
}

impl Outdated {
    /// Lets some thousand rows go of editions that ended before a time. Answers how many; 0 when none are left.
    pub fn let_go(self, store: &Store, before: DateTime<Utc>) -> Result<u64> {
        // Looked for without keeping anybody from writing: most of the time there are none.
        let Some(of) = store.read(|db| self.next(db, before))? else { return Ok(0) };
        store.write(|db| match self {
            Self::Attempts => roll_up(db, of),
            Self::Clicks => forget_clicks(db, of),
        })
    }

    pub fn told(self) -> &'static str {
        match self {
            Self::Attempts => "tries of editions that ended long ago were added up",
            Self::Clicks => "who followed links of long ago was forgotten",
        }
    }

    /// An edition with such tries, or a link with such clicks.
    fn next(self, db: &Db, before: DateTime<Utc>) -> Result<Option<i64>> {
        let query = match self {
            Self::Attempts => {
                "SELECT e.id FROM editions AS e
                 WHERE e.state IN ('sent', 'cancelled', 'skipped') AND e.finished_at < ?1
                   AND EXISTS (SELECT 1 FROM attempts AS a WHERE a.edition_id = e.id)
                 ORDER BY e.id LIMIT 1"
            }
            Self::Clicks => {
                "SELECT l.id FROM editions AS e JOIN links AS l ON l.edition_id = e.id
                 WHERE e.state IN ('sent', 'cancelled', 'skipped') AND e.finished_at < ?1
                   AND EXISTS (SELECT 1 FROM reader_clicks AS c WHERE c.link_id = l.id)
                 LIMIT 1"
            }
        };
        Ok(db.prepare_cached(query)?.query_row([time::seconds(before)], |row| row.get(0)).optional()?)
    }
}

/// The last of the next rows that go: with them all of that subscriber's.
fn last_of_step(db: &Db, table: &str, key: &str, of: i64) -> Result<i64> {
    let mut query = db.prepare_cached(&format!(
        "SELECT max(subscriber_id) FROM (SELECT subscriber_id FROM {table} WHERE {key} = ?1 ORDER BY subscriber_id LIMIT ?2) AS step"
    ))?;
    let last: Option<i64> = query.query_row((of, STEP), |row| row.get(0))?;
    // None are left where another process was first.
    Ok(last.unwrap_or_default())
}

fn roll_up(db: &Db, edition: i64) -> Result<u64> {
    let last = last_of_step(db, "attempts", "edition_id", edition)?;
    db.prepare_cached(
        "INSERT INTO attempt_counts (edition_id, outcome, last, code, enhanced, attempts)
         SELECT a.edition_id, a.outcome, iif(a.number = coalesce(d.attempts, 0), 1, 0), a.code, a.enhanced, count(*)
         FROM attempts AS a
         LEFT JOIN deliveries AS d ON d.edition_id = a.edition_id AND d.subscriber_id = a.subscriber_id
         WHERE a.edition_id = ?1 AND a.subscriber_id <= ?2 GROUP BY 1, 2, 3, 4, 5
         ON CONFLICT (edition_id, outcome, last, code, enhanced)
         DO UPDATE SET attempts = attempt_counts.attempts + excluded.attempts",
    )?
    .execute((edition, last))
    .context("adding up the tries of an edition")?;
    let gone = db
        .prepare_cached("DELETE FROM attempts WHERE edition_id = ?1 AND subscriber_id <= ?2")?
        .execute((edition, last))?;
    Ok(gone as u64)
}

fn forget_clicks(db: &Db, link: i64) -> Result<u64> {
    let last = last_of_step(db, "reader_clicks", "link_id", link)?;
    let gone = db
        .prepare_cached("DELETE FROM reader_clicks WHERE link_id = ?1 AND subscriber_id <= ?2")?
        .execute((link, last))?;
    Ok(gone as u64)
}
