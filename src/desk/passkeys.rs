use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use super::account::{self, proven};
use super::failure::Failure;
use super::guard::{Signed, place, see_other};
use super::room::Room;
use super::sign_in::{form, go_on, too_many};
use crate::staff::{Ceremony, Entry, Opaque, Visitor};
use crate::store::{AuditEntry, Passkey};
use crate::web::Fields;

/// Characters of what somebody calls a passkey.
const NAME: usize = 60;

/// What the browser is to ask an authenticator for, once the password that goes with it is right.
pub(super) async fn begin_adding(
    State(room): State<Room>,
    signed: Signed,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    if let Some(problem) = proven(&room, &signed, &visitor, &fields).await? {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, problem).into_response());
    }
    let (member, now) = (signed.member, room.press().now());
    Ok(begun(room.ask_passkeys(move |passkeys, store, _| passkeys.begin_adding(store, &member, now)).await?))
}

pub(super) async fn add(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let (ticket, answer) = answered(&fields)?;
    let given = fields.get("name").unwrap_or_default();
    let name: String = given.chars().filter(|one| !one.is_control()).take(NAME).collect();
    let name = if name.is_empty() { "A passkey".to_owned() } else { name };
    let (member, now) = (signed.member.clone(), room.press().now());
    let added =
        room.ask_passkeys(move |passkeys, store, _| passkeys.add(store, &member, (&ticket, &answer), &name, now));
    if added.await? {
        return Ok(see_other("/desk/account?done=passkey"));
    }
    let problem = "The passkey was not added: its answer came too late, or was not for this page. Try it again.";
    account::with_problem(&room, &signed, problem).await
}

pub(super) async fn remove(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let id = fields.get("passkey").and_then(|id| BASE64URL_NOPAD.decode(id.as_bytes()).ok());
    let (id, member, now) = (id.ok_or(Failure::Incomplete)?, signed.member, room.press().now());
    // One that is gone already is gone.
    room.ask(move |store, _| {
        store.write(|db| {
            let known = Passkey::of(db, member.id)?.into_iter().find(|passkey| passkey.id == id);
            match known {
                Some(passkey) if Passkey::remove(db, member.id, &id)? => {
                    AuditEntry::add(db, &member.name, "removed a passkey", &passkey.name, "", now)
                }
                _ => Ok(()),
            }
        })
    })
    .await?;
    Ok(see_other("/desk/account?done=no-passkey"))
}

pub(super) async fn begin_signing_in(State(room): State<Room>, visitor: Visitor) -> Result<Response, Failure> {
    if !room.ceremonies().take(visitor.address) {
        return Ok((StatusCode::TOO_MANY_REQUESTS, "There were too many tries. Wait a minute.").into_response());
    }
    let now = room.press().now();
    Ok(begun(room.ask_passkeys(move |passkeys, store, _| passkeys.begin_signing_in(store, now)).await?))
}

pub(super) async fn sign_in(State(room): State<Room>, visitor: Visitor, fields: Fields) -> Result<Response, Failure> {
    let (ticket, answer) = answered(&fields)?;
    let to = place(fields.get("to").unwrap_or_default());
    if !room.limits().take(visitor.address) {
        return Ok(too_many(&room, "", to));
    }
    let now = room.press().now();
    let entry = room.ask_passkeys(move |passkeys, store, _| passkeys.sign_in(store, (&ticket, &answer), &visitor, now));
    match entry.await? {
        Entry::Refused => {
            let problem = "No account here knows that passkey, or its answer came too late. Try it again, or sign in \
                           with your password.";
            Ok(form(&room, StatusCode::UNPROCESSABLE_ENTITY, problem, "", to))
        }
        entry => Ok(go_on(&room, entry, to)),
    }
}

/// For `passkeys.js`.
fn begun(Ceremony { ticket, options }: Ceremony) -> Response {
    Json(json!({ "ticket": ticket.as_str(), "options": options })).into_response()
}

fn answered(fields: &Fields) -> Result<(Opaque, String), Failure> {
    let ticket = fields.get("ticket").and_then(Opaque::read).ok_or(Failure::Incomplete)?;
    Ok((ticket, fields.get("answer").ok_or(Failure::Incomplete)?.to_owned()))
}
