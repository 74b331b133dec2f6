//! The engine: claims what is due, has it sent over a bounded number of connections, records what came of it.
//!
//! One loop keeps the ledger. Each round is one durable transaction that records what has finished and claims as much
//! as there are idle connections, so at any moment at most `connections` deliveries are `sending`: that is all a kill
//! can leave unknown.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};

use super::crew::Crew;
use super::pace::Pace;
use super::worker::{Done, Order};
use super::{Clock, Outgoing, Transport, Trouble, Verdict, next_attempt};
use crate::config::{self, UnknownOutcome};
use crate::store::{
    AttemptOutcome, Claim, Claimed, ClaimedBatch, Db, Edition, EditionId, EditionState, OutcomeRecord, SenderLock,
    Store,
};

/// Recipients that get their row in one transaction: small enough that sending starts at once.
const FREEZE_CHUNK: u32 = 20_000;
/// How often a sender with nothing to do looks whether it was paused or something fell due.
const IDLE_ROUND: Duration = Duration::from_millis(250);
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// Failures on each connection, with no success on any between them, after which a run ends and says so.
const MAX_TROUBLES: u32 = 4;

/// Asks a run to end: it claims nothing more and lets what is under way finish.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A stop and what sets it off. A sender that is dropped unsent stops nothing.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once a stop is asked for.
    pub async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// How a run over an edition ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// Nothing is left to try: the edition is `sent`.
    Finished,
    /// The next delivery falls due then.
    Waiting(DateTime<Utc>),
    /// Paused or cancelled meanwhile, by whoever; or never `sending`.
    Halted,
    /// A stop was asked for.
    Stopped,
    /// The relay takes nothing; all that is unsent is still queued.
    RelayDown(String),
    /// The relay refuses us; the edition is paused with this reason.
    RelayRefuses(String),
}

/// Sends editions from one store through one transport.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    transport: Transport,
    policy: config::Delivery,
    smtp: config::Smtp,
    clock: Clock,
    /// Kept from run to run: a rate holds however many editions there are.
    pace: Pace,
    /// What happened and could not be written down yet; empty between runs unless the store failed.
    unwritten: Ledger,
    /// One sender per store: what is `sending` is ours or was a dead process's.
    _lock: SenderLock,
}

impl Engine {
    /// Takes over the store as its one sender; what an earlier one left `sending` becomes `unknown` (S6).
    pub fn start(
        store: Store,
        transport: Transport,
        smtp: config::Smtp,
        policy: config::Delivery,
        lock: SenderLock,
        clock: Clock,
    ) -> Result<Self> {
        let now = clock();
        let retry_at = unknown_retry_at(&policy, now);
        let recovered = store.write(|db| Claim::recover(db, retry_at, now))?;
        if recovered > 0 {
            warn!(deliveries = recovered, "an earlier process ended while these were on their way; they are unknown");
        }
        let pace = Pace::new(smtp.rate, Instant::now());
        Ok(Self { store, transport, policy, smtp, clock, pace, unwritten: Ledger::default(), _lock: lock })
    }

