//! What a process knows of itself and no row says: whether its loops go round, whether it is about to end, and what it
//! counted since it began.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::PollOutcome;
use crate::delivery::Meter;

/// One label and its value.
pub type Labels = Vec<(&'static str, String)>;

/// Of one process; in one that is no daemon nothing goes round.
#[derive(Debug, Default)]
pub struct Vitals {
    schedule_kept_at: Mutex<Option<Instant>>,
    meter: OnceLock<Meter>,
    is_draining: AtomicBool,
    /// Polls by how they ended.
    pub polls: Family<Labels, Counter>,
    /// Forms that began a subscription.
    pub sign_ups: Counter,
    /// Letters to readers that the relay took.
    pub letters: Counter,
    /// Requests by route and status.
    pub requests: Family<Labels, Counter>,
    clicks: Mutex<[MovingCount; 2]>,
}

/// Clicks are told from machines' a while after they were counted, and then some are taken back. What is shown never
/// falls: it stands still until that is made up for.
#[derive(Clone, Copy, Debug, Default)]
struct MovingCount {
    shown: u64,
    owed: i64,
}

impl MovingCount {
    fn add(&mut self, many: i64) {
        self.owed += many;
        if let Ok(more) = u64::try_from(self.owed) {
            self.shown += more;
            self.owed = 0;
        }
    }
}

impl Vitals {
    /// The loop that keeps the schedule has gone round.
    pub fn schedule_kept(&self) {
        *self.schedule_kept_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Since the schedule was kept last; `None` where nobody keeps it.
    pub fn schedule_still_for(&self) -> Option<Duration> {
        self.schedule_kept_at.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// Sending is done by the engine with this meter.
    pub fn sends_by(&self, meter: Meter) {
        // There is one engine a process; a second one would be a bug that is told elsewhere.
        let _ = self.meter.set(meter);
    }

    /// `None` where this process sends nothing.
    pub fn meter(&self) -> Option<&Meter> {
        self.meter.get()
    }

    /// No new work is taken on: the end was asked for.
    pub fn begin_draining(&self) {
        self.is_draining.store(true, Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Relaxed)
    }

    pub(super) fn polled(&self, outcome: PollOutcome) {
        self.polls.get_or_create(&vec![("outcome", outcome.as_str().to_owned())]).inc();
    }

    /// Clicks were written down; fewer than none where some are taken back.
    pub fn clicked(&self, readers: i64, scanners: i64) {
        let mut clicks = self.clicks.lock().unwrap_or_else(PoisonError::into_inner);
        clicks[0].add(readers);
        clicks[1].add(scanners);
    }

    /// By readers, and by scanners.
    pub fn clicks(&self) -> (u64, u64) {
        let [readers, scanners] = *self.clicks.lock().unwrap_or_else(PoisonError::into_inner);
        (readers.shown, scanners.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_is_made_up_for_before_a_count_rises_again() {
        let vitals = Vitals::default();
        let shown = [(5, 0), (-3, 3), (2, 0), (4, 1)].map(|(readers, scanners)| {
            vitals.clicked(readers, scanners);
            vitals.clicks()
        });
        assert_eq!(shown, [(5, 0), (5, 3), (5, 3), (8, 4)]);
    }
}
