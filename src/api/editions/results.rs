use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Which;
use super::shape::Account;
use crate::api::input::Place;
use crate::api::problem::Problem;
use crate::api::room::Room;
use crate::store::{ClickReport, DeliveryCounts, Report};

/// Links, domains and diagnostics that are told.
const TOLD: u32 = 100;

/// What became of an edition: its account, what came back, how often it was followed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "edition": "weekly-brief/12", "state": "sent", "recipients": 200, "accepted": 200, "failed": 0, "skipped": 0,
    "unknown": 0, "queued": 0, "deferred": 0, "sending": 0, "seconds": 1.0, "subject": "The hall opens", "reason": "",
    "slot_at": "2026-11-27T08:00:00Z", "send_at": null, "created_at": "2026-11-26T08:00:00Z",
    "approved_at": "2026-11-27T08:00:00Z", "started_at": "2026-11-27T08:00:00Z",
    "finished_at": "2026-11-27T08:00:01Z", "resume_at": null,
    "report": {"reasons": [{"class": "soft", "reason": "mailbox full", "readers": 1}],
               "domains": [{"domain": "example.com", "hard": 0, "soft": 1, "ours": 0, "complaint": 0}],
               "diagnostics": []},
    "clicks": {"readers": 40, "scanners": 12, "opens": null, "links": [
        {"url": "https://example.org/the-hall-opens", "headline": "The hall opens", "readers": 40, "scanners": 12}]}
}))]
pub(in crate::api) struct Results {
    #[serde(flatten)]
    account: Account,
    report: Report,
    /// Null where its links are not counted.
    clicks: Option<ClickReport>,
}

/// Show what became of an edition. Numbers only: no reader's address.
#[utoipa::path(
    get, path = "/api/v1/editions/{newsletter}/{number}/results", operation_id = "get_results", tag = "results",
    params(Which),
    responses((status = 200, description = "The results as of now", body = Results))
)]
pub(in crate::api) async fn results(
    State(room): State<Room>,
    Place(which): Place<Which>,
) -> Result<Json<Results>, Problem> {
    let edition = room.edition(which.newsletter, which.number).await?;
    let results = room.ask(move |store, press| {
        store.read(|db| {
            let counts = DeliveryCounts::load(db, edition.id)?;
            let account = Account::of(&edition, &counts, press.now());
            Ok(Results { account, report: edition.report(db, TOLD)?, clicks: edition.clicks(db, TOLD)? })
        })
    });
    Ok(Json(results.await?))
}
