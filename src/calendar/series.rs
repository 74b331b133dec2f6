use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::component::Component;
use super::recurrence::{Marks, Occurrence, Patience, occurrences};
use super::zone::{Start, Zones};
use super::{CalendarEvent, words};
use crate::config::instant_of;

/// The longest URL that is kept, in octets.
const MAX_URL: usize = 2_000;

/// All that a calendar says under one UID: an event, and what became of single occurrences of it.
pub(super) struct Series<'a> {
    pub uid: &'a str,
    /// In the order of the file.
    pub events: Vec<&'a Component>,
}

/// An occurrence that was changed, or with RANGE=THISANDFUTURE (RFC 5545 §3.2.13) all from it on.
struct Change<'a> {
    event: &'a Component,
    was: Start,
    /// `None` where it is cancelled.
    start: Option<Start>,
    is_for_the_rest: bool,
}

impl Series<'_> {
    /// Adds what takes place within the span to `found`, and what cannot be read to `problems`.
    pub fn read(
        &self,
        span: (DateTime<Utc>, DateTime<Utc>),
        zones: &Zones,
        patience: &mut Patience,
        (found, problems): (&mut Vec<CalendarEvent>, &mut Vec<String>),
    ) {
        let (changes, masters): (Vec<&Component>, Vec<&Component>) =
            self.events.iter().partition(|event| event.get("RECURRENCE-ID").is_some());
        let masters = newest(masters);
        if !masters.is_empty() && masters.iter().all(|event| event.is_cancelled()) {
            return;
        }
        let mut tell = |event: &Component, problem: String| {
            let title = event.text("SUMMARY").map(|title| words(&title)).unwrap_or_else(|| self.uid.to_owned());
            // It may repeat what stands in the calendar.
            problems.push(format!("{title}: {}", problem.replace(char::is_control, " ")));
        };
        let mut marks = Marks::default();
        // By when each would have begun; later ones in the file replace earlier ones, unless they are older.
        let mut by_time: BTreeMap<DateTime<Utc>, Change<'_>> = BTreeMap::new();
        for event in changes {
            match Change::read(event, zones) {
                Ok(change) => {
                    marks.add(change.was);
                    let known = by_time.get(&change.was.instant()).map_or(0, |known| known.event.number("SEQUENCE"));
                    if event.number("SEQUENCE") >= known {
                        by_time.insert(change.was.instant(), change);
                    }
                }
                Err(problem) => tell(event, problem),
            }
        }
        let rests: BTreeMap<DateTime<Utc>, &Change<'_>> =
            by_time.iter().filter(|(_, change)| change.is_for_the_rest).map(|(was, change)| (*was, change)).collect();
        let main = masters.first().copied();
        let mut add = |was: DateTime<Utc>, event: &Component, one: Occurrence| {
            if one.starts_at >= span.0 && one.starts_at < span.1 {
                found.extend(self.event(was, (event, main), one));
            }
        };
        for event in masters.iter().filter(|event| !event.is_cancelled()) {
            let all = match occurrences(event, span, zones, patience) {
                Ok(all) => all,
                Err(problem) => {
                    tell(event, problem);
                    continue;
                }
            };
            for one in all {
                let local = one.starts_at.with_timezone(&one.timezone).naive_local();
                if marks.name(one.starts_at, local, one.is_all_day) {
                    continue;
                }
                match rests.range(..=one.starts_at).next_back() {
                    Some((_, change)) => {
                        if let Some(moved) = change.moves(one) {
                            add(one.starts_at, change.event, moved);
                        }
                    }
                    None => add(one.starts_at, event, one),
                }
            }
        }
        for (was, change) in &by_time {
            if let Some(start) = change.start {
                add(*was, change.event, Occurrence::of(start, zones));
            }
        }
    }

    /// `None` where it is nobody else's business, or has no title.
    fn event(
        &self,
        was: DateTime<Utc>,
        (event, main): (&Component, Option<&Component>),
        one: Occurrence,
    ) -> Option<CalendarEvent> {
        // What a change does not say holds as the series has it.
        let class = if event.get("CLASS").is_some() { event } else { main.unwrap_or(event) };
        if class.says("CLASS", "PRIVATE") || class.says("CLASS", "CONFIDENTIAL") {
            return None;
        }
        let text = |name| event.text(name).or_else(|| main?.text(name));
        let title = words(&text("SUMMARY")?);
        Some(CalendarEvent {
            key: format!("{} {}", self.uid, was.timestamp()),
            title,
            place: text("LOCATION").map(|place| place_of(&place)).unwrap_or_default(),
            url: text("URL").filter(|url| is_web(url)).unwrap_or_default(),
            starts_at: one.starts_at,
            timezone: one.timezone,
            is_all_day: one.is_all_day,
        })
        .filter(|event| !event.title.is_empty())
    }
}

/// Of several versions of an event those with the highest SEQUENCE. Some programs give many events one UID; they differ
/// in when they begin.
fn newest(events: Vec<&Component>) -> Vec<&Component> {
    let highest = events.iter().map(|event| event.number("SEQUENCE")).max();
    let newest = events.into_iter().filter(|event| Some(event.number("SEQUENCE")) == highest);
    let by_start: BTreeMap<&str, &Component> =
        newest.map(|event| (event.get("DTSTART").map_or("", |start| start.value.trim()), event)).collect();
    by_start.into_values().collect()
}

impl<'a> Change<'a> {
    fn read(event: &'a Component, zones: &Zones) -> Result<Self, String> {
        let was = Start::of(event, "RECURRENCE-ID", zones)?;
        // A cancellation need not say when it would have been.
        let start = if event.is_cancelled() { None } else { Some(Start::of(event, "DTSTART", zones)?) };
        let range = event.get("RECURRENCE-ID").and_then(|property| property.parameter("RANGE"));
        let is_for_the_rest = range.is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
        Ok(Self { event, was, start, is_for_the_rest })
    }

    /// A later occurrence of a series that was moved from here on; `None` where all of it was cancelled.
    fn moves(&self, one: Occurrence) -> Option<Occurrence> {
        let start = self.start?;
        let by: TimeDelta = start.local_in(one.timezone) - self.was.local_in(one.timezone);
        let local = one.starts_at.with_timezone(&one.timezone).naive_local();
        Some(Occurrence { starts_at: instant_of(local.checked_add_signed(by)?, one.timezone), ..one })
    }
}

/// Lines of an address stand one behind the other.
fn place_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.trim().trim_end_matches(',')).collect();
    words(&lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", "))
}

/// What a parser would pass over in silence is no address as it stands, and would stand in headers and logs.
fn is_web(url: &str) -> bool {
    let is_plain = url.len() <= MAX_URL && !url.contains(char::is_control);
    is_plain && url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
