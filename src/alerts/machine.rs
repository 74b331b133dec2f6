//! What only the running daemon can tell: the disk, and its relays.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Kind, Problem, Severity};
use crate::config::Percent;
use crate::delivery::{RelayFigures, RelayState};
use crate::saying::text::without_names;
use crate::saying::time::roughly;
use crate::store::{Alert, DiskSpace};

/// With less free than this, whatever is configured, little is left to be done.
const NEARLY_FULL: Percent = Percent::from_thousandths(30);
/// A relay that takes nothing for so long does not come back by itself in the next moment.
const DOWN_AFTER: TimeDelta = TimeDelta::minutes(5);
/// What a process before this one found holds for so long, unless a relay shows that it is well.
const BELIEVED_FOR: TimeDelta = TimeDelta::hours(1);

pub(super) fn disk_low(disk: DiskSpace, limit: Percent) -> Option<Problem> {
    let DiskSpace { free, size } = disk;
    if limit.is_zero() || limit.is_reached_by(free, size) {
        return None;
    }
    let severity = if NEARLY_FULL.is_reached_by(free, size) { Severity::Warning } else { Severity::Urgent };
    let share = free as f64 * 100.0 / size.max(1) as f64;
    let gigabytes = free as f64 / 1e9;
    Some(Problem {
        what: format!("Of the disk that holds the store {gigabytes:.1} GB are free ({share:.0} %)"),
        todo: "Make room, or move the store to a larger disk: when it is full nothing is lost, and nothing is sent"
            .to_owned(),
        ..Problem::new(Kind::DiskLow, "", severity, "The disk is nearly full".to_owned())
    })
}

/// Since when each relay takes nothing, from look to look.
#[derive(Debug, Default)]
pub(super) struct RelayWatch {
    down: HashMap<String, Down>,
    began_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Down {
    since: DateTime<Utc>,
    /// Outcomes it had by then.
    outcomes: u64,
    said: String,
}

impl RelayWatch {
    /// `known` is what was raised before, by this process or an earlier one.
    pub fn look(&mut self, relays: &[RelayFigures], known: &[Alert], now: DateTime<Utc>) -> Vec<Problem> {
        if self.began_at.is_none() {
            self.began_at = Some(now);
            for alert in known.iter().filter(|alert| alert.kind == Kind::RelayDown.as_str() && alert.gone_at.is_none())
            {
                let said = String::new();
                self.down
                    .insert(alert.subject.clone(), Down { since: alert.raised_at - DOWN_AFTER, outcomes: 0, said });
            }
        }
        let began_at = self.began_at.unwrap_or(now);
        let mut problems = Vec::new();
        for relay in relays {
            let id = relay.id.as_str();
            let outcomes = relay.accepted + relay.deferred + relay.failed;
            let is_closed = relay.state == RelayState::Closed;
            match self.down.get_mut(id) {
                Some(down) if outcomes > down.outcomes => drop(self.down.remove(id)),
                Some(down) if is_closed => down.said.clone_from(&relay.trouble),
                // It is asked again now and then, and open for that moment.
                Some(_) => {}
                None if is_closed => {
                    self.down.insert(id.to_owned(), Down { since: now, outcomes, said: relay.trouble.clone() });
                }
                None => {}
            }
            // Nothing was handed to it since: nobody knows.
            let is_stale = |down: &Down| down.said.is_empty() && now - began_at >= BELIEVED_FOR;
            if self.down.get(id).is_some_and(is_stale) {
                self.down.remove(id);
            }
            let found = self.down.get(id).filter(|down| now - down.since >= DOWN_AFTER);
            problems.extend(found.map(|down| told(id, down, relays.len(), now)));
        }
        problems
    }
}

fn told(relay: &str, down: &Down, relays: usize, now: DateTime<Utc>) -> Problem {
    let said = if down.said.is_empty() { String::new() } else { format!(": {}", without_names(&down.said)) };
    let (severity, others) = match relays {
        1 => (Severity::Urgent, "all is kept until it does"),
        _ => (Severity::Warning, "the others take its messages meanwhile"),
    };
    let title = format!("The relay {relay} is down");
    Problem {
        what: format!("The relay {relay} has taken nothing for {}, and {others}{said}", roughly(now - down.since)),
        todo: "See whether it runs and can be reached, and whether the login is right; griot tries it again by itself"
            .to_owned(),
        since: Some(down.since),
        ..Problem::new(Kind::RelayDown, relay, severity, title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(state: RelayState, accepted: u64) -> Vec<RelayFigures> {
        vec![RelayFigures { state, accepted, trouble: "no route".into(), ..RelayFigures::for_test("ses") }]
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn a_relay_is_down_after_some_minutes_and_until_it_takes_something() {
        let mut watch = RelayWatch::default();
        let mut found = |state, accepted, minutes| watch.look(&relay(state, accepted), &[], at(minutes)).len();
        assert_eq!(found(RelayState::Closed, 7, 0), 0);
        assert_eq!(found(RelayState::Open, 7, 3), 0, "it is only asked again");
        assert_eq!(found(RelayState::Closed, 7, 5), 1);
        assert_eq!(found(RelayState::Open, 8, 6), 0);
        assert_eq!(found(RelayState::Closed, 8, 7), 0, "a new beginning");
    }

    #[test]
    fn a_new_process_believes_the_one_before_it_for_a_while() {
        let problem = told("ses", &Down { since: at(0), outcomes: 7, said: "no route".into() }, 1, at(9));
        let alert = super::super::register::raised(&problem, at(9));
        let mut watch = RelayWatch::default();
        let mut found = |accepted, minutes| {
            watch.look(&relay(RelayState::Open, accepted), std::slice::from_ref(&alert), at(minutes)).len()
        };
        assert_eq!([found(0, 10), found(0, 60), found(0, 70)], [1, 1, 0]);
        let mut watch = RelayWatch::default();
        assert_eq!(watch.look(&relay(RelayState::Open, 1), &[alert], at(10)).len(), 0, "it takes something");
    }

    #[test]
    fn a_disk_is_low_below_its_limit_and_urgent_when_nearly_full() {
        let severity = |free, limit| disk_low(DiskSpace { free, size: 1_000 }, limit).map(|problem| problem.severity);
        let limit = Percent::from_thousandths(100);
        assert_eq!(severity(100, limit), None);
        assert_eq!(severity(99, limit), Some(Severity::Warning));
        assert_eq!(severity(29, limit), Some(Severity::Urgent));
        assert_eq!(severity(0, Percent::from_thousandths(0)), None);
    }
}
