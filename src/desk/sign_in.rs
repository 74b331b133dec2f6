use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::assets::Links;
use super::failure::Failure;
use super::frame::page;
use super::guard::{Browser, Signed, place, see_other, with_session, without_session};
use super::room::Room;
use crate::staff::{self, Attempt, Entry};
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
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    to: String,
}

pub(super) async fn show(State(room): State<Room>, Query(wanted): Query<Wanted>) -> Response {
    form(&room, StatusCode::OK, "", "", place(&wanted.to))
}

fn form(room: &Room, status: StatusCode, problem: &str, name: &str, to: &str) -> Response {
    let publisher = &room.press().config().publisher.name;
    page(status, &SignIn { assets: room.assets().links(), publisher, problem, name, to })
}

pub(super) async fn sign_in(State(room): State<Room>, browser: Browser, fields: Fields) -> Result<Response, Failure> {
    let (Some(name), Some(password)) = (fields.get("name"), fields.get_whole("password")) else {
        return Err(Failure::Incomplete);
    };
    let to = place(fields.get("to").unwrap_or_default());
    if !room.limits().take(browser.address) {
        let problem = "There were too many tries from where you are. Wait a minute, then try again.";
        return Ok(form(&room, StatusCode::TOO_MANY_REQUESTS, problem, name, to));
    }
    let attempt = Attempt {
        name: name.to_owned(),
        password: password.to_owned(),
        address: browser.address.to_string(),
        agent: browser.agent,
    };
    let now = room.press().now();
    match room.ask_slowly(move |store, _| staff::sign_in(store, &attempt, now)).await? {
        Entry::In(secret) => Ok(with_session(see_other(to), &room, &secret)),
        Entry::Refused => {
            let problem = "The name or the password is wrong, or there were too many tries. After five wrong ones a \
                           name is locked for a while. An operator can send you a new link.";
            Ok(form(&room, StatusCode::UNPROCESSABLE_ENTITY, problem, name, to))
        }
    }
}

pub(super) async fn sign_out(State(room): State<Room>, signed: Signed) -> Result<Response, Failure> {
    let now = room.press().now();
    room.ask(move |store, _| store.write(|db| staff::sign_out(db, &signed.member, &signed.session.digest, now)))
        .await?;
    Ok(without_session(see_other("/desk/sign-in"), &room))
}
