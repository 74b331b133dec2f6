//! What is claimed and waits for a connection, and what connections have to tell: the one place where both sides meet.
//!
//! Connections take, the ledger feeds. A lane an edition, served in turn, so that two editions share the connections
//! evenly. Everything here is quick and under one lock; what takes time (composing, signing, writing) is done outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Error;
use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::warn;

use super::domains::{Domains, LOOK_AGAIN};
use super::draws::{Draw, Drew};
use super::gate::Gate;
use super::job::Job;
use super::lane::Lane;
use super::meter::{Tries, TryCounts};
use super::note::Note;
use super::pace::Pace;
use super::{Figures, Trouble};
use crate::store::{Claimed, EditionId, Journal, Lease, OutcomeRecord, Slot};

/// As many outcomes as make it worth while to write them down at once.
pub(super) const BATCH: usize = 400;

#[derive(Debug)]
pub(super) struct Dispatch {
    inner: Mutex<Inner>,
    journal: Journal,
    /// Nothing leaves without it.
    lease: Arc<Lease>,
    /// As in `inner`, for who asks before every message.
    is_closed: AtomicBool,
    /// For connections: there may be something to take now.
    changed: watch::Sender<u64>,
    /// For the ledger: there is something to write down or to draw, or too little left to take.
    wanted: tokio::sync::Notify,
    /// When the ledger's loop last went round.
    went_round_at: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Inner {
    lanes: Vec<Lane>,
    /// The lane whose turn it is.
    turn: usize,
    overall: Pace,
    gates: Vec<Gate>,
    domains: Domains,
    settled: Settled,
    tries: Tries,
    /// Taken, and not settled or returned yet.
    on_their_way: usize,
    /// Nothing more is given out.
    is_closed: bool,
}

/// What happened since the ledger was written.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) records: Vec<OutcomeRecord>,
    /// Never whole on the wire; due again at the time beside it.
    pub(super) returned: Vec<(Claimed, DateTime<Utc>)>,
    /// Free once both are in the store.
    pub(super) slots: Vec<Slot>,
}

/// What a connection is given.
#[derive(Debug)]
pub(super) enum Take {
    Delivery(Arc<Job>, Claimed, Slot),
    /// Nothing may go before then.
    Until(Instant),
    /// There is nothing.
    Nothing,
}

/// How a lane stands, for who decides whether it is at its end.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) edition: EditionId,
    /// Nothing claimed is left, nothing is on its way, nothing waits to be written down.
    pub(super) is_empty: bool,
    /// Why no relay takes it any more, if none does.
    pub(super) refused: Option<String>,
    /// Why no relay takes anything at the moment, if none does.
    pub(super) down: Option<String>,
    pub(super) failure: Option<Error>,
}

impl Dispatch {
    pub(super) fn new(overall: Pace, gates: Vec<Gate>, domains: Domains, journal: Journal, lease: Arc<Lease>) -> Self {
        let inner = Inner {
            lanes: Vec::new(),
            turn: 0,
            overall,
            gates,
            domains,
            settled: Settled::default(),
            tries: Tries::default(),
            on_their_way: 0,
            is_closed: true,
        };
        let is_closed = AtomicBool::new(true);
        Self {
            inner: Mutex::new(inner),
            journal,
            lease,
            is_closed,
            changed: watch::Sender::new(0),
            wanted: Default::default(),
            went_round_at: Mutex::default(),
        }
    }

    /// A panic under the lock is a bug of which the deliveries' rows tell the truth all the same.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell_connections(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    /// Returns when the ledger has something to do.
    pub(super) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// The ledger has something to do.
    pub(super) fn call_ledger(&self) {
        self.wanted.notify_one();
    }

    /// Begins to give out.
    pub(super) fn open(&self) {
        let mut inner = self.inner();
        inner.is_closed = false;
        self.is_closed.store(false, Ordering::Relaxed);
        inner.gates.iter_mut().for_each(Gate::begin);
    }

    /// Gives nothing more out; what waits goes back.
    pub(super) fn close(&self, now: DateTime<Utc>) {
        let mut inner = self.inner();
        inner.is_closed = true;
        self.is_closed.store(true, Ordering::Relaxed);
        for lane in 0..inner.lanes.len() {
            inner.empty(lane, now);
        }
        drop(inner);
        self.tell_connections();
    }

