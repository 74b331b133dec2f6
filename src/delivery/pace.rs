use std::time::Duration;

use tokio::time::Instant;

use crate::config::Rate;

/// How many messages may start now, by the configured rate.
///
/// A bucket that holds a second's worth at most: after an idle hour there is no burst.
#[derive(Debug)]
pub(super) struct Pace {
    /// Messages a second; `None` is no limit.
    per_second: Option<f64>,
    tokens: f64,
    filled_at: Instant,
}

impl Pace {
    pub(super) fn new(rate: Option<Rate>, now: Instant) -> Self {
        Self { per_second: rate.map(Rate::per_second), tokens: 1.0, filled_at: now }
    }

    /// How many may start now, at most `wanted`. What is not [`spend`](Self::spend)t stays.
    pub(super) fn allowed(&mut self, wanted: usize, now: Instant) -> usize {
        let Some(per_second) = self.per_second else { return wanted };
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * per_second).min(per_second.max(1.0));
        self.filled_at = now;
        // Not negative, and far below any platform's limit.
        wanted.min(self.tokens as usize)
    }

    pub(super) fn spend(&mut self, started: usize) {
        self.tokens -= started as f64;
    }

    /// How long until one more may start.
    pub(super) fn wait(&self) -> Duration {
        match self.per_second {
            Some(per_second) => Duration::from_secs_f64(((1.0 - self.tokens) / per_second).max(0.0)),
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn keeps_to_the_rate_without_bursts() {
        let rate = Rate { messages: NonZeroU32::new(10).unwrap(), per: Duration::from_secs(1) };
        let mut pace = Pace::new(Some(rate), Instant::now());
        let mut started = 0;
        for _ in 0..100 {
            let now = pace.allowed(8, Instant::now());
            pace.spend(now);
            started += now;
            tokio::time::advance(Duration::from_millis(50)).await;
        }
        assert!((50..=51).contains(&started), "{started} in five seconds");
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(pace.allowed(1000, Instant::now()), 10);
    }

    #[test]
    fn no_rate_is_no_limit() {
        let now = Instant::now();
        assert_eq!(Pace::new(None, now).allowed(64, now), 64);
    }
}
