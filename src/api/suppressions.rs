use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::guard::Caller;
use super::input::{Asked, Input, Limit, Place, Text};
use super::problem::Problem;
use super::room::Room;
use crate::store::{self, Suppressed};

/// A page of who is never mailed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"suppressions": [
    {"address": "ada@example.com", "reason": "complaint", "created_at": "2026-11-23T08:00:00Z"}
], "next": null}))]
pub(super) struct Suppressions {
    suppressions: Vec<Suppression>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// An address, or everybody at a domain, that is never mailed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"address": "ada@example.com", "reason": "complaint", "created_at": "2026-11-23T08:00:00Z"}))]
pub(super) struct Suppression {
    /// `ada@example.com`, or `@example.com`.
    address: String,
    reason: String,
    created_at: DateTime<Utc>,
}

impl From<store::Suppression> for Suppression {
    fn from(one: store::Suppression) -> Self {
        Self { address: one.who.to_string(), reason: one.reason, created_at: one.created_at }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// `next` of the page before.
    #[param(value_type = Option<String>, max_length = 320, example = "ada@example.com")]
    cursor: Option<Text<0, 320>>,
    /// How many a page holds.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 50)]
    limit: Limit,
}

/// List who is never mailed, in the order of the alphabet, domains first.
#[utoipa::path(
    get, path = "/api/v1/suppressions", operation_id = "list_suppressions", tag = "suppressions", params(Filter),
    responses((status = 200, description = "A page of suppressions", body = Suppressions))
)]
pub(super) async fn list(
    State(room): State<Room>,
    Asked(filter): Asked<Filter>,
) -> Result<Json<Suppressions>, Problem> {
    let page = room.ask(move |store, _| {
        let after = filter.cursor.as_deref().unwrap_or_default().to_owned();
        // `Limit` is at most 200.
        let mut found = store.read(|db| store::Suppression::page(db, &after, filter.limit.0 as u32 + 1))?;
        let has_more = found.len() > filter.limit.0;
        found.truncate(filter.limit.0);
        let next = found.last().filter(|_| has_more).map(|last| last.who.to_string());
        Ok(Suppressions { suppressions: found.into_iter().map(Into::into).collect(), next })
    });
    Ok(Json(page.await?))
}

/// Who is never to be mailed again, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"address": "ada@example.com", "reason": "asked by telephone"}))]
pub(super) struct NewSuppression {
    /// An address, or a domain such as `@example.com`.
    #[schema(value_type = String, min_length = 1, max_length = 320)]
    address: Text<1, 320>,
    /// For who asks later.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    reason: Text<1, 200>,
}

/// Never mail an address again, or anybody at a domain. The first reason stays.
#[utoipa::path(
    post, path = "/api/v1/suppressions", operation_id = "add_suppression", tag = "suppressions",
    request_body = NewSuppression,
    responses((status = 200, description = "It was suppressed already", body = Suppression),
              (status = 201, description = "It is suppressed", body = Suppression))
)]
pub(super) async fn add(
    State(room): State<Room>,
    caller: Caller,
    Input(given): Input<NewSuppression>,
) -> Result<(StatusCode, Json<Suppression>), Problem> {
    let who: Suppressed = given.address.parse().map_err(|error: String| Problem::invalid("address", error))?;
    let reason = reason(&given.reason)?;
    let added = room.ask(move |store, press| {
        let suppression = store::Suppression { who, reason, created_at: press.now() };
        store.write(|db| {
            let is_new = suppression.add(db)?;
            if is_new {
                let masked = suppression.who.masked();
                caller.did(db, "suppressed", &masked, &suppression.reason, suppression.created_at)?;
            }
            let before = store::Suppression::find(db, &suppression.who)?;
            Ok((is_new, before.unwrap_or(suppression)))
        })
    });
    let (is_new, suppression) = added.await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(suppression.into())))
}

fn reason(given: &str) -> Result<String, Problem> {
    let reason = crate::sheet::folded(given);
    if reason.is_empty() {
        return Err(Problem::invalid("reason", "say why in a few words: somebody will ask"));
    }
    Ok(reason)
}

/// The suppression of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    /// An address, or a domain such as `@example.com`.
    #[param(example = "ada@example.com", min_length = 1, max_length = 320)]
    address: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// For who asks later.
    #[param(value_type = String, min_length = 1, max_length = 200, example = "asked to be mailed again")]
    reason: Text<1, 200>,
}

/// Let an address or a domain be mailed again. A subscription that ended stays ended.
#[utoipa::path(
    delete, path = "/api/v1/suppressions/{address}", operation_id = "remove_suppression", tag = "suppressions",
    params(Which, Why),
    responses((status = 204, description = "It may be mailed again"),
              (status = 422, description = "The reason says nothing", body = super::problem::Problem,
               content_type = "application/problem+json"))
)]
pub(super) async fn remove(
    State(room): State<Room>,
    caller: Caller,
    Place(Which { address }): Place<Which>,
    Asked(Why { reason: given }): Asked<Why>,
) -> Result<StatusCode, Problem> {
    let reason = reason(&given)?;
    let none = || Problem::not_found("That address is not suppressed.");
    let who: Suppressed = address.parse().map_err(|_| none())?;
    let is_done = room.ask(move |store, press| {
        let now = press.now();
        store.write(|db| {
            let is_done = store::Suppression::remove(db, &who, &reason, now)?;
            if is_done {
                caller.did(db, "let be mailed again", &who.masked(), &reason, now)?;
            }
            Ok(is_done)
        })
    });
    if is_done.await? { Ok(StatusCode::NO_CONTENT) } else { Err(none()) }
}
