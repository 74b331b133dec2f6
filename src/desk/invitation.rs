use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::assets::Links;
use super::failure::Failure;
use super::frame::page;
use super::room::Room;
use super::sign_in::go_on;
use crate::staff::{self, Opaque, Visitor};
use crate::store::{Invitation as Kept, Member};
use crate::web::Fields;

#[derive(Debug, Template)]
#[template(path = "desk/invitation.html")]
struct Invitation<'a> {
    assets: Links,
    publisher: &'a str,
    member: &'a Member,
    problem: &'a str,
}

pub(super) async fn show(State(room): State<Room>, Path(token): Path<String>) -> Result<Response, Failure> {
    let secret = secret(&token)?;
    form(&room, &secret, StatusCode::OK, "").await
}

async fn form(room: &Room, secret: &Opaque, status: StatusCode, problem: &str) -> Result<Response, Failure> {
    let (digest, now) = (secret.digest(), room.press().now());
    let member = room.ask(move |store, _| store.read(|db| Kept::find(db, &digest, now))).await?;
    let member = member.as_ref().ok_or_else(used_up)?;
    let publisher = &room.press().config().publisher.name;
    Ok(page(status, &Invitation { assets: room.assets().links(), publisher, member, problem }))
}

pub(super) async fn accept(
    State(room): State<Room>,
    Path(token): Path<String>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    let secret = secret(&token)?;
    let password = fields.get_whole("password").ok_or(Failure::Incomplete)?.to_owned();
    if !room.limits().take(visitor.address) {
        return Err(Failure::TooMany);
    }
    let (link, now) = (secret.clone(), room.press().now());
    let accepted = room.ask_slowly(move |store, _| staff::accept_invitation(store, &link, &password, &visitor, now));
    match accepted.await?.ok_or_else(used_up)? {
        Ok(entry) => Ok(go_on(&room, entry, "/desk")),
        Err(weakness) => form(&room, &secret, StatusCode::UNPROCESSABLE_ENTITY, weakness.advice()).await,
    }
}

fn secret(token: &str) -> Result<Opaque, Failure> {
    Opaque::read(token).ok_or_else(used_up)
}

/// One answer for all of them: it tells nobody how near a guess came.
fn used_up() -> Failure {
    let days = staff::INVITATION_DAYS;
    Failure::Refused(format!(
        "the link was used already, or its {days} days are over. Ask an operator for a new one: `griot desk invite`"
    ))
}
