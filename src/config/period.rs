use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
const UNITS: [(&str, u64); 5] = [("w", WEEK), ("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)];
/// Long enough for every key, short enough that adding one to a date cannot overflow.
const LONGEST: u64 = 3650 * DAY;

/// A length of time, written as a number and a unit: `30s`, `15m`, `6h`, `7d`, `2w`. A day is 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Period {
    seconds: u64,
}

impl Period {
    pub const fn from_seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    pub const fn from_minutes(minutes: u64) -> Self {
        Self { seconds: minutes * MINUTE }
    }

    pub const fn from_hours(hours: u64) -> Self {
        Self { seconds: hours * HOUR }
    }

    pub fn parse(text: &str) -> Result<Self, Problem> {
        let trimmed = text.trim();
        let digits = trimmed.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = trimmed[digits.len()..].trim();
        let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds);
        let (Some(factor), Ok(number)) = (factor, digits.parse::<u64>()) else {
            return Err(Problem::new(
                format!("`{text}` is not a length of time"),
                "write a whole number and s, m, h, d or w, such as \"15m\" or \"7d\"",
            ));
        };
        match number.checked_mul(factor) {
            Some(seconds) if seconds <= LONGEST => Ok(Self { seconds }),
            _ => Err(Problem::new(format!("`{text}` is longer than ten years"), "write a shorter time")),
        }
    }

    pub const fn as_secs(self) -> u64 {
        self.seconds
    }

    pub const fn is_zero(self) -> bool {
        self.seconds == 0
    }

    /// For timers and deadlines.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// For adding to dates.
    pub fn delta(self) -> TimeDelta {
        // LONGEST is far below what a TimeDelta holds; a wrong constant would shorten the time, not break it.
        TimeDelta::from_std(self.duration()).unwrap_or(TimeDelta::MAX)
    }
}

parse_inside_serde!(Period);

/// In the largest unit that divides it, but in days where weeks would: "7d" says more than "1w".
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &&(&str, u64)| self.seconds >= *factor && self.seconds.is_multiple_of(*factor);
        match UNITS[1..].iter().find(fits) {
            Some((unit, factor)) => write!(f, "{}{unit}", self.seconds / factor),
            None => f.write_str("0s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_every_unit_and_shows_it() {
        for (text, seconds, shown) in [
            ("30s", 30, "30s"),
            ("15m", 900, "15m"),
            ("90m", 5400, "90m"),
            ("24h", 86_400, "1d"),
            ("7d", 604_800, "7d"),
            ("2w", 1_209_600, "14d"),
            ("0s", 0, "0s"),
            (" 5 m ", 300, "5m"),
        ] {
            let period = Period::parse(text).unwrap();
            assert_eq!((period.as_secs(), period.to_string().as_str()), (seconds, shown), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_length_of_time() {
        for text in ["", "15", "m", "-1m", "1.5h", "1h30m", "15 minutes", "1y", "9999999999999999999s", "3651d", "１m"]
        {
            assert!(Period::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
