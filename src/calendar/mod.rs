//! Calendars: iCalendar (RFC 5545) as the world's calendars write it, into events with a time and a place.
//!
//! Pure: a text and a span of time in, the occurrences within it out. Owns: content lines, time zones by whatever name,
//! recurrence (by the `rrule` crate), occurrences that were moved or cancelled. Leaves out: where the text comes from,
//! and what becomes of events. Nothing fails as a whole: an event that cannot be read is named and left out.

mod component;
mod recurrence;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use component::Component;
use recurrence::{Occurrence, occurrences};
use zone::Start;

/// Larger calendars are read up to here, in octets.
const MAX_TEXT: usize = 10 << 20;
/// Longest title or place, in characters.
const MAX_WORDS: usize = 300;

/// One occurrence of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEvent {
    /// The same for the same occurrence each time the calendar is read, also when it is moved.
    pub key: String,
    pub title: String,
    pub place: String,
    /// Empty where there is no page about it, or none on http.
    pub url: String,
    pub starts_at: DateTime<Utc>,
    pub timezone: Tz,
    /// It has a date and no hour.
    pub is_all_day: bool,
}

/// What a calendar gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Soonest first.
    pub events: Vec<CalendarEvent>,
    /// A sentence for each event that was left out.
    pub problems: Vec<String>,
}

/// The text is no calendar at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no iCalendar file: it has no BEGIN:VCALENDAR")]
pub struct NoCalendar;

/// Reads the events that begin in `[from, until)`.
///
/// Times without a zone, and zones nobody knows, are those of `home`.
pub fn read(text: &str, (from, until): (DateTime<Utc>, DateTime<Utc>), home: Tz) -> Result<Calendar, NoCalendar> {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let components = component::events(&text[..end]).ok_or(NoCalendar)?;
    let mut calendar = Calendar::default();
    // By UID: the event, and what became of single occurrences of it.
    let mut series: BTreeMap<String, Vec<&Component>> = BTreeMap::new();
    for (index, event) in components.iter().enumerate() {
        let uid = event
            .text("UID")
            .unwrap_or_else(|| format!("unnamed {index} {}", event.text("DTSTART").unwrap_or_default()));
        series.entry(uid).or_default().push(event);
    }
    for (uid, events) in series {
        read_series(&uid, &events, (from, until), home, &mut calendar);
    }
    calendar.events.sort_by(|a, b| a.starts_at.cmp(&b.starts_at).then_with(|| a.key.cmp(&b.key)));
    Ok(calendar)
}

fn read_series(
    uid: &str,
    events: &[&Component],
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    home: Tz,
    calendar: &mut Calendar,
) {
    let name = |event: &Component| event.text("SUMMARY").unwrap_or_else(|| uid.to_owned());
    let (changes, masters): (Vec<&Component>, Vec<&Component>) =
        events.iter().partition(|event| event.has("RECURRENCE-ID"));
    // Of several versions the one with the highest SEQUENCE holds.
    let newest = masters.into_iter().max_by_key(|event| event.number("SEQUENCE"));
    if newest.is_some_and(|event| event.is_cancelled()) {
        return;
    }
    // When each changed occurrence would have begun.
    let mut replaced = BTreeSet::new();
    let mut found: Vec<(String, &Component, Occurrence)> = Vec::new();
    for event in changes {
        match (Start::of(event, "RECURRENCE-ID", home), Start::of(event, "DTSTART", home)) {
            (Ok(was), Ok(start)) => {
                replaced.insert(was.instant());
                if !event.is_cancelled() {
                    found.push((key(uid, was.instant()), event, Occurrence::of(start)));
                }
            }
            (Err(problem), _) | (_, Err(problem)) => calendar.problems.push(format!("{}: {problem}", name(event))),
        }
    }
    if let Some(event) = newest {
        match occurrences(event, (from, until), home) {
            Ok(all) => {
                let kept = all.into_iter().filter(|one| !replaced.contains(&one.starts_at));
                found.extend(kept.map(|one| (key(uid, one.starts_at), event, one)));
            }
            Err(problem) => calendar.problems.push(format!("{}: {problem}", name(event))),
        }
    }
    for (key, event, occurrence) in found {
        if occurrence.starts_at < from || occurrence.starts_at >= until {
            continue;
        }
        let title = event.text("SUMMARY").map(|title| words(&title)).unwrap_or_default();
        if title.is_empty() {
            calendar.problems.push(format!("{uid}: it has no title (SUMMARY)"));
            continue;
        }
        calendar.events.push(CalendarEvent {
            key,
            title,
            place: event.text("LOCATION").map(|place| words(&place)).unwrap_or_default(),
            url: event.text("URL").filter(|url| is_web(url)).unwrap_or_default(),
            starts_at: occurrence.starts_at,
            timezone: occurrence.timezone,
            is_all_day: occurrence.is_all_day,
        });
    }
}

fn key(uid: &str, was: DateTime<Utc>) -> String {
    format!("{uid} {}", was.timestamp())
}

fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// On one line, of bounded length.
fn words(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_WORDS).collect()
}
