//! Dates as feeds write them: RFC 3339 and the rest of ISO 8601, RFC 822 and what is made of it, asctime.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Longest text looked at; no date is longer.
const MAX_LENGTH: usize = 80;

/// Reads a date and time; a missing time is midnight, a missing zone is UTC.
pub fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        return None;
    }
    parse_iso(text).or_else(|| parse_words(text))
}

/// RFC 3339, W3CDTF, and ISO 8601 with or without its punctuation.
fn parse_iso(text: &str) -> Option<DateTime<Utc>> {
    let year: i32 = digits(text.get(..4)?)?.try_into().ok()?;
    let rest = &text[4..];
    let (month, day, rest) = match rest.strip_prefix('-') {
        None if rest.is_empty() => (1, 1, ""),
        None => (digits(rest.get(..2)?)?, digits(rest.get(2..4)?)?, &rest[4..]),
        Some(rest) => {
            let (month, rest) = leading_digits(rest, 2)?;
            match rest.strip_prefix('-') {
                Some(rest) => {
                    let (day, rest) = leading_digits(rest, 2)?;
                    (month, day, rest)
                }
                None => (month, 1, rest),
            }
        }
    };
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    let rest = rest.trim_start_matches(['T', 't', ' ', ',']);
    let time_length = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(time_length);
    let time = if time.is_empty() { Clock::default() } else { clock(time)? };
    at(date, time, zone_seconds(zone).unwrap_or(0))
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn leading_digits(text: &str, at_most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(at_most).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// RFC 822 §5 and its relatives: words in any order, told apart by their looks.
fn parse_words(text: &str) -> Option<DateTime<Utc>> {
    let mut numbers = Vec::new();
    let mut month = None;
    let mut time = None;
    let mut zone = None;
    let mut is_afternoon = None;
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')')).filter(|word| !word.is_empty())
    {
        let upper = word.to_ascii_uppercase();
        if time.is_none() && word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit()) {
            let (of_day, rest) = split_clock(&upper);
            time = Some(clock(of_day)?);
            match rest {
                "" => {}
                "AM" | "PM" => is_afternoon = Some(rest == "PM"),
                rest => zone = zone_seconds(rest),
            }
        } else if matches!(upper.as_str(), "AM" | "PM" | "A.M." | "P.M.") {
            is_afternoon = Some(upper.starts_with('P'));
        } else if time.is_some() && zone.is_none() && zone_seconds(&upper).is_some() {
            zone = zone_seconds(&upper);
        } else {
            for part in word.split(['-', '/', '.']).filter(|part| !part.is_empty()) {
                match (month_number(part), leading_digits(part, 4)) {
                    (Some(named), _) if month.is_none() => month = Some(named),
                    (_, Some((number, _))) => numbers.push((number, part.len())),
                    _ => {}
                }
            }
        }
    }
    let (year, month, day) = order(&numbers, month)?;
    let mut time = time.unwrap_or_default();
    match is_afternoon {
        Some(true) if time.hour < 12 => time.hour += 12,
        Some(false) if time.hour == 12 => time.hour = 0,
        _ => {}
    }
    at(NaiveDate::from_ymd_opt(year, month, day)?, time, zone.unwrap_or(0))
}

/// Year, month and day from the numbers of a date, each with its count of digits, and the month if that was a name.
fn order(numbers: &[(u32, usize)], month: Option<u32>) -> Option<(i32, u32, u32)> {
    let (year, month, day) = match (month, numbers) {
        (Some(month), [(year, 4..), (day, _), ..] | [(day, _), (year, _), ..]) => (*year, month, *day),
        // 31/12/2003, or 12/31/2003 where that makes no sense.
        (None, [(day, _), (month, _), (year, _), ..]) if *month <= 12 => (*year, *month, *day),
        (None, [(month, _), (day, _), (year, _), ..]) => (*year, *month, *day),
        _ => return None,
    };
    // RFC 2822 §4.3.
    let year = match year {
        0..=49 => year + 2000,
        50..=999 => year + 1900,
        _ => year,
    };
    Some((i32::try_from(year).ok()?, month, day))
}

fn month_number(word: &str) -> Option<u32> {
    let start = word.get(..3)?.to_ascii_lowercase();
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let at = months.iter().position(|month| *month == start)?;
    u32::try_from(at + 1).ok()
}

#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
}

fn split_clock(word: &str) -> (&str, &str) {
    word.split_at(word.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(word.len()))
}

