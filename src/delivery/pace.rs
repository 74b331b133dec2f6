use std::time::Duration;

use tokio::time::Instant;

use super::allotment::Allotment;
use super::draws::{Draw, Drew};
use crate::config::Rate;
use crate::store::Budget;

/// Below this a relay that throttles is not slowed down, however often it says so.
const SLOWEST: f64 = 0.5;
/// A relay that throttled gets this much more with each second in which it does not.
const RECOVERY: f64 = 1.2;
/// Refusals this close together are one: they come from as many connections.
const ONE_MISHAP: Duration = Duration::from_secs(1);

/// How many messages may start now: by the configured rate, and by what the other side has shown that it takes.
///
/// A bucket that holds a second's worth at most: after an idle hour there is no burst. Where several nodes share the store the
/// configured rate is theirs together, and what this one may send of it is drawn ([`Allotment`]).
#[derive(Debug)]
pub(super) struct Pace {
    /// As configured, in messages a second; `None` is no limit.
    limit: Option<f64>,
    /// What this node may send of it, where others send as well.
    shared: Option<Allotment>,
    tokens: f64,
    filled_at: Instant,
    slowed: Option<Slowed>,
    /// Messages started since `counted_from`, to know how fast it goes.
    started: f64,
    counted_from: Instant,
    /// Messages a second, as counted last.
    measured: f64,
}

/// After 421, 454 or 4.7.x (S3): half as fast, then faster again until it is as fast as before.
#[derive(Debug, Clone, Copy)]
struct Slowed {
    per_second: f64,
    /// What went well before: from here on it is not held back any more.
    until: f64,
    since: Instant,
    last: Instant,
}

impl Pace {
    pub(super) fn new(rate: Option<Rate>, now: Instant) -> Self {
        Self {
            limit: rate.map(Rate::per_second),
            shared: None,
            tokens: 1.0,
            filled_at: now,
            slowed: None,
            started: 0.0,
            counted_from: now,
            measured: 0.0,
        }
    }

