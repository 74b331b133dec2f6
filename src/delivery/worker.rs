use std::borrow::Borrow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::dispatch::{Dispatch, Take};
use super::note::Note;
use super::relays::{Relay, Relays, Way};
use super::smtp::{Condition, Connection, Endpoint};
use super::supply::Supply;
use super::{Clock, Outgoing, Reply, Trouble, Verdict, directory, next_attempt};
use crate::config::{self, UnknownOutcome};
use crate::store::{AttemptOutcome, Claimed, OutcomeRecord, Slot};

/// How long a connection rests whose relay was in trouble: doubled each time until it is well again.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// What all connections have in common.
#[derive(Clone, Debug)]
pub(super) struct Crew {
    pub(super) relays: Relays,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) policy: Arc<config::Delivery>,
    pub(super) clock: Clock,
}

/// A claimed delivery with its message, on its way to a connection.
#[derive(Debug)]
struct Load {
    delivery: Claimed,
    message: Outgoing,
    /// Where it is on record that it is on the wire.
    slot: Slot,
}

impl Borrow<Outgoing> for Load {
    fn borrow(&self) -> &Outgoing {
        &self.message
    }
}

/// What one connection takes from, and tells.
struct Bench<'a> {
    crew: &'a Crew,
    relay: usize,
    /// Why there was nothing at the last look.
    until: Option<Instant>,
    /// The relay was in trouble: the connection is to rest.
    is_in_trouble: bool,
    is_well: bool,
    /// There was something to carry.
    is_busy: bool,
    /// The connection was lost over a message.
    is_lost: bool,
    /// Buffers of messages that are done with, for the next ones.
    spare: Vec<Vec<u8>>,
}

/// Holds one connection to a relay while there is something to send, until the dispatch is closed.
pub(super) async fn work(crew: Crew, relay: usize) {
    let mut changed = crew.dispatch.subscribe();
    let mut connection: Option<Connection> = None;
    let mut failures = 0;
    let mut used_at = Instant::now();
    let mut spare = Vec::new();
    loop {
        changed.borrow_and_update();
        if crew.dispatch.is_closed() {
            break;
        }
        let line = &crew.relays.all()[relay];
        let mut bench = Bench {
            crew: &crew,
            relay,
            until: None,
            is_in_trouble: false,
            is_well: false,
            is_busy: false,
            is_lost: false,
            spare,
        };
        let was_open = connection.is_some();
        if crew.dispatch.has_work(relay) {
            bench.carry(line, &mut connection).await;
        }
        let Bench { is_well, is_in_trouble, is_busy, until, .. } = bench;
        spare = bench.spare;
        if is_well {
            failures = 0;
        }
        if is_in_trouble {
            let rest = (FIRST_REST * 2_u32.pow(u32::min(failures, 8))).min(LONGEST_REST);
            failures += 1;
            wait_for_close(&crew.dispatch, &mut changed, Instant::now() + rest).await;
            continue;
        }
        // From when it was used, and not from each time it was woken for nothing.
        if is_busy || !was_open {
            used_at = Instant::now();
        }
        let idle_at = used_at + line.settings.idle.duration();
        let until = until.or_else(|| crew.dispatch.closed_until(relay));
        let wake_at = until.map_or(idle_at, |until| until.min(idle_at));
        tokio::select! {
            _ = changed.changed() => {}
            () = sleep_until(wake_at) => {
                if wake_at == idle_at && let Some(connection) = connection.take() {
                    connection.quit().await;
                }
            }
        }
    }
    if let Some(connection) = connection {
        connection.quit().await;
    }
}

/// Sleeps, unless everything ends meanwhile.
async fn wait_for_close(dispatch: &Dispatch, changed: &mut watch::Receiver<u64>, until: Instant) {
    loop {
        tokio::select! {
            () = sleep_until(until) => return,
            _ = changed.changed() => {
                changed.borrow_and_update();
                if dispatch.is_closed() {
                    return;
                }
            }
        }
    }
}

impl Bench<'_> {
    async fn carry(&mut self, relay: &Relay, connection: &mut Option<Connection>) {
        match &relay.way {
            Way::Smtp(endpoint) => self.carry_by_smtp(endpoint, connection).await,
            Way::Directory(folder) => {
                while let Some(load) = self.next() {
                    if self.leaving(&load) {
                        let verdict = directory::write(folder, &load.message).await;
                        self.settled(load, verdict);
                    } else {
                        self.returned(load);
                    }
                    if self.is_in_trouble {
                        return;
                    }
                }
            }
            Way::Memory(memory) => {
                while let Some(load) = self.next() {
                    let verdict = memory.keep(&load.message);
                    self.settled(load, verdict);
                }
            }
        }
    }

    /// Opens a connection where there is none, and drops one that cannot be used again.
    async fn carry_by_smtp(&mut self, endpoint: &Endpoint, slot: &mut Option<Connection>) {
        loop {
            let mut connection = match slot.take() {
                Some(kept) => kept,
                None => match endpoint.connect().await {
                    Ok(opened) => {
                        self.crew.dispatch.connected(self.relay, opened.certificate_end());
                        opened
                    }
                    Err(trouble) => return self.trouble(&trouble),
                },
            };
            self.is_lost = false;
            match connection.carry(endpoint, self).await {
                Condition::Usable => {
                    *slot = Some(connection);
                    return;
                }
                Condition::Worn => connection.quit().await,
                Condition::Broken => {}
            }
            if self.is_in_trouble || !self.crew.dispatch.has_work(self.relay) {
                return;
            }
        }
    }

    fn take(&mut self, is_further: bool) -> Option<Load> {
        loop {
            let now = (self.crew.clock)();
            let (job, delivery, slot) = match self.crew.dispatch.take(self.relay, is_further, now) {
                Take::Delivery(job, delivery, slot) => (job, delivery, slot),
                Take::Until(until) => {
                    self.until = Some(until);
                    return None;
                }
                Take::Nothing => {
                    self.until = None;
                    return None;
                }
            };
            let buffer = self.spare.pop().unwrap_or_default();
            match (job.compose)(&delivery, buffer) {
                Ok(message) => {
                    self.is_busy = true;
                    return Some(Load { delivery, message, slot });
                }
                Err(error) => {
                    let error = error.context(format!("composing {} for {}", job.name, delivery.subscriber));
                    self.crew.dispatch.failed(job.edition, error);
                    self.crew.dispatch.give_back(delivery, slot, now);
                }
            }
        }
    }

    fn keep(&mut self, Outgoing { mut bytes, .. }: Outgoing) {
        bytes.clear();
        self.spare.push(bytes);
    }

    fn trouble(&mut self, trouble: &Trouble) {
        self.is_in_trouble = true;
        let relay = self.crew.relays.all()[self.relay].id();
        warn!(%relay, reason = %trouble, "the relay takes nothing from this connection");
        self.crew.dispatch.trouble(self.relay, trouble);
    }
}

