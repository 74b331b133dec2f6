//! The engine: claims what is due, has it sent over a bounded number of connections, records what came of it.
//!
//! Connections work by themselves: each takes what is claimed from the [`Dispatch`] and tells it what came of it. One
//! loop keeps the ledger. Each of its rounds is one durable transaction that records what has finished and claims what
//! goes next, hundreds at a time, while the connections go on with what they have.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::{error, info, warn};

use super::dispatch::{BATCH, Dispatch, Settled, Standing};
use super::domains::Domains;
use super::draws::{self, Draw};
use super::freezing::Freezing;
use super::gate::Gate;
use super::job::Job;
use super::ledger::Round;
use super::pace::Pace;
use super::relays::{Relay, Relays};
use super::tempo::Tempo;
use super::trouble::Trouble;
use super::worker::{Crew, unknown_retry_at, work};
use super::{Clock, Meter, Stop};
use crate::config::{self, Resume};
use crate::store::{
    Beside, Claim, Db, DeliveryCounts, Edition, EditionId, EditionName, EditionState, Presence, SenderLock, Store,
};

/// How often a sender with nothing to write looks whether an edition was paused or something fell due.
const IDLE_ROUND: Duration = Duration::from_millis(100);
/// How often a daemon looks for editions that are to be sent.
const LOOK_OUT: Duration = Duration::from_millis(250);
/// How long connections with nothing on their way may take to be closed.
const GOODBYES: Duration = Duration::from_secs(3);
/// How often it is looked whether a node was lost.
const LOST_ROUND: Duration = Duration::from_secs(1);
/// How long an edition rests whose messages cannot be made.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

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
    /// No relay takes anything; all that is unsent is still queued.
    RelayDown(String),
    /// The relays refuse us or the edition; it is paused with this reason.
    RelayRefuses(String),
}

/// Sends editions from one store.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    crew: Crew,
    /// What is done about what a failure says.
    bounces: Arc<config::Bounces>,
    /// What happened and could not be written down yet; empty between runs unless the store failed.
    unwritten: Settled,
    tempo: Tempo,
    freezing: Freezing,
    trouble: Trouble,
    /// A transaction failed of which it is not known whether it came about.
    is_in_doubt: bool,
    looked_for_lost_at: Option<Instant>,
    rights: Rights,
}

/// What lets an engine send.
#[derive(Debug)]
pub struct Rights {
    /// One sender per store, or per node of it: what is `sending` there is ours or was a dead process's.
    pub lock: SenderLock,
    /// Where several nodes share the store.
    pub presence: Option<Arc<Presence>>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = Claim::conclude(&self.store, self.crew.dispatch.journal()) {
            warn!(error = format!("{error:#}"), "the journal stays; the next sender settles what it says");
        }
    }
}

impl Engine {
    /// Takes over the store as its one sender; what an earlier one had on the wire when it died becomes `unknown` (S6).
    pub fn start(
        store: Store,
        relays: Relays,
        policy: config::Delivery,
        bounces: config::Bounces,
        rights: Rights,
        clock: Clock,
    ) -> Result<Self> {
        let (now, instant) = (clock(), Instant::now());
        let capacity: usize = relays.all().iter().map(Relay::capacity).sum();
        let slots = 2 * capacity + 16 * BATCH;
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        let (unknown, journal) = Claim::recover(&store, unknown_retry_at(&policy, now), &bounces, now, slots)?;
        if unknown > 0 {
            warn!(deliveries = unknown, "an earlier process ended while these were on their way; they are unknown");
        }
        let mut gates: Vec<Gate> =
            relays.all().iter().map(|relay| Gate::new(&relay.settings, policy.resume_refused, instant)).collect();
        let mut domains = Domains::new(&policy.domains, instant);
        let mut overall = Pace::new(policy.rate, instant);
        if rights.presence.is_some() && store.file().is_none() {
            draws::share(&mut overall, &mut gates, (&mut domains, &policy.domains), instant);
        }
        let lease = rights.presence.as_ref().map(|presence| presence.lease()).unwrap_or_default();
        let dispatch = Dispatch::new(overall, gates, domains, journal, lease);
        let crew = Crew { relays, dispatch: Arc::new(dispatch), policy: Arc::new(policy), clock };
        Ok(Self {
            store,
            crew,
            bounces: Arc::new(bounces),
            unwritten: Settled::default(),
            tempo: Tempo::new(instant),
            freezing: Freezing::default(),
            trouble: Trouble::default(),
            is_in_doubt: false,
            looked_for_lost_at: None,
            rights,
        })
    }

