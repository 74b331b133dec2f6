//! What keeps the store safe and small: a copy every day, and letting go of what is old.

use std::time::Duration;

use anyhow::Result;
use tracing::{error, info};

use super::rounds::{log_failure, rest};
use crate::delivery::Stop;
use crate::publishing::Press;
use crate::store::Outdated;

/// A copy is begun within this time of its minute.
const COPY_ROUND: Duration = Duration::from_secs(30);
const RETENTION_ROUND: Duration = Duration::from_secs(3600);
/// Between two transactions that let rows go: who sends and who reads go first.
const BREATH: Duration = Duration::from_millis(200);

pub(super) async fn copy_daily(press: Press, mut stop: Stop) {
    let began = press.now();
    while !stop.is_asked() {
        match press.blocking(move |press| press.back_up_if_due(began)).await {
            Ok(None) => {}
            Ok(Some((backup, gone))) => {
                let file = backup.file.display();
                info!(%file, bytes = backup.bytes, subscribers = backup.subscribers, gone, "the store was copied");
                if !backup.faults.is_empty() {
                    error!(faults = backup.faults.len(), "the store has faults; `griot store check` says what to do");
                }
            }
            Err(error) => error!(error = format!("{error:#}"), "copying the store failed; trying again in an hour"),
        }
        rest(COPY_ROUND, &mut stop).await;
    }
}

/// Lets rows go whose time is over, some thousand at a time.
pub(super) async fn keep_small(press: Press, mut stop: Stop) {
    while !stop.is_asked() {
        log_failure("letting go of what is old", let_go(&press, &mut stop).await);
        rest(RETENTION_ROUND, &mut stop).await;
    }
}

async fn let_go(press: &Press, stop: &mut Stop) -> Result<()> {
    let config = &press.config().retention;
    for (outdated, period) in [(Outdated::Attempts, config.attempts), (Outdated::Clicks, config.clicks)] {
        if period.is_zero() {
            continue;
        }
        let (before, mut rows) = (press.now() - period.delta(), 0);
        while !stop.is_asked() {
            let gone = press.store().blocking(move |store| outdated.let_go(store, before)).await?;
            rows += gone;
            if gone == 0 {
                break;
            }
            rest(BREATH, stop).await;
        }
        if rows > 0 {
            info!(rows, "{}", outdated.told());
        }
    }
    // What was deleted stands in the log until it is taken into the file.
    press.store().blocking(|store| store.empty_the_log().map(drop)).await
}
