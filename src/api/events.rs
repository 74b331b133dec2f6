use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::room::Room;
use crate::store;

/// What is to come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"events": [{
    "id": 3, "title": "The hall opens", "starts_at": "2026-11-27T18:00:00Z", "timezone": "Africa/Accra",
    "all_day": false, "place": "Accra", "url": "https://example.org/hall", "calendar": ""
}]}))]
pub(super) struct Events {
    events: Vec<Event>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Event {
    id: i64,
    title: String,
    starts_at: DateTime<Utc>,
    timezone: String,
    all_day: bool,
    place: String,
    url: String,
    /// The address of the calendar it came from; empty where somebody wrote it.
    calendar: String,
}

/// List the events to come, the soonest first.
#[utoipa::path(
    get, path = "/api/v1/events", operation_id = "list_events", tag = "events",
    responses((status = 200, description = "The events", body = Events))
)]
pub(super) async fn list(State(room): State<Room>) -> Result<Json<Events>, Problem> {
    let events = room.ask(|store, press| store.read(|db| store::Event::to_come(db, press.now()))).await?;
    let events = events.into_iter().map(|event| Event {
        id: event.id.0,
        title: event.title,
        starts_at: event.starts_at,
        timezone: event.timezone.name().to_owned(),
        all_day: event.is_all_day,
        place: event.place,
        url: event.url,
        calendar: event.calendar,
    });
    Ok(Json(Events { events: events.collect() }))
}