impl Supply for Bench<'_> {
    type Load = Load;

    fn next(&mut self) -> Option<Load> {
        self.take(false)
    }

    fn further(&mut self) -> Option<Load> {
        self.take(true)
    }

    fn leaving(&mut self, load: &Load) -> bool {
        if !self.crew.dispatch.may_leave() {
            return false;
        }
        let noted = self.crew.dispatch.journal().leaving(&load.slot, &load.delivery);
        match noted {
            Ok(()) => true,
            Err(error) => {
                self.crew.dispatch.failed(load.delivery.edition, error);
                false
            }
        }
    }

    fn settled(&mut self, load: Load, verdict: Verdict) {
        let now = (self.crew.clock)();
        let Load { delivery, slot, message } = load;
        let octets = message.bytes.len();
        self.keep(message);
        let dispatch = &self.crew.dispatch;
        let note = match &verdict {
            Verdict::Trouble(trouble) => {
                if let Trouble::Unsendable(reason) = trouble {
                    dispatch.unsendable(self.relay, delivery.edition, reason);
                } else {
                    self.trouble(trouble);
                }
                return dispatch.give_back(delivery, slot, now);
            }
            Verdict::Unknown(reason) => {
                warn!(%reason, "the outcome of a delivery is unknown");
                // One mishap, however many messages were on the wire.
                if std::mem::replace(&mut self.is_lost, true) { Note::LostAlong } else { Note::Lost(reason.clone()) }
            }
            Verdict::Deferred(reply) => Note::deferred(reply),
            Verdict::Accepted(_) => Note::Answered { is_taken: true },
            Verdict::Failed(_) => Note::Answered { is_taken: false },
        };
        self.is_well |= !matches!(verdict, Verdict::Unknown(_));
        let record = record_of(&self.crew.policy, &delivery, verdict, now);
        if let Err(error) = dispatch.journal().settled(&slot, &delivery, &record) {
            // The store is told all the same; only a kill before that would call it unknown.
            dispatch.failed(delivery.edition, error);
        }
        dispatch.settle(self.relay, (&delivery, octets), record, slot, note);
    }

    fn returned(&mut self, load: Load) {
        let now = (self.crew.clock)();
        self.keep(load.message);
        self.crew.dispatch.give_back(load.delivery, load.slot, now);
    }
}

/// What is written down of a try. Trouble is not: it was the relay's fault, not the recipient's.
fn record_of(policy: &config::Delivery, delivery: &Claimed, verdict: Verdict, now: DateTime<Utc>) -> OutcomeRecord {
    let attempts = delivery.attempts + 1;
    let (outcome, reply, next_attempt_at) = match verdict {
        Verdict::Accepted(reply) => (AttemptOutcome::Accepted, reply, None),
        Verdict::Failed(reply) => (AttemptOutcome::Failed, reply, None),
        Verdict::Deferred(reply) => {
            let spread = delivery.subscriber.0.unsigned_abs();
            match next_attempt(policy, attempts, spread, now) {
                Some(at) => (AttemptOutcome::Deferred, reply, Some(at)),
                None => (AttemptOutcome::Failed, reply, None),
            }
        }
        Verdict::Unknown(reason) => {
            let again = if delivery.was_unknown { None } else { unknown_retry_at(policy, now) };
            (AttemptOutcome::Unknown, Reply { text: reason, ..Default::default() }, again)
        }
        // Callers give those back.
        Verdict::Trouble(trouble) => {
            (AttemptOutcome::Deferred, Reply { text: trouble.to_string(), ..Default::default() }, Some(now))
        }
    };
    OutcomeRecord {
        edition: delivery.edition,
        subscriber: delivery.subscriber,
        domain: delivery.email.domain().to_ascii_lowercase(),
        number: attempts,
        outcome,
        code: reply.code,
        enhanced: reply.enhanced,
        reply: reply.text,
        is_to_rcpt: reply.is_to_rcpt,
        finished_at: now,
        next_attempt_at,
    }
}

/// When an unknown outcome is tried once more (S6).
pub(super) fn unknown_retry_at(policy: &config::Delivery, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match policy.retry_unknown {
        UnknownOutcome::RetryAfter(period) => Some(now + period.delta()),
        UnknownOutcome::Hold => None,
    }
}
