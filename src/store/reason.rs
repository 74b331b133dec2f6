//! Why deliveries are where they are, summed up: what an operator asks first of an edition in trouble.

use anyhow::{Context, Result};
use serde::Serialize;

use super::{Db, Edition};

/// Deliveries of one edition that stand where they do for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// `failed`, `deferred`, `unknown` or `skipped`.
    pub state: String,
    pub deliveries: u64,
    /// SMTP reply code of the last try, 0 where no reply came or none was waited for.
    pub code: u16,
    /// RFC 3463 status, empty where none was given.
    pub enhanced: String,
    /// What the relay said to the latest of them, or why they were skipped.
    pub text: String,
}

impl Edition {
    /// The reasons of most deliveries, at most `limit` a state, by state and then by how many there are.
    ///
    /// Replies that differ only in their text are one reason, because relays put names and numbers into it. It reads
    /// the edition's deliveries once: a second or so for a million.
    pub fn reasons(&self, db: &Db, limit: u32) -> Result<Vec<Reason>> {
        // SQLite takes the bare column from the row that has the maximum.
        let latest = db.pick("a.reply", "(array_agg(a.reply ORDER BY a.finished_at DESC))[1]");
        let mut query = db.prepare_cached(&format!(
            "WITH reasons (state, deliveries, code, enhanced, text, place) AS (
                 SELECT state, deliveries, code, enhanced, text,
                        row_number() OVER (PARTITION BY state ORDER BY deliveries DESC, code, enhanced, text)
                 FROM (SELECT d.state, count(*) AS deliveries, a.code, a.enhanced, {latest} AS text, max(a.finished_at)
                       FROM deliveries AS d
                       JOIN attempts AS a
                         ON (a.edition_id, a.subscriber_id, a.number) = (d.edition_id, d.subscriber_id, d.attempts)
                       WHERE d.edition_id = ?1 AND d.state IN ('failed', 'deferred', 'unknown')
                       GROUP BY d.state, a.code, a.enhanced
                       UNION ALL
                       SELECT outcome, sum(attempts), code, enhanced, '', 0 FROM attempt_counts
                       WHERE edition_id = ?1 AND last = 1 AND outcome IN ('failed', 'deferred', 'unknown')
                       GROUP BY outcome, code, enhanced
                       UNION ALL
                       SELECT state, count(*), 0, '', skipped_because, 0 FROM deliveries
                       WHERE edition_id = ?1 AND state = 'skipped' GROUP BY state, skipped_because) AS all_reasons)
             SELECT state, deliveries, code, enhanced, text FROM reasons WHERE place <= ?2
             ORDER BY instr('failed deferred unknown skipped', state), place",
        ))?;
        let rows = query.query_map((self.id.0, limit), |row| {
            Ok(Reason {
                state: row.get(0)?,
                deliveries: row.get(1)?,
                code: row.get(2)?,
                enhanced: row.get(3)?,
                text: row.get(4)?,
            })
        })?;
        rows.map(|row| row.context("reading why deliveries are where they are")).collect()
    }
}
