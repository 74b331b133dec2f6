//! Waiting for what another process does, with an end to the patience.

use std::time::{Duration, Instant};

/// Returns as soon as `happened` says so; panics with `what` when that takes longer than `patience`.
pub fn until(patience: Duration, what: &str, happened: impl FnMut() -> bool) {
    assert!(comes_within(patience, happened), "this did not come within {patience:?}: {what}");
}

/// Whether `happened` says so before `patience` is over; returns as soon as it does.
pub fn comes_within(patience: Duration, mut happened: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while !happened() {
        if began.elapsed() >= patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}
