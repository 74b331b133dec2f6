use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use qrcode::{Color, EcLevel, QrCode};

use super::account::{self, proven};
use super::failure::Failure;
use super::frame::{Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::staff::{self, CodeSecret, Visitor};
use crate::web::Fields;

/// The secret for an authenticator app, to be confirmed by a code that the app makes of it.
#[derive(Debug, Template)]
#[template(path = "desk/account_code.html")]
struct SetUp {
    frame: Frame,
    problem: String,
    secret: String,
    /// For an app on the same device.
    url: String,
    /// In groups that can be typed.
    grouped: String,
    qr: Qr,
}

/// The codes for who loses the app: on this page, and never again.
#[derive(Debug, Template)]
#[template(path = "desk/recovery_codes.html")]
struct RecoveryCodes {
    frame: Frame,
    codes: Vec<String>,
}

/// A QR code as the template draws it: its dark squares as one path, a unit each.
#[derive(Debug)]
struct Qr {
    size: usize,
    path: String,
}

impl Qr {
    fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let size = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(size).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run[0] == Color::Dark {
                    path += &format!("M{x} {y}h{0}v1h-{0}z", run.len());
                }
                x += run.len();
            }
        }
        Some(Self { size, path })
    }
}

pub(super) async fn show(State(room): State<Room>, signed: Signed) -> Result<Response, Failure> {
    if !signed.member.totp.is_empty() {
        return Ok(see_other("/desk/account"));
    }
    let secret = CodeSecret::new().map_err(Failure::of)?;
    form(&room, &signed, StatusCode::OK, &secret, "")
}

fn form(
    room: &Room,
    signed: &Signed,
    status: StatusCode,
    secret: &CodeSecret,
    problem: &str,
) -> Result<Response, Failure> {
    let url = secret.url(&room.press().config().publisher.name, &signed.member.name).map_err(Failure::of)?;
    let letters: Vec<char> = secret.as_str().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    let set_up = SetUp {
        frame: Frame::new(room, signed, "/desk/account", "Sign in with a code beside the password"),
        problem: problem.to_owned(),
        secret: secret.as_str().to_owned(),
        grouped: groups.join(" "),
        qr: Qr::of(&url).ok_or(Failure::Broken)?,
        url,
    };
    Ok(page(status, &set_up))
}

pub(super) async fn set_up(
    State(room): State<Room>,
    signed: Signed,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    let (Some(secret), Some(code)) = (fields.get("secret").and_then(CodeSecret::read), fields.get("code")) else {
        return Err(Failure::Incomplete);
    };
    if !signed.member.totp.is_empty() {
        return Ok(see_other("/desk/account"));
    }
    let again = |problem| form(&room, &signed, StatusCode::UNPROCESSABLE_ENTITY, &secret, problem);
    if let Some(problem) = proven(&room, &signed, &visitor, &fields).await? {
        return again(problem);
    }
    let (member, confirmed, code, now) = (signed.member.clone(), secret.clone(), code.to_owned(), room.press().now());
    match room.ask(move |store, _| staff::add_code(store, &member, &confirmed, &code, now)).await? {
        Some(codes) => Ok(told(&room, &signed, codes)),
        None => {
            again("That is not the code the app shows now. Look whether the clocks are right, and try the next one.")
        }
    }
}

pub(super) async fn renew_recovery_codes(
    State(room): State<Room>,
    signed: Signed,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    if let Some(problem) = proven(&room, &signed, &visitor, &fields).await? {
        return account::with_problem(&room, &signed, problem).await;
    }
    if signed.member.totp.is_empty() {
        return Ok(see_other("/desk/account"));
    }
    let (member, now) = (signed.member.clone(), room.press().now());
    let codes = room.ask(move |store, _| staff::renew_recovery_codes(store, &member, now)).await?;
    Ok(told(&room, &signed, codes))
}

fn told(room: &Room, signed: &Signed, codes: Vec<String>) -> Response {
    let frame = Frame::new(room, signed, "/desk/account", "Your recovery codes");
    page(StatusCode::OK, &RecoveryCodes { frame, codes })
}

pub(super) async fn remove(
    State(room): State<Room>,
    signed: Signed,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    if let Some(problem) = proven(&room, &signed, &visitor, &fields).await? {
        return account::with_problem(&room, &signed, problem).await;
    }
    let now = room.press().now();
    room.ask(move |store, _| staff::remove_code(store, &signed.member, now)).await?;
    Ok(see_other("/desk/account?done=no-code"))
}
