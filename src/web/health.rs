//! How the process is, for monitors and what starts and stops processes. It says nothing of readers, and costs one small
//! read, or a commit every few seconds at most.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::time::timeout;

use super::site::Site;
use crate::publishing::Press;
use crate::store::{Edition, EditionId};

/// A commit this young shows that the store can be written.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);
/// For the store to answer.
const STORE_WITHIN: Duration = Duration::from_secs(2);
/// The schedule is kept once a second; before a run its feeds are polled first, which may take some minutes.
const SCHEDULE_WITHIN: Duration = Duration::from_secs(300);
/// The sending loop goes round ten times a second; a disk in trouble may hold it up for a while.
const SENDING_WITHIN: Duration = Duration::from_secs(60);

/// Whether a part is well, and if not, what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    name: &'static str,
    is_well: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    because: &'static str,
}

#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    parts: &'a [Part],
}

/// For monitors: `ok` where the store can be read, status 503 where it cannot.
pub(super) async fn show(State(site): State<Site>) -> Response {
    match site.ask(|store, _| store.read(|db| Edition::find(db, EditionId(0)))).await {
        Ok(_) => "ok\n".into_response(),
        Err(failure) => failure.into_response(),
    }
}

/// The process answers: whatever else is wrong, starting it anew would help nothing.
pub(super) async fn live(asked: HeaderMap) -> Response {
    answer(&asked, &[])
}

/// It can do all its work: the store reads and writes, the loops go round, and no end was asked for.
pub(super) async fn ready(State(site): State<Site>, asked: HeaderMap) -> Response {
    answer(&asked, &parts(site.press()).await)
}

async fn parts(press: &Press) -> Vec<Part> {
    let vitals = press.vitals();
    let reads = press.store().blocking(|store| store.read(|db| Edition::find(db, EditionId(0))));
    let writes = press.store().blocking(|store| store.prove_writable(WRITTEN_WITHIN));
    let (reads, writes) = tokio::join!(timeout(STORE_WITHIN, reads), timeout(STORE_WITHIN, writes));
    let schedule = loop_of("schedule", vitals.schedule_still_for(), SCHEDULE_WITHIN);
    let sending = vitals.meter().and_then(|meter| meter.still_for());
    let draining = if vitals.is_draining() { "the process is about to end" } else { "" };
    vec![
        part("store_read", of_store(reads.map(|done| done.map(drop)), "read")),
        part("store_write", of_store(writes, "written")),
        schedule,
        loop_of("sending", sending, SENDING_WITHIN),
        part("not_draining", draining),
    ]
}

fn part(name: &'static str, because: &'static str) -> Part {
    Part { name, is_well: because.is_empty(), because }
}

/// The cause stands in the log, and is no stranger's business.
fn of_store(outcome: Result<anyhow::Result<()>, tokio::time::error::Elapsed>, what: &str) -> &'static str {
    match outcome {
        Ok(Ok(())) => "",
        Ok(Err(error)) => {
            tracing::error!(error = format!("{error:#}"), "the store cannot be {what}");
            "the store answers with an error"
        }
        Err(_) => "the store does not answer in time",
    }
}

fn loop_of(name: &'static str, still_for: Option<Duration>, within: Duration) -> Part {
    part(
        name,
        match still_for {
            None => "its loop has not gone round yet",
            Some(time) if time > within => "its loop stands still",
            Some(_) => "",
        },
    )
}

fn answer(asked: &HeaderMap, parts: &[Part]) -> Response {
    let is_well = parts.iter().all(|part| part.is_well);
    let (code, status) =
        if is_well { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    if wants_json(asked) {
        return (code, Json(Health { status, parts })).into_response();
    }
    let wrong = parts.iter().filter(|part| !part.is_well);
    let wrong: String = wrong.map(|part| format!("{}: {}\n", part.name, part.because)).collect();
    (code, format!("{status}\n{wrong}")).into_response()
}

fn wants_json(asked: &HeaderMap) -> bool {
    let wanted = asked.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    wanted.split(',').any(|one| one.split(';').next().is_some_and(|kind| kind.trim() == "application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_stands_still_is_not_well() {
        let within = Duration::from_secs(60);
        let told = |still_for| loop_of("sending", still_for, within).because;
        assert_eq!(told(Some(Duration::from_secs(60))), "");
        assert_eq!(told(Some(Duration::from_secs(61))), "its loop stands still");
        assert_eq!(told(None), "its loop has not gone round yet");
    }
}
