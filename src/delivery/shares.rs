use std::time::Duration;

use tokio::time::Instant;

use super::gate::Gate;

/// How far a relay may be ahead of its share, in messages for each unit of weight: so that the others need not keep
/// step with it.
const SLACK: f64 = 32.0;
/// How long the others wait for a relay that is behind and takes nothing. One that does not answer is known to be down
/// only when its timeouts are over, and that is minutes.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the messages of an edition are shared by its relays, by their weights.
///
/// Where all weigh the same there are no shares: whichever is free takes the next.
#[derive(Debug)]
pub(super) struct Shares {
    /// Messages given to each relay, for each unit of its weight.
    given: Vec<f64>,
    /// Since when others have waited for it, and it took nothing.
    awaited_since: Vec<Option<Instant>>,
}

impl Shares {
    pub(super) fn new(relays: usize) -> Self {
        Self { given: vec![0.0; relays], awaited_since: vec![None; relays] }
    }

    /// A relay is given a message. `takes` tells which relays take any of the edition at the moment.
    pub(super) fn spend(&mut self, gates: &[Gate], relay: usize, takes: impl Fn(usize) -> bool, now: Instant) {
        self.awaited_since[relay] = None;
        self.given[relay] += 1.0 / gates[relay].weight;
        let given = self.given[relay];
        for (other, gate) in gates.iter().enumerate() {
            // Who takes nothing has no share, and nothing to make up for when it comes back.
            if !takes(other) || !gate.is_well() || self.is_awaited_in_vain(other, now) {
                self.given[other] = self.given[other].max(given);
            }
        }
    }

    /// Whether a relay has had so much more than its share that the others come first.
    pub(super) fn is_ahead(
        &mut self,
        gates: &[Gate],
        relay: usize,
        takes: impl Fn(usize) -> bool,
        now: Instant,
    ) -> bool {
        let weight = gates[relay].weight;
        if gates.iter().all(|gate| gate.weight == weight) {
            return false;
        }
        let mut is_ahead = false;
        for other in (0..gates.len()).filter(|other| *other != relay && takes(*other) && gates[*other].is_well()) {
            if self.given[relay] > self.given[other] + SLACK {
                self.awaited_since[other].get_or_insert(now);
                is_ahead |= !self.is_awaited_in_vain(other, now);
            }
        }
        is_ahead
    }

    fn is_awaited_in_vain(&self, relay: usize, now: Instant) -> bool {
        self.awaited_since[relay].is_some_and(|since| now.saturating_duration_since(since) >= PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two relays of these weights ask in turn, `turns` times, a millisecond apart; `takes` says who takes anything.
    async fn share(shares: &mut Shares, gates: &[Gate], turns: usize, asks: fn(usize) -> bool) -> Vec<usize> {
        let mut given = vec![0; gates.len()];
        for turn in 0..turns {
            let relay = turn % gates.len();
            if asks(relay) && !shares.is_ahead(gates, relay, |_| true, Instant::now()) {
                shares.spend(gates, relay, |_| true, Instant::now());
                given[relay] += 1;
            }
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        given
    }

    fn gates(weights: [u32; 2]) -> [Gate; 2] {
        weights.map(|weight| Gate::for_test("relay", weight))
    }

    #[tokio::test(start_paused = true)]
    async fn different_weights_are_shares_and_equal_ones_leave_it_to_who_is_free() {
        let given = share(&mut Shares::new(2), &gates([9, 1]), 20_000, |_| true).await;
        let part = given[0] as f64 / (given[0] + given[1]) as f64;
        assert!((0.89..0.91).contains(&part), "{given:?}");
        assert_eq!(share(&mut Shares::new(2), &gates([2, 2]), 2_000, |_| true).await, [1_000, 1_000]);
        assert_eq!(share(&mut Shares::new(2), &gates([2, 2]), 2_000, |relay| relay == 1).await, [0, 1_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_waited_for_a_while_and_has_nothing_to_make_up_for() {
        let (mut shares, gates) = (Shares::new(2), gates([9, 1]));
        // 33 go at once, then nothing for five seconds, then everything.
        assert_eq!(share(&mut shares, &gates, 5_000, |relay| relay == 1).await, [0, 33]);
        assert!(share(&mut shares, &gates, 4_000, |relay| relay == 1).await[1] > 1_900);
        let given = share(&mut shares, &gates, 20_000, |_| true).await;
        let part = given[0] as f64 / (given[0] + given[1]) as f64;
        assert!((0.89..0.91).contains(&part), "{given:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_takes_none_of_an_edition_holds_nobody_up() {
        let (mut shares, gates, now) = (Shares::new(2), gates([9, 1]), Instant::now());
        for _ in 0..1_000 {
            assert!(!shares.is_ahead(&gates, 1, |relay| relay == 1, now));
            shares.spend(&gates, 1, |relay| relay == 1, now);
        }
    }
}
