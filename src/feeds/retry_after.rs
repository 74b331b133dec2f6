use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::date::parse_date;

/// A Retry-After header (RFC 9110 §10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    Unsaid,
    Delay(Duration),
    Until(DateTime<Utc>),
}

impl RetryAfter {
    pub fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
        match value.parse() {
            Ok(seconds) => Self::Delay(Duration::from_secs(seconds)),
            Err(_) => parse_date(value).map_or(Self::Unsaid, Self::Until),
        }
    }

    /// How long the server asks to be left alone from now on, up to `most`: a slip in a header must not silence it for good.
    pub fn wait(self, now: DateTime<Utc>, most: TimeDelta) -> TimeDelta {
        let asked = match self {
            Self::Unsaid => TimeDelta::zero(),
            Self::Delay(delay) => TimeDelta::from_std(delay).unwrap_or(most),
            Self::Until(at) => at.signed_duration_since(now),
        };
        asked.min(most)
    }
}
