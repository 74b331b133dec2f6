//! What one node at a time does: the schedule, the polling, letters, webhooks, alerts, and tidying up.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tracing::error;

use super::rounds::rest;
use super::{alerts, rounds, safekeeping};
use crate::delivery::Stop;
use crate::publishing::Press;
use crate::store::Presence;

/// A node begins within this time of its turn, and ends within it and what a round takes.
const LOOK: Duration = Duration::from_millis(200);

/// Does it whenever it is this node's turn. Where one machine has the store it always is.
///
/// Ends after a stop, when letters and webhooks that are on their way have come to an end.
pub(super) async fn take_turns(press: Press, presence: Arc<Presence>, mut stop: Stop) {
    while !stop.is_asked() {
        if presence.leads() {
            lead(&press, &presence, &mut stop).await;
        }
        rest(LOOK, &mut stop).await;
    }
}

async fn lead(press: &Press, presence: &Presence, stop: &mut Stop) {
    let (end, ending) = Stop::new();
    let mut patient = JoinSet::new();
    // What is cut short by a stop is known to be so, and goes on after the next start.
    patient.spawn(rounds::tell_editors(press.clone(), ending.clone()));
    patient.spawn(rounds::post(press.clone(), ending.clone()));
    patient.spawn(rounds::tell_webhooks(press.clone(), ending.clone()));
    let others: [JoinHandle<()>; 8] = [
        tokio::spawn(rounds::poll(press.clone(), ending.clone())),
        tokio::spawn(rounds::schedule(press.clone(), ending.clone())),
        tokio::spawn(rounds::ask(press.clone(), ending.clone())),
        tokio::spawn(rounds::look_at_links(press.clone(), ending.clone())),
        tokio::spawn(alerts::watch(press.clone(), ending.clone())),
        tokio::spawn(rounds::tidy(press.clone(), ending.clone())),
        tokio::spawn(safekeeping::copy_daily(press.clone(), ending.clone())),
        tokio::spawn(safekeeping::keep_small(press.clone(), ending)),
    ];
    while presence.leads() && !stop.is_asked() {
        rest(LOOK, stop).await;
    }
    end.send_replace(true);
    while let Some(ended) = patient.join_next().await {
        if let Err(failure) = ended {
            error!(%failure, "a loop ended by itself; this is a bug");
        }
    }
    others.iter().for_each(JoinHandle::abort);
}
