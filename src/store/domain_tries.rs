//! How tries ended, by the recipients' domains: counted as they end, so that nobody who looks reads a million of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};

use super::{AttemptOutcome, Db, EditionId, OutcomeRecord};

/// How the tries to deliver an edition ended at one domain: of tries, and not of readers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainTries {
    /// Empty for all that are too small to be told apart once the edition has ended.
    pub domain: String,
    pub accepted: u64,
    pub deferred: u64,
    pub failed: u64,
    pub unknown: u64,
}

const COLUMNS: &str = "domain, accepted, deferred, failed, unknown";
const TOTAL: &str = "(accepted + deferred + failed + unknown)";
const ADD: &str = "INSERT INTO domain_counts (edition_id, domain, accepted, deferred, failed, unknown)";
const ON_TOP: &str = "ON CONFLICT (edition_id, domain)
                      DO UPDATE SET accepted = domain_counts.accepted + excluded.accepted,
                                    deferred = domain_counts.deferred + excluded.deferred,
                                    failed = domain_counts.failed + excluded.failed,
                                    unknown = domain_counts.unknown + excluded.unknown";

impl DomainTries {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            domain: row.get(0)?,
            accepted: row.get(1)?,
            deferred: row.get(2)?,
            failed: row.get(3)?,
            unknown: row.get(4)?,
        })
    }

    pub fn total(&self) -> u64 {
        self.accepted + self.deferred + self.failed + self.unknown
    }

    /// The domains an edition was tried at most, the small ones together last. Reads each domain of the edition: while it
    /// is being sent, that may be tens of thousands.
    pub fn largest(db: &Db, edition: EditionId, limit: u32) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM domain_counts WHERE edition_id = ?1 ORDER BY domain = '', {TOTAL} DESC, domain LIMIT ?2"
        ))?;
        let rows = query.query_map((edition.0, limit), Self::from_row)?;
        rows.map(|row| row.context("reading how tries ended by domain")).collect()
    }

    /// The domains that the last editions that are over were tried at most.
    pub fn largest_lately(db: &Db, limit: u32) -> Result<Vec<String>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT domain FROM domain_counts
             WHERE domain <> '' AND edition_id IN (SELECT edition_id FROM edition_ends ORDER BY id DESC LIMIT 5)
             GROUP BY domain ORDER BY sum{TOTAL} DESC, domain LIMIT ?1"
        ))?;
        let rows = query.query_map([limit], |row| row.get(0))?;
        rows.map(|row| row.context("reading the largest domains")).collect()
    }

    /// How tries ended at domains that are known already, in their order: a row for each.
    pub fn at(db: &Db, edition: EditionId, domains: &[String]) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM domain_counts WHERE edition_id = ?1 AND domain = ?2"))?;
        let mut found = Vec::with_capacity(domains.len());
        for domain in domains {
            found.extend(query.query_row((edition.0, domain), Self::from_row).optional()?);
        }
        Ok(found)
    }

    /// Adds up the domains that had less than a thousandth of an edition's tries under no name: a store would else keep
    /// tens of thousands of rows an edition that nobody reads, and the domains of single people.
    pub(super) fn fold(db: &Db, edition: EditionId) -> Result<()> {
        let small = format!(
            "edition_id = ?1 AND domain <> '' AND {TOTAL} * 1000 <
             (SELECT sum{TOTAL} FROM domain_counts WHERE edition_id = ?1)"
        );
        db.prepare_cached(&format!(
            "{ADD} SELECT edition_id, '', sum(accepted), sum(deferred), sum(failed), sum(unknown) FROM domain_counts
             WHERE {small} GROUP BY edition_id {ON_TOP}"
        ))?
        .execute([edition.0])?;
        db.prepare_cached(&format!("DELETE FROM domain_counts WHERE {small}"))?.execute([edition.0])?;
        Ok(())
    }
}

/// The tries of a transaction, added up, so that each domain takes one update however many of its readers it holds.
#[derive(Debug, Default)]
pub(super) struct NewTries<'a>(BTreeMap<(i64, Cow<'a, str>), [i64; 4]>);

impl<'a> NewTries<'a> {
    pub(super) fn add(&mut self, db: &Db, record: &'a OutcomeRecord) -> Result<()> {
        self.count(db, record, record.outcome, 1)
    }

    /// The try was counted as unknown, and is not any more.
    pub(super) fn take_back_unknown(&mut self, db: &Db, record: &'a OutcomeRecord) -> Result<()> {
        self.count(db, record, AttemptOutcome::Unknown, -1)
    }

    fn count(&mut self, db: &Db, record: &'a OutcomeRecord, outcome: AttemptOutcome, many: i64) -> Result<()> {
        let domain = match record.domain.as_str() {
            // What a journal tells of a process that died says no more than whom it was about.
            "" => Cow::Owned(domain_of(db, record.subscriber.0)?),
            known => Cow::Borrowed(known),
        };
        let place = match outcome {
            AttemptOutcome::Accepted => 0,
            AttemptOutcome::Deferred => 1,
            AttemptOutcome::Failed => 2,
            AttemptOutcome::Unknown => 3,
        };
        self.0.entry((record.edition.0, domain)).or_default()[place] += many;
        Ok(())
    }

    pub(super) fn apply(self, db: &Db) -> Result<()> {
        let mut add = db.prepare_cached(&format!("{ADD} VALUES (?1, ?2, ?3, ?4, ?5, ?6) {ON_TOP}"))?;
        for ((edition, domain), [accepted, deferred, failed, unknown]) in self.0 {
            add.execute((edition, domain, accepted, deferred, failed, unknown))
                .context("counting how tries ended by domain")?;
        }
        Ok(())
    }
}

/// Empty where the reader was erased.
fn domain_of(db: &Db, subscriber: i64) -> Result<String> {
    let mut query = db.prepare_cached("SELECT email FROM subscribers WHERE id = ?1")?;
    let email: Option<String> = query.query_row([subscriber], |row| row.get(0)).optional()?;
    let domain = email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
    Ok(domain.unwrap_or_default().to_ascii_lowercase())
}