    /// Whether what was taken may still go out: it may have waited behind what took long.
    pub(super) fn may_leave(&self) -> bool {
        !self.is_closed() && self.lease.holds()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// What is to be drawn of the rates that nodes share. Whoever asks tells what came of it ([`Dispatch::drew`]).
    pub(super) fn draws(&self, instant: Instant) -> Vec<Draw> {
        self.inner().paces().filter_map(|pace| pace.draw(instant)).collect()
    }

    /// What came of the draws that were asked for last: of those that are missing, nothing.
    pub(super) fn drew(&self, drew: &[Drew]) {
        self.inner().paces().for_each(|pace| pace.drew(drew));
        if drew.iter().any(Drew::is_granted) {
            self.tell_connections();
        }
    }

    /// How many were taken and are not settled yet.
    pub(super) fn on_their_way(&self) -> usize {
        self.inner().on_their_way
    }

    /// An edition that none of its relays took a moment ago has been looked after, or it would be paused: they are asked
    /// again.
    pub(super) fn add_lane(&self, job: Arc<Job>) {
        let mut inner = self.inner();
        let now = Instant::now();
        let ours = || inner.gates.iter().filter(|gate| gate.serves(&job));
        if ours().all(|gate| gate.refused(now).is_some()) {
            inner.gates.iter_mut().filter(|gate| gate.serves(&job)).for_each(Gate::forgive);
        }
        let lane = Lane::new(job, inner.gates.len(), inner.domains.groups());
        inner.lanes.push(lane);
    }

    /// What a lane still has goes back.
    pub(super) fn empty_lane(&self, edition: EditionId, now: DateTime<Utc>) {
        let mut inner = self.inner();
        if let Some(lane) = inner.lane(edition) {
            inner.empty(lane, now);
        }
    }

    /// For a lane that is empty.
    pub(super) fn remove_lane(&self, edition: EditionId) {
        self.inner().lanes.retain(|lane| lane.job.edition != edition);
    }

    /// How many more deliveries each lane could do with: so many as are to be ahead, shared by the lanes.
    pub(super) fn wants(&self, ahead: usize, instant: Instant) -> Vec<(EditionId, usize)> {
        let mut inner = self.inner();
        let Inner { lanes, overall, gates, is_closed, .. } = &mut *inner;
        if *is_closed || lanes.is_empty() {
            return lanes.iter().map(|lane| (lane.job.edition, 0)).collect();
        }
        let paces = gates.iter_mut().map(|gate| gate.pace.per_second(instant));
        let by_relays: Option<f64> = paces.sum();
        let limit = [by_relays, overall.per_second(instant)].into_iter().flatten().fold(f64::INFINITY, f64::min);
        // Held back by a rate, more than half a second's worth would only get old.
        let window = ahead.min((limit / 2.0).ceil() as usize).max(1);
        let share = window.div_ceil(lanes.len());
        let want = |lane: &mut Lane| {
            let has_way = (0..gates.len()).any(|relay| lane.is_taken_by(gates, relay, instant));
            // Not those held: whom a provider keeps waiting must not take the place of those who could go.
            let has = lane.queue.len();
            lane.low_water = if has_way { share / 2 } else { 0 };
            (lane.job.edition, if has_way { share.saturating_sub(has) } else { 0 })
        };
        lanes.iter_mut().map(want).collect()
    }

    /// What was claimed for a lane. `is_all`: there is no more to claim now.
    pub(super) fn feed(&self, edition: EditionId, claimed: Vec<Claimed>, is_all: bool) {
        let mut inner = self.inner();
        let Some(lane) = inner.lane(edition) else { return };
        if inner.is_closed {
            let back = claimed.into_iter().map(|delivery| (delivery, DateTime::UNIX_EPOCH));
            inner.settled.returned.extend(back);
            return;
        }
        let lane = &mut inner.lanes[lane];
        lane.queue.extend(claimed);
        if is_all {
            lane.low_water = 0;
        }
        drop(inner);
        self.tell_connections();
    }

    /// The next delivery that may go through a relay now. `is_further`: behind others on the same connection, where it
    /// would wait with them if the relay fell silent. So there is none unless every connection could have one.
    pub(super) fn take(&self, relay: usize, is_further: bool, now: DateTime<Utc>) -> Take {
        let mut inner = self.inner();
        if inner.is_closed || is_further && !inner.has_plenty() {
            return Take::Nothing;
        }
        let instant = Instant::now();
        if !self.lease.holds() {
            return Take::Until(instant + LOOK_AGAIN);
        }
        if let Some(until) = self.must_wait(&mut inner, relay, instant) {
            return Take::Until(until);
        }
        let Some(slot) = self.journal.take_slot() else { return Take::Until(instant + LOOK_AGAIN) };
        let (mut is_held, mut is_ahead) = (false, false);
        let Inner { lanes, turn, overall, gates, domains, settled, on_their_way, .. } = &mut *inner;
        for offset in 0..lanes.len() {
            let number = (*turn + offset) % lanes.len();
            let lane = &mut lanes[number];
            if !lane.is_taken_by(gates, relay, instant) {
                continue;
            }
            if lane.is_ahead_of_its_share(gates, relay, instant) {
                is_ahead = true;
                continue;
            }
            let next = lane.next(domains, settled, now, instant);
            // Also where all that was queued has been put off.
            if lane.falls_low() {
                self.call_ledger();
            }
            let Some(delivery) = next else {
                is_held |= lane.holds_some();
                continue;
            };
            overall.spend(instant);
            gates[relay].pace.spend(instant);
            lane.spend_share(gates, relay, instant);
            lane.on_their_way += 1;
            *on_their_way += 1;
            let job = Arc::clone(&lane.job);
            *turn = (number + 1) % lanes.len();
            return Take::Delivery(job, delivery, slot);
        }
        self.journal.release([slot]);
        if is_ahead {
            return Take::Until(instant + LOOK_AGAIN);
        }
        if !is_held {
            return Take::Nothing;
        }
        if inner.domains.paces().any(|pace| pace.is_urgent()) {
            self.call_ledger();
        }
        let next = inner.domains.next_at(instant).unwrap_or(instant + LOOK_AGAIN);
        Take::Until(next.min(instant + LOOK_AGAIN * 4).max(instant + Duration::from_millis(1)))
    }

    /// When anything may go through the relay again, if nothing may now.
    pub(super) fn closed_until(&self, relay: usize) -> Option<Instant> {
        self.must_wait(&mut self.inner(), relay, Instant::now())
    }

    /// The same; the ledger is told where that takes a draw.
    fn must_wait(&self, inner: &mut Inner, relay: usize, instant: Instant) -> Option<Instant> {
        let until = inner.must_wait(relay, instant)?;
        if inner.overall.is_urgent() || inner.gates[relay].pace.is_urgent() {
            self.call_ledger();
        }
        Some(until)
    }

    /// Whether a connection would have something to carry now: none is opened for nothing.
    pub(super) fn has_work(&self, relay: usize) -> bool {
        let mut inner = self.inner();
        let now = Instant::now();
        if inner.is_closed || self.must_wait(&mut inner, relay, now).is_some() {
            return false;
        }
        inner.has_waiting(relay, now)
    }

    /// A connection to the relay was made; over TLS, with a certificate that holds until then.
    pub(super) fn connected(&self, relay: usize, certificate_ends: Option<DateTime<Utc>>) {
        let figures = &mut self.inner().gates[relay].figures;
        figures.connections += 1;
        figures.certificate_ends = certificate_ends;
    }

    pub(super) fn figures(&self) -> Figures {
        let (mut inner, now) = (self.inner(), Instant::now());
        Figures {
            relays: inner.gates.iter_mut().map(|gate| gate.figures(now)).collect(),
            waiting: inner.lanes.iter().map(Lane::waiting).sum(),
            on_their_way: inner.on_their_way,
        }
    }

    pub(super) fn tries(&self) -> Vec<(String, TryCounts)> {
        self.inner().tries.counts()
    }

    pub(super) fn name_domains(&self, domains: Vec<String>) {
        self.inner().tries.name(domains);
    }

    pub(super) fn go_round(&self) {
        *self.went_round_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn still_for(&self) -> Option<Duration> {
        self.went_round_at.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// A delivery of so many octets came to an outcome.
    pub(super) fn settle(
        &self,
        relay: usize,
        (delivery, octets): (&Claimed, usize),
        record: OutcomeRecord,
        slot: Slot,
        note: Note,
    ) {
        let mut inner = self.inner();
        inner.gates[relay].figures.count(record.outcome, octets);
        inner.tries.count(delivery.email.domain(), record.outcome);
        inner.left(delivery);
        inner.gates[relay].note(&note, Instant::now());
        let domain = delivery.email.domain();
        match &note {
            Note::Answered { is_taken: true } => inner.domains.is_well(domain),
            Note::Deferred { is_throttled } => {
                inner.domains.refused(domain, *is_throttled, record.finished_at, Instant::now());
            }
            Note::Answered { .. } | Note::Lost(_) | Note::LostAlong => {}
        }
        inner.settled.records.push(record);
        inner.settled.slots.push(slot);
        let is_worth_writing = inner.settled.records.len() >= BATCH || inner.on_their_way == 0;
        drop(inner);
        if is_worth_writing {
            self.call_ledger();
        }
    }

    /// A delivery never was whole on the wire: due again at once.
    pub(super) fn give_back(&self, delivery: Claimed, slot: Slot, now: DateTime<Utc>) {
        if let Err(error) = self.journal.stayed(&slot) {
            // At worst it is called unknown after a kill, though it never left.
            warn!(error = format!("{error:#}"), "not noted that a delivery never left");
        }
        let mut inner = self.inner();
        inner.left(&delivery);
        inner.settled.returned.push((delivery, now));
        inner.settled.slots.push(slot);
        drop(inner);
        self.call_ledger();
    }

    /// A relay is in trouble, as one of its connections found.
    pub(super) fn trouble(&self, relay: usize, trouble: &Trouble) {
        let mut inner = self.inner();
        inner.gates[relay].trouble(trouble, Instant::now());
        drop(inner);
        self.call_ledger();
    }

    /// A relay refuses the sender or the messages of an edition.
    pub(super) fn unsendable(&self, relay: usize, edition: EditionId, reason: &str) {
        let mut inner = self.inner();
        if let Some(lane) = inner.lane(edition) {
            inner.lanes[lane].unsendable[relay] = Some(reason.to_owned());
        }
        drop(inner);
        self.call_ledger();
    }

    /// A message of the edition cannot be made.
    pub(super) fn failed(&self, edition: EditionId, error: Error) {
        let mut inner = self.inner();
        if let Some(lane) = inner.lane(edition) {
            inner.lanes[lane].failure.get_or_insert(error);
        }
        drop(inner);
        self.call_ledger();
    }

    /// What is to be written down.
    pub(super) fn collect(&self) -> Settled {
        std::mem::take(&mut self.inner().settled)
    }

    pub(super) fn has_settled(&self) -> bool {
        let inner = self.inner();
        !(inner.settled.records.is_empty() && inner.settled.returned.is_empty())
    }

    /// How every lane stands. A failure is told once.
    pub(super) fn standings(&self) -> Vec<Standing> {
        let mut inner = self.inner();
        let nothing_to_write = inner.settled.records.is_empty() && inner.settled.returned.is_empty();
        let Inner { lanes, gates, .. } = &mut *inner;
        let now = Instant::now();
        let standing = |lane: &mut Lane| {
            let ours = || gates.iter().enumerate().filter(|(_, gate)| gate.serves(&lane.job));
            let refusal =
                |(number, gate): (usize, &Gate)| lane.unsendable[number].clone().or(gate.refused(now).cloned());
            // Which relay says it is of interest only where there are several.
            let told = |gate: &Gate, reason: String| match gates.len() {
                1 => reason,
                _ => format!("{}: {reason}", gate.id()),
            };
            let refused = ours().map(|ours| refusal(ours).map(|reason| told(ours.1, reason)));
            let refused: Option<Vec<String>> = refused.collect();
            let down = ours().map(|ours| refusal(ours).or(ours.1.down(now)).map(|reason| told(ours.1, reason)));
            let down: Option<Vec<String>> = down.collect();
            Standing {
                edition: lane.job.edition,
                is_empty: nothing_to_write && lane.is_drained() && lane.on_their_way == 0,
                refused: refused.map(|reasons| reasons.join("; ")),
                down: down.map(|reasons| reasons.join("; ")),
                failure: lane.failure.take(),
            }
        };
        lanes.iter_mut().map(standing).collect()
    }
}

impl Inner {
    fn lane(&self, edition: EditionId) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.job.edition == edition)
    }

    fn has_plenty(&self) -> bool {
        let connections: usize = self.gates.iter().map(|gate| gate.connections as usize).sum();
        self.lanes.iter().map(|lane| lane.queue.len()).sum::<usize>() >= connections
    }

    fn empty(&mut self, lane: usize, now: DateTime<Utc>) {
        let Self { lanes, settled, .. } = self;
        settled.returned.extend(lanes[lane].drain().map(|delivery| (delivery, now)));
    }

    fn left(&mut self, delivery: &Claimed) {
        self.on_their_way -= 1;
        if let Some(lane) = self.lane(delivery.edition) {
            self.lanes[lane].on_their_way -= 1;
        }
        self.domains.left(delivery.email.domain());
    }

    /// When anything may go through the relay again, if nothing may now.
    fn must_wait(&mut self, relay: usize, instant: Instant) -> Option<Instant> {
        if let Some(until) = self.gates[relay].closed_until(instant) {
            return Some(until);
        }
        // Nothing is drawn for nobody.
        if (self.overall.is_shared() || self.gates[relay].pace.is_shared()) && !self.has_waiting(relay, instant) {
            return None;
        }
        // Both are asked, so that both are drawn from at once.
        let (overall, own) = (&mut self.overall, &mut self.gates[relay].pace);
        match (overall.allows(instant), own.allows(instant)) {
            (false, _) => Some(overall.next_at(instant)),
            (true, false) => Some(own.next_at(instant)),
            (true, true) => None,
        }
    }

    /// Whether anything waits that the relay takes.
    fn has_waiting(&self, relay: usize, instant: Instant) -> bool {
        self.lanes.iter().any(|lane| !lane.is_drained() && lane.is_taken_by(&self.gates, relay, instant))
    }

    fn paces(&mut self) -> impl Iterator<Item = &mut Pace> {
        let Self { overall, gates, domains, .. } = self;
        std::iter::once(overall).chain(gates.iter_mut().map(|gate| &mut gate.pace)).chain(domains.paces())
    }
}
