//! Times as a person reads them.

use chrono::{DateTime, Datelike, Offset, Utc};
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
