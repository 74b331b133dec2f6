//! Any value of a Retry-After header: a feed is asked again, not before its time and within a day.

use super::{now, within_bounds};
use chrono::TimeDelta;
use griot::feeds::{NextPoll, PollResult, RetryAfter, next_poll};
use http::header::{HeaderMap, HeaderValue, RETRY_AFTER};

pub fn run(value: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    let after = within_bounds(|| RetryAfter::of(&HeaderMap::from_iter([(RETRY_AFTER, value)])));
    let (interval, day) = (TimeDelta::minutes(15), TimeDelta::hours(24));
    assert!(after.wait(now(), day) <= day);
    let NextPoll::At(at) = next_poll(now(), interval, PollResult::ToldToWait { after, in_a_row: 1 }) else {
        panic!("a feed is never asked again");
    };
    assert!(at >= now() + interval && at <= now() + day, "{at}");
}
