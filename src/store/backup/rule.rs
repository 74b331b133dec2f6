//! Which of the copies that were made are kept.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// How many days, weeks and months back there is a copy of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub daily: u32,
    /// Weeks begin on Monday.
    pub weekly: u32,
    pub monthly: u32,
}

impl Keep {
    pub fn is_nothing(self) -> bool {
        (self.daily, self.weekly, self.monthly) == (0, 0, 0)
    }

    /// No copy gets older than this, as long as new ones are made: what is erased today is in none of them then.
    pub fn longest_days(self) -> u32 {
        self.daily.max(self.weekly * 7).max(self.monthly * 31)
    }

    /// Those that go, of all there are: kept is the newest of each of the last days, weeks and months, today's among them,
    /// and the newest of all whatever its age.
    pub(super) fn too_many(self, copies: &[DateTime<Utc>], now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let today = now.date_naive();
        let newest_of_each = |of: fn(NaiveDate) -> i64, many: u32| {
            let mut kept: BTreeSet<DateTime<Utc>> = BTreeSet::new();
            let oldest = of(today) - i64::from(many);
            for period in oldest + 1..=of(today) {
                kept.extend(copies.iter().filter(|at| of(at.date_naive()) == period).max());
            }
            kept
        };
        let mut kept = newest_of_each(day, self.daily);
        kept.extend(newest_of_each(week, self.weekly));
        kept.extend(newest_of_each(month, self.monthly));
        kept.extend(copies.iter().max());
        copies.iter().filter(|at| !kept.contains(at)).copied().collect()
    }
}

fn day(date: NaiveDate) -> i64 {
    (date - NaiveDate::default()).num_days()
}

fn week(date: NaiveDate) -> i64 {
    let monday = date - TimeDelta::days(date.weekday().num_days_from_monday().into());
    // 1970-01-01 was a Thursday.
    (day(monday) + 3) / 7
}

fn month(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is there after so many nights, each with a copy and the rule after it, and the oldest that ever was.
    fn nights(keep: Keep, many: i64, missed: impl Fn(i64) -> bool) -> (Vec<DateTime<Utc>>, i64) {
        let first = DateTime::parse_from_rfc3339("2026-01-01T03:30:00Z").unwrap().to_utc();
        let (mut copies, mut oldest) = (Vec::new(), 0);
        for night in (0..many).filter(|night| !missed(*night)) {
            let now = first + TimeDelta::days(night);
            copies.push(now);
            let gone = keep.too_many(&copies, now);
            copies.retain(|at| !gone.contains(at));
            oldest = oldest.max(copies.iter().map(|at| (now - *at).num_days()).max().unwrap());
        }
        (copies, oldest)
    }

    #[test]
    fn a_year_and_a_half_leaves_the_days_the_weeks_and_the_months() {
        let keep = Keep { daily: 7, weekly: 4, monthly: 12 };
        let (copies, oldest) = nights(keep, 550, |_| false);
        let days: Vec<String> = copies.iter().map(|at| at.format("%m-%d").to_string()).collect();
        assert_eq!(
            days,
            [
                "08-31", "09-30", "10-31", "11-30", "12-31", "01-31", "02-28", "03-31", "04-30", "05-31", "06-13",
                "06-20", "06-27", "06-28", "06-29", "06-30", "07-01", "07-02", "07-03", "07-04"
            ]
        );
        assert!(oldest < i64::from(keep.longest_days()), "{oldest} days");
    }

    #[test]
    fn no_copy_gets_older_than_is_promised() {
        for (daily, weekly, monthly) in [(7, 4, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (3, 2, 1), (30, 0, 0), (0, 8, 3)] {
            let keep = Keep { daily, weekly, monthly };
            let (copies, oldest) = nights(keep, 800, |_| false);
            assert!(oldest < i64::from(keep.longest_days()), "{keep:?}: {oldest} days");
            assert!(copies.len() <= (daily + weekly + monthly) as usize, "{keep:?}: {copies:?}");
        }
    }

    #[test]
    fn the_newest_stays_whatever_its_age_and_nights_without_a_copy_change_nothing_else() {
        let keep = Keep { daily: 7, weekly: 4, monthly: 0 };
        let (copies, _) = nights(keep, 400, |night| night % 3 != 0 || (100..250).contains(&night));
        assert!(copies.len() >= 4 && copies.len() <= 11, "{copies:?}");
        let old = DateTime::UNIX_EPOCH;
        assert!(keep.too_many(&[old], old + TimeDelta::days(900)).is_empty());
        assert_eq!(keep.too_many(&[old, old + TimeDelta::days(1)], old + TimeDelta::days(900)), [old]);
        assert_eq!(Keep { daily: 0, weekly: 0, monthly: 0 }.longest_days(), 0);
    }
}
