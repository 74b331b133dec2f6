use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::store::Source;

/// From one line in the log to the next for the same provider.
const PAUSE: Duration = Duration::from_secs(60);

/// What was refused, for the log: a line a minute for each provider, so that nobody can fill the disk.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<Source, Told>>);

#[derive(Debug)]
struct Told {
    at: Instant,
    since: u64,
}

impl Refusals {
    /// `cause` is the text that the sender is told.
    pub fn note(&self, source: Source, cause: &str, now: Instant) {
        if let Some(more) = self.more_to_tell(source, now) {
            tracing::warn!(provider = %source, cause, more, "a webhook was refused");
        }
    }

    /// How many were refused without a line since the last one; `None` where this gets no line either.
    fn more_to_tell(&self, source: Source, now: Instant) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match told.get_mut(&source) {
            Some(told) if now.duration_since(told.at) < PAUSE => {
                told.since += 1;
                None
            }
            _ => Some(told.insert(source, Told { at: now, since: 0 }).map_or(0, |told| told.since)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_makes_a_line_a_minute_for_each_provider() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        let at = |seconds, source| refusals.more_to_tell(source, start + Duration::from_secs(seconds));
        assert_eq!(at(0, Source::Ses), Some(0));
        for _ in 0..1_000 {
            assert_eq!(at(59, Source::Ses), None);
        }
        assert_eq!(at(59, Source::Mailgun), Some(0));
        assert_eq!(at(60, Source::Ses), Some(1_000));
        assert_eq!(at(61, Source::Ses), None);
        assert_eq!(at(500, Source::Ses), Some(1));
    }
}
