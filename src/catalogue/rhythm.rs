use chrono::Weekday::{Fri, Mon, Thu, Tue, Wed};
use chrono::{DateTime, Utc, WeekdaySet};
use chrono_tz::Tz;

use super::{Argument, Catalogue, capitalized};
use crate::config::{Cadence, Schedule};

const WORKDAYS: WeekdaySet = WeekdaySet::from_array([Mon, Tue, Wed, Thu, Fri]);

impl Catalogue {
    /// `every Friday`; nothing where there is no rhythm.
    pub fn how_often(&self, cadence: Cadence) -> Option<String> {
        match cadence {
            Cadence::Weekly(WeekdaySet::ALL) => Some(self.say("every-day")),
            Cadence::Weekly(WORKDAYS) => Some(self.say("every-weekday")),
            Cadence::Weekly(days) => {
                let days: Vec<String> = days.iter(Mon).map(|day| self.weekday_name(day)).collect();
                Some(self.tell("on-days", &[("days", Argument::words(self.listed_words(&days)))]))
            }
            Cadence::Monthly => Some(self.say("once-a-month")),
            Cadence::Irregular => None,
        }
    }

    /// `The Weekly Brief every Friday`; the name alone where there is no rhythm.
    pub fn coming(&self, newsletter: &str, cadence: Cadence) -> String {
        match self.how_often(cadence) {
            Some(often) => self.tell("coming", &[("newsletter", newsletter.into()), ("often", Argument::words(often))]),
            None => self.tell("coming-irregular", &[("newsletter", newsletter.into())]),
        }
    }

    /// When a newsletter comes, as a sentence: `Every Friday at 08:00, Accra time.` Where there is no rhythm, the next
    /// date is named; nothing where it comes no more.
    pub fn when_it_comes(&self, schedule: &Schedule, zone: Tz, now: DateTime<Utc>) -> String {
        let Some(next) = schedule.next_after(now, zone).map(|slot| slot.with_timezone(&zone)) else {
            return String::new();
        };
        match self.how_often(schedule.cadence(now, zone)) {
            Some(often) => self.tell(
                "comes-at",
                &[
                    ("often", Argument::words(capitalized(&often))),
                    ("time", Argument::words(self.time(next.time()))),
                    ("clock", Argument::words(self.clock(zone))),
                ],
            ),
            None => self.tell("comes-next", &[("date", Argument::words(self.full_date(next.date_naive())))]),
        }
    }

    /// `Accra time`, `UTC`.
    pub fn clock(&self, zone: Tz) -> String {
        match zone.name().rsplit_once('/') {
            Some((_, city)) => self.tell("time-of-city", &[("city", city.replace('_', " ").into())]),
            None => zone.name().to_owned(),
        }
    }
}
