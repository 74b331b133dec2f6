//! How long the store takes, in memory, for who watches over it: nothing here is written down.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

/// Histograms of seconds since the process began; clones of them share their numbers.
#[derive(Debug)]
pub struct Timings {
    /// From asking for the writer to having it.
    pub write_wait: Histogram,
    /// From having the writer to the end of the commit.
    pub write: Histogram,
    pub read: Histogram,
    /// The last commit of a change that came about.
    written_at: Mutex<Option<Instant>>,
}

impl Default for Timings {
    /// From a tenth of a millisecond to 26 seconds, each bound four times the one before.
    fn default() -> Self {
        let histogram = || Histogram::new(exponential_buckets(0.000_1, 4.0, 10));
        Self { write_wait: histogram(), write: histogram(), read: histogram(), written_at: Mutex::default() }
    }
}

impl Timings {
    /// A transaction that began when the writer was had, and changed rows that are durable now, or did not.
    pub(super) fn wrote(&self, asked_at: Instant, had_at: Instant, is_durable: bool) {
        self.write_wait.observe((had_at - asked_at).as_secs_f64());
        self.write.observe(had_at.elapsed().as_secs_f64());
        if is_durable {
            self.is_written();
        }
    }

    pub(super) fn is_written(&self) {
        *self.written_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn has_written_within(&self, time: Duration) -> bool {
        self.written_at.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < time)
    }
}
