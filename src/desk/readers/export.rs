use std::io::{self, Write};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::reader;
use crate::desk::failure::Failure;
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::publishing::{RosterFilter, personal_data, write_roster};
use crate::store::{AuditEntry, SubscriptionState};

/// Pieces that wait for a slow browser: little memory, however long the list.
const PIECES: usize = 4;

#[derive(Debug, Deserialize)]
pub(in crate::desk) struct Wanted {
    #[serde(default)]
    newsletter: String,
    #[serde(default)]
    state: String,
}

/// Every subscription as CSV, as it is read: the answer begins at once.
pub(in crate::desk) async fn export(
    State(room): State<Room>,
    signed: Signed,
    Query(Wanted { newsletter, state }): Query<Wanted>,
) -> Result<Response, Failure> {
    let newsletter = Some(newsletter).filter(|id| !id.is_empty());
    if newsletter.as_deref().is_some_and(|id| room.press().config().newsletter(id).is_none()) {
        return Err(Failure::NoSuchPage);
    }
    let state: Option<SubscriptionState> = state.parse().ok();
    let who = signed.member.name;
    let detail = [newsletter.as_deref(), state.map(SubscriptionState::as_str)];
    let detail = detail.into_iter().flatten().collect::<Vec<_>>().join(", ");
    room.ask(move |store, press| {
        store.write(|db| AuditEntry::add(db, &who, "exported", "readers", &detail, press.now()))
    })
    .await?;
    let (sender, receiver) = mpsc::channel(PIECES);
    let store = room.press().store().clone();
    tokio::task::spawn_blocking(move || {
        let filter = RosterFilter { newsletter: newsletter.as_deref(), state };
        if let Err(error) = write_roster(&store, &filter, Pieces(sender.clone())) {
            // Cut off, so that nobody takes half a list for the whole. Who went away is not told.
            let _ = sender.blocking_send(Err(io::Error::other("the export was cut off")));
            tracing::warn!("an export of readers was cut off: {error:#}");
        }
    });
    let pieces =
        stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|piece| (piece, receiver)) });
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"readers.csv\"")];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// Everything that is kept of one reader, for them.
pub(in crate::desk) async fn data(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let reader = reader(&room, &id).await?;
    let who = signed.member.name;
    let name = format!("attachment; filename=\"reader-{}.json\"", reader.id.0);
    let data = room
        .ask(move |store, press| {
            let id = reader.id.to_string();
            store.write(|db| AuditEntry::add(db, &who, "took out the data of", &id, "", press.now()))?;
            Ok(serde_json::to_vec_pretty(&store.read(|db| personal_data(db, &reader))?)?)
        })
        .await?;
    Ok(([(CONTENT_TYPE, "application/json"), (CONTENT_DISPOSITION, name.as_str())], data).into_response())
}

/// What is written goes to the browser.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
