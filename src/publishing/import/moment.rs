//! Moments as other programs' exports write them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeZone, Utc};

/// With a zone.
const ZONED: [&str; 5] = [
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%a %B %d %Y %H:%M:%S GMT%z",
    "%d/%B/%Y:%H:%M:%S %z",
];
/// Without one: taken for UTC.
const LOCAL: [&str; 19] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %I:%M %p",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%B %d %Y %I:%M %p",
    "%B %d %Y %H:%M:%S",
    "%d %B %Y %H:%M",
];
/// The two last are only reached where there is no such month the other way round.
const DAYS: [&str; 10] = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%B %d %Y", "%d %B %Y", "%m/%d/%Y", "%m/%d/%y", "%d/%m/%Y",
    "%d-%m-%Y",
];

/// Reads a moment, in UTC where nothing else is said; nothing where there is none, or one before there was mail.
///
/// Where day and month can't be told apart, the month stands first, as the programs of this trade write it.
pub fn read(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().trim_matches('"');
    // The hidden name of a zone behind its offset, as browsers write it.
    let text = text.split(" (").next().unwrap_or_default().trim();
    if text.is_empty() || text.len() > 64 || !text.is_ascii() {
        return None;
    }
    unix(text).or_else(|| zoned(text)).or_else(|| local(text)).filter(is_likely)
}

fn is_likely(moment: &DateTime<Utc>) -> bool {
    (318_211_200..7_258_118_400).contains(&moment.timestamp())
}

/// Seconds since 1970, with or without a fraction, or milliseconds.
fn unix(text: &str) -> Option<DateTime<Utc>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    match whole.len() {
        9 | 10 => DateTime::from_timestamp(whole.parse().ok()?, 0),
        12 | 13 => DateTime::from_timestamp_millis(whole.parse().ok()?),
        _ => None,
    }
}

fn zoned(text: &str) -> Option<DateTime<Utc>> {
    let rfc = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)).ok();
    let found = rfc.or_else(|| ZONED.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()))?;
    Some(found.to_utc())
}

fn local(text: &str) -> Option<DateTime<Utc>> {
    let upper = text.to_ascii_uppercase();
    let bare =
        ["UTC", "GMT", "Z"].iter().find_map(|zone| upper.strip_suffix(zone)).map_or(text, |rest| &text[..rest.len()]);
    // `Jan 2, 2024 at 10:00AM` is `Jan 2 2024 10:00 AM`.
    let mut bare = bare.replace(',', " ").replace(" at ", " ");
    for half in ["am", "pm", "AM", "PM"] {
        if let Some(rest) = bare.strip_suffix(half) {
            bare = format!("{} {half}", rest.trim_end());
        }
    }
    let mut words: Vec<&str> = bare.split_whitespace().collect();
    if words.first().is_some_and(|word| DAYS_OF_WEEK.iter().any(|day| word.to_ascii_lowercase().starts_with(day))) {
        words.remove(0);
    }
    let bare = words.join(" ");
    // A year of two digits is one of the first century to a format that wants four.
    let is_of_our_time = |day: NaiveDate| (1980..2200).contains(&day.year());
    let mut times = LOCAL.iter().filter_map(|format| NaiveDateTime::parse_from_str(&bare, format).ok());
    let time = times.find(|time| is_of_our_time(time.date()));
    let day = || {
        let mut days = DAYS.iter().filter_map(|format| NaiveDate::parse_from_str(&bare, format).ok());
        days.find(|day| is_of_our_time(*day))?.and_hms_opt(0, 0, 0)
    };
    Some(Utc.from_utc_datetime(&time.or_else(day)?))
}

const DAYS_OF_WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_moments_however_they_are_written() {
        let morning = [
            "2024-01-02 10:00:00",
            "2024-01-02 10:00:00 UTC",
            "2024-01-02T10:00:00Z",
            "2024-01-02T10:00:00.000Z",
            "2024-01-02T11:00:00+01:00",
            "2024-01-02 10:00:00.123456+00",
            "2024-01-02 11:00:00 +0100",
            "2024-01-02 10:00",
            "01/02/2024 10:00:00",
            "1/2/2024 10:00 AM",
            "1/2/24 10:00",
            "Jan 2, 2024 10:00 AM",
            "January 2, 2024 at 10:00am",
            "Tue Jan 02 2024 10:00:00 GMT+0000 (Coordinated Universal Time)",
            "Tue, 02 Jan 2024 10:00:00 +0000",
            "02.01.2024 10:00",
            "1704189600",
            "1704189600.5",
            "1704189600000",
        ];
        for text in morning {
            let told = read(text).map(|moment| moment.format("%Y-%m-%d %H:%M").to_string());
            assert_eq!(told.as_deref(), Some("2024-01-02 10:00"), "{text}");
        }
        for text in [
            "2024-01-02",
            "Jan 2, 2024",
            "January 2, 2024",
            "2 Jan 2024",
            "01/02/2024",
            "1/2/24",
            "02.01.2024",
            "2024/01/02",
        ] {
            let told = read(text).map(|moment| moment.format("%Y-%m-%d %H:%M").to_string());
            assert_eq!(told.as_deref(), Some("2024-01-02 00:00"), "{text}");
        }
        assert_eq!(read("31/12/2023").map(|moment| moment.date_naive().to_string()).as_deref(), Some("2023-12-31"));
        for text in ["", "0000-00-00 00:00:00", "never", "0", "12", "null", "1970-01-01 00:00:00", "٢٠٢٤"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
