//! Being asked to stop: SIGINT (Ctrl-C) and SIGTERM. A second one ends the process at once.

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::delivery::Stop;

/// The exit code of a process ended by SIGINT, as shells count it.
const INTERRUPTED: i32 = 130;

/// A stop that is asked for by the first signal.
pub fn stop_on_signal() -> Result<Stop> {
    let (asked, stop) = Stop::new();
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if asked.send_replace(true) {
                // What was on its way is found `sending` at the next start, and told as unknown.
                std::process::exit(INTERRUPTED);
            }
        }
    });
    Ok(stop)
}
