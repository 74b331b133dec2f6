//! The copies that are made of the store every day.

use anyhow::Result;
use chrono::{DateTime, Days, LocalResult, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::Press;
use crate::config;
use crate::store::{Backup, BackupRecord, DailyCopies, Keep};

/// After one that failed; a disk that is full stays so for a while.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

impl Press {
    /// The newest copy of the store that is whole, made by the daemon or by hand; `None` where there never was one.
    pub fn last_backup(&self) -> Result<Option<BackupRecord>> {
        self.store().read(BackupRecord::last_good)
    }

    /// Copies the store where today's copy is not made yet, and lets old ones go; answers how many. The first copy of all
    /// is due at the first time of day after `since`.
    pub fn back_up_if_due(&self, since: DateTime<Utc>) -> Result<Option<(Backup, usize)>> {
        let (config, now) = (self.config(), self.now());
        // A server's database is backed up by its own means.
        let Some(file) = self.store().file().filter(|_| config.backup.is_on()) else { return Ok(None) };
        let copies = DailyCopies::of(file, &config.backup.folder);
        let last = copies.list()?.last().copied().unwrap_or(since);
        let tried = self.store().read(BackupRecord::last)?.filter(|tried| !tried.problem.is_empty());
        let is_resting = tried.is_some_and(|tried| now - tried.made_at < AGAIN_AFTER);
        if is_resting || latest(config.backup.at, config.home_zone(), now) <= last {
            return Ok(None);
        }
        copies.add(self.store(), keep(&config.backup), now).map(Some)
    }
}

/// By which rule copies are kept.
pub fn keep(backup: &config::Backup) -> Keep {
    Keep { daily: backup.daily.into(), weekly: backup.weekly.into(), monthly: backup.monthly.into() }
}

/// When it was last this time of day in a zone. Where the clock jumps over it, the hour after counts.
fn latest(at: NaiveTime, zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let on = |day: chrono::NaiveDate| match zone.from_local_datetime(&day.and_time(at)) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.to_utc(),
        LocalResult::None => {
            let later = zone.from_local_datetime(&(day.and_time(at) + TimeDelta::hours(1))).earliest();
            later.map_or(now, |time| time.to_utc())
        }
    };
    let of_today = on(today);
    if of_today <= now { of_today } else { on(today.checked_sub_days(Days::new(1)).unwrap_or(today)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_today_or_yesterday_by_the_local_clock() {
        let at = NaiveTime::from_hms_opt(3, 30, 0).unwrap();
        let utc = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        for (zone, now, expected) in [
            (Tz::Africa__Accra, "2026-11-28T03:29:59Z", "2026-11-27T03:30:00Z"),
            (Tz::Africa__Accra, "2026-11-28T03:30:00Z", "2026-11-28T03:30:00Z"),
            (Tz::Africa__Nairobi, "2026-11-28T00:29:00Z", "2026-11-27T00:30:00Z"),
            (Tz::Africa__Nairobi, "2026-11-28T23:00:00Z", "2026-11-28T00:30:00Z"),
        ] {
            assert_eq!(latest(at, zone, utc(now)), utc(expected), "{zone} {now}");
        }
        // At 2 the clocks of Berlin went on to 3.
        let jumped = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let now = utc("2026-03-29T12:00:00Z");
        assert_eq!(latest(jumped, Tz::Europe__Berlin, now), utc("2026-03-29T01:30:00Z"));
    }
}