    /// Reads how sending goes while this engine works.
    pub fn meter(&self) -> Meter {
        Meter(Arc::clone(&self.crew.dispatch))
    }

    /// Writes down what an earlier run had to leave unwritten, because the store failed.
    pub async fn settle(&mut self) -> Result<()> {
        self.unwritten.append(self.crew.dispatch.collect());
        if self.unwritten.is_empty() {
            return Ok(());
        }
        self.transact(|_| Ok(())).await
    }

    /// Before anything is in hand: what was claimed by a transaction that came about unheard of goes back.
    async fn find_strays(&mut self) -> Result<()> {
        if !self.is_in_doubt {
            return Ok(());
        }
        self.settle().await?;
        let now = (self.crew.clock)();
        let strays = self
            .store
            .blocking(move |store| store.write_beside(Beside::Ledger, |db| Claim::give_back_strays(db, now)))
            .await?;
        if strays > 0 {
            info!(
                deliveries = strays,
                "claimed just before the database went away; they never left, and are due again"
            );
        }
        self.is_in_doubt = false;
        Ok(())
    }

    /// What nodes had under way that are lost is settled by one of those that are left.
    async fn look_at_other_nodes(&mut self) -> Result<()> {
        if self.rights.presence.is_none() || self.looked_for_lost_at.is_some_and(|at| at.elapsed() < LOST_ROUND) {
            return Ok(());
        }
        self.looked_for_lost_at = Some(Instant::now());
        let now = (self.crew.clock)();
        let (bounces, retry_at) = (Arc::clone(&self.bounces), unknown_retry_at(&self.crew.policy, now));
        let work = move |store: &Store| Claim::take_over(store, retry_at, &bounces, now);
        let taken = self.store.blocking(work).await?;
        for (node, deliveries) in taken {
            warn!(node = node.0, deliveries, "a node was lost with these on their way; they are unknown");
        }
        Ok(())
    }

    /// Sends what is due of an edition that is `sending`, until nothing is left to do now.
    ///
    /// Where the store fails, what is on its way ends first and is written down then, or by the next run, or else the
    /// next process finds it in the journal.
    pub async fn run(&mut self, job: Job, stop: &mut Stop) -> Result<Run> {
        self.find_strays().await?;
        let workers = self.hire();
        let job = Arc::new(job);
        self.crew.dispatch.add_lane(Arc::clone(&job));
        let answer = self.work_off(&job, stop).await;
        let ended = self.dismiss(workers).await;
        self.crew.dispatch.remove_lane(job.edition);
        let run = answer?;
        ended?;
        self.close_books(job.edition, &job.name, &run).await?;
        Ok(run)
    }

    async fn work_off(&mut self, job: &Arc<Job>, stop: &mut Stop) -> Result<Run> {
        loop {
            if stop.is_asked() {
                return Ok(Run::Stopped);
            }
            let (rounds, standings) = self.round(std::slice::from_ref(job)).await?;
            let has_moved = rounds.iter().any(|round| round.has_moved);
            if let (Some(mut round), Some(standing)) = (rounds.into_iter().next(), standings.into_iter().next())
                && let Some(run) = self.verdict(&mut round, standing, true)
            {
                return run;
            }
            if !has_moved {
                self.wait(stop).await;
            }
        }
    }

    /// Sends every edition that is `sending`, now and later, until a stop is asked for. `open` says how an edition is
    /// sent. An edition in trouble stops no other.
    pub async fn serve(&mut self, open: impl Fn(&Edition) -> Result<Job>, stop: &mut Stop) -> Result<()> {
        self.find_strays().await?;
        let workers = self.hire();
        let mut jobs: Vec<Arc<Job>> = Vec::new();
        let answer = self.serve_all(open, &mut jobs, stop).await;
        let ended = self.dismiss(workers).await;
        jobs.iter().for_each(|job| self.crew.dispatch.remove_lane(job.edition));
        answer.and(ended)
    }

