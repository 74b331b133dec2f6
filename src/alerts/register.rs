//! What was raised, held against what is found: a value in, a value out.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Problem, Severity};
use crate::store::Alert;

/// What is found no more for so long is over: a feed that answers now and then is not told anew each time.
const OVER_AFTER: TimeDelta = TimeDelta::minutes(5);
/// While it lasts, a letter is repeated after this.
const REPEATED_AFTER: TimeDelta = TimeDelta::hours(24);

/// What becomes of one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Raised(Alert),
    Updated(Alert),
    Cleared(Alert),
}

pub(super) fn raised(problem: &Problem, now: DateTime<Utc>) -> Alert {
    Alert {
        kind: problem.kind.as_str().to_owned(),
        subject: problem.subject.clone(),
        severity: problem.severity.as_str().to_owned(),
        title: problem.title.clone(),
        what: problem.what.clone(),
        todo: problem.todo.clone(),
        raised_at: now,
        gone_at: None,
        cleared_at: None,
        mailed_at: None,
        mailed_as: String::new(),
    }
}

/// What changes when this is found; what stays as it is, is not among it.
pub(super) fn changes(known: Vec<Alert>, found: &[Problem], now: DateTime<Utc>) -> Vec<Change> {
    let is_of =
        |problem: &Problem, alert: &Alert| problem.kind.as_str() == alert.kind && problem.subject == alert.subject;
    let mut changes = Vec::new();
    for problem in found {
        let new = raised(problem, now);
        changes.extend(match known.iter().find(|alert| is_of(problem, alert)) {
            None => Some(Change::Raised(new)),
            Some(alert) => {
                let Alert { raised_at, mailed_at, ref mailed_as, .. } = *alert;
                let updated = Alert { raised_at, mailed_at, mailed_as: mailed_as.clone(), ..new };
                (updated != *alert).then_some(Change::Updated(updated))
            }
        });
    }
    for alert in known {
        if alert.cleared_at.is_some() || found.iter().any(|problem| is_of(problem, &alert)) {
            continue;
        }
        changes.extend(match alert.gone_at {
            None => Some(Change::Updated(Alert { gone_at: Some(now), ..alert })),
            Some(at) if now - at >= OVER_AFTER => Some(Change::Cleared(Alert { cleared_at: Some(now), ..alert })),
            Some(_) => None,
        });
    }
    changes
}

/// Whether a letter about it is due: it is new, became urgent, or has lasted for another day.
pub(super) fn is_letter_due(alert: &Alert, now: DateTime<Utc>) -> bool {
    let became_urgent = alert.severity == Severity::Urgent.as_str() && alert.mailed_as != alert.severity;
    let is_repeated = alert.mailed_at.is_none_or(|at| now - at >= REPEATED_AFTER);
    alert.cleared_at.is_none() && alert.gone_at.is_none() && (became_urgent || is_repeated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::Kind;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    /// What a store would hold afterwards.
    fn after(known: &mut Vec<Alert>, found: &[Problem], now: DateTime<Utc>) -> Vec<&'static str> {
        let changes = changes(known.clone(), found, now);
        let mut told = Vec::new();
        for change in changes {
            let (word, alert) = match change {
                Change::Raised(alert) => ("raised", alert),
                Change::Updated(alert) => ("updated", alert),
                Change::Cleared(alert) => ("cleared", alert),
            };
            known.retain(|one| (&one.kind, &one.subject) != (&alert.kind, &alert.subject));
            known.push(alert);
            told.push(word);
        }
        told
    }

    #[test]
    fn each_is_raised_once_and_cleared_once_however_often_it_is_found() {
        let problem = Problem::new(Kind::DiskLow, "", Severity::Warning, "The disk is nearly full".into());
        let found = std::slice::from_ref(&problem);
        let mut known = Vec::new();
        assert_eq!(after(&mut known, found, at(0)), ["raised"]);
        assert_eq!(after(&mut known, found, at(1)), [""; 0]);
        assert_eq!(after(&mut known, &[], at(2)), ["updated"], "gone, and not over yet");
        assert_eq!(after(&mut known, found, at(3)), ["updated"], "there again");
        assert_eq!(after(&mut known, &[], at(4)), ["updated"]);
        assert_eq!(after(&mut known, &[], at(8)), [""; 0]);
        assert_eq!(after(&mut known, &[], at(9)), ["cleared"]);
        assert_eq!(after(&mut known, &[], at(20)), [""; 0], "its end waits to be told");
        assert_eq!((known[0].raised_at, known[0].cleared_at), (at(0), Some(at(9))));
        // It comes back before anybody was told that it was over.
        assert_eq!(after(&mut known, found, at(21)), ["updated"]);
        assert_eq!(known[0].cleared_at, None);
    }

    #[test]
    fn a_letter_is_due_at_once_each_day_and_when_it_becomes_urgent() {
        let problem = Problem::new(Kind::DiskLow, "", Severity::Warning, "The disk is nearly full".into());
        let new = raised(&problem, at(0));
        assert!(is_letter_due(&new, at(0)));
        let told = Alert { mailed_at: Some(at(0)), mailed_as: "warning".into(), ..new };
        assert!(!is_letter_due(&told, at(24 * 60 - 1)) && is_letter_due(&told, at(24 * 60)));
        assert!(is_letter_due(&Alert { severity: "urgent".into(), ..told.clone() }, at(1)));
        assert!(!is_letter_due(&Alert { gone_at: Some(at(1)), ..told.clone() }, at(24 * 60)));
        assert!(!is_letter_due(&Alert { cleared_at: Some(at(1)), ..told }, at(24 * 60)));
    }
}