/// `10:14`, `10:14:55`, `10:14:55.250`, `101455`.
fn clock(text: &str) -> Option<Clock> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let (hour, rest) = leading_digits(whole, 2)?;
    let mut following = rest;
    let mut next = || {
        let part = following.strip_prefix(':').unwrap_or(following);
        if part.is_empty() {
            return Some(0);
        }
        let (number, rest) = leading_digits(part, 2)?;
        following = rest;
        Some(number)
    };
    let (minute, second) = (next()?, next()?);
    let nanos = format!("{:0<9.9}", fraction).parse().unwrap_or(0);
    Some(Clock { hour, minute, second, nanos })
}

/// Seconds east of UTC: `Z`, `+01:00`, `-0500`, `GMT`, `GMT+1`, `EST`, and the names used in Africa.
fn zone_seconds(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_uppercase();
    let text = match text.strip_prefix("GMT").or_else(|| text.strip_prefix("UTC")) {
        Some(offset) => offset,
        None => text.as_str(),
    };
    let hours = match text {
        "" | "Z" | "UT" | "WET" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "BST" | "CET" | "MEZ" | "WAT" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" | "CAT" | "SAST" => 2,
        "EEST" | "EAT" | "MSK" => 3,
        "JST" | "KST" => 9,
        "AEST" => 10,
        _ => return offset_seconds(text),
    };
    Some(hours * 3600)
}

fn offset_seconds(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (digits(hours)?, digits(minutes)?),
        None if rest.len() <= 2 => (digits(rest)?, 0),
        None => (digits(rest.get(..rest.len() - 2)?)?, digits(rest.get(rest.len() - 2..)?)?),
    };
    if hours > 24 || minutes > 59 { None } else { Some(sign * i64::from(hours * 3600 + minutes * 60)) }
}

fn at(date: NaiveDate, time: Clock, east: i64) -> Option<DateTime<Utc>> {
    // 24:00 ends a day, and a leap second is put into the second before it.
    let (hour, next_day) = if time.hour == 24 { (0, 1) } else { (time.hour, 0) };
    let of_day = NaiveTime::from_hms_nano_opt(hour, time.minute, time.second.min(59), time.nanos)?;
    let local = date.and_time(of_day).checked_add_signed(TimeDelta::days(next_day))?;
    Some(local.checked_sub_signed(TimeDelta::seconds(east))?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        parse_date(text).map_or_else(|| "nothing".to_owned(), |date| date.to_rfc3339())
    }

    #[test]
    fn reads_iso_dates_of_every_kind() {
        for (text, expected) in [
            ("2003-12-31T10:14:55Z", "2003-12-31T10:14:55+00:00"),
            ("2003-12-31T10:14:55.250+01:00", "2003-12-31T09:14:55.250+00:00"),
            ("2003-12-31 10:14:55 -0500", "2003-12-31T15:14:55+00:00"),
            ("2003-12-31T10:14", "2003-12-31T10:14:00+00:00"),
            ("2003-12-31", "2003-12-31T00:00:00+00:00"),
            ("2003-12", "2003-12-01T00:00:00+00:00"),
            ("2003", "2003-01-01T00:00:00+00:00"),
            ("20031231T101455Z", "2003-12-31T10:14:55+00:00"),
            ("2003-12-31T24:00:00Z", "2004-01-01T00:00:00+00:00"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_mail_dates_in_their_wild_forms() {
        for (text, expected) in [
            ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21+00:00"),
            ("Thu, 1 January 04 19:48 EST", "2004-01-02T00:48:00+00:00"),
            ("01 Jan 2004 19:48:21 +0100 (CET)", "2004-01-01T18:48:21+00:00"),
            ("Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21+00:00"),
            ("Thu Jan 1 19:48:21 WAT 2004", "2004-01-01T18:48:21+00:00"),
            ("Thursday, 01-Jan-04 19:48:21 GMT", "2004-01-01T19:48:21+00:00"),
            ("Jan 1, 2004 7:48 PM", "2004-01-01T19:48:00+00:00"),
            ("1 Jan 2004 12:05am", "2004-01-01T00:05:00+00:00"),
            ("Thu, 01 Jan 2004 19:48:21 GMT+1", "2004-01-01T18:48:21+00:00"),
            ("Thu, 01 Jan 2004", "2004-01-01T00:00:00+00:00"),
            ("31/12/2003 10:14", "2003-12-31T10:14:00+00:00"),
            ("12/31/2003", "2003-12-31T00:00:00+00:00"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn does_not_make_dates_up() {
        for text in
            ["", "yesterday", "Thu, 32 Jan 2004 19:48:21 GMT", "2003-13-31", "0000-00-00 00:00:00", "é2003-12", "99"]
        {
            assert_eq!(parsed(text), "nothing", "{text}");
        }
        assert_eq!(parsed(&"1".repeat(100)), "nothing");
    }
}