    async fn serve_all(
        &mut self,
        open: impl Fn(&Edition) -> Result<Job>,
        jobs: &mut Vec<Arc<Job>>,
        stop: &mut Stop,
    ) -> Result<()> {
        let mut looked_at: Option<Instant> = None;
        let mut resting: HashMap<EditionId, Instant> = HashMap::new();
        while !stop.is_asked() {
            self.crew.dispatch.go_round();
            if looked_at.is_none_or(|at| at.elapsed() >= LOOK_OUT) {
                looked_at = Some(Instant::now());
                self.look_at_other_nodes().await?;
                resting.retain(|_, until| *until > Instant::now());
                let is_known = |id: &EditionId| resting.contains_key(id) || jobs.iter().any(|job| job.edition == *id);
                let known: Vec<EditionId> = self.to_send().await?.into_iter().filter(|id| !is_known(id)).collect();
                for edition in self.load(known).await? {
                    match open(&edition) {
                        Ok(job) => {
                            let job = Arc::new(job);
                            self.crew.dispatch.add_lane(Arc::clone(&job));
                            jobs.push(job);
                        }
                        Err(error) => {
                            error!(edition = %edition.name, error = format!("{error:#}"), "cannot be sent; trying again");
                            resting.insert(edition.id, Instant::now() + AFTER_FAILURE);
                        }
                    }
                }
            }
            let has_moved = !jobs.is_empty() && self.serve_round(jobs, &mut resting).await?;
            if !has_moved {
                self.wait(stop).await;
            }
        }
        Ok(())
    }

    /// One round over all editions; those that are at their end for now leave. Answers whether another may have more to
    /// do at once.
    async fn serve_round(
        &mut self,
        jobs: &mut Vec<Arc<Job>>,
        resting: &mut HashMap<EditionId, Instant>,
    ) -> Result<bool> {
        let (mut rounds, standings) = self.round(jobs).await?;
        let has_moved = rounds.iter().any(|round| round.has_moved);
        let mut standings: HashMap<EditionId, Standing> =
            standings.into_iter().map(|standing| (standing.edition, standing)).collect();
        for round in &mut rounds {
            let Some(standing) = standings.remove(&round.job.edition) else { continue };
            self.trouble.note(&self.store, standing.edition, standing.down.as_deref(), (self.crew.clock)()).await;
            match self.verdict(round, standing, false) {
                None => continue,
                Some(Ok(run)) => self.close_books(round.job.edition, &round.job.name, &run).await?,
                Some(Err(error)) => {
                    error!(error = format!("{error:#}"), "an edition is held up; trying again");
                    resting.insert(round.job.edition, Instant::now() + AFTER_FAILURE);
                }
            }
            self.crew.dispatch.remove_lane(round.job.edition);
            jobs.retain(|job| job.edition != round.job.edition);
        }
        Ok(has_moved)
    }

    /// The editions that have something to be sent now; those whose pause has an end come back when it is there.
    async fn to_send(&self) -> Result<Vec<EditionId>> {
        let now = (self.crew.clock)();
        self.store
            .blocking(move |store| {
                if store.read(|db| Edition::is_resume_due(db, now))? {
                    let resumed = store.write(|db| Edition::resume_due(db, now))?;
                    resumed.iter().for_each(|edition| info!(edition = %edition.name, "its pause is over; it goes on"));
                }
                store.read(|db| Edition::to_send(db, now))
            })
            .await
    }

    async fn load(&self, ids: Vec<EditionId>) -> Result<Vec<Edition>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let find = move |db: &Db| ids.into_iter().map(|id| Edition::find(db, id)).collect::<Result<Vec<_>>>();
        let found = self.store.blocking(move |store| store.read(find)).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// How many messages can be on their way at once.
    fn capacity(&self) -> usize {
        self.crew.relays.all().iter().map(Relay::capacity).sum()
    }

    fn hire(&self) -> JoinSet<()> {
        self.crew.dispatch.open();
        let mut workers = JoinSet::new();
        for (number, relay) in self.crew.relays.all().iter().enumerate() {
            for _ in 0..relay.settings.connections {
                workers.spawn(work(self.crew.clone(), number));
            }
        }
        workers
    }

