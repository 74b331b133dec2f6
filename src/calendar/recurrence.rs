use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rrule::{RRule, RRuleSet, Unvalidated};

use super::component::Component;
use super::zone::Start;

/// As many occurrences of one event as are looked at within a span.
const MAX_OCCURRENCES: u16 = 500;

/// One time an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub starts_at: DateTime<Utc>,
    pub timezone: Tz,
    pub is_all_day: bool,
}

impl Occurrence {
    pub fn of(start: Start) -> Self {
        Self { starts_at: start.instant(), timezone: start.zone, is_all_day: start.is_all_day }
    }
}

/// When an event takes place within `[from, until)`, by RRULE, RDATE and EXDATE (§3.8.5).
pub(super) fn occurrences(
    event: &Component,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    home: Tz,
) -> Result<Vec<Occurrence>, String> {
    let start = Start::of(event, "DTSTART", home)?;
    let rules: Vec<&str> = event.all("RRULE").map(|property| property.value.trim()).collect();
    let further = dates(event, "RDATE", home)?;
    if rules.is_empty() && further.is_empty() {
        return Ok(vec![Occurrence::of(start)]);
    }
    let zoned = |start: Start| start.instant().with_timezone(&rrule::Tz::Tz(start.zone));
    let mut set = RRuleSet::new(zoned(start));
    for rule in rules {
        let rule = with_utc_end(rule, start.zone);
        let parsed: RRule<Unvalidated> = rule.parse().map_err(|error| format!("RRULE {rule:?}: {error}"))?;
        set = set.rrule(parsed.validate(zoned(start)).map_err(|error| format!("RRULE {rule:?}: {error}"))?);
    }
    for date in further {
        set = set.rdate(zoned(date));
    }
    for date in dates(event, "EXDATE", home)? {
        set = set.exdate(zoned(date));
    }
    let utc = |instant: DateTime<Utc>| instant.with_timezone(&rrule::Tz::UTC);
    // Both ends belong to the span of the crate; ours ends before `until`.
    let found = set.after(utc(from)).before(utc(until - TimeDelta::seconds(1))).all(MAX_OCCURRENCES);
    let occurrence = |at: DateTime<rrule::Tz>| Occurrence {
        starts_at: at.with_timezone(&Utc),
        timezone: start.zone,
        is_all_day: start.is_all_day,
    };
    Ok(found.dates.into_iter().map(occurrence).collect())
}

fn dates(event: &Component, name: &str, home: Tz) -> Result<Vec<Start>, String> {
    let mut dates = Vec::new();
    for property in event.all(name) {
        for value in property.value.split(',') {
            // A period (RFC 5545 §3.3.9) begins with when it begins.
            let begin = value.split('/').next().unwrap_or_default();
            dates.push(Start::read(property, begin, home)?);
        }
    }
    Ok(dates)
}

/// UNTIL must be UTC where the start has a zone (§3.3.10); many calendars write it as a date or in local time.
fn with_utc_end(rule: &str, zone: Tz) -> String {
    let part = |part: &str| {
        let Some(value) = part.strip_prefix("UNTIL=").filter(|value| !value.ends_with('Z')) else {
            return part.to_owned();
        };
        // A date means to the end of that day.
        let whole = if value.contains('T') { value.to_owned() } else { format!("{value}T235959") };
        match chrono::NaiveDateTime::parse_from_str(&whole, "%Y%m%dT%H%M%S") {
            Ok(local) => format!("UNTIL={}", crate::config::instant_of(local, zone).format("%Y%m%dT%H%M%SZ")),
            Err(_) => part.to_owned(),
        }
    };
    rule.to_ascii_uppercase().split(';').filter(|part| !part.is_empty()).map(part).collect::<Vec<_>>().join(";")
}
