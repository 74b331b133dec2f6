use anyhow::Result;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::links::told;
use super::progress::Progress;
use super::{Which, address};
use crate::config::Approval;
use crate::desk::failure::Failure;
use crate::desk::frame::{Done, Frame, page};
use crate::desk::guard::Signed;
use crate::desk::results::edition_address as results_address;
use crate::desk::room::Room;
use crate::publishing::{EditionEvent, Finding, LookedOver, Press, Selected, SelectedStory, Shown};
use crate::saying::number::grouped;
use crate::saying::text::without_names;
use crate::saying::time::{distance, in_zone};
use crate::store::{Edition, EditionChange, EditionState, EditionWords, Store};

/// The latest changes that are listed.
const CHANGES: u32 = 20;
/// What comes next; more than an editor looks at, and few enough for a phone.
const SHORTLIST: usize = 30;
/// What an inbox shows of a subject before it cuts it, and of a preheader (F10).
const SUBJECT: usize = 60;
const PREHEADER: (usize, usize) = (40, 130);

#[derive(Debug, Template)]
#[template(path = "desk/edition.html")]
pub(super) struct EditionPage {
    pub frame: Frame,
    pub address: String,
    /// As people name it.
    pub name: String,
    pub state: EditionState,
    /// What happens next, as a sentence.
    pub next: String,
    pub is_draft: bool,
    /// What changes whenever the brief looks otherwise.
    pub version: String,
    /// The stories of the brief itself, then those of its sections.
    pub brief: Vec<Row>,
    pub sections: Vec<Row>,
    pub shortlist: Vec<Row>,
    pub kept_out: Vec<Row>,
    /// The order of the brief as it is seen, for who moves one of it.
    pub seen: String,
    pub words: EditionWords,
    pub subject: String,
    pub subject_hint: String,
    pub preheader_hint: String,
    /// `None` where there are none to be shown.
    pub events: Option<Vec<EventRow>>,
    pub checks: Vec<Finding>,
    /// What is known of its links, as a sentence.
    pub links: String,
    /// They are being looked at.
    pub is_looking: bool,
    /// What `undo` would take back; empty where there is nothing.
    pub undo: String,
    pub changes: Vec<Changed>,
    pub my_address: String,
    /// How far the sending is, as HTML; empty where it has not begun.
    pub progress: String,
    /// Where its results are; empty where there can be none yet.
    pub results: String,
}

/// A story, with what can be done about it.
#[derive(Debug)]
pub(super) struct Row {
    pub id: i64,
    pub place: usize,
    pub is_last: bool,
    pub headline: String,
    pub url: String,
    pub platform: String,
    pub also_on: String,
    pub section: String,
    pub score: String,
    pub reasons: Vec<String>,
    pub is_pinned: bool,
    pub is_dropped: bool,
    pub overridden: String,
    pub published: String,
    pub shown: Shown,
    /// The addresses of the story's own pictures, its lead first.
    pub images: Vec<String>,
}

/// An event of the edition's days.
#[derive(Debug)]
pub(super) struct EventRow {
    pub id: i64,
    pub when: String,
    pub title: String,
    pub place: String,
    pub url: String,
    pub is_in: bool,
    pub is_dropped: bool,
}

#[derive(Debug)]
pub(super) struct Changed {
    pub what: String,
    pub who: String,
    pub when: String,
}

pub(in crate::desk) async fn show(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let edition = room.edition(newsletter, number).await?;
    let notice = match done.as_str() {
        "test" => "The test is on its way to you.",
        "undo" => "Taken back.",
        "added" => "The story is added, and pinned.",
        "links" => "The links are looked at. One that was looked at within the hour is not asked for again.",
        "approve" => "Approved. Its content is frozen now.",
        "schedule" => "Approved for then. Its content is frozen now.",
        "duplicate" => "A new draft, like the one before.",
        "send" => "It is on its way.",
        "pause" => "Paused. What was on its way is on its way; nothing more leaves.",
        "resume" => "It goes on.",
        "cancel" => "Cancelled. Who has it keeps it, nobody else gets it.",
        _ => "",
    };
    let frame = Frame::new(&room, &signed, "/desk", edition.name.to_string()).noting(notice);
    let my_address = signed.member.email;
    // Before the page is made, so that it tells the pace of the last seconds where somebody has looked meanwhile.
    let watch = (edition.state == EditionState::Sending).then(|| room.pulses().watch(&room, &edition));
    let desk = room.clone();
    let mut shown = room.ask(move |store, _| EditionPage::load(store, &desk, &edition, frame, my_address)).await?;
    if let Some(pulse) = watch.and_then(|watch| watch.borrow().clone()) {
        shown.progress = pulse.part.to_string();
    }
    Ok(page(StatusCode::OK, &shown))
}

