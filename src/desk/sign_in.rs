use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::assets::Links;
use super::failure::Failure;
use super::frame::page;
use super::guard::{Signed, place, see_other, with_session, without_session};
use super::room::Room;
use crate::staff::{self, Entry, Opaque, Visitor};
use crate::web::Fields;

#[derive(Debug, Template)]
#[template(path = "desk/sign_in.html")]
struct SignIn<'a> {
    assets: Links,
    publisher: &'a str,
    /// Why the last try did not work; may be empty.
    problem: &'a str,
    name: &'a str,
    to: &'a str,
    has_passkeys: bool,
}

/// The second page, where the password was right and a code is wanted.
#[derive(Debug, Template)]
#[template(path = "desk/code.html")]
struct CodePage<'a> {
    assets: Links,
    publisher: &'a str,
    problem: &'a str,
    ticket: &'a str,
    to: &'a str,
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    to: String,
}

pub(super) async fn show(State(room): State<Room>, Query(wanted): Query<Wanted>) -> Response {
    form(&room, StatusCode::OK, "", "", place(&wanted.to))
}

pub(super) fn form(room: &Room, status: StatusCode, problem: &str, name: &str, to: &str) -> Response {
    let publisher = &room.press().config().publisher.name;
    let (assets, has_passkeys) = (room.assets().links(), room.passkeys().is_some());
    page(status, &SignIn { assets, publisher, problem, name, to, has_passkeys })
}

pub(super) async fn sign_in(State(room): State<Room>, visitor: Visitor, fields: Fields) -> Result<Response, Failure> {
    let (Some(name), Some(password)) = (fields.get("name"), fields.get_whole("password")) else {
        return Err(Failure::Incomplete);
    };
    let to = place(fields.get("to").unwrap_or_default());
    if !room.limits().take(visitor.address) {
        return Ok(too_many(&room, name, to));
    }
    let (named, password, now) = (name.to_owned(), password.to_owned(), room.press().now());
    match room.ask_slowly(move |store, _| staff::sign_in(store, &named, &password, &visitor, now)).await? {
        Entry::Refused => {
            let problem = "The name or the password is wrong, or there were too many tries. After five wrong ones a \
                           name is locked for a while. An operator can send you a new link.";
            Ok(form(&room, StatusCode::UNPROCESSABLE_ENTITY, problem, name, to))
        }
        entry => Ok(go_on(&room, entry, to)),
    }
}

pub(super) async fn enter_code(
    State(room): State<Room>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    let (Some(ticket), Some(code)) = (fields.get("ticket").and_then(Opaque::read), fields.get("code")) else {
        return Err(Failure::Incomplete);
    };
    let to = place(fields.get("to").unwrap_or_default());
    if !room.limits().take(visitor.address) {
        return Ok(too_many(&room, "", to));
    }
    let (code, now) = (code.to_owned(), room.press().now());
    match room.ask(move |store, _| staff::enter_code(store, &ticket, &code, &visitor, now)).await? {
        Entry::Code(ticket) => {
            let problem = "That code is wrong, or was used already. Each is good once; wait for the next one.";
            Ok(code_form(&room, StatusCode::UNPROCESSABLE_ENTITY, problem, &ticket, to))
        }
        Entry::Refused => {
            let problem = "That took too long, or there were too many wrong codes. Sign in again.";
            Ok(form(&room, StatusCode::UNPROCESSABLE_ENTITY, problem, "", to))
        }
        entry @ Entry::In(_) => Ok(go_on(&room, entry, to)),
    }
}

/// The page after what was given is right: the one that was wanted, or the one that asks for the code.
pub(super) fn go_on(room: &Room, entry: Entry, to: &str) -> Response {
    match entry {
        Entry::In(secret) => with_session(see_other(to), room, &secret),
        Entry::Code(ticket) => code_form(room, StatusCode::OK, "", &ticket, to),
        Entry::Refused => form(room, StatusCode::UNPROCESSABLE_ENTITY, "That did not work. Sign in again.", "", to),
    }
}

fn code_form(room: &Room, status: StatusCode, problem: &str, ticket: &Opaque, to: &str) -> Response {
    let publisher = &room.press().config().publisher.name;
    page(status, &CodePage { assets: room.assets().links(), publisher, problem, ticket: ticket.as_str(), to })
}

pub(super) fn too_many(room: &Room, name: &str, to: &str) -> Response {
    let problem = "There were too many tries from where you are. Wait a minute, then try again.";
    form(room, StatusCode::TOO_MANY_REQUESTS, problem, name, to)
}

pub(super) async fn sign_out(State(room): State<Room>, signed: Signed) -> Result<Response, Failure> {
    let now = room.press().now();
    room.ask(move |store, _| store.write(|db| staff::sign_out(db, &signed.member, &signed.session.digest, now)))
        .await?;
    Ok(without_session(see_other("/desk/sign-in"), &room))
}
