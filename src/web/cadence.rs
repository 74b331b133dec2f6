use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::composition::words;
use crate::config::Schedule;

/// When a newsletter comes, as a sentence: `Every Friday at 08:00, Accra time.` Where there is no rhythm, the next date
/// is named.
pub(super) fn sentence(schedule: &Schedule, zone: Tz, now: DateTime<Utc>) -> String {
    let Some(next) = schedule.next_after(now, zone).map(|slot| slot.with_timezone(&zone)) else {
        return String::new();
    };
    match words::how_often(schedule.cadence(now, zone)) {
        Some(often) => format!("{} at {}, {}.", words::capitalized(&often), next.format("%H:%M"), clock_of(zone)),
        None => format!("The next one is due on {}.", words::full_date(next.date_naive())),
    }
}

/// The next date on which it is due, in its own zone.
pub(super) fn next_date(schedule: &Schedule, zone: Tz, now: DateTime<Utc>) -> Option<NaiveDate> {
    schedule.next_after(now, zone).map(|slot| slot.with_timezone(&zone).date_naive())
}

/// `Accra time`, `UTC`.
fn clock_of(zone: Tz) -> String {
    match zone.name().rsplit_once('/') {
        Some((_, city)) => format!("{} time", city.replace('_', " ")),
        None => zone.name().to_owned(),
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
