//! What the engine has done, in numbers: for a line in the log at the end of an edition, and for who watches.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

use crate::config::RelayId;
use crate::store::{AttemptOutcome, EditionId, EditionName, OutcomeRecord};

/// A number that anybody may read at any time. Nothing else is read off its changes, so they are in no order with
/// those of others.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn take_one(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn set(&self, present: u64) {
        self.0.store(present, Ordering::Relaxed);
    }
}

/// What an [`Engine`](super::Engine) has done since it was started. What is not called present only grows.
///
/// Letters are not among it: they pass the engine by.
#[derive(Debug, Default)]
pub struct Figures {
    /// Tries by their outcome, as far as they are written down.
    pub accepted: Count,
    pub deferred: Count,
    pub failed: Count,
    /// Tries over which a connection was lost (S6).
    pub unknown: Count,
    /// Present: deliveries that are claimed and wait for a connection.
    pub queued: Count,
    /// In the order of the configuration.
    pub relays: Vec<RelayFigures>,
}

/// What one relay was given, and what it made of it.
#[derive(Debug)]
pub struct RelayFigures {
    pub id: RelayId,
    /// Connections that were made ready for messages.
    pub opened: Count,
    /// Present: those of them that are open.
    pub open: Count,
    /// Tries that came to an outcome, whatever it was.
    pub messages: Count,
    /// Octets of messages that began to leave, before dots are doubled and TLS is added.
    pub bytes: Count,
    /// How often it asked for less: 421, 454, 4.7.x (S3).
    pub throttles: Count,
    /// Messages over which a connection was lost (S6).
    pub unknown: Count,
}

impl Figures {
    pub(super) fn new(relays: impl Iterator<Item = RelayId>) -> Self {
        let relay = |id| RelayFigures {
            id,
            opened: Count::default(),
            open: Count::default(),
            messages: Count::default(),
            bytes: Count::default(),
            throttles: Count::default(),
            unknown: Count::default(),
        };
        Self { relays: relays.map(relay).collect(), ..Self::default() }
    }

    pub fn outcome(&self, outcome: AttemptOutcome) -> &Count {
        match outcome {
            AttemptOutcome::Accepted => &self.accepted,
            AttemptOutcome::Deferred => &self.deferred,
            AttemptOutcome::Failed => &self.failed,
            AttemptOutcome::Unknown => &self.unknown,
        }
    }
}

/// A connection that is open for as long as this is kept.
#[derive(Debug)]
pub(super) struct OpenConnection {
    figures: Arc<Figures>,
    relay: usize,
}

impl OpenConnection {
    pub(super) fn count(figures: &Arc<Figures>, relay: usize) -> Self {
        figures.relays[relay].opened.add(1);
        figures.relays[relay].open.add(1);
        Self { figures: Arc::clone(figures), relay }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.figures.relays[self.relay].open.take_one();
    }
}

/// What this process has done for each edition that is not at its end.
#[derive(Debug, Default)]
pub(super) struct Tallies(HashMap<EditionId, Tally>);

#[derive(Debug, Default)]
struct Tally {
    accepted: u64,
    deferred: u64,
    failed: u64,
    unknown: u64,
    /// How long it has been sent, without the times in which nothing of it was due.
    spent: Duration,
    since: Option<Instant>,
}

impl Tallies {
    pub(super) fn begin(&mut self, edition: EditionId) {
        self.0.entry(edition).or_default().since = Some(Instant::now());
    }

    pub(super) fn count(&mut self, record: &OutcomeRecord) {
        let tally = self.0.entry(record.edition).or_default();
        match record.outcome {
            AttemptOutcome::Accepted => tally.accepted += 1,
            AttemptOutcome::Deferred => tally.deferred += 1,
            AttemptOutcome::Failed => tally.failed += 1,
            AttemptOutcome::Unknown => tally.unknown += 1,
        }
    }

    /// Nothing more of it is sent for now.
    pub(super) fn rest(&mut self, edition: EditionId) {
        if let Some(tally) = self.0.get_mut(&edition)
            && let Some(since) = tally.since.take()
        {
            tally.spent += since.elapsed();
        }
    }

    /// It is at its end: a line in the log says what it took.
    pub(super) fn end(&mut self, edition: EditionId, name: &EditionName) {
        self.rest(edition);
        let Tally { accepted, deferred, failed, unknown, spent, .. } = self.0.remove(&edition).unwrap_or_default();
        let messages = accepted + deferred + failed + unknown;
        let seconds = spent.as_secs_f64();
        let per_second = (messages as f64 / seconds.max(0.001)).round() as u64;
        let seconds = (seconds * 10.0).round() / 10.0;
        info!(edition = %name, messages, seconds, per_second, accepted, failed, deferred, unknown, "sent");
    }
}
