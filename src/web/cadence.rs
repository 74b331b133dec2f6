use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use crate::composition::words;
use crate::config::Schedule;

/// Weeks that must be alike to be called a rhythm.
const WEEKS: i64 = 5;
/// More slots than an hourly schedule has in that time; what is busier has no rhythm worth words.
const SLOTS: usize = 1000;
/// Months looked at.
const MONTHS: usize = 13;

/// When a newsletter comes, as a sentence: `Every Friday at 08:00, Accra time.`
///
/// Read off the coming slots, so that it holds for any schedule; where there is no rhythm, the next date is named.
pub(super) fn sentence(schedule: &Schedule, zone: Tz, now: DateTime<Utc>) -> String {
    let local = |slot: DateTime<Utc>| slot.with_timezone(&zone).naive_local();
    let mut slots = schedule.upcoming(now, zone).map(local);
    let Some(first) = slots.next() else { return String::new() };
    let end = first.date() + TimeDelta::weeks(WEEKS);
    let seen: Vec<NaiveDateTime> =
        std::iter::once(first).chain(slots.take_while(|slot| slot.date() < end).take(SLOTS)).collect();
    let is_at_one_time = seen.iter().all(|slot| slot.time() == first.time());
    let rhythm = if is_at_one_time { weekly(&seen).or_else(|| monthly(schedule, zone, now)) } else { None };
    match rhythm {
        Some(rhythm) => format!("{rhythm} at {}, {}.", first.format("%H:%M"), clock_of(zone)),
        None => format!("The next one is due on {}.", words::full_date(first.date())),
    }
}

/// The next date on which it is due, in its own zone.
pub(super) fn next_date(schedule: &Schedule, zone: Tz, now: DateTime<Utc>) -> Option<NaiveDate> {
    schedule.next_after(now, zone).map(|slot| slot.with_timezone(&zone).date_naive())
}

/// `Every Friday`, where all weeks seen have the same days.
fn weekly(seen: &[NaiveDateTime]) -> Option<String> {
    let first = seen.first()?.date();
    let days_of = |week: i64| {
        let days = seen.iter().filter(move |slot| (slot.date() - first).num_days() / 7 == week);
        let mut days: Vec<Weekday> = days.map(|slot| slot.weekday()).collect();
        days.sort_by_key(Weekday::num_days_from_monday);
        days
    };
    let days = days_of(0);
    if (1..WEEKS).any(|week| days_of(week) != days) {
        return None;
    }
    use Weekday::{Fri, Mon, Thu, Tue, Wed};
    Some(match days.as_slice() {
        [_, _, _, _, _, _, _] => "Every day".to_owned(),
        [Mon, Tue, Wed, Thu, Fri] => "Every weekday".to_owned(),
        [] => return None,
        [one] => format!("Every {}", name(*one)),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(|day| name(*day)).collect();
            format!("Every {} and {}", most.join(", "), name(*last))
        }
    })
}

/// `Once a month`, where it is so for a year.
fn monthly(schedule: &Schedule, zone: Tz, now: DateTime<Utc>) -> Option<String> {
    let slots = schedule.upcoming(now, zone).take(MONTHS);
    let months: Vec<i32> =
        slots.map(|slot| slot.with_timezone(&zone)).map(|slot| slot.year() * 12 + slot.month0() as i32).collect();
    let is_monthly = months.len() == MONTHS && months.windows(2).all(|pair| pair[1] - pair[0] == 1);
    is_monthly.then(|| "Once a month".to_owned())
}

/// `Accra time`, `UTC`.
fn clock_of(zone: Tz) -> String {
    match zone.name().rsplit_once('/') {
        Some((_, city)) => format!("{} time", city.replace('_', " ")),
        None => zone.name().to_owned(),
    }
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Africa, America, UTC};

    fn said(schedule: &str, zone: Tz) -> String {
        // A Monday.
        sentence(&Schedule::parse(schedule).unwrap(), zone, "2026-11-23T09:00:00Z".parse().unwrap())
    }

    #[test]
    fn says_how_often_a_newsletter_comes() {
        assert_eq!(said("0 8 * * FRI", Africa::Accra), "Every Friday at 08:00, Accra time.");
        assert_eq!(said("30 6 * * *", America::New_York), "Every day at 06:30, New York time.");
        assert_eq!(said("0 8 * * MON-FRI", UTC), "Every weekday at 08:00, UTC.");
        assert_eq!(
            said("0 8 * * FRI,MON,WED", Africa::Accra),
            "Every Monday, Wednesday and Friday at 08:00, Accra time."
        );
        assert_eq!(said("0 8 1 * *", Africa::Accra), "Once a month at 08:00, Accra time.");
        assert_eq!(said("0 8 1-7 * FRI", Africa::Accra), "Once a month at 08:00, Accra time.");
    }

    #[test]
    fn names_the_next_date_where_there_is_no_rhythm() {
        assert_eq!(said("0 8 1,15 * *", Africa::Accra), "The next one is due on Tuesday 1 December 2026.");
        assert_eq!(said("0 8,18 * * *", Africa::Accra), "The next one is due on Monday 23 November 2026.");
        assert_eq!(said("* * * * *", Africa::Accra), "The next one is due on Monday 23 November 2026.");
        assert_eq!(said("0 8 29 FEB *", Africa::Accra), "The next one is due on Tuesday 29 February 2028.");
        assert_eq!(said("0 8 2 JAN,JUL *", Africa::Accra), "The next one is due on Saturday 2 January 2027.");
    }
}