    /// Writes down what an earlier run had to leave unwritten, because the store failed.
    pub async fn settle(&mut self) -> Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let now = (self.clock)();
        self.transact(move |db, ledger| ledger.write(db, now)).await
    }

    /// Sends what is due of an edition that is `sending`, until nothing is left to do now.
    ///
    /// `compose` makes the message of a claimed delivery: the same bytes for the same delivery, always (F3). Where the
    /// store fails, what is on its way ends first and is written down then, or by the next run, or else is unknown to
    /// the next process.
    pub async fn run(
        &mut self,
        edition: &Edition,
        compose: impl Fn(&Claimed) -> Result<Outgoing>,
        stop: &mut Stop,
    ) -> Result<Run> {
        let mut crew = Crew::hire(self.smtp.connections as usize, &self.transport);
        let answer = self.work_off(edition, compose, stop, &mut crew).await;
        while crew.busy() > 0 {
            let done = crew.next().await;
            self.note(done);
        }
        match &answer {
            Ok(Run::Finished) => self.finish(edition).await?,
            Ok(Run::RelayRefuses(reason)) => self.pause(edition, reason).await?,
            Ok(Run::Waiting(_) | Run::Halted | Run::Stopped | Run::RelayDown(_)) => {}
            // Writing down takes less than going on does. If it fails too, the first error is the one to tell.
            Err(_) => drop(self.settle().await),
        }
        crew.dismiss().await;
        answer
    }

    async fn work_off(
        &mut self,
        edition: &Edition,
        compose: impl Fn(&Claimed) -> Result<Outgoing>,
        stop: &mut Stop,
        crew: &mut Crew,
    ) -> Result<Run> {
        let mut troubles = Troubles::new(crew.size());
        loop {
            let stopping = stop.is_asked() || troubles.verdict().is_some();
            let idle = if stopping { 0 } else { crew.ready(Instant::now()) };
            let limit = self.pace.allowed(idle, Instant::now());
            let round = self.round(edition.id, limit).await?;
            let has_moved = round.has_moved();
            let claimed_any = !round.claimed.is_empty();
            self.pace.spend(round.claimed.len());
            let mut claimed = round.claimed.into_iter();
            while let Some(delivery) = claimed.next() {
                match compose(&delivery) {
                    Ok(message) => crew.give(Order { delivery, message }),
                    Err(error) => {
                        let error = error.context(format!("composing {} for {}", edition.name, delivery.subscriber));
                        self.unwritten.returned.push(delivery);
                        self.unwritten.returned.extend(claimed);
                        return Err(error);
                    }
                }
            }
            if crew.busy() == 0 && !claimed_any {
                if let Some(run) = troubles.verdict() {
                    return Ok(run);
                }
                if stop.is_asked() {
                    return Ok(Run::Stopped);
                }
                if round.state != EditionState::Sending {
                    return Ok(Run::Halted);
                }
                match round.next_due {
                    None if round.frozen => return Ok(Run::Finished),
                    // Due already, but the pace or a worker's rest holds it back.
                    Some(due) if due > (self.clock)() => return Ok(Run::Waiting(due)),
                    _ => {}
                }
            }
            let wait = if idle > limit { self.pace.wait().max(Duration::from_millis(1)) } else { IDLE_ROUND };
            let wait = if has_moved { Duration::ZERO } else { wait.min(IDLE_ROUND) };
            self.gather(crew, &mut troubles, wait, stop).await;
        }
    }

    /// One durable transaction: record, freeze a chunk if recipients are missing still, claim.
    async fn round(&mut self, edition: EditionId, limit: usize) -> Result<Round> {
        let now = (self.clock)();
        self.transact(move |db, ledger| {
            ledger.write(db, now)?;
            let gone = "the edition is gone from the store";
            let (state, mut frozen) = Edition::progress(db, edition)?.context(gone)?;
            let mut froze = false;
            if !frozen && state == EditionState::Sending {
                let known = Edition::find(db, edition)?.context(gone)?;
                froze = known.freeze_recipients(db, FREEZE_CHUNK, now)? > 0;
                frozen = !froze;
            }
            let ClaimedBatch { deliveries: claimed, skipped } = Claim { edition, limit }.take(db, now)?;
            let next_due = Claim::next_due(db, edition)?;
            Ok(Round { claimed, skipped, state, frozen, froze, next_due })
        })
        .await
    }

    /// A transaction that writes the ledger, which is empty after it; where it fails, the ledger is as it was.
    async fn transact<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Db, &Ledger) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ledger = std::mem::take(&mut self.unwritten);
        let written = self
            .store
            .blocking(move |store| {
                let answer = store.write(|db| work(db, &ledger));
                Ok((answer, ledger))
            })
            .await;
        let (answer, ledger) = written?;
        if answer.is_err() {
            self.unwritten = ledger;
        }
        answer
    }

    /// Waits until something has finished, or for `wait`.
    async fn gather(&mut self, crew: &mut Crew, troubles: &mut Troubles, wait: Duration, stop: &mut Stop) {
        let until = Instant::now() + wait;
        let was_asked = stop.is_asked();
        tokio::select! {
            done = crew.next() => {
                let mut next = Some(done);
                while let Some(done) = next {
                    troubles.note(&done, crew);
                    self.note(done);
                    next = crew.next_now();
                }
            }
            () = sleep_until(until) => {}
            () = stop.asked(), if !was_asked => {}
        }
    }

    fn note(&mut self, Done { delivery, verdict, .. }: Done) {
        match self.record_of(&delivery, verdict, (self.clock)()) {
            Some(record) => self.unwritten.records.push(record),
            None => self.unwritten.returned.push(delivery),
        }
    }

    /// `None` gives the delivery back: it was the relay's fault, not the recipient's.
    fn record_of(&self, delivery: &Claimed, verdict: Verdict, now: DateTime<Utc>) -> Option<OutcomeRecord> {
        let attempts = delivery.attempts + 1;
        let (outcome, reply, next_attempt_at) = match verdict {
            Verdict::Accepted(reply) => (AttemptOutcome::Accepted, reply, None),
            Verdict::Failed(reply) => (AttemptOutcome::Failed, reply, None),
            Verdict::Deferred(reply) => {
                let spread = delivery.subscriber.0.unsigned_abs();
                match next_attempt(&self.policy, attempts, spread, now) {
                    Some(at) => (AttemptOutcome::Deferred, reply, Some(at)),
                    None => (AttemptOutcome::Failed, reply, None),
                }
            }
            Verdict::Unknown(reason) => {
                let again = if delivery.was_unknown { None } else { unknown_retry_at(&self.policy, now) };
                (AttemptOutcome::Unknown, super::Reply { text: reason, ..Default::default() }, again)
            }
            Verdict::Trouble(_) => return None,
        };
        Some(OutcomeRecord {
            edition: delivery.edition,
            subscriber: delivery.subscriber,
            outcome,
            code: reply.code,
            enhanced: reply.enhanced,
            reply: reply.text,
            finished_at: now,
            next_attempt_at,
        })
    }

    async fn finish(&self, edition: &Edition) -> Result<()> {
        let now = (self.clock)();
        let edition = edition.clone();
        let name = edition.name.clone();
        self.store.blocking(move |store| store.write(|db| edition.finish(db, now))).await?;
        info!(edition = %name, "sent");
        Ok(())
    }

    async fn pause(&self, edition: &Edition, reason: &str) -> Result<()> {
        warn!(edition = %edition.name, reason, "paused");
        let now = (self.clock)();
        let (edition, reason) = (edition.clone(), reason.to_owned());
        self.store
            .blocking(move |store| {
                store.write(|db| edition.change_state(db, &[EditionState::Sending], EditionState::Paused, &reason, now))
            })
            .await?;
        Ok(())
    }
}

