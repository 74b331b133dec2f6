use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::editions::told;
use super::guard::Caller;
use super::input::Place;
use super::problem::Problem;
use super::room::Room;
use crate::publishing::Drafted;

/// The newsletters of the configuration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"newsletters": [{
    "id": "weekly-brief", "name": "The Weekly Brief", "description": "The week's top stories, every Friday.",
    "timezone": "Africa/Accra", "next_run_at": "2026-11-27T08:00:00Z"
}]}))]
pub(super) struct Newsletters {
    newsletters: Vec<Newsletter>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Newsletter {
    id: String,
    name: String,
    description: String,
    timezone: String,
    /// When its next edition is due.
    next_run_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// List the newsletters.
#[utoipa::path(
    get, path = "/api/v1/newsletters", operation_id = "list_newsletters", tag = "newsletters",
    responses((status = 200, description = "The newsletters, as they are configured", body = Newsletters))
)]
pub(super) async fn list(State(room): State<Room>) -> Json<Newsletters> {
    let press = room.press();
    let told = press.config().newsletters.iter().map(|newsletter| {
        let zone = newsletter.timezone.zone();
        Newsletter {
            id: newsletter.id.to_string(),
            name: newsletter.name.to_string(),
            description: newsletter.description.as_ref().map(ToString::to_string).unwrap_or_default(),
            timezone: zone.to_string(),
            next_run_at: newsletter.schedule.next_after(press.now(), zone),
        }
    });
    Json(Newsletters { newsletters: told.collect() })
}

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    newsletter: String,
}

/// Make the draft of the next edition, or make it again with what has come since.
#[utoipa::path(
    post, path = "/api/v1/newsletters/{newsletter}/draft", operation_id = "draft_edition", tag = "newsletters",
    params(("newsletter" = String, Path, description = "The newsletter's id", example = "weekly-brief", min_length = 1)),
    responses(
        (status = 200, description = "The draft; with too few stories it stays one", body = super::editions::Edition,
         headers(("ETag" = String, description = "For If-Match"))),
        (status = 409, description = "There is nothing to draft: an edition is past that and unfinished"),
    )
)]
pub(super) async fn draft(
    State(room): State<Room>,
    caller: Caller,
    Place(Which { newsletter }): Place<Which>,
) -> Result<Response, Problem> {
    if room.press().config().newsletter(&newsletter).is_none() {
        return Err(Problem::not_found(format!("There is no newsletter {newsletter:?}.")));
    }
    room.ask(move |store, press| {
        let (Drafted::Ready(edition) | Drafted::TooFew { edition, .. }) =
            press.draft(press.newsletter(&newsletter)?, None)?;
        store.write(|db| caller.did(db, "drafted", &edition.name.to_string(), "", press.now()))?;
        told(press, &edition)
    })
    .await
}
