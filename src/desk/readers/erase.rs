use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{PART, address, reader};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::store::AuditEntry;

#[derive(Debug, Template)]
#[template(path = "desk/step.html")]
struct EraseReader {
    frame: Frame,
    address: String,
    text: String,
    button: String,
    is_final: bool,
}

pub(in crate::desk) async fn ask_erase(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let reader = reader(&room, &id).await?;
    let page_of = EraseReader {
        frame: Frame::new(&room, &signed, PART, format!("Erase {}?", reader.email)),
        address: address(reader.id),
        text: "Their subscriptions, what they agreed to and their story go for good; the account of past editions \
               keeps their number only. A keyed digest stays, so that no import brings the address back. It can't be \
               taken back."
            .to_owned(),
        button: format!("Erase {}", reader.email),
        is_final: true,
    };
    Ok(page(StatusCode::OK, &page_of))
}

pub(in crate::desk) async fn erase(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let reader = reader(&room, &id).await?;
    let who = signed.member.name;
    room.ask(move |store, press| {
        let now = press.now();
        store.write(|db| {
            reader.erase(db, now)?;
            AuditEntry::add(db, &who, "erased", &reader.id.to_string(), "", now)
        })
    })
    .await?;
    Ok(see_other("/desk/readers?done=erased"))
}
