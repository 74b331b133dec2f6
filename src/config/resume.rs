use std::fmt;

use serde::Deserialize;

use super::Period;
use super::problem::{Problem, parse_inside_serde};

/// When an edition goes on by itself that was paused because a relay refused the login, the sender or TLS:
/// a length of time, such as `15m`, or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Resume {
    /// So long after the pause; never zero.
    After(Period),
    /// It waits for an operator.
    Never,
}

impl Resume {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let wrong = |_| {
            let message = format!("`{text}` is neither \"never\" nor a length of time");
            Problem::new(message, "write \"never\" or \"15m\"")
        };
        let period = Period::parse(text).map_err(wrong)?;
        if period.is_zero() {
            let message = "a relay that refuses a login locks out who tries again without a wait";
            return Err(Problem::new(message, "write \"15m\" or, to wait for an operator, \"never\""));
        }
        Ok(Self::After(period))
    }
}

parse_inside_serde!(Resume);

impl fmt::Display for Resume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(period) => period.fmt(f),
            Self::Never => f.write_str("never"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_time_or_never() {
        assert_eq!(Resume::parse("never").unwrap(), Resume::Never);
        assert_eq!(Resume::parse("1h").unwrap(), Resume::After(Period::from_hours(1)));
        for text in ["never", "15m"] {
            assert_eq!(Resume::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "Never", "hold", "15", "0s"] {
            assert!(Resume::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
