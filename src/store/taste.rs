use std::collections::BTreeMap;

use crate::store::database::{OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, NewsletterNumber, time};

/// So many are kept of a newsletter, so that one can go back.
const KEPT: usize = 20;

/// What was learnt for a newsletter.
#[derive(Clone, Debug, PartialEq)]
pub struct LearntTaste {
    pub learnt_at: DateTime<Utc>,
    /// From how many editions.
    pub editions: usize,
    /// The weights by term that were configured then.
    pub configured: BTreeMap<String, f64>,
    pub weights: BTreeMap<String, f64>,
    /// By trait: how much likelier it makes a pick, as a logarithm.
    pub prior: BTreeMap<String, f64>,
    /// Figures by name, on editions that were held back: without it and with it.
    pub before: BTreeMap<String, f64>,
    pub after: BTreeMap<String, f64>,
}

impl LearntTaste {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let numbers =
            |column: usize| -> Result<BTreeMap<String, f64>> { Ok(serde_json::from_str(&row.get::<String>(column)?)?) };
        Ok(Self {
            learnt_at: time::from_seconds(row.get(0)?),
            editions: row.get(1)?,
            configured: numbers(2)?,
            weights: numbers(3)?,
            prior: numbers(4)?,
            before: numbers(5)?,
            after: numbers(6)?,
        })
    }

    /// The newest of a newsletter.
    pub fn newest(db: &Db, newsletter: NewsletterNumber) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(
            "SELECT learnt_at, editions, configured, weights, prior, before, after
             FROM tastes WHERE newsletter_id = ?1 ORDER BY id DESC LIMIT 1",
        )?;
        let mut rows = query.query([newsletter])?;
        rows.next()?.map(|row| Self::from_row(&row)).transpose().context("reading what was learnt")
    }

    /// Keeps it as the newest of a newsletter.
    pub fn save(&self, db: &Db, newsletter: NewsletterNumber) -> Result<()> {
        let as_json = |numbers: &BTreeMap<String, f64>| serde_json::to_string(numbers);
        db.prepare_cached(
            "INSERT INTO tastes (newsletter_id, learnt_at, editions, configured, weights, prior, before, after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            newsletter,
            time::seconds(self.learnt_at),
            self.editions,
            as_json(&self.configured)?,
            as_json(&self.weights)?,
            as_json(&self.prior)?,
            as_json(&self.before)?,
            as_json(&self.after)?,
        ))
        .context("storing what was learnt")?;
        db.prepare_cached(
            "DELETE FROM tastes WHERE newsletter_id = ?1 AND id NOT IN
                    (SELECT id FROM tastes WHERE newsletter_id = ?1 ORDER BY id DESC LIMIT ?2)",
        )?
        .execute((newsletter, KEPT))?;
        Ok(())
    }

    /// Forgets the newest of a newsletter, so that the one before holds again. `false` where there is none.
    pub fn forget_newest(db: &Db, newsletter: NewsletterNumber) -> Result<bool> {
        let mut query = db.prepare_cached("SELECT max(id) FROM tastes WHERE newsletter_id = ?1")?;
        let newest: Option<i64> = query.query_row([newsletter], |row| row.get(0)).optional()?.flatten();
        let Some(newest) = newest else { return Ok(false) };
        Ok(db.prepare_cached("DELETE FROM tastes WHERE id = ?1")?.execute([newest])? == 1)
    }
}
