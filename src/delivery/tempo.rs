use std::time::Duration;

use tokio::time::Instant;

/// How long an outcome waits to be written down with others, and how far ahead is claimed, where rounds are short.
const GATHERING: Duration = Duration::from_millis(20);
const AHEAD: Duration = Duration::from_millis(100);
/// The same, counted in rounds, where they take long: a server is far away, or other nodes write as well. So the ledger is
/// at work for a part of the time at most, and what goes out does not wait for it.
const ROUNDS_GATHERING: f64 = 8.0;
const ROUNDS_AHEAD: f64 = 16.0;
/// However long they take. What is claimed is what a node that dies leaves in doubt.
const GATHERING_AT_MOST: Duration = Duration::from_millis(150);
const AHEAD_AT_MOST: Duration = Duration::from_millis(500);
/// However fast outcomes come: a few megabytes, and the transaction stays short.
const DELIVERIES_AT_MOST: usize = 5_000;

/// How fast outcomes come, and how long it takes to write them down: what the ledger's rounds go by.
#[derive(Debug)]
pub(super) struct Tempo {
    /// Outcomes a second, lately.
    per_second: f64,
    /// Of a round, lately.
    seconds: f64,
    measured_at: Instant,
}

impl Tempo {
    pub(super) fn new(now: Instant) -> Self {
        Self { per_second: 0.0, seconds: 0.0, measured_at: now }
    }

    /// So many came since this was last told.
    pub(super) fn came(&mut self, outcomes: usize) {
        let passed = self.measured_at.elapsed().as_secs_f64();
        if passed >= 0.01 {
            let now = outcomes as f64 / passed;
            // Quick to rise, so that a start is not held up; slow to fall, so that a hitch is not taken for the rule.
            self.per_second = if now > self.per_second { now } else { self.per_second * 0.9 + now * 0.1 };
            self.measured_at = Instant::now();
        }
    }

    /// A round was so long.
    pub(super) fn took(&mut self, round: Duration) {
        self.seconds = self.seconds * 0.8 + round.as_secs_f64() * 0.2;
    }

    /// How long outcomes gather before they are written down.
    pub(super) fn gathering(&self) -> Duration {
        self.rounds(ROUNDS_GATHERING).clamp(GATHERING, GATHERING_AT_MOST)
    }

    /// How many deliveries should be claimed at any time, for connections never to wait for the ledger: twice what they can
    /// hold at least.
    pub(super) fn ahead(&self, capacity: usize) -> usize {
        let ahead = self.per_second * self.rounds(ROUNDS_AHEAD).clamp(AHEAD, AHEAD_AT_MOST).as_secs_f64();
        (ahead as usize).min(DELIVERIES_AT_MOST).max(2 * capacity)
    }

    fn rounds(&self, many: f64) -> Duration {
        Duration::from_secs_f64(self.seconds * many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn long_rounds_claim_further_ahead_and_gather_longer() {
        let mut tempo = Tempo::new(Instant::now());
        assert_eq!(tempo.ahead(0), 0);
        tokio::time::advance(Duration::from_secs(1)).await;
        tempo.came(1_000);
        (0..50).for_each(|_| tempo.took(Duration::from_millis(2)));
        assert_eq!((tempo.ahead(0), tempo.gathering()), (100, GATHERING));
        assert_eq!(tempo.ahead(80), 160);
        (0..50).for_each(|_| tempo.took(Duration::from_millis(15)));
        assert!((239..=240).contains(&tempo.ahead(0)), "{}", tempo.ahead(0));
        assert!((119..=120).contains(&tempo.gathering().as_millis()), "{:?}", tempo.gathering());
        (0..50).for_each(|_| tempo.took(Duration::from_secs(3)));
        assert_eq!((tempo.ahead(0), tempo.gathering()), (500, GATHERING_AT_MOST));
        tokio::time::advance(Duration::from_secs(1)).await;
        tempo.came(1_000_000);
        assert_eq!(tempo.ahead(0), DELIVERIES_AT_MOST);
    }
}
