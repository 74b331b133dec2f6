use anyhow::{Result, bail};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Which;
use super::shape::Account;
use crate::api::guard::Caller;
use crate::api::input::{Input, Place};
use crate::api::problem::Problem;
use crate::api::room::Room;
use crate::publishing::Press;
use crate::store::{DeliveryCounts, Edition};

/// When an edition is to go out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"at": "2030-11-27T08:00:00Z"}))]
pub(in crate::api) struct NewTime {
    at: DateTime<Utc>,
}

/// Approve an edition: its content is frozen. Approving again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/editions/{newsletter}/{number}/approve", operation_id = "approve_edition", tag = "editions",
    params(Which),
    responses((status = 200, description = "It goes out at its time", body = Account),
              (status = 409, description = "It can't be approved as it stands"))
)]
pub(in crate::api) async fn approve(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
) -> Result<Json<Account>, Problem> {
    step(&room, caller, which, "approved", String::new(), |press, edition, _| press.approve(edition)).await
}

/// Approve an edition to go out at a time of its own.
#[utoipa::path(
    post, path = "/api/v1/editions/{newsletter}/{number}/schedule", operation_id = "schedule_edition", tag = "editions",
    params(Which), request_body = NewTime,
    responses((status = 200, description = "It goes out then", body = Account),
              (status = 409, description = "It is too late for that, or it can't be approved as it stands"))
)]
pub(in crate::api) async fn schedule(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
    Input(NewTime { at }): Input<NewTime>,
) -> Result<Json<Account>, Problem> {
    // The store knows seconds of years of four digits.
    let is_ahead = at > room.press().now();
    if !is_ahead || at.format("%Y").to_string().len() != 4 {
        return Err(Problem::invalid("at", "choose a time ahead"));
    }
    step(&room, caller, which, "scheduled", at.to_rfc3339(), move |press, edition, _| press.schedule(edition, at)).await
}

/// Send an edition now; a draft is approved with that, a paused one goes on. The daemon sends it.
#[utoipa::path(
    post, path = "/api/v1/editions/{newsletter}/{number}/send", operation_id = "send_edition", tag = "editions",
    params(Which),
    responses((status = 200, description = "It is being sent", body = Account),
              (status = 409, description = "It is over already, or it can't be sent as it stands"))
)]
pub(in crate::api) async fn send(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
) -> Result<Json<Account>, Problem> {
    step(&room, caller, which, "sent", String::new(), |press, edition, _| {
        if edition.state.is_final() {
            bail!("{} is {} already", edition.name, edition.state);
        }
        press.release(edition)
    })
    .await
}

/// Pause an edition that is being sent: nothing more leaves within a second.
#[utoipa::path(
    post, path = "/api/v1/editions/{newsletter}/{number}/pause", operation_id = "pause_edition", tag = "editions",
    params(Which),
    responses((status = 200, description = "It is paused", body = Account),
              (status = 409, description = "It is not being sent"))
)]
pub(in crate::api) async fn pause(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
) -> Result<Json<Account>, Problem> {
    step(&room, caller, which, "paused", String::new(), |press, edition, reason| press.pause(edition, reason)).await
}

/// Let a paused edition go on.
#[utoipa::path(
    post, path = "/api/v1/editions/{newsletter}/{number}/resume", operation_id = "resume_edition", tag = "editions",
    params(Which),
    responses((status = 200, description = "It is being sent", body = Account),
              (status = 409, description = "It is not paused"))
)]
pub(in crate::api) async fn resume(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
) -> Result<Json<Account>, Problem> {
    step(&room, caller, which, "resumed", String::new(), |press, edition, _| press.resume(edition)).await
}

/// Cancel an edition for good: who has it keeps it, nobody else gets it.
#[utoipa::path(
    post, path = "/api/v1/editions/{newsletter}/{number}/cancel", operation_id = "cancel_edition", tag = "editions",
    params(Which),
    responses((status = 200, description = "It is cancelled", body = Account),
              (status = 409, description = "It is over already"))
)]
pub(in crate::api) async fn cancel(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
) -> Result<Json<Account>, Problem> {
    step(&room, caller, which, "cancelled", String::new(), |press, edition, reason| press.cancel(edition, reason)).await
}

/// Takes a step with an edition, writes down who did, and tells where it stands. `take` has the reason beside it.
async fn step(
    room: &Room,
    caller: Caller,
    which: Which,
    action: &'static str,
    detail: String,
    take: impl FnOnce(&Press, &Edition, &str) -> Result<Edition> + Send + 'static,
) -> Result<Json<Account>, Problem> {
    let edition = room.edition(which.newsletter, which.number).await?;
    let account = room.ask(move |store, press| {
        let now = press.now();
        let taken = take(press, &edition, &format!("by {}, over the API", caller.name()))?;
        store.write(|db| caller.did(db, action, &taken.name.to_string(), &detail, now))?;
        let counts = store.read(|db| DeliveryCounts::load(db, taken.id))?;
        Ok(Account::of(&taken, &counts, now))
    });
    Ok(Json(account.await?))
}