    /// From here on the rate, if there is one, is that of all nodes together, who know it by this name.
    pub(super) fn share(&mut self, name: &str, now: Instant) {
        self.shared = self.limit.map(|limit| Allotment::new(Budget::new(name, limit), now));
    }

    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Whether one may start now. What is not [`spent`](Self::spend) stays.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        let Some(per_second) = self.per_second(now) else { return true };
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * per_second).min(per_second.max(1.0));
        self.filled_at = now;
        let is_filled = self.tokens >= 1.0;
        match &mut self.shared {
            None => is_filled,
            // What is drawn comes at the configured rate already.
            Some(allotment) => (is_filled || self.slowed.is_none()) && allotment.allows(now),
        }
    }

    pub(super) fn spend(&mut self, now: Instant) {
        self.tokens -= 1.0;
        if let Some(allotment) = &mut self.shared {
            allotment.spend();
        }
        self.started += 1.0;
        let counted = now.saturating_duration_since(self.counted_from);
        if counted >= Duration::from_secs(1) {
            self.measured = self.started / counted.as_secs_f64();
            self.started = 0.0;
            self.counted_from = now;
        }
    }

    /// Messages a second, lately.
    pub(super) fn measured(&self) -> f64 {
        self.measured
    }

    /// When one more may start, if one may not now.
    pub(super) fn next_at(&mut self, now: Instant) -> Instant {
        let Some(per_second) = self.per_second(now) else { return now };
        let filled_at = now + Duration::from_secs_f64(((1.0 - self.tokens) / per_second).max(0.0));
        let next_at = match &self.shared {
            None => filled_at,
            Some(allotment) if self.slowed.is_none() => allotment.next_at(now),
            Some(allotment) => allotment.next_at(now).max(filled_at),
        };
        // A little later than computed, so that it is not a hair too early.
        next_at + Duration::from_millis(1)
    }

    /// Nothing of the shared rate is in hand, a message waits for it, and more can be drawn.
    pub(super) fn is_urgent(&self) -> bool {
        self.shared.as_ref().is_some_and(Allotment::is_urgent)
    }

    /// What is to be drawn of the shared rate, if anything. Whoever asks tells what came of it ([`Pace::drew`]).
    pub(super) fn draw(&mut self, now: Instant) -> Option<Draw> {
        let per_second = self.per_second(now)?;
        self.shared.as_mut()?.draw(per_second)
    }

    /// What came of the draws of all rates; where this one is not among them, nothing did.
    pub(super) fn drew(&mut self, drew: &[Drew]) {
        if let Some(allotment) = &mut self.shared {
            allotment.drew(drew.iter().find(|drew| drew.budget.name() == allotment.name()));
        }
    }

    /// The other side asked for less.
    pub(super) fn slow_down(&mut self, now: Instant) {
        let counted = now.saturating_duration_since(self.counted_from).as_secs_f64();
        let present = if self.measured > 0.0 { self.measured } else { self.started / counted.max(1.0) };
        let (present, until, since) = match self.slowed {
            Some(slowed) if now.saturating_duration_since(slowed.since) < ONE_MISHAP => return,
            Some(slowed) => (slowed.per_second, slowed.until, now),
            // Nothing has gone well yet, so it is not the rate that was wrong.
            None if present < 1.0 => return,
            None => (present, present * 1.2, now),
        };
        // What was spent while nothing was counted is no debt.
        self.tokens = 0.0;
        self.filled_at = now;
        self.slowed = Some(Slowed { per_second: (present / 2.0).max(SLOWEST), until, since, last: now });
    }

    /// The other side asked for less, and it goes slower still.
    pub(super) fn is_slowed(&mut self, now: Instant) -> bool {
        self.per_second(now);
        self.slowed.is_some()
    }

    /// Messages a second at this moment; `None` is no limit.
    pub(super) fn per_second(&mut self, now: Instant) -> Option<f64> {
        let Some(slowed) = &mut self.slowed else { return self.limit };
        let passed = now.saturating_duration_since(slowed.last);
        if passed >= Duration::from_millis(100) {
            slowed.per_second *= RECOVERY.powf(passed.as_secs_f64());
            slowed.last = now;
        }
        let per_second = slowed.per_second;
        if per_second >= slowed.until {
            self.slowed = None;
            return self.limit;
        }
        Some(self.limit.map_or(per_second, |limit| limit.min(per_second)))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn per_second(messages: u32) -> Option<Rate> {
        Some(Rate { messages: NonZeroU32::new(messages).unwrap(), per: Duration::from_secs(1) })
    }

    /// How many start in this time, asked every five milliseconds.
    async fn starts(pace: &mut Pace, time: Duration) -> usize {
        let mut started = 0;
        for _ in 0..time.as_millis() / 5 {
            while started < 1_000_000 && pace.allows(Instant::now()) {
                pace.spend(Instant::now());
                started += 1;
                if pace.limit.is_none() && started % 5 == 0 && pace.slowed.is_none() {
                    break;
                }
            }
            tokio::time::advance(Duration::from_millis(5)).await;
        }
        started
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_to_the_rate_without_bursts() {
        let mut pace = Pace::new(per_second(10), Instant::now());
        let started = starts(&mut pace, Duration::from_secs(5)).await;
        assert!((50..=51).contains(&started), "{started} in five seconds");
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(starts(&mut pace, Duration::from_millis(5)).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn says_when_the_next_may_start() {
        let mut pace = Pace::new(per_second(10), Instant::now());
        assert!(pace.allows(Instant::now()));
        pace.spend(Instant::now());
        assert!(!pace.allows(Instant::now()));
        let next = pace.next_at(Instant::now());
        assert!((100..=102).contains(&(next - Instant::now()).as_millis()));
        tokio::time::advance(next - Instant::now()).await;
        assert!(pace.allows(Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn s3_is_half_as_fast_after_a_refusal_and_recovers() {
        let mut pace = Pace::new(None, Instant::now());
        // Five every five milliseconds is a thousand a second.
        let before = starts(&mut pace, Duration::from_secs(3)).await;
        assert_eq!(before, 3_000);
        for _ in 0..16 {
            pace.slow_down(Instant::now());
        }
        let after = starts(&mut pace, Duration::from_secs(1)).await;
        assert!((450..=650).contains(&after), "{after} in the second after the refusal");
        starts(&mut pace, Duration::from_secs(10)).await;
        assert_eq!(pace.per_second(Instant::now()), None, "it never recovered");
    }

    #[tokio::test(start_paused = true)]
    async fn s3_never_exceeds_the_configured_rate_and_never_stops() {
        let mut pace = Pace::new(per_second(100), Instant::now());
        starts(&mut pace, Duration::from_secs(3)).await;
        for _ in 0..40 {
            pace.slow_down(Instant::now());
            tokio::time::advance(ONE_MISHAP).await;
        }
        assert!(starts(&mut pace, Duration::from_secs(4)).await >= 1);
        starts(&mut pace, Duration::from_secs(120)).await;
        let started = starts(&mut pace, Duration::from_secs(1)).await;
        assert!((99..=101).contains(&started), "{started}");
    }

    #[test]
    fn no_rate_is_no_limit() {
        let now = Instant::now();
        assert!(Pace::new(None, now).allows(now));
    }
}
