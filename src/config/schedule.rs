use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// When a newsletter is due: minute, hour, day of month, month, weekday, as in a crontab.
///
/// Two things differ from a crontab. A weekday is a name, because `1` is Sunday to some programs and Monday to
/// others. And where both day of month and weekday are given, both must hold: `0 8 1-7 * FRI` is the first Friday
/// of a month, where most crons run on the first seven days and on every Friday.
///
/// A slot is a civil time in the newsletter's zone. A slot that the clock jumps over in spring falls on the first
/// minute after the jump; one that it passes twice in autumn falls on the first pass. So each civil slot is one
/// instant, and slots that meet in one instant are one run.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Schedule {
    text: String,
    cron: cron::Schedule,
}

const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of month", "1 to 31"),
    ("month", "1 to 12 or JAN to DEC"),
    ("weekday", "SUN to SAT; a range runs within SUN to SAT, so the weekend is SAT,SUN"),
];
const WEEKDAYS: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
/// No zone has ever set its clock back by more.
const LONGEST_OVERLAP: TimeDelta = TimeDelta::days(1);
/// Pacific islands that changed sides of the date line skipped a whole day.
const LONGEST_GAP_MINUTES: i64 = 25 * 60;

impl Schedule {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        if fields.len() != FIELDS.len() {
            return Err(wrong_number_of_fields(&fields));
        }
        if has_weekday_number(fields[4]) {
            return Err(weekday_number(&fields));
        }
        for (index, (name, range)) in FIELDS.iter().enumerate() {
            let mut alone = ["*"; 5];
            alone[index] = fields[index];
            if with_seconds(&alone).is_err() {
                let message = format!("the {name} `{}` is not understood", fields[index]);
                return Err(Problem::new(message, format!("a {name} is * or {range}")));
            }
        }
        let cron = with_seconds(&fields).map_err(|_| Problem::new(format!("`{text}` is not a schedule"), EXAMPLE))?;
        let schedule = Self { text: fields.join(" "), cron };
        // Leap days and weekdays repeat every 28 years within this span.
        let start = Utc.with_ymd_and_hms(2001, 1, 1, 0, 0, 0).single().unwrap_or_default();
        if schedule.cron.after(&start).next().is_none() {
            return Err(Problem::new(
                format!("`{text}` never comes: no month it names has that day"),
                "name a day that exists; for the last days of a month write 28",
            ));
        }
        Ok(schedule)
    }

    /// The first slot after `instant`; none once the year 2100 is over.
    pub fn next_after(&self, instant: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        // Civil times up to the local one are due already: those in a gap fell on its end, those of an overlap on
        // its first pass.
        let civil = instant.with_timezone(&zone).naive_local().and_utc();
        self.cron.after(&civil).map(|slot| resolve(slot.naive_utc(), zone)).find(|slot| *slot > instant)
    }

    /// The latest slot at or before `instant`.
    pub fn previous_before(&self, instant: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        // In the second pass of an overlap, slots whose civil time is still ahead were due in the first pass.
        let civil = instant.with_timezone(&zone).naive_local().and_utc() + LONGEST_OVERLAP;
        self.cron.after(&civil).rev().map(|slot| resolve(slot.naive_utc(), zone)).find(|slot| *slot <= instant)
    }

    /// The slots after `instant`, in order, each once.
    pub fn upcoming(&self, instant: DateTime<Utc>, zone: Tz) -> impl Iterator<Item = DateTime<Utc>> {
        std::iter::successors(self.next_after(instant, zone), move |slot| self.next_after(*slot, zone))
    }

    /// The five fields, as they were written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The one instant of a civil time: in a gap the first minute after it, in an overlap the earlier.
fn resolve(civil: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let candidates = (0..=LONGEST_GAP_MINUTES).map(|minutes| civil + TimeDelta::minutes(minutes));
    for candidate in candidates {
        match zone.from_local_datetime(&candidate) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => return instant.to_utc(),
            LocalResult::None => {}
        }
    }
    // No gap of the time zone database is that long; read as UTC it still fires once.
    civil.and_utc()
}

const EXAMPLE: &str = "write five fields, minute hour day-of-month month weekday, such as \"0 8 * * FRI\"";

/// The cron crate wants seconds first.
fn with_seconds(fields: &[&str]) -> Result<cron::Schedule, cron::error::Error> {
    cron::Schedule::from_str(&format!("0 {}", fields.join(" ")))
}

fn wrong_number_of_fields(fields: &[&str]) -> Problem {
    let message = match fields {
        [nickname] if nickname.starts_with('@') => format!("`{nickname}` is not understood here"),
        [] => "it is empty".to_owned(),
        [_, _, _, _, _, _] => "it has six fields: griot takes no seconds".to_owned(),
        [_] => "it has one field".to_owned(),
        _ => format!("it has {} fields", fields.len()),
    };
    Problem::new(message, EXAMPLE)
}

/// Whether a number stands for a weekday. One behind a slash is a step, and means the same everywhere.
fn has_weekday_number(field: &str) -> bool {
    field
        .split(['-', ','])
        .any(|part| part.split('/').next().is_some_and(|day| day.bytes().any(|b| b.is_ascii_digit())))
}

fn weekday_number(fields: &[&str]) -> Problem {
    let named: String = fields[4]
        .split_inclusive(['-', ',', '/'])
        .map(|part| {
            let digits = part.trim_end_matches(['-', ',', '/']);
            match digits.parse::<usize>().ok().and_then(|number| WEEKDAYS.get(number)) {
                Some(name) => part.replace(digits, name),
                None => part.to_owned(),
            }
        })
        .collect();
    let advice = if has_weekday_number(&named) {
        EXAMPLE.to_owned()
    } else {
        format!("write: schedule = \"{} {named}\"", fields[..4].join(" "))
    };
    Problem::new(
        "a weekday is written by name (SUN, MON, TUE …), because number 1 means Sunday to some programs and Monday to \
         others",
        advice,
    )
}

parse_inside_serde!(Schedule);

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}
