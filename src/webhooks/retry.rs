use chrono::{DateTime, TimeDelta, Utc};

use crate::feeds::RetryAfter;

/// After a call that failed; after one more it is given up.
const AGAIN_AFTER: [TimeDelta; 8] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(6),
    TimeDelta::hours(12),
    TimeDelta::hours(24),
];
/// The longest that a server is left alone because it asked for it.
const MAX_WAIT: TimeDelta = TimeDelta::hours(24);

/// When a call is made again; `None` when it was tried long enough.
///
/// `attempts` counts the tries made, this one among them. `spread` is any number that differs between calls: each wait
/// is longer by up to a tenth with it, so that a server that came back is not met by all at once. A time that the server
/// named is kept to.
pub(super) fn next_try(attempts: u32, spread: u64, asked: RetryAfter, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wait = AGAIN_AFTER.get(attempts.max(1) as usize - 1)?;
    let jitter = *wait * (spread % 1000) as i32 / 10_000;
    Some(now + (*wait + jitter).max(asked.wait(now, MAX_WAIT)))
}

/// Until when the server wants to be left alone, by all calls.
pub(super) fn wait_until(asked: RetryAfter, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (asked != RetryAfter::Unsaid).then(|| now + asked.wait(now, MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn follows_the_plan_and_then_gives_up() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let wait = |attempts, spread, asked| next_try(attempts, spread, asked, now).map(|at| (at - now).num_seconds());
        let waits: Vec<_> = (1..=9).map(|attempts| wait(attempts, 0, RetryAfter::Unsaid)).collect();
        assert_eq!(
            waits,
            [5, 60, 300, 1800, 7200, 21_600, 43_200, 86_400].map(Some).into_iter().chain([None]).collect::<Vec<_>>()
        );
        assert_eq!(wait(4, 999, RetryAfter::Unsaid), Some(1979));
        let delay = |seconds| RetryAfter::Delay(Duration::from_secs(seconds));
        assert_eq!([wait(1, 0, delay(90)), wait(1, 0, delay(1)), wait(9, 0, delay(90))], [Some(90), Some(5), None]);
        assert_eq!(wait(1, 0, delay(u64::MAX)), Some(86_400));
        assert_eq!(wait_until(delay(90), now), Some(now + TimeDelta::seconds(90)));
        assert_eq!(wait_until(RetryAfter::Unsaid, now), None);
    }
}
