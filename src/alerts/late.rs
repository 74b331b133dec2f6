use anyhow::Result;

use super::problems::moment;
use super::{Kind, Problem, Severity};
use crate::publishing::{Late, LateBecause, Press};
use crate::saying::time::roughly;
use crate::store::Db;

/// Editions whose time has come, and longer ago than is usual.
pub(super) fn late_editions(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let (now, patience) = (press.now(), press.config().alerts.late.delta());
    let late = press.late(db)?.into_iter().filter(|late| late.by(now) >= patience);
    Ok(late.map(|late| told(late, press)).collect())
}

fn told(late: Late, press: &Press) -> Problem {
    let now = press.now();
    let by = roughly(late.by(now));
    let newsletter = &late.newsletter;
    let (name, edition, why, todo) = match &late.why {
        LateBecause::Unapproved(name) => {
            let todo = format!(
                "Approve it at the desk or with `griot approve {name}`, or end it with `griot edition cancel {name}`"
            );
            (name.to_string(), Some(name.clone()), "its draft waits for an editor's approval", todo)
        }
        LateBecause::NotReleased(name) => {
            let todo = "The log of `griot daemon` says what keeps it; it is tried again by itself".to_owned();
            (name.to_string(), Some(name.clone()), "it was not let go", todo)
        }
        LateBecause::NoEdition => {
            let todo = "The log of `griot daemon` says what keeps its draft; it is tried again by itself".to_owned();
            (newsletter.clone(), None, "no draft was made", todo)
        }
    };
    let title = format!("{name} is late");
    Problem {
        what: format!("{name} should have gone out {}, and is {} late: {why}", moment(late.due_at, now), by),
        todo,
        edition,
        since: Some(late.due_at),
        ..Problem::new(Kind::EditionLate, format!("{newsletter} {}", late.due_at.timestamp()), Severity::Urgent, title)
    }
}
