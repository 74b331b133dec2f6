//! Times as a person reads them.

use anyhow::{Result, anyhow};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// `Fri 7 Nov 08:00 Africa/Accra`; with the year where it is not this one.
pub fn in_zone(instant: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let local = instant.with_timezone(&zone).format("%H:%M");
    format!("{} {local} {zone}", day_in_zone(instant, zone, now))
}

/// `Fri 7 Nov`; with the year where it is not this one.
pub fn day_in_zone(instant: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let local = instant.with_timezone(&zone);
    let day = if local.year() == now.with_timezone(&zone).year() { "%a %-d %b" } else { "%a %-d %b %Y" };
    local.format(day).to_string()
}

/// `2026-11-23 08:00 UTC`.
pub fn utc(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Like [`utc`], and a dash where it has not happened.
pub fn maybe_utc(instant: Option<DateTime<Utc>>) -> String {
    instant.map_or_else(|| "–".to_owned(), utc)
}

/// The offset from UTC that holds in a zone at an instant: `+01:00`.
pub fn offset(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).offset().fix().to_string()
}

/// `in 3 days`, `in 2 hours`, `5 minutes ago`: rounded down.
pub fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let apart = at - now;
    let words = roughly(apart.abs());
    if apart <= TimeDelta::zero() { format!("{words} ago") } else { format!("in {words}") }
}

/// `3 days`, `2 hours`, `5 minutes`, `less than a minute`: rounded down.
pub fn roughly(time: TimeDelta) -> String {
    let of = |number: i64, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    match (time.num_days(), time.num_hours(), time.num_minutes()) {
        (2.., ..) => of(time.num_days(), "day"),
        (_, 1.., _) => of(time.num_hours(), "hour"),
        (.., 1..) => of(time.num_minutes(), "minute"),
        _ => "less than a minute".to_owned(),
    }
}

/// A moment as a person writes it: `2026-11-27 08:00` or `2026-11-27` in a zone, or RFC 3339. A time the clock jumps
/// over is refused, and of one it passes twice the first is taken.
pub fn moment(text: &str, zone: Tz) -> Result<DateTime<Utc>> {
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Ok(exact.to_utc());
    }
    let wrong = || anyhow!("{text:?} is no time; write 2026-11-27 08:00, 2026-11-27, or 2026-11-27T08:00:00Z");
    let civil = text.trim().replacen('T', " ", 1);
    let civil = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&civil, format).ok())
        .or_else(|| Some(NaiveDate::parse_from_str(&civil, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))
        .ok_or_else(wrong)?;
    let local = zone.from_local_datetime(&civil).earliest();
    local
        .map(|local| local.to_utc())
        .ok_or_else(|| anyhow!("the clocks of {zone} jump over {civil}; write another time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_down() {
        let spans = [30, 60, 7_200, 47 * 3_600, 49 * 3_600].map(|seconds| roughly(TimeDelta::seconds(seconds)));
        assert_eq!(spans, ["less than a minute", "1 minute", "2 hours", "47 hours", "2 days"]);
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(distance(now + TimeDelta::days(3), now), "in 3 days");
        assert_eq!(distance(now - TimeDelta::minutes(5), now), "5 minutes ago");
        assert_eq!(distance(now, now), "less than a minute ago");
    }

    #[test]
    fn reads_moments_as_people_write_them() {
        let berlin = Tz::Europe__Berlin;
        let read = |text: &str| moment(text, berlin).map(|at| at.to_rfc3339()).map_err(|error| error.to_string());
        assert_eq!(read("2026-11-27 08:00").unwrap(), "2026-11-27T07:00:00+00:00");
        assert_eq!(read("2026-11-27T08:00").unwrap(), "2026-11-27T07:00:00+00:00");
        assert_eq!(read("2026-07-01").unwrap(), "2026-06-30T22:00:00+00:00");
        assert_eq!(read("2026-11-27T08:00:00Z").unwrap(), "2026-11-27T08:00:00+00:00");
        assert_eq!(read("2026-10-25 02:30").unwrap(), "2026-10-25T00:30:00+00:00");
        assert!(read("2026-03-29 02:30").unwrap_err().starts_with("the clocks of Europe/Berlin jump over"));
        assert!(read("Friday").unwrap_err().starts_with("\"Friday\" is no time; write 2026-11-27 08:00"));
    }
}
