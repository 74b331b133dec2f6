use std::fmt;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};
use super::{DomainLimit, Period, Rate, Resume, WarmUp};

/// `[delivery]`: how fast messages go out, and what happens when a relay says "not now", "not you", or nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// Over all relays together; no limit where it is missing.
    pub rate: Option<Rate>,
    /// No domain stands in two of them.
    #[serde(rename = "domain")]
    pub domains: Vec<DomainLimit>,
    /// How a new sending address begins; `None` sends at once what there is.
    pub warm_up: Option<WarmUp>,
    /// The waits after the first, second, … temporary refusal (rule S5). Never empty, none of them zero.
    pub retry: Vec<Period>,
    /// The wait once `retry` is used up; never zero.
    pub retry_then: Period,
    /// A delivery still refused this long after its first attempt has failed.
    pub give_up: Period,
    /// What becomes of a delivery whose outcome is unknown (rule S6).
    pub retry_unknown: UnknownOutcome,
    /// When an edition goes on by itself that a relay's refusal of login, sender or TLS has paused.
    pub resume_refused: Resume,
    /// How long a stopping daemon lets transactions that are under way end.
    pub drain: Period,
}

/// What to do when the connection died after the final dot, before the answer (rule S6): one
/// more try after a length of time, such as `30m`, or `hold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum UnknownOutcome {
    /// One more try after this time, byte-identical, with the same Message-ID.
    RetryAfter(Period),
    /// It stays unknown until an operator decides.
    Hold,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            rate: None,
            domains: Vec::new(),
            warm_up: None,
            retry: [1, 5, 15, 30].map(Period::from_minutes).to_vec(),
            retry_then: Period::from_hours(1),
            give_up: Period::from_hours(24),
            retry_unknown: UnknownOutcome::RetryAfter(Period::from_minutes(30)),
            resume_refused: Resume::After(Period::from_minutes(15)),
            drain: Period::from_seconds(30),
        }
    }
}

impl UnknownOutcome {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text == "hold" {
            return Ok(Self::Hold);
        }
        let wrong =
            |_| Problem::new(format!("`{text}` is neither \"hold\" nor a length of time"), "write \"hold\" or \"30m\"");
        Period::parse(text).map(Self::RetryAfter).map_err(wrong)
    }
}

parse_inside_serde!(UnknownOutcome);

impl fmt::Display for UnknownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RetryAfter(period) => period.fmt(f),
            Self::Hold => f.write_str("hold"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s5_and_s6_have_their_defaults() {
        let delivery = Delivery::default();
        let waits: Vec<String> = delivery.retry.iter().map(Period::to_string).collect();
        assert_eq!(waits, ["1m", "5m", "15m", "30m"]);
        assert_eq!((delivery.retry_then.to_string(), delivery.give_up.to_string()), ("1h".into(), "1d".into()));
        assert_eq!(delivery.retry_unknown.to_string(), "30m");
        assert_eq!(delivery.resume_refused.to_string(), "15m");
        assert!(delivery.rate.is_none() && delivery.domains.is_empty());
    }

    #[test]
    fn s6_takes_a_time_or_hold() {
        assert_eq!(UnknownOutcome::parse("hold").unwrap(), UnknownOutcome::Hold);
        assert!(UnknownOutcome::parse("never").is_err());
    }
}