    /// Gives nothing more out, and writes down what comes of what is under way.
    async fn dismiss(&mut self, mut workers: JoinSet<()>) -> Result<()> {
        self.crew.dispatch.close((self.crew.clock)());
        let mut answer = Ok(());
        loop {
            // A failing store must not keep what is under way from its end.
            answer = self.settle().await.and(answer);
            if self.crew.dispatch.on_their_way() == 0 || workers.is_empty() {
                break;
            }
            tokio::select! {
                () = self.crew.dispatch.wanted() => {}
                _ = workers.join_next() => {}
                () = sleep(IDLE_ROUND) => {}
            }
        }
        // A worker that panicked has nothing to hand over; the journal knows whether its message was leaving. One that
        // still waits for a relay that does not answer has nothing in its hands.
        let goodbyes = async { while workers.join_next().await.is_some() {} };
        if timeout(GOODBYES, goodbyes).await.is_err() {
            workers.shutdown().await;
        }
        let answer = answer.and(self.freezing.end().await.map(|_| ()));
        match self.settle().await {
            Ok(()) => answer,
            Err(error) => {
                // Giving back takes less of the disk than an outcome does.
                self.give_back().await;
                Err(error)
            }
        }
    }

    /// One durable transaction for all editions, and how they stand after it.
    async fn round(&mut self, jobs: &[Arc<Job>]) -> Result<(Vec<Round>, Vec<Standing>)> {
        let dispatch = Arc::clone(&self.crew.dispatch);
        let mut held_up = self.freezing.look().await?;
        self.unwritten.append(dispatch.collect());
        let ahead = self.tempo.ahead(self.capacity());
        let wants: HashMap<EditionId, usize> = dispatch.wants(ahead, Instant::now()).into_iter().collect();
        let asked: Vec<(Arc<Job>, usize)> =
            jobs.iter().map(|job| (Arc::clone(job), wants.get(&job.edition).copied().unwrap_or_default())).collect();
        let now = (self.crew.clock)();
        let policy = Arc::clone(&self.crew.policy);
        self.tempo.came(self.unwritten.records.len());
        let draws = dispatch.draws(Instant::now());
        let begun = Instant::now();
        let written = self
            .transact(move |db| {
                let round = |(job, limit)| Round::of(db, job, limit, &policy, now);
                let rounds = asked.into_iter().map(round).collect::<Result<Vec<_>>>()?;
                let drew = draws.into_iter().map(|draw| Draw::make(draw, db)).collect::<Result<Vec<_>>>()?;
                Ok((rounds, drew))
            })
            .await;
        self.tempo.took(begun.elapsed());
        // What was drawn by a transaction that did not come about is nobody's.
        dispatch.drew(written.as_ref().map(|(_, drew)| drew.as_slice()).unwrap_or_default());
        let (mut rounds, _) = written?;
        for round in &mut rounds {
            dispatch.feed(round.job.edition, std::mem::take(&mut round.claimed), round.is_all);
            round.failure =
                held_up.take_if(|held_up| held_up.edition == round.job.edition).map(|held_up| held_up.error);
        }
        let is_unfrozen =
            |round: &&Round| !round.is_frozen && round.state == EditionState::Sending && round.failure.is_none();
        let unfrozen = rounds.iter().filter(is_unfrozen);
        self.freezing.go_on(&self.store, &dispatch, unfrozen.map(|round| &round.job), &self.crew.policy, now);
        Ok((rounds, dispatch.standings()))
    }

    /// What the round means for an edition; `None`: it goes on.
    fn verdict(&self, round: &mut Round, standing: Standing, is_alone: bool) -> Option<Result<Run>> {
        let Standing { is_empty, refused, down, failure, edition } = standing;
        if let Some(failure) = failure.or(round.failure.take()) {
            self.crew.dispatch.empty_lane(edition, (self.crew.clock)());
            return Some(Err(failure));
        }
        let end = match (round.state, refused, down) {
            (EditionState::Sending, Some(reason), _) => Some(Run::RelayRefuses(reason)),
            (EditionState::Sending, None, Some(reason)) if is_alone => Some(Run::RelayDown(reason)),
            (EditionState::Sending, None, _) => None,
            _ => Some(Run::Halted),
        };
        if let Some(run) = end {
            // What is under way ends first.
            self.crew.dispatch.empty_lane(edition, (self.crew.clock)());
            return is_empty.then_some(Ok(run));
        }
        if !is_empty || round.has_moved || !round.is_frozen {
            return None;
        }
        match round.next_due {
            None => Some(Ok(Run::Finished)),
            // Due already, but a pace or a rest holds it back.
            Some(due) if due > (self.crew.clock)() => Some(Ok(Run::Waiting(due))),
            _ => None,
        }
    }

