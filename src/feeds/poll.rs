//! When to ask again.

use chrono::{DateTime, TimeDelta, Utc};

use super::RetryAfter;

/// Longest pause between two tries at a feed that fails.
const MAX_PAUSE: TimeDelta = TimeDelta::hours(24);

/// What the last poll of a feed came to, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollResult {
    /// Fresh or not modified, and it could be read.
    Worked,
    /// The fetch or the parse failed; `in_a_row` counts this failure too.
    Failed { in_a_row: u32 },
    /// The server asked for patience (429, 503); `in_a_row` counts this answer too.
    ToldToWait { after: RetryAfter, in_a_row: u32 },
    /// 410.
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextPoll {
    At(DateTime<Utc>),
    /// Not again until the operator says so.
    Never,
}

/// When to poll a feed again.
///
/// A failing feed is asked after `interval`, then twice that, four times that, … up to 24 hours (▲). A server that names
/// a time is not asked before it, nor sooner than we would have asked anyway; a time further off than 24 hours is cut
/// to that, so that a slip in a header does not silence a feed for good.
pub fn next_poll(now: DateTime<Utc>, interval: TimeDelta, result: PollResult) -> NextPoll {
    let backed_off = |in_a_row: u32| {
        let factor = 1 << in_a_row.saturating_sub(1).min(16);
        interval.checked_mul(factor).unwrap_or(MAX_PAUSE).min(MAX_PAUSE.max(interval))
    };
    let pause = match result {
        PollResult::Worked => interval,
        PollResult::Failed { in_a_row } => backed_off(in_a_row),
        PollResult::ToldToWait { after, in_a_row } => after.wait(now, MAX_PAUSE).max(backed_off(in_a_row)),
        PollResult::Gone => return NextPoll::Never,
    };
    NextPoll::At(now + pause)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const INTERVAL: TimeDelta = TimeDelta::minutes(15);

    fn pause(result: PollResult) -> Option<TimeDelta> {
        let now = DateTime::UNIX_EPOCH;
        match next_poll(now, INTERVAL, result) {
            NextPoll::At(at) => Some(at - now),
            NextPoll::Never => None,
        }
    }

    #[test]
    fn a_working_feed_is_asked_at_its_interval_and_a_gone_one_never() {
        assert_eq!(pause(PollResult::Worked), Some(INTERVAL));
        assert_eq!(pause(PollResult::Gone), None);
    }

    #[test]
    fn a_failing_feed_is_asked_ever_more_rarely_up_to_a_day() {
        let minutes = [1, 2, 3, 7, 8, 1000, u32::MAX]
            .map(|in_a_row| pause(PollResult::Failed { in_a_row }).map_or(0, |p| p.num_minutes()));
        assert_eq!(minutes, [15, 30, 60, 960, 1440, 1440, 1440]);
    }

    #[test]
    fn a_server_is_not_asked_before_the_time_it_names_but_within_a_day() {
        let told = |after| pause(PollResult::ToldToWait { after, in_a_row: 1 });
        assert_eq!(told(RetryAfter::Unsaid), Some(INTERVAL));
        assert_eq!(told(RetryAfter::Delay(Duration::from_secs(5))), Some(INTERVAL));
        assert_eq!(told(RetryAfter::Delay(Duration::from_secs(7200))), Some(TimeDelta::hours(2)));
        assert_eq!(told(RetryAfter::Delay(Duration::MAX)), Some(MAX_PAUSE));
        assert_eq!(told(RetryAfter::Until(DateTime::UNIX_EPOCH + TimeDelta::hours(3))), Some(TimeDelta::hours(3)));
        assert_eq!(told(RetryAfter::Until(DateTime::UNIX_EPOCH - TimeDelta::hours(3))), Some(INTERVAL));
    }
}
