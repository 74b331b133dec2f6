use anyhow::{Context, Result};

use super::{Db, Edition, EditionId};

/// Readers who left by way of an edition and have not come back, by how they did and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// `one-click`, `page`, `mail`, `complaint`.
    pub by: String,
    /// As the page offers it: `too-often`; empty where they said nothing.
    pub reason: String,
    pub readers: u64,
}

impl Edition {
    /// Who left by way of it, the most frequent way first.
    pub fn departures(&self, db: &Db) -> Result<Vec<Departure>> {
        // A reason that was chosen stands before a colon; words of a reader's own alone have none to be told by.
        let mut query = db.prepare_cached(
            "SELECT ended_by, iif(instr(ended_reason, ':') > 0, substr(ended_reason, 1, instr(ended_reason, ':') - 1),
                                  iif(instr(ended_reason, ' ') > 0, 'other', ended_reason)), count(*)
             FROM subscriptions WHERE ended_edition_id = ?1 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
        )?;
        let rows = query.query_map([self.id.0], |row| {
            Ok(Departure { by: row.get(0)?, reason: row.get(1)?, readers: row.get(2)? })
        })?;
        rows.map(|row| row.context("reading who left")).collect()
    }

    /// What some of them wrote of why they left, in their own words.
    pub fn parting_words(&self, db: &Db, limit: u32) -> Result<Vec<String>> {
        let mut query = db.prepare_cached(
            "SELECT substr(ended_reason, instr(ended_reason, ':') + 1) FROM subscriptions
             WHERE ended_edition_id = ?1 AND instr(ended_reason, ' ') > 0 LIMIT ?2",
        )?;
        let rows = query.query_map((self.id.0, limit), |row| Ok(row.get::<String>(0)?.trim().to_owned()))?;
        rows.map(|row| row.context("reading why readers left")).collect()
    }
}

/// How many left by way of an edition and have not come back; who complained is told apart.
pub(super) fn departed(db: &Db, edition: EditionId) -> Result<u64> {
    let mut query = db
        .prepare_cached("SELECT count(*) FROM subscriptions WHERE ended_edition_id = ?1 AND ended_by <> 'complaint'")?;
    Ok(query.query_row([edition.0], |row| row.get(0))?)
}
