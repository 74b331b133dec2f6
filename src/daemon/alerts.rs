use std::time::Duration;

use super::rounds::{log_failure, rest};
use crate::alerts::Watchman;
use crate::delivery::Stop;
use crate::publishing::Press;

/// Somebody is told within this time of what is found to be wrong.
const ROUND: Duration = Duration::from_secs(15);

/// Looks whether something is wrong, in a loop of its own: a relay that is slow to take the letter holds up nothing.
pub(super) async fn watch(press: Press, mut stop: Stop) {
    let mut watchman = Watchman::new(press);
    while !stop.is_asked() {
        tokio::select! {
            done = watchman.go_round() => log_failure("looking whether something is wrong", done),
            // A letter that was cut short is sent again after the next start.
            () = stop.asked() => {}
        }
        rest(ROUND, &mut stop).await;
    }
}
