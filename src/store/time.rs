//! Times as the store keeps them: whole seconds since 1970.

use chrono::{DateTime, Utc};

/// Out of chrono's range (a hand-edited row) reads as the epoch instead of ending the program.
pub(super) fn from_seconds(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

pub(super) fn maybe_from_seconds(seconds: Option<i64>) -> Option<DateTime<Utc>> {
    seconds.map(from_seconds)
}

pub(super) fn seconds(time: DateTime<Utc>) -> i64 {
    time.timestamp()
}

pub(super) fn maybe_seconds(time: Option<DateTime<Utc>>) -> Option<i64> {
    time.map(seconds)
}
