use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::act::join;
use super::{Choice, PART, address, newsletters};
use crate::address::EmailAddress;
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::{Signed, see_other};
use crate::desk::room::Room;
use crate::publishing::Joining;
use crate::sheet::folded;
use crate::web::Fields;

/// Longest name that is taken, in characters.
const MAX_NAME: usize = 200;

#[derive(Debug, Template)]
#[template(path = "desk/reader_add.html")]
struct AddReader<'a> {
    frame: Frame,
    problem: &'a str,
    email: &'a str,
    name: &'a str,
    newsletters: Vec<Choice>,
    is_confirmed: bool,
}

pub(in crate::desk) async fn ask_add(State(room): State<Room>, signed: Signed) -> Response {
    form(&room, &signed, "", &Fields::default())
}

fn form(room: &Room, signed: &Signed, problem: &str, fields: &Fields) -> Response {
    let page_of = AddReader {
        frame: Frame::new(room, signed, PART, "Add a reader"),
        problem,
        email: fields.get("email").unwrap_or_default(),
        name: fields.get("name").unwrap_or_default(),
        newsletters: newsletters(room.press().config(), fields.get("newsletter").unwrap_or_default()),
        is_confirmed: fields.has("confirmed", "yes"),
    };
    page(if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page_of)
}

pub(in crate::desk) async fn add(
    State(room): State<Room>,
    signed: Signed,
    fields: Fields,
) -> Result<Response, Failure> {
    let (Some(email), Some(name), Some(newsletter)) =
        (fields.get("email"), fields.get("name"), fields.get("newsletter"))
    else {
        return Err(Failure::Incomplete);
    };
    let newsletter = room.press().config().newsletter(newsletter).ok_or(Failure::Incomplete)?;
    let email = match EmailAddress::parse(email) {
        Ok(email) => email,
        Err(error) => return Ok(form(&room, &signed, &format!("The address can't be mailed: {error}."), &fields)),
    };
    let name = folded(name);
    if name.chars().count() > MAX_NAME {
        return Ok(form(&room, &signed, "The name is longer than 200 characters.", &fields));
    }
    let is_confirmed = fields.has("confirmed", "yes");
    let joining = Joining { email, name, timezone: None, is_confirmed, source: "desk" };
    match join(&room, &signed, newsletter, joining).await? {
        Ok((done, reader)) => Ok(see_other(&format!("{}?done={done}", address(reader.id)))),
        Err(problem) => Ok(form(&room, &signed, &problem, &fields)),
    }
}
