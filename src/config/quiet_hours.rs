use std::fmt;

use chrono::NaiveTime;
use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};
use super::time_of_day::TimeOfDay;

/// A part of every day, written `22:00-07:00`: from the one time on, until just before the other.
///
/// It passes midnight where `from` is the later one. The two are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct QuietHours {
    pub from: NaiveTime,
    pub to: NaiveTime,
}

impl QuietHours {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        const ADVICE: &str = "write from when until when: \"22:00-07:00\"";
        let wrong = || Problem::new(format!("`{text}` is not a part of the day"), ADVICE);
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let (TimeOfDay(from), TimeOfDay(to)) = (TimeOfDay::parse(from)?, TimeOfDay::parse(to)?);
        if from == to {
            let message = format!("`{text}` ends when it begins: is it the whole day, or nothing?");
            return Err(Problem::new(message, ADVICE));
        }
        Ok(Self { from, to })
    }

    pub fn contains(self, time: NaiveTime) -> bool {
        let (is_begun, is_over) = (self.from <= time, self.to <= time);
        if self.from < self.to { is_begun && !is_over } else { is_begun || !is_over }
    }
}

parse_inside_serde!(QuietHours);

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.format("%H:%M"), self.to.format("%H:%M"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_its_beginning_and_not_its_end_also_past_midnight() {
        let at = |text| TimeOfDay::parse(text).unwrap().0;
        for (hours, inside, outside) in [
            ("22:00-07:00", ["22:00", "00:00", "06:59"], ["21:59", "07:00", "12:00"]),
            ("12:00-14:00", ["12:00", "13:00", "13:59"], ["11:59", "14:00", "00:00"]),
            ("00:00-06:00", ["00:00", "03:00", "05:59"], ["06:00", "12:00", "23:59"]),
            ("22:00-00:00", ["22:00", "23:00", "23:59"], ["00:00", "12:00", "21:59"]),
        ] {
            let parsed = QuietHours::parse(hours).unwrap();
            assert_eq!(parsed.to_string(), hours);
            assert!(inside.into_iter().all(|time| parsed.contains(at(time))), "{hours}");
            assert!(!outside.into_iter().any(|time| parsed.contains(at(time))), "{hours}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_part_of_the_day() {
        assert_eq!(QuietHours::parse("9:00 - 17:00").unwrap().to_string(), "09:00-17:00");
        for text in ["", "-", "22:00", "22:00-", "22-7", "22:00-24:00", "22:00-22:00", "22:00-07:00-08:00", "night"] {
            assert!(QuietHours::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
