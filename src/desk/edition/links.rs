use axum::extract::{Path, State};
use axum::response::Response;
use tracing::error;

use super::{Which, address};
use crate::desk::failure::Failure;
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::publishing::{LinksKnown, Look};
use crate::saying::number::grouped;
use crate::saying::time::distance;
use crate::store::AuditEntry;

/// Has the links of an edition looked at, and does not wait for it.
pub(in crate::desk) async fn look_at_links(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    if edition.started_at.is_some() {
        return Err(Failure::Refused(format!("{} is with its readers already", edition.name)));
    }
    let (name, back) = (edition.name.to_string(), format!("{}?done=links", address(&edition.name)));
    let Some(looking) = room.press().begin_looking(edition.id) else { return Ok(see_other(&back)) };
    let who = signed.member.name;
    room.ask(move |store, press| {
        store.write(|db| AuditEntry::add(db, &who, "looked at the links of", &name, "", press.now()))
    })
    .await?;
    tokio::spawn(async move {
        if let Err(error) = looking.look(edition, Look::Again).await {
            error!(error = format!("{error:#}"), "looking at links failed");
        }
    });
    Ok(see_other(&back))
}

/// What is known of the links, in a sentence or two.
pub(super) fn told(known: &LinksKnown, now: chrono::DateTime<chrono::Utc>) -> String {
    let LinksKnown { links, unknown, looked_at, refusals, is_under_way } = known;
    let links_told = if *links == 1 { "1 link".to_owned() } else { format!("{} links", grouped(*links as u64)) };
    let mut told = match (looked_at, *unknown) {
        _ if *is_under_way => format!("{links_told}: they are being looked at."),
        (None, _) => format!("{links_told}, not looked at yet."),
        (Some(at), 0) => format!("{links_told}, looked at {}.", distance(*at, now)),
        (Some(at), new) => format!("{links_told}, looked at {}; {new} not yet.", distance(*at, now)),
    };
    if !refusals.is_empty() {
        told.push_str(&format!(" Some could not be looked at: {}; open them in a browser.", refusals.join(", ")));
    }
    told
}
