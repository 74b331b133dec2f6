use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::component::{Component, Property};
use crate::config::instant_of;

/// When something begins: the time on the clock there, and where that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub local: NaiveDateTime,
    pub zone: Tz,
    /// It has a date and no hour.
    pub is_all_day: bool,
}

/// Outlook's names for zones, of those that its users in Africa, Europe and the Americas have.
const WINDOWS: [(&str, Tz); 24] = [
    ("GMT Standard Time", Tz::Europe__London),
    ("Greenwich Standard Time", Tz::Africa__Abidjan),
    ("W. Central Africa Standard Time", Tz::Africa__Lagos),
    ("South Africa Standard Time", Tz::Africa__Johannesburg),
    ("E. Africa Standard Time", Tz::Africa__Nairobi),
    ("Egypt Standard Time", Tz::Africa__Cairo),
    ("Morocco Standard Time", Tz::Africa__Casablanca),
    ("Namibia Standard Time", Tz::Africa__Windhoek),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("Central Europe Standard Time", Tz::Europe__Budapest),
    ("Central European Standard Time", Tz::Europe__Warsaw),
    ("Romance Standard Time", Tz::Europe__Paris),
    ("GTB Standard Time", Tz::Europe__Bucharest),
    ("FLE Standard Time", Tz::Europe__Helsinki),
    ("E. Europe Standard Time", Tz::Europe__Chisinau),
    ("Turkey Standard Time", Tz::Europe__Istanbul),
    ("Russian Standard Time", Tz::Europe__Moscow),
    ("Eastern Standard Time", Tz::America__New_York),
    ("Central Standard Time", Tz::America__Chicago),
    ("Mountain Standard Time", Tz::America__Denver),
    ("Pacific Standard Time", Tz::America__Los_Angeles),
    ("Atlantic Standard Time", Tz::America__Halifax),
    ("E. South America Standard Time", Tz::America__Sao_Paulo),
    ("SA Western Standard Time", Tz::America__La_Paz),
];

impl Start {
    /// The time in a property of an event; an error says what is wrong with it.
    pub fn of(event: &Component, name: &str, home: Tz) -> Result<Self, String> {
        match event.get(name) {
            Some(property) => Self::read(property, &property.value, home),
            None => Err(format!("it has no {name}")),
        }
    }

    /// One of the times in a property: EXDATE and RDATE have several.
    pub fn read(property: &Property, value: &str, home: Tz) -> Result<Self, String> {
        let value = value.trim();
        let wrong = || format!("{} {value:?} is no time", property.name);
        let zone = property.parameter("TZID").map_or(home, |name| zone_of(name).unwrap_or(home));
        let (date, time) = value.split_once('T').map_or((value, None), |(date, time)| (date, Some(time)));
        let date = NaiveDate::parse_from_str(date, "%Y%m%d").map_err(|_| wrong())?;
        let Some(time) = time else {
            return Ok(Self { local: date.and_time(NaiveTime::MIN), zone, is_all_day: true });
        };
        let (time, zone) = time.strip_suffix('Z').map_or((time, zone), |time| (time, Tz::UTC));
        let time = NaiveTime::parse_from_str(time, "%H%M%S").map_err(|_| wrong())?;
        Ok(Self { local: date.and_time(time), zone, is_all_day: false })
    }

    /// A time the clock jumps over is the first after it; one it passes twice is the first of them.
    pub fn instant(self) -> DateTime<Utc> {
        instant_of(self.local, self.zone)
    }
}

/// `Europe/Berlin`, also as `/mozilla.org/20050126_1/Europe/Berlin`, and `W. Europe Standard Time`.
fn zone_of(name: &str) -> Option<Tz> {
    if let Some((_, zone)) = WINDOWS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*zone);
    }
    let parts: Vec<&str> = name.trim_matches('/').split('/').collect();
    (0..parts.len()).find_map(|first| parts[first..].join("/").parse().ok())
}
