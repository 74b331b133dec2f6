use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Error;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::dispatch::Settled;
use super::domains::{Domains, Turn};
use super::gate::Gate;
use super::job::Job;
use super::shares::Shares;
use crate::store::Claimed;

/// Deliveries that wait for the turn of one provider while others overtake them.
const HELD: usize = 64;

/// An edition's deliveries, claimed and not on their way yet.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) job: Arc<Job>,
    pub(super) queue: VecDeque<Claimed>,
    /// By provider, passed over because it had no turn.
    held: Vec<VecDeque<Claimed>>,
    pub(super) on_their_way: usize,
    /// Fewer than this in the queue, and the ledger should claim more; 0 when there is no more.
    pub(super) low_water: usize,
    /// By relay, why the edition cannot go through it.
    pub(super) unsendable: Vec<Option<String>>,
    shares: Shares,
    /// Composing it failed.
    pub(super) failure: Option<Error>,
}

impl Lane {
    /// `providers`: how many have limits of their own.
    pub(super) fn new(job: Arc<Job>, relays: usize, providers: usize) -> Self {
        Self {
            job,
            queue: VecDeque::new(),
            held: vec![VecDeque::new(); providers],
            on_their_way: 0,
            low_water: 0,
            unsendable: vec![None; relays],
            shares: Shares::new(relays),
            failure: None,
        }
    }

    /// How many wait here.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len() + self.held.iter().map(VecDeque::len).sum::<usize>()
    }

    /// Nothing waits here. Something may be on its way.
    pub(super) fn is_drained(&self) -> bool {
        self.queue.is_empty() && !self.holds_some()
    }

    pub(super) fn holds_some(&self) -> bool {
        self.held.iter().any(|held| !held.is_empty())
    }

    /// All that waits, taken out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Claimed> {
        self.low_water = 0;
        self.queue.drain(..).chain(self.held.iter_mut().flat_map(|held| held.drain(..)))
    }

    /// Whether the ledger is to be told that little is left: once, until it has come.
    pub(super) fn falls_low(&mut self) -> bool {
        let is_low = self.queue.len() < self.low_water;
        if is_low {
            self.low_water = 0;
        }
        is_low
    }

    /// Whether a relay takes messages of the edition at the moment.
    pub(super) fn is_taken_by(&self, gates: &[Gate], relay: usize, now: Instant) -> bool {
        takes(gates, &self.unsendable, &self.job, relay, now)
    }

    /// Whether the relay had so much of the edition that its others come first.
    pub(super) fn is_ahead_of_its_share(&mut self, gates: &[Gate], relay: usize, now: Instant) -> bool {
        let Self { shares, unsendable, job, .. } = self;
        shares.is_ahead(gates, relay, |other| takes(gates, unsendable, job, other, now), now)
    }

    /// The relay is given a message of the edition.
    pub(super) fn spend_share(&mut self, gates: &[Gate], relay: usize, now: Instant) {
        let Self { shares, unsendable, job, .. } = self;
        shares.spend(gates, relay, |other| takes(gates, unsendable, job, other, now), now);
    }

    /// The next delivery whose domain has its turn. What has none for long goes back.
    pub(super) fn next(
        &mut self,
        domains: &mut Domains,
        settled: &mut Settled,
        now: DateTime<Utc>,
        instant: Instant,
    ) -> Option<Claimed> {
        let Self { queue, held, .. } = self;
        if domains.are_free() {
            return queue.pop_front();
        }
        for held in held.iter_mut() {
            while let Some(delivery) = held.pop_front() {
                match domains.turn(delivery.email.domain(), now, instant) {
                    Turn::Now => return Some(delivery),
                    Turn::At(at) => settled.returned.push((delivery, at)),
                    Turn::Soon(_) => {
                        held.push_front(delivery);
                        break;
                    }
                }
            }
        }
        while let Some(delivery) = queue.pop_front() {
            match domains.turn(delivery.email.domain(), now, instant) {
                Turn::Now => return Some(delivery),
                Turn::At(at) => settled.returned.push((delivery, at)),
                Turn::Soon(group) if held[group].len() < HELD => held[group].push_back(delivery),
                Turn::Soon(group) => settled.returned.push((delivery, domains.book(group, now, instant))),
            }
        }
        None
    }
}

fn takes(gates: &[Gate], unsendable: &[Option<String>], job: &Job, relay: usize, now: Instant) -> bool {
    unsendable[relay].is_none() && gates[relay].serves(job) && gates[relay].is_open(now)
}
