use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rrule::{RRule, RRuleSet, Unvalidated};

use super::component::Component;
use super::zone::{Start, Zones};

/// As many occurrences of one event are kept, the first of the span.
const MAX_OCCURRENCES: usize = 500;
/// The longest rule, in octets: longer than one with every part there is, as people fill them.
const MAX_RULE: usize = 500;
/// The steps one rule may take: every day for five centuries, every hour for twenty years. Rules that go by months take
/// one for thirty days.
const MAX_STEPS: u64 = 200_000;
/// The times of a day one rule may name: its minutes.
const MAX_TIMES: u64 = 1_440;
/// The steps the crate takes in search of a first time, before it gives up.
const STEPS_IN_VAIN: u64 = 100_000;

/// One time an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub starts_at: DateTime<Utc>,
    /// Where its time is told.
    pub timezone: Tz,
    pub is_all_day: bool,
}

/// How many steps the rules of a calendar may take together, so that one made to keep us busy does not.
#[derive(Debug)]
pub(super) struct Patience(pub u64);

impl Occurrence {
    /// What is told in UTC takes place at home.
    pub fn of(start: Start, zones: &Zones) -> Self {
        let timezone = if start.zone == Tz::UTC { zones.home } else { start.zone };
        Self { starts_at: start.instant(), timezone, is_all_day: start.is_all_day }
    }
}

/// Times that name occurrences: those that are left out, or changed.
#[derive(Debug, Default)]
pub(super) struct Marks {
    instants: HashSet<DateTime<Utc>>,
    /// A date names whatever begins on it.
    dates: HashSet<NaiveDate>,
    /// The days of all of them: an event without an hour is named by any time of its day.
    days: HashSet<NaiveDate>,
}

impl Marks {
    pub fn add(&mut self, start: Start) {
        if start.is_all_day {
            self.dates.insert(start.local.date());
        } else {
            self.instants.insert(start.instant());
        }
        self.days.insert(start.local.date());
    }

    /// Whether they name what begins then; `local` is the time on the clock the event goes by.
    pub fn name(&self, starts_at: DateTime<Utc>, local: NaiveDateTime, is_all_day: bool) -> bool {
        let day = local.date();
        self.dates.contains(&day) || self.instants.contains(&starts_at) || is_all_day && self.days.contains(&day)
    }
}

/// When an event takes place within `[from, until)`, by DTSTART, RRULE, RDATE and EXDATE (§3.8.5).
///
/// Rules are followed on the clock of the event's own zone, so that summer time moves nothing.
pub(super) fn occurrences(
    event: &Component,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    zones: &Zones,
    patience: &mut Patience,
) -> Result<Vec<Occurrence>, String> {
    let start = Start::of(event, "DTSTART", zones)?;
    let local = |instant: DateTime<Utc>| instant.with_timezone(&start.zone).naive_local();
    // A day more at both ends, for clocks that are put back; the exact bounds are drawn below.
    let span = (local(from) - TimeDelta::days(1), local(until) + TimeDelta::days(1));
    let mut found: BTreeSet<NaiveDateTime> =
        dates(event, "RDATE", zones)?.into_iter().map(|date| of_kind(start, date)).collect();
    let mut has_rule = false;
    for rule in event.all("RRULE").map(|property| property.value.trim()).filter(|rule| !rule.is_empty()) {
        has_rule = true;
        let shown = || rule.chars().take(60).collect::<String>();
        follow(rule, start, span, patience, &mut found).map_err(|error| format!("RRULE {:?}: {error}", shown()))?;
    }
    if !has_rule {
        found.insert(start.local);
    }
    let mut excluded = Marks::default();
    dates(event, "EXDATE", zones)?.into_iter().for_each(|date| excluded.add(date));
    let occurrence = |local: NaiveDateTime| {
        let one = Occurrence::of(Start { local, ..start }, zones);
        let is_wanted = one.starts_at >= from && one.starts_at < until;
        (is_wanted && !excluded.name(one.starts_at, local, start.is_all_day)).then_some(one)
    };
    Ok(found.into_iter().filter_map(occurrence).take(MAX_OCCURRENCES).collect())
}

/// A further date of an event, on the event's own clock: with its hour where only the day is named.
fn of_kind(start: Start, date: Start) -> NaiveDateTime {
    match (start.is_all_day, date.is_all_day) {
        (true, _) => date.local.date().and_time(NaiveTime::MIN),
        (false, true) => date.local.date().and_time(start.local.time()),
        (false, false) => date.local_in(start.zone),
    }
}

fn dates(event: &Component, name: &str, zones: &Zones) -> Result<Vec<Start>, String> {
    let mut dates = Vec::new();
    for property in event.all(name) {
        for value in property.value.split(',').filter(|value| !value.trim().is_empty()) {
            // A period (RFC 5545 §3.3.9) begins with when it begins.
            let begin = value.split('/').next().unwrap_or_default();
            dates.push(Start::read(property, begin, zones)?);
        }
    }
    Ok(dates)
}

