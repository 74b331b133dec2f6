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
                return Err(Problem::new(message, format!("the {name} is * or {range}")));
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
        self.cron.after(&civil).map(|slot| instant_of(slot.naive_utc(), zone)).find(|slot| *slot > instant)
    }

    /// The latest slot at or before `instant`.
    pub fn previous_before(&self, instant: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        // In the second pass of an overlap, slots whose civil time is still ahead were due in the first pass.
        let civil = instant.with_timezone(&zone).naive_local().and_utc() + LONGEST_OVERLAP;
        self.cron.after(&civil).rev().map(|slot| instant_of(slot.naive_utc(), zone)).find(|slot| *slot <= instant)
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
pub fn instant_of(civil: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate, Timelike};
    use chrono_tz::{Africa, America, Asia, Australia, Europe, Pacific};
    use proptest::prelude::*;

    fn schedule(text: &str) -> Schedule {
        Schedule::parse(text).unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The next slots after `start`, as RFC 3339 in UTC.
    fn slots(text: &str, zone: Tz, start: &str, count: usize) -> Vec<String> {
        let next = schedule(text).upcoming(utc(start), zone).take(count).collect::<Vec<_>>();
        next.iter().map(|slot| slot.format("%m-%dT%H:%M").to_string()).collect()
    }

    #[test]
    fn keeps_to_the_civil_time_of_its_zone() {
        assert_eq!(slots("0 8 * * FRI", Africa::Accra, "2026-11-23T00:00:00Z", 2), ["11-27T08:00", "12-04T08:00"]);
        // 08:00 in New York is an hour later in UTC once summer time is over, on 1 November 2026.
        let new_york = slots("0 8 * * FRI", America::New_York, "2026-10-29T00:00:00Z", 2);
        assert_eq!(new_york, ["10-30T12:00", "11-06T13:00"]);
        // 5:45 hours ahead of UTC.
        assert_eq!(slots("0 8 * * FRI", Asia::Kathmandu, "2026-11-23T00:00:00Z", 1), ["11-27T02:15"]);
    }

    #[test]
    fn a_slot_in_a_gap_falls_on_the_first_minute_after_it() {
        // Berlin goes from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC.
        let berlin = slots("30 2 * * *", Europe::Berlin, "2026-03-27T12:00:00Z", 3);
        assert_eq!(berlin, ["03-28T01:30", "03-29T01:00", "03-30T00:30"]);
        // Lord Howe Island goes from 02:00 to 02:30 on 4 October 2026, at 15:30 UTC of the day before.
        let lord_howe = slots("15 2 * * *", Australia::Lord_Howe, "2026-10-02T12:00:00Z", 2);
        assert_eq!(lord_howe, ["10-02T15:45", "10-03T15:30"]);
        // Samoa had no 30 December 2011.
        assert_eq!(slots("0 8 30 DEC *", Pacific::Apia, "2011-12-01T00:00:00Z", 1), ["12-30T10:00"]);
    }

    #[test]
    fn a_slot_in_an_overlap_fires_once_on_the_first_pass() {
        // Berlin goes from 03:00 back to 02:00 on 25 October 2026, at 01:00 UTC.
        let half_past_two = slots("30 2 * * *", Europe::Berlin, "2026-10-24T12:00:00Z", 2);
        assert_eq!(half_past_two, ["10-25T00:30", "10-26T01:30"]);
        let half_past_one = slots("30 1 * * *", Europe::Berlin, "2026-10-24T12:00:00Z", 2);
        assert_eq!(half_past_one, ["10-24T23:30", "10-26T00:30"]);
        // Asked during the second pass, the 02:30 of that day is over.
        assert_eq!(slots("30 2 * * *", Europe::Berlin, "2026-10-25T01:10:00Z", 1), ["10-26T01:30"]);
        // New York has 01:30 twice on 1 November 2026; Lord Howe Island 01:45 on 5 April 2026.
        assert_eq!(slots("30 1 * * *", America::New_York, "2026-11-01T00:00:00Z", 2), ["11-01T05:30", "11-02T06:30"]);
        let lord_howe = slots("45 1 * * *", Australia::Lord_Howe, "2026-04-04T00:00:00Z", 2);
        assert_eq!(lord_howe, ["04-04T14:45", "04-05T15:15"]);
    }

    #[test]
    fn slots_that_meet_at_the_end_of_a_gap_are_one_run() {
        let berlin = slots("*/30 2-3 * * *", Europe::Berlin, "2026-03-29T00:00:00Z", 3);
        assert_eq!(berlin, ["03-29T01:00", "03-29T01:30", "03-30T00:00"]);
    }

    #[test]
    fn tells_the_slot_that_was_missed() {
        let weekly = schedule("0 8 * * FRI");
        let previous = |now: &str| weekly.previous_before(utc(now), Africa::Accra).unwrap().to_rfc3339();
        assert_eq!(previous("2026-11-27T08:00:00Z"), "2026-11-27T08:00:00+00:00");
        assert_eq!(previous("2026-11-27T07:59:59Z"), "2026-11-20T08:00:00+00:00");
        // In the second pass of 02:30 the slot of 02:45 has been due for half an hour.
        let nightly = schedule("45 2 * * *");
        let missed = nightly.previous_before(utc("2026-10-25T01:30:00Z"), Europe::Berlin).unwrap();
        assert_eq!(missed, utc("2026-10-25T00:45:00Z"));
    }

    #[test]
    fn day_of_month_and_weekday_must_both_hold() {
        assert_eq!(slots("0 8 1-7 * FRI", Africa::Accra, "2026-11-23T00:00:00Z", 2), ["12-04T08:00", "01-01T08:00"]);
        assert_eq!(slots("0 8 13 * FRI", Africa::Accra, "2026-11-23T00:00:00Z", 1), ["08-13T08:00"]);
    }

    #[test]
    fn takes_names_lists_ranges_and_steps() {
        for text in ["0 8 * * fri", "0 8 * * MON,WED,FRI", "0 8 * * MON-FRI", "*/15 6-22 1,15 JAN-MAR *", "0 8 * * */2"]
        {
            assert_eq!(schedule(text).as_str(), text);
        }
        assert_eq!(schedule(" 0  8 * *\tFRI ").as_str(), "0 8 * * FRI");
        assert_eq!(slots("0 0 29 FEB SUN", Africa::Accra, "2026-01-01T00:00:00Z", 1), ["02-29T00:00"]);
    }

    #[test]
    fn refuses_what_two_programs_read_differently() {
        for text in
            ["0 8 * * 5", "0 8 * * 1-5", "0 8 * * MON,5", "0 8 * * 0", "0 8 * * 8", "0 8 * * 5L", "0 8 * * FRI#2"]
        {
            assert!(Schedule::parse(text).is_err(), "{text} was accepted");
        }
        assert_eq!(Schedule::parse("0 8 * * 0,6").unwrap_err().advice, "write: schedule = \"0 8 * * SUN,SAT\"",);
    }

    #[test]
    fn refuses_what_is_no_schedule_or_never_comes() {
        for text in
            ["", "@weekly", "0 8 * *", "0 0 8 * * FRI", "60 8 * * *", "0 8 31 2 *", "0 8 31 4,6,9,11 *", "0 8 0 * *"]
        {
            assert!(Schedule::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    const ZONES: [Tz; 8] = [
        Africa::Accra,
        Africa::Casablanca,
        America::New_York,
        Asia::Kathmandu,
        Australia::Lord_Howe,
        Europe::Berlin,
        Europe::Dublin,
        Pacific::Chatham,
    ];

    fn any_schedule() -> impl Strategy<Value = String> {
        let minute = prop_oneof!["[0-9]", "[1-5][0-9]", Just("*/30".to_owned()), Just("0,15,45".to_owned())];
        let hour = prop_oneof!["[0-9]", Just("1-3".to_owned()), Just("*".to_owned()), Just("0,2,23".to_owned())];
        let day = prop_oneof![3 => Just("*".to_owned()), 1 => "[1-9]", 1 => Just("25-31".to_owned())];
        let weekday = prop_oneof![Just("*"), Just("SUN"), Just("SAT,SUN"), Just("MON-FRI")];
        (minute, hour, day, weekday)
            .prop_map(|(minute, hour, day, weekday)| format!("{minute} {hour} {day} * {weekday}"))
    }

    /// Every slot of `day`, found by trying each of its minutes: slow, and plain to see.
    fn civil_slots_of(schedule: &Schedule, day: NaiveDate) -> Vec<NaiveDateTime> {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        let minutes = (0..24 * 60).map(|minute| midnight + TimeDelta::minutes(minute));
        minutes.filter(|civil| schedule.cron.includes(civil.and_utc())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn slots_increase_and_each_civil_slot_is_one_instant(
            text in any_schedule(),
            zone in proptest::sample::select(&ZONES[..]),
            day in 0..730_i64,
        ) {
            let schedule = schedule(&text);
            let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + TimeDelta::days(day);
            let days = (0..4).map(|offset| first + TimeDelta::days(offset));
            let mut expected: Vec<DateTime<Utc>> =
                days.flat_map(|day| civil_slots_of(&schedule, day)).map(|civil| instant_of(civil, zone)).collect();
            prop_assert!(expected.is_sorted(), "time ran backwards: {expected:?}");
            expected.dedup();
            // A minute before the first civil midnight and up to the last one: what lies between is the same.
            let start = instant_of(first.and_time(chrono::NaiveTime::MIN), zone) - TimeDelta::minutes(1);
            let end = instant_of((first + TimeDelta::days(4)).and_time(chrono::NaiveTime::MIN), zone);
            let found: Vec<DateTime<Utc>> = schedule.upcoming(start, zone).take_while(|slot| *slot < end).collect();
            prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(&found, &expected);
            // Backwards from any slot, and from between two, leads to the same slots.
            for pair in found.windows(2) {
                prop_assert_eq!(schedule.previous_before(pair[0], zone), Some(pair[0]));
                prop_assert_eq!(schedule.previous_before(pair[1] - TimeDelta::seconds(1), zone), Some(pair[0]));
            }
        }

        /// Outside gaps the slot shows, on a clock of its zone, a time the schedule names.
        #[test]
        fn a_slot_shows_the_scheduled_time_on_the_wall(
            zone in proptest::sample::select(&ZONES[..]),
            hour in 0..24_u32,
            minute in 0..60_u32,
            start in 1_735_689_600..1_800_000_000_i64,
        ) {
            let start = DateTime::from_timestamp(start, 0).unwrap();
            let schedule = schedule(&format!("{minute} {hour} * * *"));
            let slot = schedule.next_after(start, zone).unwrap().with_timezone(&zone);
            let is_on_time = (slot.hour(), slot.minute()) == (hour, minute);
            let planned = slot.date_naive().and_hms_opt(hour, minute, 0).unwrap();
            prop_assert!(is_on_time || zone.from_local_datetime(&planned) == LocalResult::None, "{slot}");
            prop_assert!((slot.to_utc() - start) <= TimeDelta::hours(25) + TimeDelta::minutes(30));
            prop_assert!(slot.year() >= 2025);
        }
    }
}
