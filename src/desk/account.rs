use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use super::failure::Failure;
use super::frame::{Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::address::EmailAddress;
use crate::saying::time::distance;
use crate::staff::{self, Password};
use crate::store::{AuditEntry, Member, SecretDigest, Session};
use crate::web::Fields;

#[derive(Debug, Template)]
#[template(path = "desk/account.html")]
struct Account {
    frame: Frame,
    email: String,
    problem: String,
    sessions: Vec<Place>,
}

/// Where somebody is signed in.
#[derive(Debug)]
struct Place {
    id: String,
    is_this: bool,
    agent: String,
    address: String,
    since: String,
    seen: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

pub(super) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = match done.as_str() {
        "password" => "Your password is changed. Everywhere else you are signed out.",
        "email" => "Tests are sent to this address from now on.",
        "session" => "That session is ended.",
        _ => "",
    };
    form(&room, &signed, StatusCode::OK, notice, String::new()).await
}

async fn form(
    room: &Room,
    signed: &Signed,
    status: StatusCode,
    notice: &'static str,
    problem: String,
) -> Result<Response, Failure> {
    let (id, now) = (signed.member.id, room.press().now());
    let sessions = room.ask(move |store, _| store.read(|db| Session::of(db, id))).await?;
    let place = |session: Session| Place {
        id: BASE64URL_NOPAD.encode(&session.digest),
        is_this: session.digest == signed.session.digest,
        agent: if session.agent.is_empty() { "An unnamed browser".to_owned() } else { session.agent },
        address: session.address,
        since: distance(session.created_at, now),
        seen: distance(session.seen_at, now),
    };
    let account = Account {
        frame: Frame::new(room, signed, "/desk/account", "Your account").noting(notice),
        email: signed.member.email.clone(),
        problem,
        sessions: sessions.into_iter().map(place).collect(),
    };
    Ok(page(status, &account))
}

pub(super) async fn change_password(
    State(room): State<Room>,
    signed: Signed,
    fields: Fields,
) -> Result<Response, Failure> {
    let (Some(present), Some(new)) = (fields.get_whole("present"), fields.get_whole("password")) else {
        return Err(Failure::Incomplete);
    };
    let (present, new, now) = (present.to_owned(), new.to_owned(), room.press().now());
    let Signed { member, session } = signed.clone();
    let changed = room.ask_slowly(move |store, _| {
        if !Password::is_right(&member.password, &present) {
            return Ok(Some("Your present password is another one."));
        }
        let changed = staff::change_password(store, &member, &session.digest, &new, now)?;
        Ok(changed.err().map(|weakness| weakness.advice()))
    });
    match changed.await? {
        None => Ok(see_other("/desk/account?done=password")),
        Some(problem) => form(&room, &signed, StatusCode::UNPROCESSABLE_ENTITY, "", problem.to_owned()).await,
    }
}

pub(super) async fn change_email(
    State(room): State<Room>,
    signed: Signed,
    fields: Fields,
) -> Result<Response, Failure> {
    let email = match fields.get("email").ok_or(Failure::Incomplete)? {
        "" => String::new(),
        given => match EmailAddress::parse(given) {
            Ok(email) => email.to_string(),
            Err(error) => {
                let problem = format!("That is no address mail can be sent to: {error}.");
                return form(&room, &signed, StatusCode::UNPROCESSABLE_ENTITY, "", problem).await;
            }
        },
    };
    let (member, now) = (signed.member, room.press().now());
    room.ask(move |store, _| {
        store.write(|db| {
            Member::set_email(db, member.id, &email)?;
            AuditEntry::add(db, &member.name, "changed their address", "", "", now)
        })
    })
    .await?;
    Ok(see_other("/desk/account?done=email"))
}

pub(super) async fn end_session(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let bytes = BASE64URL_NOPAD.decode(fields.get("session").unwrap_or_default().as_bytes()).unwrap_or_default();
    let digest: SecretDigest = bytes.try_into().map_err(|_| Failure::Incomplete)?;
    let now = room.press().now();
    // One that ended by itself meanwhile is ended as well.
    room.ask(move |store, _| {
        store.write(|db| {
            if Session::end(db, signed.member.id, &digest)? {
                AuditEntry::add(db, &signed.member.name, "ended a session", "", "", now)?;
            }
            Ok(())
        })
    })
    .await?;
    Ok(see_other("/desk/account?done=session"))
}
