use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::component::{Component, Parsed, Property};
use crate::config::{Timezone, instant_of};

/// Outlook's names for zones, each with the zone of its largest city.
const WINDOWS: [(&str, Tz); 51] = [
    ("UTC", Tz::UTC),
    ("GMT Standard Time", Tz::Europe__London),
    ("Greenwich Standard Time", Tz::Africa__Abidjan),
    ("Sao Tome Standard Time", Tz::Africa__Sao_Tome),
    ("Morocco Standard Time", Tz::Africa__Casablanca),
    ("W. Central Africa Standard Time", Tz::Africa__Lagos),
    ("Libya Standard Time", Tz::Africa__Tripoli),
    ("Egypt Standard Time", Tz::Africa__Cairo),
    ("South Africa Standard Time", Tz::Africa__Johannesburg),
    ("Namibia Standard Time", Tz::Africa__Windhoek),
    ("Sudan Standard Time", Tz::Africa__Khartoum),
    ("South Sudan Standard Time", Tz::Africa__Juba),
    ("E. Africa Standard Time", Tz::Africa__Nairobi),
    ("Mauritius Standard Time", Tz::Indian__Mauritius),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("Central Europe Standard Time", Tz::Europe__Budapest),
    ("Central European Standard Time", Tz::Europe__Warsaw),
    ("Romance Standard Time", Tz::Europe__Paris),
    ("GTB Standard Time", Tz::Europe__Bucharest),
    ("FLE Standard Time", Tz::Europe__Kyiv),
    ("E. Europe Standard Time", Tz::Europe__Chisinau),
    ("Turkey Standard Time", Tz::Europe__Istanbul),
    ("Russian Standard Time", Tz::Europe__Moscow),
    ("Israel Standard Time", Tz::Asia__Jerusalem),
    ("Jordan Standard Time", Tz::Asia__Amman),
    ("Middle East Standard Time", Tz::Asia__Beirut),
    ("Arab Standard Time", Tz::Asia__Riyadh),
    ("Arabian Standard Time", Tz::Asia__Dubai),
    ("Iran Standard Time", Tz::Asia__Tehran),
    ("Pakistan Standard Time", Tz::Asia__Karachi),
    ("India Standard Time", Tz::Asia__Kolkata),
    ("Bangladesh Standard Time", Tz::Asia__Dhaka),
    ("SE Asia Standard Time", Tz::Asia__Bangkok),
    ("Singapore Standard Time", Tz::Asia__Singapore),
    ("China Standard Time", Tz::Asia__Shanghai),
    ("Tokyo Standard Time", Tz::Asia__Tokyo),
    ("Korea Standard Time", Tz::Asia__Seoul),
    ("AUS Eastern Standard Time", Tz::Australia__Sydney),
    ("W. Australia Standard Time", Tz::Australia__Perth),
    ("New Zealand Standard Time", Tz::Pacific__Auckland),
    ("Newfoundland Standard Time", Tz::America__St_Johns),
    ("Atlantic Standard Time", Tz::America__Halifax),
    ("Eastern Standard Time", Tz::America__New_York),
    ("Central Standard Time", Tz::America__Chicago),
    ("Mountain Standard Time", Tz::America__Denver),
    ("US Mountain Standard Time", Tz::America__Phoenix),
    ("Pacific Standard Time", Tz::America__Los_Angeles),
    ("SA Pacific Standard Time", Tz::America__Bogota),
    ("SA Western Standard Time", Tz::America__La_Paz),
    ("E. South America Standard Time", Tz::America__Sao_Paulo),
    ("Argentina Standard Time", Tz::America__Buenos_Aires),
];

/// The zones of a calendar.
#[derive(Debug)]
pub(super) struct Zones {
    /// Of times that name none, and where it is shown when something begins that is told in UTC.
    pub home: Tz,
    /// What the calendar itself says of the names it uses.
    named: HashMap<String, Tz>,
}

/// When something begins: the time on the clock there, and where that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub local: NaiveDateTime,
    pub zone: Tz,
    /// It has a date and no hour.
    pub is_all_day: bool,
}

impl Zones {
    /// `stated` goes before what the calendar says of itself, and that before `otherwise`.
    pub fn of(parsed: &Parsed, stated: Option<Tz>, otherwise: Tz) -> Self {
        let own = parsed.calendar.text("X-WR-TIMEZONE").and_then(|name| zone_of(&name));
        // A calendar that nobody gave a zone says UTC.
        let home = stated.or(own.filter(|zone| *zone != Tz::UTC)).unwrap_or(otherwise);
        let named = |zone: &Component| Some((zone.text("TZID")?, zone_of(&zone.text("X-LIC-LOCATION")?)?));
        Self { home, named: parsed.zones.iter().filter_map(named).collect() }
    }

    fn find(&self, name: &str) -> Option<Tz> {
        zone_of(name).or_else(|| self.named.get(name).copied())
    }

    /// The names of zones that events begin by and nobody knows.
    pub fn unknown<'a>(&self, events: &'a [Component]) -> BTreeSet<&'a str> {
        let names = events.iter().filter_map(|event| event.get("DTSTART")?.parameter("TZID"));
        names.filter(|name| self.find(name).is_none()).collect()
    }
}

