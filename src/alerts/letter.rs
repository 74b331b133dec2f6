//! The words of a letter to who runs griot: one for all that is new at the same moment, so that a network that fails is
//! one letter and not fifty.

use chrono::{DateTime, Utc};

use super::problems::moment;
use crate::publishing::OperatorLetter;
use crate::store::Alert;

const AFTER: &str = "`griot alerts` shows what is wrong now. This letter is repeated once a day while it lasts.";

/// What is wrong. `alerts` is never empty; what is urgent comes first.
pub(super) fn raised(alerts: &[Alert], publisher: &str) -> OperatorLetter {
    let texts = alerts.iter().map(|alert| format!("{}. {}.", alert.what, alert.todo)).collect();
    OperatorLetter { title: subject("", alerts, publisher), texts, after: AFTER.to_owned() }
}

/// What is over.
pub(super) fn cleared(alerts: &[Alert], publisher: &str, now: DateTime<Utc>) -> OperatorLetter {
    let text = |alert: &Alert| {
        let end = alert.gone_at.or(alert.cleared_at).unwrap_or(now);
        format!("{}: this began {} and is over since {}.", alert.title, moment(alert.raised_at, now), moment(end, now))
    };
    let after = "Nothing is left to be done about it.".to_owned();
    OperatorLetter { title: subject("Over: ", alerts, publisher), texts: alerts.iter().map(text).collect(), after }
}

fn subject(before: &str, alerts: &[Alert], publisher: &str) -> String {
    let first = alerts.first().map_or("", |alert| alert.title.as_str());
    let more = match alerts.len() {
        0 | 1 => String::new(),
        many => format!(", and {} more", many - 1),
    };
    format!("{before}{first}{more} · {publisher}")
}