/// When an unknown outcome is tried once more (S6).
fn unknown_retry_at(policy: &config::Delivery, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match policy.retry_unknown {
        UnknownOutcome::RetryAfter(period) => Some(now + period.delta()),
        UnknownOutcome::Hold => None,
    }
}

/// What happened to deliveries since the last transaction.
#[derive(Debug, Default)]
struct Ledger {
    records: Vec<OutcomeRecord>,
    /// Claimed, and never near the wire.
    returned: Vec<Claimed>,
}

impl Ledger {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.returned.is_empty()
    }

    fn write(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        OutcomeRecord::record_all(db, &self.records)?;
        Claim::give_back(db, &self.returned, now)
    }
}

/// What one transaction brought.
#[derive(Debug)]
struct Round {
    claimed: Vec<Claimed>,
    skipped: usize,
    state: EditionState,
    /// Every recipient has a row.
    frozen: bool,
    /// This round gave some of them theirs.
    froze: bool,
    next_due: Option<DateTime<Utc>>,
}

impl Round {
    /// Whether the next one may have more to do at once.
    fn has_moved(&self) -> bool {
        !self.claimed.is_empty() || self.skipped > 0 || self.froze
    }
}

/// Failures of the relay since it last took a message.
#[derive(Debug)]
struct Troubles {
    /// By worker: how often in a row its connection failed.
    in_a_row: Vec<u32>,
    /// Over all workers. Unknown outcomes count: a relay that dies over every message must not have them all.
    since_success: u32,
    last: Option<Trouble>,
}

impl Troubles {
    fn new(workers: usize) -> Self {
        Self { in_a_row: vec![0; workers], since_success: 0, last: None }
    }

    fn note(&mut self, done: &Done, crew: &mut Crew) {
        match &done.verdict {
            Verdict::Trouble(trouble) => {
                warn!(reason = %trouble, "the relay takes nothing from this connection");
                let doublings = self.in_a_row[done.worker].min(8);
                crew.rest(done.worker, (FIRST_BACKOFF * 2u32.pow(doublings)).min(LONGEST_BACKOFF));
                self.in_a_row[done.worker] += 1;
                self.since_success += 1;
                self.remember(trouble.clone());
            }
            Verdict::Unknown(reason) => {
                warn!(%reason, "the outcome of a delivery is unknown");
                self.since_success += 1;
                self.remember(Trouble::Unreachable(reason.clone()));
            }
            Verdict::Accepted(_) | Verdict::Deferred(_) | Verdict::Failed(_) => {
                self.in_a_row[done.worker] = 0;
                self.since_success = 0;
            }
        }
    }

    /// A refusal stays, whatever other connections say: somebody has to look (S2).
    fn remember(&mut self, trouble: Trouble) {
        if !matches!(self.last, Some(Trouble::Refused(_))) {
            self.last = Some(trouble);
        }
    }

    /// Whether the run must end for it.
    fn verdict(&self) -> Option<Run> {
        let is_enough = self.since_success as usize >= MAX_TROUBLES as usize * self.in_a_row.len();
        match self.last.as_ref()? {
            Trouble::Refused(reason) => Some(Run::RelayRefuses(reason.clone())),
            Trouble::Unreachable(reason) | Trouble::Throttled(reason) if is_enough => {
                Some(Run::RelayDown(reason.clone()))
            }
            Trouble::Unreachable(_) | Trouble::Throttled(_) => None,
        }
    }
}