    /// Waits until there is something to write down or to claim.
    async fn wait(&mut self, stop: &mut Stop) {
        let dispatch = &self.crew.dispatch;
        let pause = if dispatch.has_settled() { self.tempo.gathering() } else { IDLE_ROUND };
        tokio::select! {
            () = dispatch.wanted() => {}
            () = sleep(pause) => {}
            () = stop.asked() => {}
        }
    }

    /// A transaction that writes down what is unwritten; where it fails, that is still unwritten after it.
    async fn transact<T: Send + 'static>(&mut self, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Result<T> {
        let now = (self.crew.clock)();
        let (bounces, policy) = (Arc::clone(&self.bounces), Arc::clone(&self.crew.policy));
        let unwritten = std::mem::take(&mut self.unwritten);
        let written = self
            .store
            .blocking(move |store| {
                let answer = store.write_beside(Beside::Ledger, |db| {
                    unwritten.write(db, &bounces, &policy, now)?;
                    work(db)
                });
                Ok((answer, unwritten))
            })
            .await;
        let (answer, unwritten) = written?;
        match &answer {
            Ok(_) => self.crew.dispatch.journal().release(unwritten.slots),
            Err(_) => {
                self.unwritten = unwritten;
                self.is_in_doubt = true;
            }
        }
        answer
    }

    /// The store fails: what never left is given back at least, if that much can be written.
    async fn give_back(&mut self) {
        let now = (self.crew.clock)();
        let returned = std::mem::take(&mut self.unwritten.returned);
        let written = self
            .store
            .blocking(move |store| {
                let written = store.write_beside(Beside::Ledger, |db| Claim::give_back(db, &returned, now));
                Ok(if written.is_ok() { Vec::new() } else { returned })
            })
            .await;
        self.unwritten.returned = written.unwrap_or_default();
    }

    /// What the end of a run makes of the edition.
    async fn close_books(&self, id: EditionId, name: &EditionName, run: &Run) -> Result<()> {
        let now = (self.crew.clock)();
        match run {
            Run::Finished => {
                // Another process may have queued more in the last moment: then it is not at its end.
                if self.change(id, move |db, edition| edition.finish(db, now)).await? {
                    self.log_account(id, name, now).await?;
                }
            }
            Run::RelayRefuses(reason) => {
                let resume_at = match self.crew.policy.resume_refused {
                    Resume::After(period) => Some(now + period.delta()),
                    Resume::Never => None,
                };
                warn!(edition = %name, reason, "paused");
                let reason = reason.clone();
                self.change(id, move |db, edition| match resume_at {
                    Some(at) => edition.pause_until(db, &reason, at, now),
                    None => edition.change_state(db, &[EditionState::Sending], EditionState::Paused, &reason, now),
                })
                .await?;
            }
            Run::Waiting(_) | Run::Halted | Run::Stopped | Run::RelayDown(_) => {}
        }
        Ok(())
    }

    /// One line that tells what became of an edition.
    async fn log_account(&self, id: EditionId, name: &EditionName, now: DateTime<Utc>) -> Result<()> {
        let load = move |db: &Db| Ok((DeliveryCounts::load(db, id)?, Edition::find(db, id)?));
        let (counts, edition) = self.store.blocking(move |store| store.read(load)).await?;
        let DeliveryCounts { accepted, failed, skipped, unknown, .. } = counts;
        let begun = edition.and_then(|edition| edition.started_at).unwrap_or(now);
        info!(edition = %name, accepted, failed, skipped, unknown, seconds = (now - begun).num_seconds(), "sent");
        Ok(())
    }

    async fn change(
        &self,
        id: EditionId,
        change: impl FnOnce(&Db, &Edition) -> Result<bool> + Send + 'static,
    ) -> Result<bool> {
        self.store
            .blocking(move |store| {
                store.write(|db| {
                    let edition = Edition::find(db, id)?.context("the edition is gone from the store")?;
                    change(db, &edition)
                })
            })
            .await
    }
}
