use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;

use super::failure::Failure;
use super::frame::{Done, Frame, page};
use super::guard::{Signed, see_other};
use super::room::Room;
use super::upload::Sent;
use crate::config::{HttpUrl, Timezone};
use crate::publishing::event_instant;
use crate::store::{AuditEntry, Event, EventId, is_of_store};
use crate::web::Fields;

/// Events that are shown: the soonest.
const SHOWN: usize = 200;
/// Longest title or place, in characters, as of a calendar.
const MAX_WORDS: usize = 300;

/// What is coming up, for the events section of the briefs.
#[derive(Debug, Template)]
#[template(path = "desk/events.html")]
struct Events {
    frame: Frame,
    problem: String,
    rows: Vec<Row>,
    /// How many there are besides.
    others: usize,
    written: Written,
}

#[derive(Debug)]
struct Row {
    id: i64,
    when: String,
    title: String,
    place: String,
    url: String,
    from: String,
}

#[derive(Debug, Default)]
struct Written {
    title: String,
    date: String,
    time: String,
    zone: String,
    place: String,
    url: String,
}

pub(super) async fn list(
    State(room): State<Room>,
    signed: Signed,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let notice = match done.as_str() {
        "added" => "The event is added.",
        "removed" => "The event is announced no more. One of a calendar stays away when that is read again.",
        "imported" => "The calendar is read. Sent again, it brings its events to what it says then.",
        _ => "",
    };
    events(&room, &signed, notice, String::new(), Written::default()).await
}

async fn events(
    room: &Room,
    signed: &Signed,
    notice: &'static str,
    problem: String,
    mut written: Written,
) -> Result<Response, Failure> {
    let now = room.press().now();
    let mut coming = room.ask(move |store, _| store.read(|db| Event::to_come(db, now))).await?;
    let others = coming.len().saturating_sub(SHOWN);
    coming.truncate(SHOWN);
    let row = |event: Event| Row {
        id: event.id.0,
        when: event.when(now),
        title: event.title,
        place: event.place,
        url: event.url,
        from: if event.calendar.is_empty() { "by hand".to_owned() } else { event.calendar },
    };
    if written.zone.is_empty() {
        written.zone = room.press().config().home_zone().to_string();
    }
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let frame = Frame::new(room, signed, "/desk/stories", "Events").noting(notice);
    Ok(page(status, &Events { frame, problem, rows: coming.into_iter().map(row).collect(), others, written }))
}

pub(super) async fn add(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let field = |name: &str| fields.get(name).map(ToOwned::to_owned).ok_or(Failure::Incomplete);
    let written = Written {
        title: field("title")?,
        date: field("date")?,
        time: field("time")?,
        zone: field("zone")?,
        place: field("place")?,
        url: field("url")?,
    };
    let event = match event_of(&written, room.press().now()) {
        Ok(event) => event,
        Err(problem) => return events(&room, &signed, "", problem, written).await,
    };
    let who = signed.member.name.clone();
    room.ask(move |store, press| {
        store.write(|db| {
            let id = event.add(db)?;
            AuditEntry::add(db, &who, "added", &format!("event {}", id.0), &event.title, press.now())
        })
    })
    .await?;
    Ok(see_other("/desk/events?done=added"))
}

/// The event as it is to be kept, or what to write instead.
fn event_of(written: &Written, now: chrono::DateTime<chrono::Utc>) -> Result<Event, String> {
    let Written { title, date, time, zone, place, url } = written;
    if title.is_empty() || title.chars().count() > MAX_WORDS || place.chars().count() > MAX_WORDS {
        return Err("The event needs a title; neither it nor the place is longer than 300 characters.".to_owned());
    }
    let known = Timezone::find(zone);
    let zone = known.ok_or_else(|| format!("{zone:?} is no time zone; write its IANA name, such as Africa/Accra."))?;
    let is_all_day = time.is_empty();
    let typed = if is_all_day { date.clone() } else { format!("{date} {time}") };
    let starts_at = event_instant(&typed, zone.zone(), is_all_day).map_err(|problem| format!("When: {problem}."))?;
    if !url.is_empty() {
        HttpUrl::parse(url).map_err(|_| format!("{url:?} is no address of a page; write it with https://."))?;
    }
    let mut event = Event::by_hand(title.clone(), place.clone(), url.clone(), (starts_at, zone.zone()));
    event.is_all_day = is_all_day;
    let ends_at = if is_all_day { starts_at + TimeDelta::days(1) } else { starts_at };
    if ends_at <= now {
        return Err(format!("{} is over; only what is to come is announced.", event.when(now)));
    }
    Ok(event)
}

pub(super) async fn remove(State(room): State<Room>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    let id = fields.get("event").and_then(|id| id.parse().ok()).map(EventId).ok_or(Failure::Incomplete)?;
    let who = signed.member.name;
    let removed = room
        .ask(move |store, press| {
            store.write(|db| {
                let removed = Event::remove(db, id, press.now())?;
                if removed.is_some() {
                    AuditEntry::add(db, &who, "removed", &format!("event {}", id.0), "", press.now())?;
                }
                Ok(removed)
            })
        })
        .await?;
    removed.map(|_| see_other("/desk/events?done=removed")).ok_or(Failure::NoSuchPage)
}

pub(super) async fn import(State(room): State<Room>, signed: Signed, sent: Sent) -> Result<Response, Failure> {
    if sent.bytes.is_empty() {
        let problem = "Choose a calendar that is not empty.".to_owned();
        return events(&room, &signed, "", problem, Written::default()).await;
    }
    let who = signed.member.name.clone();
    let imported = room
        .ask(move |store, press| match press.import_calendar(&sent.bytes, None, Some(&sent.file_name)) {
            Err(error) if is_of_store(&error) => Err(error),
            Err(error) => Ok(Err(format!("{} can't be imported: {error:#}.", sent.file_name))),
            Ok(imported) => {
                let changes = imported.changes;
                let detail = format!(
                    "{} added, {} changed, {} removed, {} with a problem",
                    changes.added,
                    changes.changed,
                    changes.removed,
                    imported.skipped.len()
                );
                let calendar = &imported.calendar;
                store.write(|db| AuditEntry::add(db, &who, "imported", calendar, &detail, press.now())).map(Ok)
            }
        })
        .await?;
    match imported {
        Ok(()) => Ok(see_other("/desk/events?done=imported")),
        Err(problem) => events(&room, &signed, "", problem, Written::default()).await,
    }
}
