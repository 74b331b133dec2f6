use crate::store::database::{self, OptionalRow, Row, params};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::{Changes, Db, time};
use crate::saying::time::{day_in_zone, in_zone};

/// A row of `events`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct EventId(pub i64);

/// Something with a date and a place, for the events section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// 0 until it is stored.
    pub id: EventId,
    pub title: String,
    pub place: String,
    /// Empty where there is no page about it.
    pub url: String,
    /// The midnight it begins with, where it has no hour.
    pub starts_at: DateTime<Utc>,
    /// The zone of the place: an event is shown in local time.
    pub timezone: Tz,
    pub is_all_day: bool,
    /// The URL that is polled, or the name it was imported under; empty where it was added by hand.
    pub calendar: String,
    /// Of the occurrence within its calendar; empty where there is none.
    pub key: String,
}

/// What became of an event that an editor took away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It was added by hand.
    Gone(Event),
    /// It is of a calendar, and stays away when that is read again.
    Hidden(Event),
}

const COLUMNS: &str = "id, title, place, url, starts_at, timezone, all_day, calendar, key";

/// Not over at `?1`, in seconds: it begins then or later, or it is a day that had not ended.
const TO_COME: &str = "(starts_at >= ?1 OR (all_day = 1 AND starts_at > ?1 - 86400))";

