//! Waiting for what another process does, with an end to the patience.

use std::time::{Duration, Instant};

/// Returns as soon as `happened` says so; panics with `what` when that takes longer than `patience`.
pub fn until(patience: Duration, what: &str, mut happened: impl FnMut() -> bool) {
    let began = Instant::now();
    while !happened() {
        assert!(began.elapsed() < patience, "this did not come within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
