use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use super::Which;
use super::page::Progress;
use crate::desk::failure::Failure;
use crate::desk::room::Room;
use crate::store::{DeliveryCounts, Edition, EditionId};

/// How often the numbers are looked at.
const ROUND: Duration = Duration::from_millis(500);

/// The numbers of an edition that is being sent, as they change. It ends with the sending, or with griot.
#[derive(Debug, Template)]
#[template(path = "desk/progress.html")]
struct ProgressPart<'a> {
    progress: &'a Progress,
}

pub(in crate::desk) async fn live(
    State(room): State<Room>,
    Path(Which { newsletter, number }): Path<Which>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let began_as = edition.state;
    let state = (room, edition.id, String::new(), false);
    let events = stream::unfold(state, move |(room, id, mut last, is_over)| async move {
        if is_over {
            return None;
        }
        let mut stop = room.stop();
        loop {
            let (known, progress) = look(&room, id).await.ok().flatten()?;
            if known.state != began_as {
                // The page has other buttons now.
                let over = Event::default().event("over").data(known.state.as_str());
                return Some((Ok(over), (room, id, last, true)));
            }
            let part = ProgressPart { progress: &progress }.render().unwrap_or_default();
            if part != last {
                last.clone_from(&part);
                return Some((Ok(Event::default().event("progress").data(part)), (room, id, last, false)));
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                () = stop.asked() => return None,
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

async fn look(room: &Room, id: EditionId) -> Result<Option<(Edition, Progress)>, Failure> {
    room.ask(move |store, press| {
        store.read(|db| {
            let Some(edition) = Edition::find(db, id)? else { return Ok(None) };
            let counts = DeliveryCounts::load(db, id)?;
            let progress = Progress::of(&edition, &counts, press.now());
            Ok(Some((edition, progress)))
        })
    })
    .await
}
