mod problems;

use anyhow::Result;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::edition::address;
use super::failure::Failure;
use super::frame::{Frame, page};
use super::guard::Signed;
use super::room::Room;
use crate::config::{Approval, Newsletter};
use crate::publishing::Press;
use crate::saying::number::grouped;
use crate::saying::text::without_names;
use crate::saying::time::{distance, in_zone};
use crate::store::{Db, DeliveryCounts, Edition, EditionState, Store};
use problems::{Problem, problems};

/// What goes out next, what waits for somebody, how the last edition did, and what is wrong.
#[derive(Debug, Template)]
#[template(path = "desk/today.html")]
struct Today {
    frame: Frame,
    problems: Vec<Problem>,
    newsletters: Vec<Ahead>,
}

/// A newsletter's next edition, and its last.
#[derive(Debug)]
struct Ahead {
    id: String,
    name: String,
    state: String,
    /// The address of the next edition; empty where there is none yet.
    link: String,
    next: String,
    waits: bool,
    last: String,
    last_link: String,
}

pub(super) async fn show(State(room): State<Room>, signed: Signed) -> Result<Response, Failure> {
    let desk = room.clone();
    let (newsletters, problems) = room
        .ask(move |store, press| {
            let ahead = press.config().newsletters.iter().map(|newsletter| Ahead::of(store, &desk, newsletter));
            Ok((ahead.collect::<Result<Vec<_>>>()?, store.read(|db| problems(db, press))?))
        })
        .await?;
    let frame = Frame::new(&room, &signed, "/desk", "Today");
    Ok(page(StatusCode::OK, &Today { frame, problems, newsletters }))
}

impl Ahead {
    fn of(store: &Store, room: &Room, newsletter: &Newsletter) -> Result<Self> {
        let press = room.press();
        let (id, zone, now) = (newsletter.id.as_str(), newsletter.timezone.zone(), press.now());
        let run = newsletter.schedule.next_after(now, zone);
        store.read(|db| {
            let open = Edition::unfinished(db, id)?;
            let readers = room.audiences().count(db, id, now)?;
            let to = format!("to {} readers", grouped(readers));
            let slot = open.as_ref().and_then(Edition::goes_out_at).or(run);
            let at = slot.map_or_else(String::new, |at| format!("{} ({})", in_zone(at, zone, now), distance(at, now)));
            let waits = newsletter.approval == Approval::Editor;
            let next = match open.as_ref().map(|edition| edition.state) {
                None => format!("No. {} goes out {at} {to}.", Self::number_after(db, id)?),
                Some(EditionState::Draft) if waits => {
                    format!("The draft waits for your approval; it goes out {at} {to}.")
                }
                Some(EditionState::Draft) => format!("The draft goes out by itself {at} {to}."),
                Some(EditionState::Approved) => format!("It is approved, and goes out {at} {to}."),
                Some(EditionState::Sending) => "It is being sent.".to_owned(),
                Some(_) => format!(
                    "It is paused: {}.",
                    open.as_ref().map_or_else(String::new, |open| without_names(&open.reason))
                ),
            };
            let last = Edition::last_sent(db, id)?;
            let told = match &last {
                Some(edition) => told(db, press, edition, newsletter)?,
                None => "None was sent yet.".to_owned(),
            };
            Ok(Self {
                id: id.to_owned(),
                name: newsletter.name.to_string(),
                state: open.as_ref().map_or_else(String::new, |edition| edition.state.to_string()),
                waits: waits && open.as_ref().is_some_and(|edition| edition.state == EditionState::Draft),
                link: open.map_or_else(String::new, |edition| address(&edition.name)),
                next,
                last: told,
                last_link: last.map_or_else(String::new, |edition| address(&edition.name)),
            })
        })
    }

    fn number_after(db: &Db, newsletter: &str) -> Result<u32> {
        Ok(Edition::latest(db, newsletter)?.map_or(0, |edition| edition.name.number) + 1)
    }
}

/// How an edition did, in a sentence.
fn told(db: &Db, press: &Press, edition: &Edition, newsletter: &Newsletter) -> Result<String> {
    let counts = DeliveryCounts::load(db, edition.id)?;
    let ended = edition.finished_at.unwrap_or(edition.created_at);
    let when = in_zone(ended, newsletter.timezone.zone(), press.now());
    let mut told = format!("No. {} went to {} readers {when}", edition.name.number, grouped(counts.accepted));
    for (many, word) in [(counts.failed, "failed"), (counts.unknown, "unknown"), (counts.deferred, "deferred")] {
        if many > 0 {
            told.push_str(&format!(", {} {word}", grouped(many)));
        }
    }
    told.push('.');
    Ok(told)
}
