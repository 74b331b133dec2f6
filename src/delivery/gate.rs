use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::Trouble;
use super::dispatch::Note;
use super::job::Job;
use super::pace::Pace;
use crate::config::{self, RelayId};

const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(300);
/// Failures for each connection, with no success between them, after which a relay is left alone for a while.
const MAX_TROUBLES: u32 = 4;
/// How far a relay may be ahead of its share, in messages for each unit of weight: so that the others need not keep
/// step with it.
const SLACK: f64 = 32.0;

/// Whether a relay takes anything at the moment, and how much.
#[derive(Debug)]
pub(super) struct Gate {
    id: RelayId,
    pub(super) pace: Pace,
    pub(super) connections: u32,
    weight: f64,
    /// Messages given to it for each unit of its weight, beginning where the others were when it came.
    given: f64,
    /// Troubles since it last took a message. Unknown outcomes count: a relay that dies over every message must not
    /// have them all.
    troubles: u32,
    last: Option<String>,
    /// Down, and left alone until then.
    rest_until: Option<Instant>,
    rests: u32,
    /// It refuses us, whatever we send: somebody has to look.
    refused: Option<String>,
}

impl Gate {
    pub(super) fn new(settings: &config::Smtp, now: Instant) -> Self {
        Self {
            id: settings.id.clone(),
            pace: Pace::new(settings.rate, now),
            connections: settings.connections,
            weight: f64::from(settings.weight),
            given: 0.0,
            troubles: 0,
            last: None,
            rest_until: None,
            rests: 0,
            refused: None,
        }
    }

    /// A new run tries it again, whatever was.
    pub(super) fn begin(&mut self) {
        self.troubles = 0;
        self.rest_until = None;
        self.forgive();
    }

    pub(super) fn forgive(&mut self) {
        self.refused = None;
    }

    pub(super) fn serves(&self, job: &Job) -> bool {
        job.relays.is_empty() || job.relays.contains(&self.id)
    }

    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.closed_until(now).is_none()
    }

    pub(super) fn refused(&self) -> Option<&String> {
        self.refused.as_ref()
    }

    /// Why it is left alone.
    pub(super) fn down(&self, now: Instant) -> Option<String> {
        self.rest_until.filter(|until| *until > now).and(self.last.clone())
    }

    pub(super) fn closed_until(&self, now: Instant) -> Option<Instant> {
        match (&self.refused, self.rest_until) {
            (Some(_), _) => Some(now + LONGEST_REST),
            (None, Some(until)) if until > now => Some(until),
            (None, _) => None,
        }
    }

    pub(super) fn note(&mut self, note: &Note, now: Instant) {
        match note {
            Note::Answered { .. } | Note::Deferred { .. } => {
                self.troubles = 0;
                self.rests = 0;
            }
            Note::Lost(reason) => self.count(reason, now),
            Note::LostAlong => {}
        }
    }

    pub(super) fn trouble(&mut self, trouble: &Trouble, now: Instant) {
        match trouble {
            Trouble::Refused(reason) => {
                self.refused.get_or_insert_with(|| reason.clone());
            }
            // The edition's, not the relay's.
            Trouble::Unsendable(_) => {}
            Trouble::Closing(reason) | Trouble::Throttled(reason) => {
                self.pace.slow_down(now);
                self.count(reason, now);
            }
            Trouble::Unreachable(reason) => self.count(reason, now),
        }
    }

    fn count(&mut self, reason: &str, now: Instant) {
        self.last = Some(reason.to_owned());
        self.troubles += 1;
        if self.troubles >= MAX_TROUBLES * self.connections && self.is_open(now) {
            let rest = (FIRST_REST * 2_u32.pow(self.rests.min(8))).min(LONGEST_REST);
            self.rests += 1;
            self.rest_until = Some(now + rest);
            warn!(relay = %self.id, reason, seconds = rest.as_secs(), "the relay takes nothing; all is kept, trying again");
        }
    }
}

/// A relay is given a message.
pub(super) fn spend(gates: &mut [Gate], relay: usize, now: Instant) {
    gates[relay].pace.spend(now);
    gates[relay].given += 1.0 / gates[relay].weight;
    // Who is down has no share, and nothing to make up for when it comes back.
    let given = gates[relay].given;
    gates.iter_mut().filter(|gate| !gate.is_open(now)).for_each(|gate| gate.given = gate.given.max(given));
}

/// Whether the relay has had so much more than its share that the others come first.
///
/// Where all weigh the same, whichever is free takes the next. Relays that are down have no share.
pub(super) fn is_ahead_of_its_share(gates: &[Gate], relay: usize, now: Instant) -> bool {
    let weight = gates[relay].weight;
    if gates.iter().all(|gate| gate.weight == weight) {
        return false;
    }
    let open = gates.iter().enumerate().filter(|(number, gate)| *number != relay && gate.is_open(now));
    open.map(|(_, gate)| gate.given).min_by(f64::total_cmp).is_some_and(|least| gates[relay].given > least + SLACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(id: &str, weight: u32) -> Gate {
        let now = Instant::now();
        Gate {
            id: RelayId::parse(id).unwrap(),
            pace: Pace::new(None, now),
            connections: 2,
            weight: f64::from(weight),
            given: 0.0,
            troubles: 0,
            last: None,
            rest_until: None,
            rests: 0,
            refused: None,
        }
    }

    fn share(gates: &mut [Gate], turns: usize) -> Vec<usize> {
        let mut given = vec![0; gates.len()];
        for turn in 0..turns {
            let relay = turn % gates.len();
            let now = Instant::now();
            if gates[relay].is_open(now) && !is_ahead_of_its_share(gates, relay, now) {
                spend(gates, relay, now);
                given[relay] += 1;
            }
        }
        given
    }

    #[tokio::test(start_paused = true)]
    async fn different_weights_are_shares_and_equal_ones_leave_it_to_who_is_free() {
        let mut gates = [gate("a", 9), gate("b", 1)];
        let given = share(&mut gates, 20_000);
        let part = given[0] as f64 / (given[0] + given[1]) as f64;
        assert!((0.89..0.91).contains(&part), "{given:?}");
        assert_eq!(share(&mut [gate("a", 2), gate("b", 2)], 2_000), [1_000, 1_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_relay_that_is_down_has_no_share_and_comes_back_after_a_rest() {
        let mut gates = [gate("a", 9), gate("b", 1)];
        for _ in 0..8 {
            assert!(gates[0].is_open(Instant::now()));
            gates[0].trouble(&Trouble::Unreachable("no route".into()), Instant::now());
        }
        assert_eq!(gates[0].down(Instant::now()).as_deref(), Some("no route"));
        assert_eq!(share(&mut gates, 2_000), [0, 1_000]);
        tokio::time::advance(FIRST_REST).await;
        assert!(gates[0].is_open(Instant::now()));
        // Longer the next time, until it has taken something.
        for _ in 0..8 {
            gates[0].trouble(&Trouble::Unreachable("no route".into()), Instant::now());
        }
        assert_eq!(gates[0].closed_until(Instant::now()), Some(Instant::now() + FIRST_REST * 2));
    }

    #[tokio::test(start_paused = true)]
    async fn s2_a_refusal_closes_it_until_somebody_has_looked() {
        let mut gate = gate("a", 1);
        gate.trouble(&Trouble::Refused("535 wrong password".into()), Instant::now());
        assert!(!gate.is_open(Instant::now()));
        tokio::time::advance(LONGEST_REST * 10).await;
        assert!(!gate.is_open(Instant::now()));
        gate.begin();
        assert!(gate.is_open(Instant::now()));
    }
}
