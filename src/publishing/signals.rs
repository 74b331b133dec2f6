//! Signals of importance: counts that are pushed, such as views and shares, and for how long any signal is kept.

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use super::editorial::{story, web_url};
use crate::store::{Sighting, Signal, SignalStory};

/// Clocks differ, but not by more.
const AHEAD: TimeDelta = TimeDelta::hours(1);

/// How long counts are kept: long enough to know what is usual for a platform.
const SIGNAL_DAYS: i64 = 84;
/// Clicks are kept for longer: an edition has ten stories, so it takes many to know what readers make of each place.
const CLICK_DAYS: i64 = 400;
/// How long what other outlets ran, and where stories stood, is kept: as long as the window of a monthly newsletter, and some days.
const WINDOW_DAYS: i64 = 35;

/// What another outlet ran, and where a story stood, before this is forgotten.
pub(super) fn forget_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(WINDOW_DAYS)
}

impl Press {
    /// Reads one count: of a story, by number, or of a URL, whose story may come later. `at` is now where it is missing.
    pub fn signal(&self, what: &str, name: &str, value: &str, at: Option<DateTime<Utc>>) -> Result<Signal> {
        let is_name = (1..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            bail!("{name:?} is no name of a signal; write 1 to 32 of a-z, 0-9 and -, such as views");
        }
        let value = match value.trim().parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => value,
            _ => bail!("{value:?} is no count; write a number such as 1234"),
        };
        let now = self.now();
        let at = at.unwrap_or(now);
        if at > now + AHEAD {
            bail!("{} has not come yet", at.to_rfc3339());
        }
        let kept = if name == Signal::CLICKS { CLICK_DAYS } else { SIGNAL_DAYS };
        if at < now - TimeDelta::days(kept) {
            bail!("{} is more than {kept} days ago, and signals are forgotten by then", at.to_rfc3339());
        }
        let url = match what.parse::<i64>() {
            Ok(id) => self.store().read(|db| story(db, &id.to_string()))?.url,
            Err(_) => web_url(what)?,
        };
        Ok(Signal { url, name: name.to_owned(), value, at })
    }

    /// Forgets signals of long ago; answers how many those were.
    pub fn forget_signals(&self) -> Result<usize> {
        let now = self.now();
        let (before, clicks_before) = (now - TimeDelta::days(SIGNAL_DAYS), now - TimeDelta::days(CLICK_DAYS));
        self.store().write(|db| {
            let week = forget_before(now);
            Ok(Signal::forget(db, before, clicks_before)?
                + Sighting::forget(db, week)?
                + SignalStory::forget(db, week)?)
        })
    }

    /// Keeps counts; answers how many of them are news.
    pub fn record_signals(&self, signals: &[Signal]) -> Result<usize> {
        self.store().write(|db| signals.iter().try_fold(0, |new, signal| Ok(new + usize::from(signal.record(db)?))))
    }
}
