use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};

use super::failure::{Failure, sentence};
use super::frame::{Done, Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::saying::time::{day_in_zone, distance};
use crate::staff::{NewToken, add_token, revoke_token};
use crate::store::{ApiToken, Scope};
use crate::web::Fields;

/// The part of the desk it belongs to.
const PART: &str = "/desk/staff";
/// What can be chosen: days a token is good, 0 is without an end.
const DAYS: [(i64, &str); 4] = [(30, "30 days"), (90, "90 days"), (365, "a year"), (0, "until it is revoked")];

#[derive(Debug, Template)]
#[template(path = "desk/tokens.html")]
struct Tokens {
    frame: Frame,
    problem: String,
    tokens: Vec<Line>,
    /// Each with what it opens, and whether it is chosen.
    scopes: Vec<(&'static str, &'static str, bool)>,
    days: [(i64, &'static str); 4],
    /// What the form held, where it is to be mended.
    name: String,
    lasts: i64,
}

#[derive(Debug)]
struct Line {
    id: i64,
    name: String,
    state: &'static str,
    scopes: String,
    /// Who made it, when it was used, when it ends.
    story: String,
}

/// The secret: on this page, and never again.
#[derive(Debug, Template)]
#[template(path = "desk/token_made.html")]
struct Made {
    frame: Frame,
    name: String,
    secret: String,
}

pub(super) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = if done == "revoked" { "The token is revoked, and opens nothing any more." } else { "" };
    list(&room, &signed, StatusCode::OK, notice, String::new(), &Fields::default()).await
}

async fn list(
    room: &Room,
    signed: &Signed,
    status: StatusCode,
    notice: &'static str,
    problem: String,
    fields: &Fields,
) -> Result<Response, Failure> {
    let (now, zone) = (room.press().now(), room.press().config().home_zone());
    let tokens = room.ask(|store, _| store.read(ApiToken::all)).await?;
    let day = |at: DateTime<Utc>| day_in_zone(at, zone, now);
    let tokens = tokens.into_iter().map(|token| {
        let used = token.used_at.map_or("never used".to_owned(), |at| format!("used {}", distance(at, now)));
        let end = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", day(at)),
            (None, Some(at)) if at <= now => format!("expired {}", day(at)),
            (None, Some(at)) => format!("good until {}", day(at)),
            (None, None) => "good until it is revoked".to_owned(),
        };
        Line {
            id: token.id,
            state: token.state(now),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" · "),
            story: format!("made by {} {} · {used} · {end}", token.created_by, day(token.created_at)),
            name: token.name,
        }
    });
    let page_of = Tokens {
        frame: Frame::new(room, signed, PART, "Tokens for programs").noting(notice),
        problem,
        tokens: tokens.collect(),
        scopes: Scope::ALL
            .map(|scope| (scope.as_str(), scope.told(), fields.all("scope").any(|word| word == scope.as_str())))
            .to_vec(),
        days: DAYS,
        name: fields.get("name").unwrap_or_default().to_owned(),
        lasts: fields.get("days").and_then(|days| days.parse().ok()).unwrap_or(90),
    };
    Ok(page(status, &page_of))
}

pub(super) async fn add(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let days = fields.get("days").and_then(|days| days.parse::<i64>().ok());
    let scopes: Result<Vec<Scope>, _> = fields.all("scope").map(str::parse).collect();
    let (Some(name), Some(days), Ok(scopes)) = (fields.get("name"), days, scopes) else {
        return Err(Failure::Incomplete);
    };
    if !DAYS.iter().any(|(known, _)| *known == days) {
        return Err(Failure::Incomplete);
    }
    let lasts = (days > 0).then(|| TimeDelta::days(days));
    let new = NewToken { name: name.to_owned(), scopes, lasts };
    let who = signed.member.name.clone();
    match room.ask(move |store, press| add_token(store, &who, &new, press.now())).await {
        Ok(secret) => {
            let frame = Frame::new(&room, &signed, PART, format!("The token {name}"));
            let secret = secret.as_str().to_owned();
            Ok(page(StatusCode::OK, &Made { frame, name: name.to_owned(), secret }))
        }
        Err(Failure::Refused(problem)) => {
            list(&room, &signed, StatusCode::UNPROCESSABLE_ENTITY, "", sentence(&problem), &fields).await
        }
        Err(failure) => Err(failure),
    }
}

pub(super) async fn revoke(State(room): State<Room>, signed: Signed, Path(id): Path<i64>) -> Result<Response, Failure> {
    let who = signed.member.name;
    room.ask(move |store, press| {
        store.write(|db| match ApiToken::with_id(db, id)? {
            Some(token) => revoke_token(db, &who, &token, press.now()),
            None => anyhow::bail!("there is no such token; the list shows those there are"),
        })
    })
    .await?;
    Ok(see_other("/desk/tokens?done=revoked"))
}
