use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// How many messages in how long, written `50/s`, `3000/m` or `100000/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    pub messages: NonZeroU32,
    pub per: Duration,
}

impl Rate {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let parts = text.split_once('/');
        let messages = parts.and_then(|(number, _)| number.trim().parse().ok());
        let seconds = parts.and_then(|(_, unit)| match unit.trim() {
            "s" => Some(1),
            "m" => Some(60),
            "h" => Some(3600),
            "d" => Some(86_400),
            _ => None,
        });
        match (messages, seconds) {
            (Some(messages), Some(seconds)) => Ok(Self { messages, per: Duration::from_secs(seconds) }),
            _ => Err(Problem::new(
                format!("`{text}` is not a rate"),
                "write messages in a second, minute, hour or day, such as \"50/s\", \"3000/m\", \"100000/h\" or \
                 \"50000/d\"",
            )),
        }
    }

    pub fn per_second(self) -> f64 {
        f64::from(self.messages.get()) / self.per.as_secs_f64()
    }

    /// The time from one message to the next that keeps to the rate without bursts.
    pub fn interval(self) -> Duration {
        self.per / self.messages.get()
    }
}

parse_inside_serde!(Rate);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per.as_secs() {
            1 => "s",
            60 => "m",
            3600 => "h",
            _ => "d",
        };
        write!(f, "{}/{unit}", self.messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_shows() {
        for (text, per_second) in [("50/s", 50.0), ("3000/m", 50.0), ("3600/h", 1.0), ("86400/d", 1.0)] {
            let rate = Rate::parse(text).unwrap();
            assert_eq!(rate.to_string(), text);
            assert!((rate.per_second() - per_second).abs() < 1e-9, "{text}");
        }
        assert_eq!(Rate::parse("50 / s").unwrap().interval(), Duration::from_millis(20));
        for text in ["", "50", "0/s", "-1/s", "50/w", "50/ms", "50/s/s", "fifty/s"] {
            assert!(Rate::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
