//! When something begins, as it is typed.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// The instant of a time as it is typed, or of the midnight a day begins with; the error says what to type instead.
pub fn instant(text: &str, zone: Tz, is_all_day: bool) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let example = if is_all_day { "2026-12-05" } else { "2026-12-05 19:00" };
    let (date, time) = text.split_once([' ', 'T']).map_or((text, None), |(date, time)| (date, Some(time.trim())));
    let date = day(date).map_err(|problem| format!("{problem}; write it like \"{example}\""))?;
    match (time, is_all_day) {
        (Some(_), true) => Err(format!("{text:?} has an hour, and --all-day means that there is none; leave one out")),
        // Where midnight is jumped over, the day begins with what comes after it.
        (None, true) => Ok(crate::config::instant_of(date.and_time(NaiveTime::MIN), zone)),
        (None, false) => Err(format!("{text:?} has no hour; write it like \"{date} 19:00\", or add --all-day")),
        (Some(time), false) => {
            let hour =
                NaiveTime::parse_from_str(time, "%H:%M").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M:%S"));
            let hour = hour.map_err(|_| format!("{time:?} is no time of day; write it like \"{date} 19:00\""))?;
            local(date.and_time(hour), zone)
        }
    }
}

fn day(text: &str) -> Result<NaiveDate, String> {
    let numbers: Vec<&str> = text.split('-').collect();
    let are_digits = numbers.iter().all(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let is_a_date =
        numbers.len() == 3 && numbers[0].len() == 4 && numbers[1..].iter().all(|n| (1..=2).contains(&n.len()));
    if !is_a_date || !are_digits {
        return Err(format!("{text:?} is no date: year, month and day"));
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| format!("there is no {text} in the calendar"))
}

fn local(civil: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, String> {
    match zone.from_local_datetime(&civil) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Ok(instant.to_utc()),
        LocalResult::None => {
            let next = crate::config::instant_of(civil, zone).with_timezone(&zone).format("%H:%M");
            let time = civil.format("%H:%M on %Y-%m-%d");
            Err(format!("the clocks of {zone} jump over {time}; the next time there is {next}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(text: &str, is_all_day: bool) -> Result<String, String> {
        instant(text, Tz::Europe__Berlin, is_all_day).map(|at| at.format("%FT%H:%M").to_string())
    }

    #[test]
    fn reads_what_is_typed() {
        for text in ["2026-12-05 19:00", "2026-12-05T19:00", " 2026-12-5 19:00:00 "] {
            assert_eq!(berlin(text, false).as_deref(), Ok("2026-12-05T18:00"), "{text}");
        }
        assert_eq!(berlin("2026-12-05", true).as_deref(), Ok("2026-12-04T23:00"));
        // The first of the two.
        assert_eq!(berlin("2026-10-25 02:30", false).as_deref(), Ok("2026-10-25T00:30"));
    }

    #[test]
    fn says_what_to_type_instead() {
        let wrong = |text: &str, is_all_day| berlin(text, is_all_day).unwrap_err();
        let date = |text: &str| format!("{text:?} is no date: year, month and day; write it like \"2026-12-05 19:00\"");
        for text in ["5.12.2026 19:00", "tomorrow", "", "12-05 19:00", "26-12-05 19:00", "2026-12 19:00"] {
            assert_eq!(wrong(text, false), date(text.split(' ').next().unwrap()));
        }
        assert_eq!(wrong("2026-02-30", true), "there is no 2026-02-30 in the calendar; write it like \"2026-12-05\"");
        assert_eq!(
            wrong("2026-12-05", false),
            "\"2026-12-05\" has no hour; write it like \"2026-12-05 19:00\", or add --all-day"
        );
        assert_eq!(wrong("2026-12-05 7pm", false), "\"7pm\" is no time of day; write it like \"2026-12-05 19:00\"");
        assert_eq!(
            wrong("2026-12-05 19:00", true),
            "\"2026-12-05 19:00\" has an hour, and --all-day means that there is none; leave one out"
        );
        assert_eq!(
            wrong("2026-03-29 02:30", false),
            "the clocks of Europe/Berlin jump over 02:30 on 2026-03-29; the next time there is 03:00"
        );
    }
}
