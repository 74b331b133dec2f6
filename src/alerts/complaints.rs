//! Complaints over the latest editions: one alone may be of a bad day, and the circuit breaker stops what is worse.

use anyhow::Result;
use chrono::TimeDelta;

use super::{Kind, Problem, Severity};
use crate::config::Percent;
use crate::publishing::Press;
use crate::store::{Db, EditionFigures, known_newsletter_number};

/// Editions that are looked at, the latest of them; and for how long they are late enough.
const EDITIONS: u32 = 3;
const LATELY: TimeDelta = TimeDelta::days(30);
/// Fewer are chance.
const FEWEST: u64 = 3;
/// From here on Gmail and Yahoo block a sender.
const BLOCKED: Percent = Percent::from_thousandths(3);

pub(super) fn complaints(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let limit = press.config().alerts.complaints;
    if limit.is_zero() {
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    for newsletter in &press.config().newsletters {
        let id = newsletter.id.as_str();
        let Some(number) = known_newsletter_number(db, id)? else { continue };
        let since = press.now() - LATELY;
        let mut editions = EditionFigures::latest(db, number, u32::MAX, EDITIONS)?;
        editions.retain(|edition| edition.started_at >= since);
        let complaints: u64 = editions.iter().map(|edition| edition.complaints).sum();
        let delivered: u64 = editions.iter().map(EditionFigures::delivered).sum();
        problems.extend(judged(id, editions.len(), complaints, delivered, limit));
    }
    Ok(problems)
}

fn judged(newsletter: &str, editions: usize, complaints: u64, delivered: u64, limit: Percent) -> Option<Problem> {
    if complaints < FEWEST || !limit.is_reached_by(complaints, delivered) {
        return None;
    }
    let severity = if BLOCKED.is_reached_by(complaints, delivered) { Severity::Urgent } else { Severity::Warning };
    let share = complaints as f64 * 100.0 / delivered.max(1) as f64;
    let of = if editions == 1 { "its latest edition".to_owned() } else { format!("its latest {editions} editions") };
    let title = format!("Readers complain of {newsletter}");
    Some(Problem {
        what: format!(
            "{complaints} readers complained of {of} ({share:.2} %); providers mind more than {limit}, and block more than {BLOCKED}"
        ),
        todo: "Look at whom it goes to, and how they signed up; ask who was silent for long, or leave them out"
            .to_owned(),
        ..Problem::new(Kind::ComplaintsRising, newsletter, severity, title)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_chance_one_in_a_thousand_is_a_warning_and_three_are_urgent() {
        let limit = Percent::from_thousandths(1);
        let severity = |complaints, delivered| judged("brief", 3, complaints, delivered, limit).map(|one| one.severity);
        assert_eq!(severity(2, 100), None);
        assert_eq!(severity(3, 3_001), None);
        assert_eq!(severity(3, 3_000), Some(Severity::Warning));
        assert_eq!(severity(8, 3_000), Some(Severity::Warning));
        assert_eq!(severity(9, 3_000), Some(Severity::Urgent));
    }
}
