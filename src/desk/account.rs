use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

use super::agent::told;
use super::failure::Failure;
use super::frame::{Done, Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::address::EmailAddress;
use crate::saying::time::distance;
use crate::staff::{self, Password, Visitor};
use crate::store::{AuditEntry, Member, Passkey, RecoveryCode, SecretDigest, Session};
use crate::web::Fields;

#[derive(Debug, Template)]
#[template(path = "desk/account.html")]
struct Account {
    frame: Frame,
    email: String,
    problem: String,
    has_code: bool,
    /// Recovery codes that are left.
    recovery_codes: u32,
    /// Whether there can be passkeys at this desk.
    takes_passkeys: bool,
    passkeys: Vec<Key>,
    sessions: Vec<Place>,
}

#[derive(Debug)]
struct Key {
    id: String,
    name: String,
    since: String,
    used: String,
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

pub(super) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = match done.as_str() {
        "password" => "Your password is changed. Everywhere else you are signed out.",
        "email" => "Tests are sent to this address from now on.",
        "session" => "That session is ended.",
        "no-code" => "You sign in without a code from now on.",
        "passkey" => "The passkey is added. You can sign in with it from now on.",
        "no-passkey" => "That passkey signs nobody in any more. Remove it on your device as well.",
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
    let (sessions, passkeys, recovery_codes) = room
        .ask(move |store, _| {
            store.read(|db| Ok((Session::of(db, id)?, Passkey::of(db, id)?, RecoveryCode::count(db, id)?)))
        })
        .await?;
    let key = |passkey: Passkey| Key {
        id: BASE64URL_NOPAD.encode(&passkey.id),
        since: distance(passkey.created_at, now),
        used: passkey
            .used_at
            .map_or_else(|| "not used yet".to_owned(), |at| format!("last used {}", distance(at, now))),
        name: passkey.name,
    };
    let place = |session: Session| Place {
        id: BASE64URL_NOPAD.encode(&session.digest),
        is_this: session.digest == signed.session.digest,
        agent: told(&session.agent),
        address: session.address,
        since: distance(session.created_at, now),
        seen: distance(session.seen_at, now),
    };
    let account = Account {
        frame: Frame::new(room, signed, "/desk/account", "Your account").noting(notice),
        email: signed.member.email.clone(),
        problem,
        has_code: !signed.member.totp.is_empty(),
        recovery_codes,
        takes_passkeys: room.passkeys().is_some(),
        passkeys: passkeys.into_iter().map(key).collect(),
        sessions: sessions.into_iter().map(place).collect(),
    };
    Ok(page(status, &account))
}

/// The page again, with why what was asked for was not done.
pub(super) async fn with_problem(room: &Room, signed: &Signed, problem: &str) -> Result<Response, Failure> {
    form(room, signed, StatusCode::UNPROCESSABLE_ENTITY, "", problem.to_owned()).await
}

/// Whether the password that came with a form is theirs, for what a session alone is not enough for: somebody may sit
/// at a browser that was left open. What is wrong, where it is not.
pub(super) async fn proven(
    room: &Room,
    signed: &Signed,
    visitor: &Visitor,
    fields: &Fields,
) -> Result<Option<&'static str>, Failure> {
    let present = fields.get_whole("present").ok_or(Failure::Incomplete)?.to_owned();
    if !room.limits().take(visitor.address) {
        return Err(Failure::TooMany);
    }
    let hash = signed.member.password.clone();
    let is_right = room.ask_slowly(move |_, _| Ok(Password::is_right(&hash, &present))).await?;
    Ok((!is_right).then_some("Your present password is another one."))
}

pub(super) async fn change_password(
    State(room): State<Room>,
    signed: Signed,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    let new = fields.get_whole("password").ok_or(Failure::Incomplete)?.to_owned();
    if let Some(problem) = proven(&room, &signed, &visitor, &fields).await? {
        return with_problem(&room, &signed, problem).await;
    }
    let (Signed { member, session }, now) = (signed.clone(), room.press().now());
    let changed = room.ask_slowly(move |store, _| staff::change_password(store, &member, &session.digest, &new, now));
    match changed.await? {
        Ok(()) => Ok(see_other("/desk/account?done=password")),
        Err(weakness) => with_problem(&room, &signed, weakness.advice()).await,
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
                return with_problem(&room, &signed, &problem).await;
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