impl Start {
    /// The time in a property of an event; an error says what is wrong with it.
    pub fn of(event: &Component, name: &str, zones: &Zones) -> Result<Self, String> {
        let Some(property) = event.get(name) else { return Err(format!("it has no {name}")) };
        let start = Self::read(property, &property.value, zones)?;
        // Outlook writes a day as from midnight to midnight, and marks it.
        let is_day = event.says("X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE") && start.local.time() == NaiveTime::MIN;
        Ok(Self { is_all_day: start.is_all_day || is_day, ..start })
    }

    /// One of the times in a property: EXDATE and RDATE have several.
    pub fn read(property: &Property, value: &str, zones: &Zones) -> Result<Self, String> {
        let zone = property.parameter("TZID").and_then(|name| zones.find(name)).unwrap_or(zones.home);
        Self::parse(value, zone).ok_or_else(|| {
            let shown: String = value.chars().take(40).collect();
            format!("{} {shown:?} is no time", property.name)
        })
    }

    /// `20261205T190000` in `zone`, `20261205T190000Z`, `20261205`; also with signs between the digits.
    pub fn parse(value: &str, zone: Tz) -> Option<Self> {
        let value: String = value.trim().chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let (date, time) = value.split_once(['T', 't', ' ']).map_or((value.as_str(), None), |(d, t)| (d, Some(t)));
        let is_date = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
        let date = NaiveDate::parse_from_str(date, "%Y%m%d").ok().filter(|_| is_date)?;
        let Some(time) = time else {
            return Some(Self { local: date.and_time(NaiveTime::MIN), zone, is_all_day: true });
        };
        let (time, zone) = time.strip_suffix(['Z', 'z']).map_or((time, zone), |time| (time, Tz::UTC));
        let format = if time.len() == 4 { "%H%M" } else { "%H%M%S" };
        let time = NaiveTime::parse_from_str(time, format).ok()?;
        Some(Self { local: date.and_time(time), zone, is_all_day: false })
    }

    /// A time the clock jumps over is the first after it; one it passes twice is the first of them.
    pub fn instant(self) -> DateTime<Utc> {
        instant_of(self.local, self.zone)
    }

    /// The same moment on the clock of another place; a day is the same day everywhere.
    pub fn local_in(self, zone: Tz) -> NaiveDateTime {
        if self.is_all_day || self.zone == zone {
            self.local
        } else {
            self.instant().with_timezone(&zone).naive_local()
        }
    }
}

/// `Europe/Berlin`, also as `/mozilla.org/20050126_1/Europe/Berlin`, and `W. Europe Standard Time`.
fn zone_of(name: &str) -> Option<Tz> {
    let name = name.trim();
    if let Some((_, zone)) = WINDOWS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*zone);
    }
    // The names of zones have three parts at most.
    let mut starts: Vec<usize> = name.rmatch_indices('/').take(4).map(|(at, _)| at + 1).collect();
    starts.push(0);
    starts.into_iter().rev().find_map(|start| Timezone::find(&name[start..])).map(Timezone::zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_zones_by_the_names_other_programs_give_them() {
        for (name, zone) in [
            ("Europe/Berlin", Tz::Europe__Berlin),
            ("/mozilla.org/20050126_1/Europe/Berlin", Tz::Europe__Berlin),
            ("/freeassociation.sourceforge.net/America/Argentina/Ushuaia", Tz::America__Argentina__Ushuaia),
            ("W. Europe Standard Time", Tz::Europe__Berlin),
            ("w. central africa standard time", Tz::Africa__Lagos),
            ("tzone://Microsoft/Utc", Tz::UTC),
            ("America/New York", Tz::America__New_York),
        ] {
            assert_eq!(zone_of(name), Some(zone), "{name}");
        }
        for name in ["", "/", "Customized Time Zone", "(UTC+01:00) Amsterdam", "Europe/Nowhere"] {
            assert_eq!(zone_of(name), None, "{name}");
        }
    }

    #[test]
    fn reads_times_as_they_are_written() {
        let berlin = |text| Start::parse(text, Tz::Europe__Berlin);
        let instant = |text| berlin(text).unwrap().instant().format("%FT%TZ").to_string();
        assert_eq!(instant("20261205T190000"), "2026-12-05T18:00:00Z");
        assert_eq!(instant("20260705T190000"), "2026-07-05T17:00:00Z");
        assert_eq!(instant("20261205T190000Z"), "2026-12-05T19:00:00Z");
        assert_eq!(instant(" 2026-12-05T19:00:00 "), "2026-12-05T18:00:00Z");
        assert_eq!(instant("20261205T1900"), "2026-12-05T18:00:00Z");
        // The clock goes from 02:00 to 03:00 on 29 March 2026, and has 02:30 twice on 25 October.
        assert_eq!(instant("20260329T023000"), "2026-03-29T01:00:00Z");
        assert_eq!(instant("20261025T023000"), "2026-10-25T00:30:00Z");
        assert!(berlin("20261205").unwrap().is_all_day && !berlin("20261205T000000").unwrap().is_all_day);
        for wrong in ["", "T", "20261305", "20261205T2500", "2026", "tomorrow", "20261205T190000+0100", "12026-12-05"] {
            assert_eq!(berlin(wrong), None, "{wrong}");
        }
    }
}
