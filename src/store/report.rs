//! What came back of an edition, summed up: by class and reason, by the recipients' domains, in the words of the hosts.

use anyhow::{Context, Result};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Db, Edition};
use crate::meaning::{Class, Meaning, Reason, Status};

/// The report of an edition. Numbers are of readers: who bounced twice counts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// By class, and by how many in it.
    pub reasons: Vec<ReasonCount>,
    /// The domains most came back from.
    pub domains: Vec<DomainCount>,
    /// What was said most, each with a sample.
    pub diagnostics: Vec<Diagnostic>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonCount {
    pub class: String,
    pub reason: String,
    pub readers: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DomainCount {
    pub domain: String,
    pub hard: u64,
    pub soft: u64,
    pub ours: u64,
    pub complaint: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Diagnostic {
    pub class: String,
    pub reason: String,
    pub domain: String,
    pub status: String,
    pub reply: u16,
    pub readers: u64,
    /// What was said to the latest of them.
    pub sample: String,
    /// What to do about it; empty where there is nothing to be done.
    pub advice: &'static str,
}

/// Worst first.
const ORDER: &str = "instr('complaint ours hard soft unsubscribe challenge delayed vacation none', class)";

impl Edition {
    /// Sums up what came back, with at most `limit` domains and diagnostics.
    pub fn report(&self, db: &Db, limit: u32) -> Result<Report> {
        Ok(Report {
            reasons: self.reasons_of_feedback(db)?,
            domains: self.domains_of_feedback(db, limit)?,
            diagnostics: self.diagnostics(db, limit)?,
        })
    }

    fn reasons_of_feedback(&self, db: &Db) -> Result<Vec<ReasonCount>> {
        let mut query = db.prepare(&format!(
            "SELECT class, reason, count(DISTINCT subscriber_id) FROM feedback WHERE edition_id = ?1
             GROUP BY class, reason ORDER BY {ORDER}, 3 DESC, reason"
        ))?;
        let rows = query.query_map([self.id.0], |row| {
            Ok(ReasonCount { class: row.get(0)?, reason: row.get(1)?, readers: row.get(2)? })
        })?;
        rows.map(|row| row.context("reading why messages came back")).collect()
    }

    fn domains_of_feedback(&self, db: &Db, limit: u32) -> Result<Vec<DomainCount>> {
        let mut query = db.prepare(
            "SELECT domain, count(DISTINCT iif(class = 'hard', subscriber_id, NULL)),
                    count(DISTINCT iif(class = 'soft', subscriber_id, NULL)),
                    count(DISTINCT iif(class = 'ours', subscriber_id, NULL)),
                    count(DISTINCT iif(class = 'complaint', subscriber_id, NULL))
             FROM feedback WHERE edition_id = ?1 AND class IN ('hard', 'soft', 'ours', 'complaint') AND domain <> ''
             GROUP BY domain ORDER BY count(DISTINCT subscriber_id) DESC, domain LIMIT ?2",
        )?;
        let rows = query.query_map((self.id.0, limit), |row| {
            Ok(DomainCount {
                domain: row.get(0)?,
                hard: row.get(1)?,
                soft: row.get(2)?,
                ours: row.get(3)?,
                complaint: row.get(4)?,
            })
        })?;
        rows.map(|row| row.context("reading where messages came back from")).collect()
    }

    fn diagnostics(&self, db: &Db, limit: u32) -> Result<Vec<Diagnostic>> {
        // SQLite takes the bare column from the row that has the maximum.
        let latest = db.pick("diagnostic", "(array_agg(diagnostic ORDER BY id DESC))[1]");
        let mut query = db.prepare(&format!(
            "SELECT class, reason, domain, status, reply, count(DISTINCT subscriber_id), {latest}, max(id)
             FROM feedback WHERE edition_id = ?1 AND class IN ('hard', 'soft', 'ours', 'complaint') AND diagnostic <> ''
             GROUP BY class, reason, domain, status, reply ORDER BY 6 DESC, 8 DESC LIMIT ?2",
        ))?;
        let rows = query.query_map((self.id.0, limit), |row| {
            let (class, reason, status): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let meaning = meaning_of(&class, &reason, &status, row.get(4)?);
            let advice = meaning.and_then(|meaning| meaning.advice()).unwrap_or_default();
            Ok(Diagnostic {
                class,
                reason,
                domain: row.get(2)?,
                status,
                reply: row.get(4)?,
                readers: row.get(5)?,
                sample: row.get(6)?,
                advice,
            })
        })?;
        rows.map(|row| row.context("reading what was said about messages")).collect()
    }
}

/// The meaning that a row of `feedback` was written for; `None` where another release wrote a word this one knows not.
pub(super) fn meaning_of(class: &str, reason: &str, status: &str, reply: u16) -> Option<Meaning> {
    Some(Meaning {
        class: Class::from_word(class)?,
        reason: Reason::from_word(reason)?,
        status: status.parse::<Status>().ok(),
        reply: (reply != 0).then_some(reply),
    })
}