impl EditionPage {
    pub fn load(store: &Store, room: &Room, edition: &Edition, frame: Frame, my_address: String) -> Result<Self> {
        let press = room.press();
        let newsletter = press.newsletter(&edition.name.newsletter)?;
        let now = press.now();
        let is_draft = edition.state == EditionState::Draft;
        let selected = if is_draft { press.drafted(edition)? } else { press.carried(edition)? };
        let Selected { picks, shortlist, kept_out, .. } = selected;
        let rows = |stories: Vec<SelectedStory>| -> Vec<Row> {
            stories.into_iter().map(|story| Row::of(press, story, now)).collect()
        };
        let (mut brief, sections): (Vec<Row>, Vec<Row>) =
            rows(picks).into_iter().partition(|row| row.section.is_empty());
        for (place, row) in (1..).zip(&mut brief) {
            row.place = place;
        }
        if let Some(last) = brief.last_mut() {
            last.is_last = true;
        }
        let seen = brief.iter().map(|row| row.id.to_string()).collect::<Vec<_>>().join(",");
        let (changes, progress, confirmed) = store.read(|db| {
            let confirmed = match edition.state {
                EditionState::Draft | EditionState::Approved => {
                    room.audiences().count(db, newsletter.id.as_str(), now)?
                }
                _ => 0,
            };
            let changes = EditionChange::latest(db, edition.id, CHANGES)?;
            let progress = match edition.started_at {
                Some(_) => Progress::load(db, edition, now)?.part(),
                None => String::new(),
            };
            Ok((changes, progress, confirmed))
        })?;
        let words = if is_draft { edition.words() } else { EditionWords::default() };
        let LookedOver { subject, findings, links } = press.look_over(edition)?;
        let events = if is_draft { press.events_of(edition)? } else { None };
        let version = format!("{}-{}", edition.state, changes.first().map_or(0, |change| change.id));
        Ok(Self {
            address: address(&edition.name),
            name: edition.name.to_string(),
            state: edition.state,
            next: next(press, edition, confirmed),
            is_draft: is_draft && frame.may_edit(),
            version,
            subject_hint: subject_hint(&subject),
            preheader_hint: preheader_hint(&words.preheader),
            subject,
            words,
            brief,
            sections,
            shortlist: rows(shortlist.into_iter().take(SHORTLIST).collect()),
            kept_out: rows(kept_out.into_iter().take(SHORTLIST).collect()),
            seen,
            events: events.map(|events| events.into_iter().map(|event| EventRow::of(event, now)).collect()),
            checks: if edition.started_at.is_none() { findings } else { Vec::new() },
            links: told(&links, now),
            is_looking: links.is_under_way,
            undo: changes.first().map(|change| change.what.clone()).filter(|_| is_draft).unwrap_or_default(),
            changes: changes
                .into_iter()
                .map(|change| Changed { what: change.what, who: change.who, when: distance(change.changed_at, now) })
                .collect(),
            my_address,
            progress,
            results: edition.started_at.map_or_else(String::new, |_| results_address(&edition.name)),
            frame: Frame { title: format!("{} No. {}", newsletter.name, edition.name.number), ..frame },
        })
    }
}

impl Row {
    fn of(press: &Press, selected: SelectedStory, now: DateTime<Utc>) -> Self {
        let name = |id: &str| press.config().platform(id).map_or(id.to_owned(), |one| one.name.to_string());
        let shown = selected.shown();
        let images = selected.images.clone();
        let SelectedStory { story, score, reasons, is_pinned, is_dropped, overridden, also_on, section, .. } = selected;
        Self {
            id: story.id.0,
            place: 0,
            is_last: false,
            headline: story.headline,
            url: story.url,
            platform: name(&story.platform),
            also_on: also_on.iter().map(|id| name(id)).collect::<Vec<_>>().join(", "),
            section,
            score: format!("{score:.2}"),
            reasons,
            is_pinned,
            is_dropped,
            overridden: overridden.join(", "),
            published: distance(story.published_at, now),
            shown,
            images,
        }
    }
}

impl EventRow {
    fn of(EditionEvent { event, is_in, is_dropped }: EditionEvent, now: DateTime<Utc>) -> Self {
        let when = event.when(now);
        Self { id: event.id.0, when, title: event.title, place: event.place, url: event.url, is_in, is_dropped }
    }
}

/// What happens to an edition next, or what became of it.
fn next(press: &Press, edition: &Edition, readers: u64) -> String {
    let Some(newsletter) = press.config().newsletter(&edition.name.newsletter) else { return String::new() };
    let (zone, now) = (newsletter.timezone.zone(), press.now());
    let at = |time| in_zone(time, zone, now);
    let to = format!("{} readers", grouped(readers));
    let waits = newsletter.approval == Approval::Editor;
    // One made by hand goes out with the next run.
    let slot = edition.goes_out_at().or_else(|| newsletter.schedule.next_after(now, zone));
    match (edition.state, slot) {
        (EditionState::Draft, Some(slot)) if waits && slot <= now => {
            format!("It was to go out {} and waits for your approval; {to} wait too.", at(slot))
        }
        (EditionState::Draft, Some(slot)) if waits => {
            format!("It goes out {} to {to}, once it is approved.", at(slot))
        }
        (EditionState::Draft, Some(slot)) => format!("It goes out by itself {} to {to}.", at(slot)),
        (EditionState::Approved, Some(slot)) => format!("It is approved, and goes out {} to {to}.", at(slot)),
        (EditionState::Draft | EditionState::Approved, None) => format!("It goes out to {to} when you send it."),
        (EditionState::Sending, _) => "It is being sent.".to_owned(),
        (EditionState::Paused, _) => format!("It is paused: {}.", without_names(&edition.reason)),
        (EditionState::Sent, _) => match edition.finished_at {
            Some(end) => format!("It was sent {}.", at(end)),
            None => "It was sent.".to_owned(),
        },
        (EditionState::Cancelled, _) => format!("It was cancelled: {}.", without_names(&edition.reason)),
        (EditionState::Skipped, _) => format!("It was skipped: {}.", without_names(&edition.reason)),
    }
}

fn subject_hint(subject: &str) -> String {
    let length = subject.chars().count();
    let advice = if length > SUBJECT { ": phones cut it off" } else { "" };
    format!("{length} characters{advice}")
}

fn preheader_hint(preheader: &str) -> String {
    let length = preheader.chars().count();
    match length {
        0 => "The next headlines stand there.".to_owned(),
        _ if length < PREHEADER.0 => format!("{length} characters: the promise of the brief follows it"),
        _ if length > PREHEADER.1 => format!("{length} characters: it is cut off after {}", PREHEADER.1),
        _ => format!("{length} characters"),
    }
}
