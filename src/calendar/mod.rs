//! Calendars: iCalendar (RFC 5545) as the world's calendars write it, into events with a time and a place.
//!
//! Pure: bytes and a span of time in, the occurrences within it out. Owns: content lines, time zones by whatever name,
//! recurrence (by the `rrule` crate), occurrences that were moved or cancelled. Leaves out: where the bytes come from,
//! and what becomes of events. May fail where it is no calendar, or too large; an event that cannot be read is named
//! and left out. Whatever the bytes are, the work and what comes of it are bounded.

mod component;
mod recurrence;
mod series;
mod zone;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use component::Parsed;
use recurrence::Patience;
use series::Series;
use zone::Zones;

/// The largest calendar that is read, in octets.
pub const MAX_SIZE: usize = 10 << 20;
/// The most events one gives, the soonest.
const MAX_EVENTS: usize = 10_000;
/// As many sentences about what cannot be read.
const MAX_PROBLEMS: usize = 100;
/// Longest title or place, in characters.
const MAX_WORDS: usize = 300;
/// The steps all rules of a calendar may take: five seconds' worth at most.
const MAX_STEPS: u64 = 2_000_000;

/// One occurrence of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEvent {
    /// The same for the same occurrence each time the calendar is read, also when it is moved. No two have the same.
    pub key: String,
    pub title: String,
    pub place: String,
    /// Empty where there is no page about it, or none on http.
    pub url: String,
    pub starts_at: DateTime<Utc>,
    /// Where its time is told.
    pub timezone: Tz,
    /// It has a date and no hour.
    pub is_all_day: bool,
}

/// What a calendar gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// What it calls itself; empty where it does not.
    pub name: String,
    /// Soonest first.
    pub events: Vec<CalendarEvent>,
    /// A sentence for each event that was left out, and each zone that was guessed.
    pub problems: Vec<String>,
    /// Nothing is missing at its end: an event that is not in it is not there.
    pub is_whole: bool,
}

/// Times without a zone, and those of zones nobody knows, are told in one of these.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    /// The operator's word.
    pub stated: Option<Tz>,
    /// Where neither the operator nor the calendar says anything.
    pub otherwise: Tz,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    #[error("it is no iCalendar file: it has no BEGIN:VCALENDAR")]
    NoCalendar,
    #[error("it is larger than {} MB", MAX_SIZE >> 20)]
    TooLarge,
}

/// Reads the events that begin in `[from, until)`.
pub fn read(bytes: &[u8], span: (DateTime<Utc>, DateTime<Utc>), home: Home) -> Result<Calendar, CalendarError> {
    if bytes.len() > MAX_SIZE {
        return Err(CalendarError::TooLarge);
    }
    let parsed = component::parse(bytes).ok_or(CalendarError::NoCalendar)?;
    let zones = Zones::of(&parsed, home.stated, home.otherwise);
    let mut calendar = Calendar {
        name: parsed.calendar.text("X-WR-CALNAME").map(|name| words(&name)).unwrap_or_default(),
        is_whole: parsed.is_whole,
        ..Calendar::default()
    };
    for name in zones.unknown(&parsed.events) {
        let problem = format!("the time zone {:?} is not known; its times are read as {}", words(name), zones.home);
        calendar.problems.push(problem);
    }
    let uids: Vec<String> = uids(&parsed);
    let mut patience = Patience(MAX_STEPS);
    let mut are_too_many = false;
    for series in series(&parsed, &uids) {
        series.read(span, &zones, &mut patience, (&mut calendar.events, &mut calendar.problems));
        // Not only at the end: a small file can name millions.
        if calendar.events.len() > 4 * MAX_EVENTS {
            are_too_many |= keep_soonest(&mut calendar.events);
        }
    }
    if keep_soonest(&mut calendar.events) || are_too_many {
        calendar.problems.insert(0, format!("it has more than {MAX_EVENTS} events, of which the soonest are taken"));
    }
    let further = calendar.problems.len().saturating_sub(MAX_PROBLEMS);
    if further > 0 {
        calendar.problems.truncate(MAX_PROBLEMS);
        calendar.problems.push(format!("{further} more"));
    }
    Ok(calendar)
}

/// Sorts, and tells whether some had to go.
fn keep_soonest(events: &mut Vec<CalendarEvent>) -> bool {
    events.sort_by(|a, b| a.starts_at.cmp(&b.starts_at).then_with(|| a.key.cmp(&b.key)));
    events.dedup_by(|a, b| a.key == b.key);
    let are_too_many = events.len() > MAX_EVENTS;
    events.truncate(MAX_EVENTS);
    are_too_many
}

/// The UID of each event; one that has none goes by its title and beginning.
fn uids(parsed: &Parsed) -> Vec<String> {
    let uid = |event: &component::Component| {
        event.text("UID").map(|uid| words(&uid)).unwrap_or_else(|| {
            let start = event.get("DTSTART").map_or("", |start| start.value.trim());
            words(&format!("{} {start}", event.text("SUMMARY").unwrap_or_default()))
        })
    };
    parsed.events.iter().map(uid).collect()
}

/// Events with the same UID together, in the order of the file.
fn series<'a>(parsed: &'a Parsed, uids: &'a [String]) -> Vec<Series<'a>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut all: Vec<Series<'a>> = Vec::new();
    for (event, uid) in parsed.events.iter().zip(uids) {
        let place = *places.entry(uid).or_insert(all.len());
        match all.get_mut(place) {
            Some(series) => series.events.push(event),
            None => all.push(Series { uid, events: vec![event] }),
        }
    }
    all
}

/// On one line, of bounded length.
fn words(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_WORDS).collect()
}