/// Adds the times of one rule within the span to those found.
fn follow(
    rule: &str,
    start: Start,
    (from, until): (NaiveDateTime, NaiveDateTime),
    patience: &mut Patience,
    found: &mut BTreeSet<NaiveDateTime>,
) -> Result<(), String> {
    if rule.len() > MAX_RULE {
        return Err(format!("it is longer than {MAX_RULE} characters"));
    }
    // RFC 5545 §3.3.10 has nothing else in a rule, and the crate cuts weekdays by octets, in the middle of a letter too.
    if !rule.is_ascii() {
        return Err("it has a letter that no rule has".to_owned());
    }
    let rule = Rule::read(rule, start)?;
    let end = rule.end.map_or(until, |end| end.min(until));
    let first = rule.first_from(start.local, from);
    let steps = rule.steps(first, end);
    if steps > MAX_STEPS || rule.times > MAX_TIMES {
        return Err("it recurs too often".to_owned());
    }
    // An old calendar is full of rules that have ended.
    if end < first.max(from) {
        return Ok(());
    }
    patience.0 = patience.0.checked_sub(steps).ok_or("the rules of this calendar take too long together")?;
    // The crate skips a local time that the clock jumps over. In UTC there is none, and [`Start::instant`] has a rule.
    let clock = first.and_utc().with_timezone(&rrule::Tz::UTC);
    let parsed: RRule<Unvalidated> = rule.text.parse().map_err(|error| format!("{error}"))?;
    let parsed = parsed.validate(clock).map_err(|error| format!("{error}"))?;
    let set = RRuleSet::new(clock).limit().rrule(parsed);
    let (mut kept, mut last) = (0, None);
    for time in &set {
        let time = time.naive_utc();
        last = Some(time);
        if time > end || kept == MAX_OCCURRENCES {
            break;
        }
        if time >= from {
            found.insert(time);
            kept += 1;
        }
    }
    // A rule that finds nothing, or nothing for centuries, has cost more than it seemed to.
    let taken = last.map_or(STEPS_IN_VAIN, |last| rule.steps(first, last));
    patience.0 = patience.0.saturating_sub(taken.saturating_sub(steps));
    Ok(())
}

/// A recurrence rule, without its end.
struct Rule {
    /// As the crate reads it.
    text: String,
    /// The last time it may name, on the event's clock.
    end: Option<NaiveDateTime>,
    /// The seconds of a step.
    step: u64,
    /// What the rule is the same after; `None` where it counts, or goes by months.
    stride: Option<TimeDelta>,
    /// Times a step.
    times: u64,
}

impl Rule {
    fn read(rule: &str, start: Start) -> Result<Self, String> {
        let rule: String = rule.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for (name, value) in rule.split(';').filter_map(|part| part.split_once('=')) {
            // An interval of nothing is one nobody meant; calendars with other months than ours are not ours.
            let is_idle = value.is_empty() || name.starts_with("X-") || (name, value) == ("INTERVAL", "0");
            let is_known = parts.iter().any(|(known, _)| *known == name);
            if !is_idle && !is_known && !matches!((name, value), ("RSCALE", "GREGORIAN") | ("SKIP", "OMIT")) {
                parts.push((name, value.trim_end_matches(',')));
            }
        }
        let get = |wanted: &str| parts.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        let (step, unit) = match get("FREQ") {
            Some("YEARLY" | "MONTHLY") => (30 * 86_400, None),
            Some("WEEKLY") => (86_400, Some(TimeDelta::weeks(1))),
            Some("DAILY") => (86_400, Some(TimeDelta::days(1))),
            Some("HOURLY") => (3_600, Some(TimeDelta::hours(1))),
            Some("MINUTELY") => (60, None),
            Some("SECONDLY") => (1, None),
            _ => return Err("it has no FREQ such as WEEKLY".to_owned()),
        };
        let interval: u16 = get("INTERVAL").and_then(|value| value.parse().ok()).unwrap_or(1);
        let stride = unit.filter(|_| get("COUNT").is_none()).map(|unit| unit * interval.into());
        let many = |name| get(name).map_or(1, |value| value.split(',').count() as u64);
        let times = many("BYHOUR") * many("BYMINUTE") * many("BYSECOND");
        let end = match get("UNTIL") {
            Some(value) => Some(last_time(value, start).ok_or_else(|| format!("UNTIL {value:?} is no time"))?),
            None => None,
        };
        let kept = parts.iter().filter(|(name, _)| *name != "UNTIL").map(|(name, value)| format!("{name}={value}"));
        Ok(Self { text: kept.collect::<Vec<_>>().join(";"), end, step, stride, times })
    }

    /// Where the rule may begin as well, if only what comes from `from` on is wanted, so that not all since the event's
    /// start is gone through.
    fn first_from(&self, start: NaiveDateTime, from: NaiveDateTime) -> NaiveDateTime {
        let Some(stride) = self.stride.filter(|_| from > start) else { return start };
        let strides = (from - start).num_seconds() / stride.num_seconds();
        i32::try_from(strides).map_or(start, |strides| start + stride * strides)
    }

    /// How many times are looked at from the first one on; a year at least is looked at whole.
    fn steps(&self, first: NaiveDateTime, last: NaiveDateTime) -> u64 {
        let seconds = (last - first).max(TimeDelta::days(366)).num_seconds();
        (seconds.unsigned_abs() / self.step).saturating_mul(self.times)
    }
}

/// UNTIL must be UTC where the start has a zone (§3.3.10); many calendars write it as a date or in local time.
fn last_time(value: &str, start: Start) -> Option<NaiveDateTime> {
    let until = Start::parse(value, start.zone)?;
    // A date means to the end of that day. So does a midnight in UTC, of an event that knows only days.
    let is_date = until.is_all_day || start.is_all_day && until.local.time() == NaiveTime::MIN;
    if is_date {
        return Some(until.local.date().and_hms_opt(23, 59, 59).unwrap_or(until.local));
    }
    Some(until.local_in(start.zone))
}
