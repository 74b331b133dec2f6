//! The ledger's rounds: what has happened is written down, recipients are frozen, deliveries are claimed, all in one
//! durable transaction.

use std::cell::RefCell;
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::dispatch::Settled;
use super::job::Job;
use crate::config::{Bounces, Delivery};
use crate::store::{Claim, Claimed, ClaimedBatch, Db, Edition, EditionState, OutcomeRecord, Warming, When};

/// Recipients that get their row in one transaction: small enough that sending starts at once and is never held up.
const FREEZE_CHUNK: u32 = 10_000;

/// What a transaction brought to one edition.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) job: Arc<Job>,
    pub(super) claimed: Vec<Claimed>,
    pub(super) state: EditionState,
    /// Every recipient has a row.
    pub(super) is_frozen: bool,
    /// No more recipients are frozen before there is a variant for what they chose.
    pub(super) lacks_variants: bool,
    /// Why none could be made.
    pub(super) failure: Option<anyhow::Error>,
    /// There is nothing more to claim now.
    pub(super) is_all: bool,
    /// Rows changed, so that the next round may have more to do at once.
    pub(super) has_moved: bool,
    /// When the next delivery falls due, of those that are not claimed; asked only where nothing was claimed.
    pub(super) next_due: Option<DateTime<Utc>>,
}

impl Settled {
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.returned.is_empty()
    }

    pub(super) fn write(&self, db: &Db, bounces: &Bounces, policy: &Delivery, now: DateTime<Utc>) -> Result<()> {
        OutcomeRecord::record_all(db, &self.records, bounces)?;
        if let Some(mut warming) = Warming::load(db, policy, now)? {
            warming.note(&self.records, &self.returned);
            warming.save(db)?;
        }
        Claim::give_back(db, &self.returned, now)
    }

    pub(super) fn append(&mut self, mut later: Self) {
        self.records.append(&mut later.records);
        self.returned.append(&mut later.returned);
        self.slots.append(&mut later.slots);
    }
}

impl Round {
    /// Freezes a chunk of an edition's recipients if some are missing still, and claims up to `limit` of those due.
    pub(super) fn of(db: &Db, job: Arc<Job>, limit: usize, policy: &Delivery, now: DateTime<Utc>) -> Result<Self> {
        let warming = Warming::load(db, policy, now)?;
        let gone = "the edition is gone from the store";
        let (state, mut is_frozen) = Edition::progress(db, job.edition)?.context(gone)?;
        let (mut froze, mut lacks_variants) = (false, false);
        if !is_frozen && state == EditionState::Sending {
            // In this very transaction, so that no choice falls between the two.
            if let Some(vary) = &job.vary {
                lacks_variants = Edition::lacks_variants(db, job.edition, FREEZE_CHUNK, vary.counts_opens, now)?;
            }
        }
        if !is_frozen && state == EditionState::Sending && !lacks_variants {
            let freeze =
                if warming.is_some() { Edition::freeze_most_engaged_first } else { Edition::freeze_recipients };
            froze = freeze(db, job.edition, FREEZE_CHUNK, now)? > 0;
            is_frozen = !froze;
        }
        let mut batch = ClaimedBatch::default();
        // Who comes first is known when all are there.
        let is_ordered = is_frozen || warming.is_none();
        if limit > 0 && is_ordered && state == EditionState::Sending {
            let claim = Claim { edition: job.edition, limit };
            batch = match warming {
                None => claim.take(db, now, &|claimed| job.hours.when(claimed, now))?,
                Some(warming) => {
                    let warming = RefCell::new(warming);
                    let batch = claim.take(db, now, &|claimed| {
                        let mut warming = warming.borrow_mut();
                        match job.hours.when(claimed, now) {
                            When::Now if warming.claim(claimed.email.domain()) => When::Now,
                            When::Now => job.hours.when_within(warming.tomorrow()),
                            other => other,
                        }
                    })?;
                    warming.borrow().save(db)?;
                    batch
                }
            };
        }
        let ClaimedBatch { deliveries: claimed, skipped, postponed } = batch;
        let next_due = if claimed.is_empty() { Claim::next_due(db, job.edition)? } else { None };
        let seen = claimed.len() + skipped + postponed;
        Ok(Self {
            job,
            state,
            is_frozen,
            lacks_variants,
            failure: None,
            is_all: is_frozen && limit > 0 && seen < limit,
            has_moved: froze || skipped + postponed > 0,
            claimed,
            next_due,
        })
    }
}
