use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc, WeekdaySet};
use chrono_tz::Tz;

use super::Schedule;

/// How often a newsletter comes, as far as it can be promised in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// Once on each of these days, every week; all seven are every day. Never empty.
    Weekly(WeekdaySet),
    /// Once in every month.
    Monthly,
    /// Anything else: often, seldom, or at changing times.
    Irregular,
}

/// Weeks that must be alike to be called a rhythm.
const WEEKS: usize = 5;
/// Months that must have one slot each.
const MONTHS: usize = 13;
/// More slots than a daily newsletter has in that time; what is busier has no rhythm worth words.
const SLOTS: usize = 7 * WEEKS + 1;

impl Schedule {
    /// The rhythm of the slots after `now`, read off them, so that it holds for any schedule.
    pub fn cadence(&self, now: DateTime<Utc>, zone: Tz) -> Cadence {
        let local = |slot: DateTime<Utc>| slot.with_timezone(&zone).naive_local();
        let mut slots = self.upcoming(now, zone).map(local);
        let Some(first) = slots.next() else { return Cadence::Irregular };
        let end = first.date() + TimeDelta::weeks(WEEKS as i64);
        let seen: Vec<NaiveDateTime> =
            std::iter::once(first).chain(slots.take_while(|slot| slot.date() < end).take(SLOTS)).collect();
        // One time of day also means that no day has two.
        if seen.iter().any(|slot| slot.time() != first.time()) {
            return Cadence::Irregular;
        }
        match weekly(&seen) {
            Some(days) => Cadence::Weekly(days),
            None if is_monthly(self.upcoming(now, zone).map(local)) => Cadence::Monthly,
            None => Cadence::Irregular,
        }
    }
}

/// The days of a week, where all weeks seen have the same.
fn weekly(seen: &[NaiveDateTime]) -> Option<WeekdaySet> {
    let first = seen.first()?.date();
    let mut weeks = [WeekdaySet::EMPTY; WEEKS];
    for slot in seen {
        let week = usize::try_from((slot.date() - first).num_days() / 7).ok()?;
        weeks.get_mut(week)?.insert(slot.weekday());
    }
    weeks.iter().all(|days| *days == weeks[0]).then_some(weeks[0])
}

fn is_monthly(slots: impl Iterator<Item = NaiveDateTime>) -> bool {
    let months: Vec<i32> = slots.take(MONTHS).map(|slot| slot.year() * 12 + slot.month0() as i32).collect();
    months.len() == MONTHS && months.windows(2).all(|pair| pair[1] - pair[0] == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Weekday::{self, Fri, Mon, Sun, Thu, Tue, Wed};
    use chrono_tz::{Africa, Europe};

    fn cadence(schedule: &str) -> Cadence {
        // A Monday.
        Schedule::parse(schedule).unwrap().cadence("2026-11-23T09:00:00Z".parse().unwrap(), Africa::Accra)
    }

    fn weekly<const DAYS: usize>(days: [Weekday; DAYS]) -> Cadence {
        Cadence::Weekly(WeekdaySet::from_array(days))
    }

    #[test]
    fn sees_the_rhythm_of_a_schedule() {
        assert_eq!(cadence("0 8 * * FRI"), weekly([Fri]));
        assert_eq!(cadence("0 8 * * FRI,MON,WED"), weekly([Mon, Wed, Fri]));
        assert_eq!(cadence("0 8 * * MON-FRI"), weekly([Mon, Tue, Wed, Thu, Fri]));
        assert_eq!(cadence("30 6 * * *"), Cadence::Weekly(WeekdaySet::ALL));
        assert_eq!(cadence("0 8 1 * *"), Cadence::Monthly);
        assert_eq!(cadence("0 8 1-7 * FRI"), Cadence::Monthly);
    }

    #[test]
    fn sees_none_where_there_is_none() {
        for schedule in [
            "0 8 1,15 * *",
            "0 8,18 * * *",
            "0 8,18 * * FRI",
            "0 8,18 1 * *",
            "* * * * *",
            "0 8 29 FEB *",
            "0 8 2 JAN,JUL *",
            "0 8 31 * *",
        ] {
            assert_eq!(cadence(schedule), Cadence::Irregular, "{schedule}");
        }
    }

    #[test]
    fn keeps_the_rhythm_when_the_clocks_change() {
        let sundays = Schedule::parse("0 8 * * SUN").unwrap();
        let before = "2026-03-20T12:00:00Z".parse().unwrap();
        assert_eq!(sundays.cadence(before, Europe::Berlin), weekly([Sun]));
    }
}
