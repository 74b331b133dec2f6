//! The ledger's rounds: what has happened is written down, and deliveries are claimed, in one durable transaction.

use std::cell::RefCell;
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::dispatch::Settled;
use super::job::Job;
use crate::config::{Bounces, Delivery};
use crate::store::{Claim, Claimed, ClaimedBatch, Db, Edition, EditionState, OutcomeRecord, Warming, When};

/// What a transaction brought to one edition.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) job: Arc<Job>,
    pub(super) claimed: Vec<Claimed>,
    pub(super) state: EditionState,
    /// Every recipient has a row.
    pub(super) is_frozen: bool,
    /// Why no more recipients can be frozen.
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
    /// Claims up to `limit` of an edition's deliveries that are due.
    pub(super) fn of(db: &Db, job: Arc<Job>, limit: usize, policy: &Delivery, now: DateTime<Utc>) -> Result<Self> {
        let warming = Warming::load(db, policy, now)?;
        let gone = "the edition is gone from the store";
        let (state, is_frozen) = Edition::progress(db, job.edition)?.context(gone)?;
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
            failure: None,
            is_all: is_frozen && limit > 0 && seen < limit,
            has_moved: skipped + postponed > 0,
            claimed,
            next_due,
        })
    }
}