impl Event {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: EventId(row.get(0)?),
            title: row.get(1)?,
            place: row.get(2)?,
            url: row.get(3)?,
            starts_at: time::from_seconds(row.get(4)?),
            timezone: row.get::<String>(5)?.parse().unwrap_or(Tz::UTC),
            is_all_day: row.get(6)?,
            calendar: row.get(7)?,
            key: row.get(8)?,
        })
    }

    /// `Sat 5 Dec 19:00 Africa/Accra`; without an hour where it has none.
    pub fn when(&self, now: DateTime<Utc>) -> String {
        let said = if self.is_all_day { day_in_zone } else { in_zone };
        said(self.starts_at, self.timezone, now)
    }

    /// An event at an hour, of no calendar.
    pub fn by_hand(title: String, place: String, url: String, (starts_at, timezone): (DateTime<Utc>, Tz)) -> Self {
        let (calendar, key) = (String::new(), String::new());
        Self { id: EventId(0), title, place, url, starts_at, timezone, is_all_day: false, calendar, key }
    }

    /// Stores an event, and answers its number.
    pub fn add(&self, db: &Db) -> Result<EventId> {
        db.prepare_cached(
            "INSERT INTO events (title, place, url, starts_at, timezone, all_day, calendar, key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
        )?
        .query_row(
            params![
                self.title,
                self.place,
                self.url,
                time::seconds(self.starts_at),
                self.timezone.name(),
                self.is_all_day,
                self.calendar,
                self.key,
            ],
            |row| Ok(EventId(row.get(0)?)),
        )
        .with_context(|| format!("storing the event {:?}", self.title))
    }

    /// Events that begin in `[start, end)`, and days that are not over at `start`, soonest first.
    pub fn between(db: &Db, start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM events
             WHERE starts_at > ?1 - 86400 AND {TO_COME} AND starts_at < ?2 AND removed_at IS NULL
             ORDER BY starts_at, all_day DESC, id"
        ))?;
        let rows = query.query_map((time::seconds(start), time::seconds(end)), Self::from_row)?;
        rows.map(|row| row.context("reading an event")).collect()
    }

    /// `None` also where an editor took it away for good.
    pub fn find(db: &Db, id: EventId) -> Result<Option<Self>> {
        let query = format!("SELECT {COLUMNS} FROM events WHERE id = ?1 AND removed_at IS NULL");
        Ok(db.prepare_cached(&query)?.query_row([id.0], Self::from_row).optional()?)
    }

    /// All that is to come.
    pub fn to_come(db: &Db, now: DateTime<Utc>) -> Result<Vec<Self>> {
        Self::between(db, now, now + TimeDelta::days(100 * 366))
    }

    /// Brings what is stored of a calendar to what it says now. Its events are found again by their keys; one that is
    /// to come and is not in it any more goes away where `is_whole`.
    pub fn keep_calendar(
        db: &Db,
        calendar: &str,
        events: &[Self],
        is_whole: bool,
        now: DateTime<Utc>,
    ) -> Result<Changes> {
        let mut changes = Changes::default();
        for event in events {
            match Self::by_key(db, calendar, &event.key)? {
                None => {
                    event.add(db)?;
                    changes.added += 1;
                }
                Some(known) if known == (Self { id: known.id, ..event.clone() }) => changes.unchanged += 1,
                Some(known) => {
                    event.update(db, known.id)?;
                    changes.changed += 1;
                }
            }
        }
        if is_whole {
            let keys: Vec<&str> = events.iter().map(|event| event.key.as_str()).collect();
            let delete = format!(
                "DELETE FROM events
                 WHERE calendar = ?2 AND {TO_COME} AND key NOT IN (SELECT value FROM json_each(?3))"
            );
            changes.removed = db.execute(&delete, (time::seconds(now), calendar, serde_json::to_string(&keys)?))?;
        }
        Ok(changes)
    }

    fn by_key(db: &Db, calendar: &str, key: &str) -> Result<Option<Self>> {
        let query = format!("SELECT {COLUMNS} FROM events WHERE calendar = ?1 AND key = ?2 AND calendar <> ''");
        Ok(db.prepare_cached(&query)?.query_row((calendar, key), Self::from_row).optional()?)
    }

    fn update(&self, db: &Db, id: EventId) -> Result<()> {
        db.prepare_cached(
            "UPDATE events SET title = ?2, place = ?3, url = ?4, starts_at = ?5, timezone = ?6, all_day = ?7
             WHERE id = ?1",
        )?
        .execute(params![
            id.0,
            self.title,
            self.place,
            self.url,
            time::seconds(self.starts_at),
            self.timezone.name(),
            self.is_all_day,
        ])
        .with_context(|| format!("storing the event {:?}", self.title))?;
        Ok(())
    }

    /// Takes away what is to come of polled calendars that are none of these any more.
    pub fn keep_calendars(db: &Db, configured: &[&str], now: DateTime<Utc>) -> Result<()> {
        let urls = serde_json::to_string(configured)?;
        let gone = "SELECT url FROM feeds WHERE kind = 'calendar' AND url NOT IN (SELECT value FROM json_each(?1))";
        let delete = format!("DELETE FROM events WHERE calendar IN ({})", gone.replace("?1", "?2"));
        let removed = db.execute(&format!("{delete} AND {TO_COME}"), (time::seconds(now), &urls))?;
        if removed > 0 {
            // One that comes back must not be answered with "not modified".
            db.execute(&format!("UPDATE feeds SET etag = '', last_modified = '' WHERE url IN ({gone})"), [&urls])?;
        }
        Ok(())
    }

    /// Takes an event away for good; `None` where there is none with this number.
    pub fn remove(db: &Db, id: EventId, now: DateTime<Utc>) -> Result<Option<Removed>> {
        let Some(event) = Self::find(db, id)? else { return Ok(None) };
        if event.calendar.is_empty() {
            db.execute("DELETE FROM events WHERE id = ?1", [id.0])?;
            return Ok(Some(Removed::Gone(event)));
        }
        db.execute("UPDATE events SET removed_at = ?2 WHERE id = ?1", (id.0, time::seconds(now)))?;
        Ok(Some(Removed::Hidden(event)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        time::from_seconds(1_800_000_000 + seconds)
    }

    fn event(key: &str, starts_at: DateTime<Utc>) -> Event {
        Event {
            id: EventId(0),
            title: "A choir sings".into(),
            place: "Accra".into(),
            url: String::new(),
            starts_at,
            timezone: Tz::Africa__Accra,
            is_all_day: false,
            calendar: if key.is_empty() { String::new() } else { "club".into() },
            key: key.into(),
        }
    }

    fn counts(changes: Changes) -> [usize; 4] {
        [changes.added, changes.changed, changes.unchanged, changes.removed]
    }

    fn with_store(test: impl FnOnce(&Db) -> Result<()>) {
        let dir = tempfile::tempdir().unwrap();
        crate::store::testing::store(&dir).write(|db| test(db)).unwrap();
    }

    #[test]
    fn a_calendar_read_again_changes_what_changed_and_drops_what_is_gone() {
        with_store(|db| {
            let now = at(0);
            event("", at(50)).add(db)?;
            event("past", at(-10)).add(db)?;
            let (one, two) = (event("one", at(100)), event("two", at(200)));
            let both = [one.clone(), two.clone()];
            assert_eq!(counts(Event::keep_calendar(db, "club", &both, true, now)?), [2, 0, 0, 0]);
            assert_eq!(counts(Event::keep_calendar(db, "club", &both, true, now)?), [0, 0, 2, 0]);
            let moved = Event { starts_at: at(300), ..two.clone() };
            assert_eq!(counts(Event::keep_calendar(db, "club", &[one, moved], true, now)?), [0, 1, 1, 0]);
            // What is cut off says nothing about the rest.
            assert_eq!(counts(Event::keep_calendar(db, "club", &[], false, now)?), [0, 0, 0, 0]);
            assert_eq!(counts(Event::keep_calendar(db, "club", std::slice::from_ref(&two), true, now)?), [0, 1, 0, 1]);
            // Added by hand, over, or of another calendar: they stay.
            assert_eq!(counts(Event::keep_calendar(db, "other", &[], true, now)?), [0, 0, 0, 0]);
            assert_eq!(counts(Event::keep_calendar(db, "club", &[], true, now)?), [0, 0, 0, 1]);
            let left: Vec<String> = Event::between(db, at(-100), at(1000))?.into_iter().map(|one| one.key).collect();
            assert_eq!(left, ["past", ""]);
            Ok(())
        });
    }

    #[test]
    fn what_an_editor_took_away_stays_away() {
        with_store(|db| {
            let now = at(0);
            let by_hand = event("", at(50)).add(db)?;
            let shown = event("one", at(100));
            Event::keep_calendar(db, "club", std::slice::from_ref(&shown), true, now)?;
            let id = Event::to_come(db, now)?[1].id;
            assert!(matches!(Event::remove(db, id, now)?, Some(Removed::Hidden(_))));
            assert!(matches!(Event::remove(db, by_hand, now)?, Some(Removed::Gone(_))));
            assert_eq!(Event::remove(db, id, now)?, None);
            let moved = Event { starts_at: at(200), ..shown };
            assert_eq!(counts(Event::keep_calendar(db, "club", &[moved], true, now)?), [0, 1, 0, 0]);
            assert_eq!(Event::to_come(db, now)?, []);
            Ok(())
        });
    }

    #[test]
    fn a_day_is_to_come_until_it_is_over() {
        with_store(|db| {
            let day = Event { is_all_day: true, ..event("", at(0)) };
            day.add(db)?;
            event("", at(0)).add(db)?;
            let many = |now| Ok::<_, anyhow::Error>(Event::to_come(db, now)?.len());
            assert_eq!([many(at(0))?, many(at(1))?, many(at(86_399))?, many(at(86_400))?], [2, 1, 1, 0]);
            Ok(())
        });
    }
}
