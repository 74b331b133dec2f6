use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::Delivery;

/// When a deferred delivery is tried again (S5); `None` when it has been tried long enough and has failed.
///
/// `attempts` counts the tries made, this one among them. `spread` is any number that differs between recipients: the
/// hourly tries are moved by up to a tenth of an hour with it, so that a relay that came back is not met by all at once.
pub fn next_attempt(policy: &Delivery, attempts: u32, spread: u64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let steps = policy.retry.len();
    let made = attempts.max(1) as usize;
    let wait_after = |attempt: usize| -> Duration {
        match policy.retry.get(attempt - 1) {
            Some(period) => period.duration(),
            None => policy.retry_then.duration(),
        }
    };
    // The waits that lie behind, by the plan; an edition that was paused in between is not punished for it.
    let waited: Duration = (1..=made.min(steps)).map(wait_after).sum::<Duration>()
        + policy.retry_then.duration().saturating_mul(made.saturating_sub(steps) as u32);
    if waited > policy.give_up.duration() {
        return None;
    }
    let wait = wait_after(made);
    let jitter = if made > steps { wait.mul_f64((spread % 1000) as f64 / 10_000.0) } else { Duration::ZERO };
    Some(now + TimeDelta::from_std(wait + jitter).unwrap_or(TimeDelta::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s5_follows_the_plan_then_hourly_for_a_day() {
        let policy = Delivery::default();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let minutes = |attempts| next_attempt(&policy, attempts, 0, now).map(|at| (at - now).num_minutes());
        assert_eq!((1..=6).map(minutes).collect::<Vec<_>>(), [1, 5, 15, 30, 60, 60].map(Some));
        let tries = (1..).find(|attempts| minutes(*attempts).is_none()).unwrap();
        // 51 minutes of short waits leave room for 23 hourly ones within the day.
        assert_eq!(tries, 4 + 23 + 1);
    }

    #[test]
    fn s5_spreads_the_hourly_tries() {
        let policy = Delivery::default();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(next_attempt(&policy, 1, 999, now), next_attempt(&policy, 1, 0, now));
        let later = next_attempt(&policy, 5, 999, now).unwrap() - next_attempt(&policy, 5, 0, now).unwrap();
        assert!((300..=360).contains(&later.num_seconds()), "{later}");
    }
}
