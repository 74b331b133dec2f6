use anyhow::Result;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::failure::Failure;
use super::frame::{Done, Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use crate::config::Webhook;
use crate::publishing::Press;
use crate::saying::number::grouped;
use crate::saying::time::{distance, in_zone};
use crate::store::{AuditEntry, Db, WaitingCalls, WebhookStanding};
use crate::webhooks::Tried;

/// The part of the desk it belongs to.
const PART: &str = "/desk/settings";

/// The publisher's other systems, and how telling them goes.
#[derive(Debug, Template)]
#[template(path = "desk/webhooks.html")]
struct Webhooks {
    frame: Frame,
    rows: Vec<Row>,
    problem: String,
    /// What came of a test that arrived; may be empty.
    tried: String,
    /// What its answer said; may be empty.
    said: String,
}

#[derive(Debug)]
struct Row {
    id: String,
    host: String,
    events: String,
    newsletters: String,
    word: &'static str,
    is_bad: bool,
    /// When it was last told something, and how many calls have not come through.
    told: String,
    /// Why the latest call failed, and when; empty where it did not.
    error: String,
    may_retry: bool,
}

/// Something wrong with a webhook, and what to do about it.
pub(super) struct Trouble {
    pub what: String,
    pub todo: &'static str,
}

pub(super) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = if done == "again" { "What was given up is tried again now." } else { "" };
    list(&room, &signed, notice, None).await
}

/// `test` is the webhook that was tried out, and what came of it.
async fn list(
    room: &Room,
    signed: &Signed,
    notice: &'static str,
    test: Option<(&str, Tried)>,
) -> Result<Response, Failure> {
    let rows = room
        .ask(|store, press| {
            let webhooks = &press.config().webhooks;
            store.read(|db| webhooks.iter().map(|webhook| Row::of(db, press, webhook)).collect::<Result<Vec<_>>>())
        })
        .await?;
    let (problem, tried, said) = match test {
        None => Default::default(),
        Some((id, tried)) if tried.is_taken => {
            (String::new(), format!("{id} took the test: {}.", tried.told), tried.said)
        }
        Some((id, tried)) => (format!("{id} did not take the test: {}.", tried.told), String::new(), tried.said),
    };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let frame = Frame::new(room, signed, PART, "Webhooks").noting(notice);
    Ok(page(status, &Webhooks { frame, rows, problem, tried, said }))
}

impl Row {
    fn of(db: &Db, press: &Press, webhook: &Webhook) -> Result<Self> {
        let (now, zone) = (press.now(), press.config().home_zone());
        let id = webhook.id.as_str();
        let WaitingCalls { waiting, given_up } = WaitingCalls::of(db, id)?;
        let standing = WebhookStanding::find(db, id)?;
        let failed = standing.as_ref().and_then(|standing| standing.failed_at);
        let (word, is_bad) = match &standing {
            None => ("not begun", false),
            Some(standing) if standing.switched_off_at.is_some() => ("switched off", true),
            Some(_) if failed.is_some() => ("failing", true),
            Some(_) => ("works", false),
        };
        let succeeded = standing.as_ref().and_then(|standing| standing.succeeded_at);
        let last = succeeded
            .map_or_else(|| "told nothing yet".to_owned(), |at| format!("last told {}", in_zone(at, zone, now)));
        let error = match (&standing, failed) {
            (Some(standing), Some(at)) => format!("{}: {}", distance(at, now), standing.last_error),
            _ => String::new(),
        };
        let newsletters: Vec<&str> = webhook.newsletters.iter().map(|id| id.as_str()).collect();
        Ok(Self {
            id: id.to_owned(),
            host: webhook.host(),
            events: webhook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", "),
            newsletters: newsletters.join(", "),
            word,
            is_bad,
            told: format!("{last} · {} waiting · {} given up", grouped(waiting), grouped(given_up)),
            error,
            may_retry: given_up > 0 && word != "switched off",
        })
    }
}

/// Sends a test to one of them, and shows what it answers.
pub(super) async fn test(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let teller = room.press().teller(&id).map_err(Failure::of)?.ok_or(Failure::NoSuchPage)?;
    let tried = teller.try_out().await.map_err(Failure::of)?;
    let (who, subject, detail) = (signed.member.name.clone(), id.clone(), tried.told.clone());
    room.ask(move |store, press| {
        store.write(|db| AuditEntry::add(db, &who, "tested a webhook", &subject, &detail, press.now()))
    })
    .await?;
    list(&room, &signed, "", Some((&id, tried))).await
}

/// Has what was given up tried again.
pub(super) async fn retry(
    State(room): State<Room>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    if room.press().config().webhook(&id).is_none() {
        return Err(Failure::NoSuchPage);
    }
    let who = signed.member.name;
    room.ask(move |store, press| {
        let calls = press.take_up_again(&id)?;
        let detail = format!("{} {}", grouped(calls as u64), if calls == 1 { "call" } else { "calls" });
        store.write(|db| AuditEntry::add(db, &who, "tried a webhook again", &id, &detail, press.now()))
    })
    .await?;
    Ok(see_other("/desk/webhooks?done=again"))
}

/// What is wrong with webhooks, for the page of today.
pub(super) fn in_trouble(db: &Db, press: &Press) -> Result<Vec<Trouble>> {
    let mut troubles = Vec::new();
    for webhook in &press.config().webhooks {
        let id = webhook.id.as_str();
        let standing = WebhookStanding::find(db, id)?;
        let given_up = WaitingCalls::of(db, id)?.given_up;
        if let Some(off) = standing.and_then(|standing| standing.switched_off_at) {
            troubles.push(Trouble {
                what: format!("The webhook {id} answered 410 Gone {} and is switched off", distance(off, press.now())),
                todo: "Give it another url in the configuration, or take it out",
            });
        } else if given_up > 0 {
            let calls = if given_up == 1 { "call was" } else { "calls were" };
            troubles.push(Trouble {
                what: format!("{} {calls} given up that the webhook {id} did not take", grouped(given_up)),
                todo: "See why, and try them again",
            });
        }
    }
    Ok(troubles)
}
