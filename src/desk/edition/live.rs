use std::convert::Infallible;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use super::Which;
use crate::desk::failure::Failure;
use crate::desk::room::Room;
use crate::store::EditionState;

/// The numbers of an edition that is being sent, as they change. It ends with the sending, or with griot.
pub(in crate::desk) async fn live(
    State(room): State<Room>,
    Path(Which { newsletter, number }): Path<Which>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let mut watch = room.pulses().watch(&room, &edition);
    // What is known already is told at once.
    watch.mark_changed();
    let events = stream::unfold(Some((watch, room.stop())), |watching| async {
        let (mut watch, mut stop) = watching?;
        loop {
            tokio::select! {
                changed = watch.changed() => changed.ok()?,
                () = stop.asked() => return None,
            }
            let Some(pulse) = watch.borrow_and_update().clone() else { continue };
            if pulse.state != EditionState::Sending {
                // The page has other buttons now.
                return Some((Ok(Event::default().event("over").data(pulse.state.as_str())), None));
            }
            let event = Event::default().event("progress").data(&*pulse.part);
            return Some((Ok(event), Some((watch, stop))));
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
