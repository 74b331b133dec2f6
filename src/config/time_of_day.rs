use chrono::NaiveTime;
use serde::{Deserialize, Deserializer};

use super::problem::{Problem, parse_inside_serde};

/// A time on the clock, written `08:00`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct TimeOfDay(pub NaiveTime);

impl TimeOfDay {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let number = |digits: &str, most: usize| {
            let is_number = (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|_| is_number)
        };
        let parts = text.trim().split_once(':');
        // "8:5" could be meant as 8:50.
        let minutes = parts.and_then(|(_, minutes)| number(minutes, 2).filter(|_| minutes.len() == 2));
        let hours = parts.and_then(|(hours, _)| number(hours, 2));
        let time = hours.zip(minutes).and_then(|(hours, minutes)| NaiveTime::from_hms_opt(hours, minutes, 0));
        time.map(Self).ok_or_else(|| {
            let message = format!("`{text}` is not a time of day");
            Problem::new(message, "write hours and minutes, from \"00:00\" to \"23:59\"")
        })
    }
}

parse_inside_serde!(TimeOfDay);

pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
    let time: Option<TimeOfDay> = Option::deserialize(deserializer)?;
    Ok(time.map(|time| time.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_hours_and_minutes() {
        for (text, hour, minute) in
            [("08:00", 8, 0), ("8:00", 8, 0), (" 23:59 ", 23, 59), ("00:00", 0, 0), ("0:05", 0, 5)]
        {
            let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
            assert_eq!(TimeOfDay::parse(text).unwrap().0, time, "{text}");
        }
        for text in ["", "8", "8:5", "24:00", "12:60", "08:00:00", "8am", "-1:00", "+8:00", "8:+1", "008:00", "８:00"]
        {
            assert!(TimeOfDay::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
