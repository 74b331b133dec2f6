//! What is wrong, as the desk shows it: with a link to where something can be done about it.

use anyhow::Result;

use crate::alerts;
use crate::desk::edition::address;
use crate::desk::frame::Frame;
use crate::desk::webhooks;
use crate::publishing::Press;
use crate::store::{Alert, Db};

/// Something wrong, with what to do about it.
#[derive(Debug, Default)]
pub(super) struct Problem {
    pub what: String,
    pub todo: String,
    /// Where it can be done; empty where that is not at the desk.
    pub link: String,
    /// Others than operators do not get there.
    pub is_for_operators: bool,
}

impl Problem {
    pub fn is_linked_for(&self, frame: &Frame) -> bool {
        !self.link.is_empty() && (!self.is_for_operators || frame.may_operate())
    }

    /// What to do, cut where a command of the terminal begins or ends; whether each piece is one.
    pub fn todo_pieces(&self) -> impl Iterator<Item = (bool, &str)> {
        self.todo.split('`').enumerate().map(|(place, piece)| (place % 2 == 1, piece))
    }
}

/// All that is wrong: what the rows tell now, and what the daemon found.
pub(super) fn problems(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let mut problems = found_by_daemon(db)?;
    problems.extend(alerts::problems(db, press)?.into_iter().map(|found| Problem {
        what: found.what,
        todo: found.todo,
        link: found.edition.as_ref().map_or_else(String::new, address),
        ..Problem::default()
    }));
    problems.extend(webhooks_in_trouble(db, press)?);
    Ok(problems)
}

/// What the rows tell is told by them, to the minute.
fn found_by_daemon(db: &Db) -> Result<Vec<Problem>> {
    let is_of_daemon = |alert: &Alert| alerts::Kind::of_word(&alert.kind).is_some_and(|kind| !kind.is_of_rows());
    let found = Alert::raised(db)?.into_iter().filter(is_of_daemon);
    Ok(found.map(|alert| Problem { what: alert.what, todo: alert.todo, ..Problem::default() }).collect())
}

fn webhooks_in_trouble(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let problem = |webhooks::Trouble { what, todo }| Problem {
        what,
        todo: todo.into(),
        link: "/desk/webhooks".into(),
        is_for_operators: true,
    };
    Ok(webhooks::in_trouble(db, press)?.into_iter().map(problem).collect())
}
