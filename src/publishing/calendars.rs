use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use crate::calendar::{self, Calendar, CalendarError, CalendarEvent, Home};
use crate::store::{Changes, Event, EventId};

/// Events are kept so many days ahead: a newsletter announces those of a year at most.
const DAYS_AHEAD: i64 = 400;

/// How a calendar is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct CalendarRule {
    home: Home,
}

/// What came of the import of a calendar.
#[derive(Clone, Debug)]
pub struct ImportedCalendar {
    /// The name its events go by.
    pub calendar: String,
    pub changes: Changes,
    /// Why events were left out, and which zones were guessed: a sentence each.
    pub skipped: Vec<String>,
    /// Where it is cut off, what is not in it has been left as it was.
    pub is_whole: bool,
}

impl CalendarRule {
    /// What is to come, and what began within the last day: a day without an hour may not be over.
    pub fn read(self, bytes: &[u8], now: DateTime<Utc>) -> Result<Calendar, CalendarError> {
        calendar::read(bytes, (now - TimeDelta::days(1), now + TimeDelta::days(DAYS_AHEAD)), self.home)
    }
}

impl Press {
    /// The rule for the calendar of the configuration at this URL, and for any other.
    pub(super) fn calendar_rule(&self, url: &str) -> CalendarRule {
        let config = self.config();
        let stated = config.calendars.iter().find(|calendar| calendar.url.as_str() == url);
        let stated = stated.and_then(|calendar| calendar.timezone).map(|timezone| timezone.zone());
        CalendarRule { home: Home { stated, otherwise: config.home_zone() } }
    }

    /// Takes in a calendar from a file. It goes by `named`, else by what it calls itself, else by `otherwise`; one read
    /// before under the same name is replaced as far as it is to come.
    pub fn import_calendar(
        &self,
        bytes: &[u8],
        named: Option<&str>,
        otherwise: Option<&str>,
    ) -> Result<ImportedCalendar> {
        let now = self.now();
        let Calendar { name, events, problems, is_whole } = self.calendar_rule("").read(bytes, now)?;
        let own = Some(name.as_str()).filter(|name| !name.is_empty());
        let calendar = named.or(own).or(otherwise);
        let calendar =
            calendar.context("it has no name of its own (X-WR-CALNAME); give it one with --calendar NAME")?;
        let events = events_of(calendar, events);
        let changes = self.store().write(|db| Event::keep_calendar(db, calendar, &events, is_whole, now))?;
        Ok(ImportedCalendar { calendar: calendar.to_owned(), changes, skipped: problems, is_whole })
    }
}

/// The events of a calendar, as they are stored.
pub(super) fn events_of(calendar: &str, events: Vec<CalendarEvent>) -> Vec<Event> {
    let event = |event: CalendarEvent| Event {
        id: EventId(0),
        title: event.title,
        place: event.place,
        url: event.url,
        starts_at: event.starts_at,
        timezone: event.timezone,
        is_all_day: event.is_all_day,
        calendar: calendar.to_owned(),
        key: event.key,
    };
    events.into_iter().map(event).collect()
}
