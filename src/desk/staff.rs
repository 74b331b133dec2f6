use anyhow::Result;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::failure::{Failure, sentence};
use super::frame::{Done, Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::address::EmailAddress;
use crate::saying::time::distance;
use crate::staff::{self, INVITATION_DAYS, Opaque};
use crate::store::{Db, Member, MemberId, Passkey, Role, Session};
use crate::web::Fields;

#[derive(Debug, Template)]
#[template(path = "desk/staff.html")]
struct StaffPage {
    frame: Frame,
    problem: String,
    people: Vec<Person>,
    roles: [Role; 3],
    /// What the form for an invitation held, where it is to be mended.
    name: String,
    email: String,
    role: Role,
}

#[derive(Debug)]
struct Person {
    id: i64,
    name: String,
    role: Role,
    email: String,
    state: &'static str,
    is_closed: bool,
    is_self: bool,
    /// What they sign in with, in words.
    factors: String,
    has_more: bool,
    seen: String,
}

/// A one-time link: on this page, and never again.
#[derive(Debug, Template)]
#[template(path = "desk/invited.html")]
struct Invited {
    frame: Frame,
    name: String,
    role: Role,
    link: String,
    days: i64,
}

pub(super) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = match done.as_str() {
        "role" => "Their role is another one now.",
        "sessions" => "They are signed out everywhere.",
        "factors" => "Their password alone signs them in now, until they set up a code or a passkey again.",
        "close" => "The account is closed, and signed out everywhere.",
        "open" => "The account is open again, with the password it had.",
        _ => "",
    };
    list(&room, &signed, StatusCode::OK, notice, (String::new(), String::new(), String::new(), Role::Editor)).await
}

/// The page, with what is wrong and what the form held: name, address, role.
async fn list(
    room: &Room,
    signed: &Signed,
    status: StatusCode,
    notice: &'static str,
    (problem, name, email, role): (String, String, String, Role),
) -> Result<Response, Failure> {
    let (own, now) = (signed.member.id, room.press().now());
    let people = room
        .ask(move |store, _| {
            store.read(|db| {
                let members = Member::all(db)?.into_iter();
                members.map(|member| Person::of(db, member, own, now)).collect::<Result<Vec<_>>>()
            })
        })
        .await?;
    let frame = Frame::new(room, signed, "/desk/staff", "Who works here").noting(notice);
    Ok(page(status, &StaffPage { frame, problem, people, roles: Role::ALL, name, email, role }))
}

impl Person {
    fn of(db: &Db, member: Member, own: MemberId, now: DateTime<Utc>) -> Result<Self> {
        let sessions = Session::of(db, member.id)?;
        let passkeys = Passkey::of(db, member.id)?.len();
        let with_code = if member.totp.is_empty() { "password" } else { "password and code" };
        let factors = match (member.password.is_empty(), passkeys) {
            (true, _) => "has no password yet".to_owned(),
            (false, 0) => format!("signs in with {with_code}"),
            (false, 1) => format!("signs in with {with_code}, or a passkey"),
            (false, many) => format!("signs in with {with_code}, or one of {many} passkeys"),
        };
        let seen = match sessions.first() {
            Some(session) => format!("last seen {}", distance(session.seen_at, now)),
            None => "signed in nowhere".to_owned(),
        };
        Ok(Self {
            id: member.id.0,
            role: member.role,
            state: member.state(),
            is_closed: member.closed_at.is_some(),
            is_self: member.id == own,
            has_more: passkeys > 0 || !member.totp.is_empty(),
            factors,
            seen,
            name: member.name,
            email: member.email,
        })
    }
}

pub(super) async fn invite(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let (Some(name), Some(role)) = (fields.get("name"), role_of(&fields)) else { return Err(Failure::Incomplete) };
    let given = fields.get("email").unwrap_or_default();
    let again = async |problem: String| {
        let held = (problem, name.to_owned(), given.to_owned(), role);
        list(&room, &signed, StatusCode::UNPROCESSABLE_ENTITY, "", held).await
    };
    if !given.is_empty()
        && let Err(error) = EmailAddress::parse(given)
    {
        return again(format!("That is no address mail can be sent to: {error}.")).await;
    }
    let (who, invited, email, now) =
        (signed.member.name.clone(), name.to_owned(), given.to_owned(), room.press().now());
    let made = room.ask(move |store, _| {
        if store.read(|db| Member::named(db, &invited))?.is_some() {
            anyhow::bail!("{invited} has an account already. Make them a new link in the list, or take another name");
        }
        staff::invite(store, &who, &invited, &email, role, now)
    });
    match made.await {
        Ok(secret) => Ok(told(&room, &signed, name, role, &secret)),
        Err(Failure::Refused(problem)) => again(sentence(&problem)).await,
        Err(failure) => Err(failure),
    }
}

pub(super) async fn change_role(
    State(room): State<Room>,
    signed: Signed,
    Path(member): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (role, by, now) = (role_of(&fields).ok_or(Failure::Incomplete)?, signed.member.clone(), room.press().now());
    let done =
        room.ask(move |store, _| store.write(|db| staff::change_role(db, &by, MemberId(member), role, now).map(drop)));
    finish(&room, &signed, "role", done.await).await
}

/// The other buttons of a person.
pub(super) async fn act(
    State(room): State<Room>,
    signed: Signed,
    Path((member, act)): Path<(i64, String)>,
) -> Result<Response, Failure> {
    let (id, by, now) = (MemberId(member), signed.member.clone(), room.press().now());
    if act == "link" {
        return renew_link(&room, &signed, id).await;
    }
    let work = match act.as_str() {
        "sessions" => staff::end_sessions,
        "factors" => staff::take_factors_of_another,
        "close" => staff::close_another,
        "open" => staff::open_again,
        _ => return Err(Failure::NoSuchPage),
    };
    let done = room.ask(move |store, _| store.write(|db| work(db, &by, id, now).map(drop)));
    finish(&room, &signed, &act, done.await).await
}

async fn finish(room: &Room, signed: &Signed, act: &str, done: Result<(), Failure>) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(see_other(&format!("/desk/staff?done={act}"))),
        Err(Failure::Refused(problem)) => {
            let held = (sentence(&problem), String::new(), String::new(), Role::Editor);
            list(room, signed, StatusCode::UNPROCESSABLE_ENTITY, "", held).await
        }
        Err(failure) => Err(failure),
    }
}

/// A new link for who lost their password, or let the first one lapse.
async fn renew_link(room: &Room, signed: &Signed, id: MemberId) -> Result<Response, Failure> {
    let found = room.ask(move |store, _| store.read(|db| Member::find(db, id))).await?;
    let member = found.filter(|member| member.closed_at.is_none()).ok_or(Failure::NoSuchPage)?;
    let (who, name, role, now) = (signed.member.name.clone(), member.name.clone(), member.role, room.press().now());
    let secret = room.ask(move |store, _| staff::invite(store, &who, &name, "", role, now)).await?;
    Ok(told(room, signed, &member.name, role, &secret))
}

fn told(room: &Room, signed: &Signed, name: &str, role: Role, secret: &Opaque) -> Response {
    let link = room.press().config().web.link(&format!("/desk/invitation/{}", secret.as_str()));
    let frame = Frame::new(room, signed, "/desk/staff", format!("A link for {name}"));
    page(StatusCode::OK, &Invited { frame, name: name.to_owned(), role, link, days: INVITATION_DAYS })
}

fn role_of(fields: &Fields) -> Option<Role> {
    fields.get("role")?.parse().ok()
}
