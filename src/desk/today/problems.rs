//! What is wrong, and what to do about it: a function for each kind, each a look at a few rows whatever the number of
//! readers.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use crate::desk::edition::address;
use crate::desk::frame::Frame;
use crate::desk::webhooks;
use crate::publishing::Press;
use crate::saying::number::grouped;
use crate::saying::text::without_names;
use crate::saying::time::{distance, roughly};
use crate::store::{
    AuthRefusal, Claim, Db, DeliveryCounts, Edition, EditionState, LastTry, Letter, Review, WaitingLetters,
};

/// A letter to a reader leaves within seconds; after this, something is in its way.
const LETTERS_WAIT: TimeDelta = TimeDelta::minutes(10);
/// An edition with mails that are due, of which none leaves for so long, stands still.
const STANDSTILL: TimeDelta = TimeDelta::minutes(5);
/// Editors are told of a draft within a minute.
const EDITORS_WAIT: TimeDelta = TimeDelta::minutes(10);
/// Of what somebody else's server said; it goes on for pages sometimes.
const MAX_WORDS: usize = 200;

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

/// All that is wrong, what stops an edition first.
pub(super) fn problems(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let mut problems = paused_editions(db, press)?;
    problems.extend(editions_standing_still(db, press)?);
    problems.extend(letters_that_wait(db, press)?);
    problems.extend(editors_not_told(db, press)?);
    problems.extend(proofs_that_failed(db, press)?);
    problems.extend(feeds_in_trouble(db, press)?);
    problems.extend(mails_to_review(db)?);
    problems.extend(webhooks_in_trouble(db, press)?);
    Ok(problems)
}

/// By somebody, by the relay's refusal, or because too much of it failed or was complained about; the reason says which.
fn paused_editions(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let now = press.now();
    let paused = Edition::in_state(db, EditionState::Paused)?.into_iter().map(|edition| {
        let since = edition.paused_at.map_or_else(String::new, |at| format!(" since {}", moment(at, now)));
        let todo = match edition.resume_at {
            Some(at) => format!("It is tried again {}; put it right, and let it go on at once", distance(at, now)),
            None => "Look at it, put right what it says, and let it go on".to_owned(),
        };
        Problem {
            what: format!("{} is paused{since}: {}", edition.name, short(&edition.reason)),
            todo,
            link: address(&edition.name),
            ..Problem::default()
        }
    });
    Ok(paused.collect())
}

/// No relay takes it, or nothing of it has left for minutes although mails are due.
fn editions_standing_still(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let now = press.now();
    let mut problems = Vec::new();
    for edition in Edition::in_state(db, EditionState::Sending)? {
        // Before its first recipients have their rows, they are due as it was released.
        let begun = edition.started_at.filter(|_| edition.frozen_at.is_none());
        let Some(due) = Claim::next_due(db, edition.id)?.or(begun).filter(|due| *due <= now) else { continue };
        let last = LastTry::of(db, edition.id)?;
        let counts = DeliveryCounts::load(db, edition.id)?;
        let wait = match counts.queued + counts.deferred + counts.sending {
            0 => "its readers wait".to_owned(),
            1 => "1 mail waits".to_owned(),
            many => format!("{} mails wait", grouped(many)),
        };
        // What was put off until later stood for its time, and not still.
        let since = [last.ended_at, edition.started_at, Some(due)].into_iter().flatten().max().unwrap_or(due);
        let what = match last.trouble {
            Some((said, at)) => {
                format!("No relay takes {} since {}: {}; {wait}", edition.name, moment(at, now), short(&said))
            }
            None if since <= now - STANDSTILL => {
                format!(
                    "{} stands still: nothing of it has left since {}, and {wait}",
                    edition.name,
                    moment(since, now)
                )
            }
            None => continue,
        };
        problems.push(Problem {
            what,
            todo: "See whether the relay runs and can be reached; griot tries it again by itself, and nothing is lost"
                .to_owned(),
            link: address(&edition.name),
            ..Problem::default()
        });
    }
    Ok(problems)
}

/// Readers wait for them: to confirm that they signed up, above all.
fn letters_that_wait(db: &Db, press: &Press) -> Result<Option<Problem>> {
    let now = press.now();
    let Some(waiting) = Letter::waiting_since(db, now - LETTERS_WAIT)? else { return Ok(None) };
    let WaitingLetters { letters, oldest_at, problem } = waiting;
    let many = match letters {
        1 => "1 letter to a reader waits".to_owned(),
        WaitingLetters::COUNTED => format!("{} letters to readers and more wait", grouped(letters)),
        letters => format!("{} letters to readers wait", grouped(letters)),
    };
    let age = roughly(now - oldest_at);
    let (what, todo) = if problem.is_empty() {
        (
            format!("{many}, the oldest for {age}, and none was tried"),
            "`griot daemon` sends them: see in its log what keeps it".to_owned(),
        )
    } else {
        (
            format!("{many}, the oldest for {age}: {}", short(&problem)),
            "Whoever signs up waits for one: put right what the relay says; they are tried again by themselves"
                .to_owned(),
        )
    };
    Ok(Some(Problem { what, todo, ..Problem::default() }))
}

/// A draft that waits for who does not know of it.
fn editors_not_told(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let now = press.now();
    let late = press.editors_to_tell(db)?.into_iter().filter(|(edition, _)| edition.created_at <= now - EDITORS_WAIT);
    let problem = |(edition, editors): (Edition, usize)| Problem {
        what: match editors {
            1 => format!("An editor could not be told of the draft {}", edition.name),
            many => format!("{many} editors could not be told of the draft {}", edition.name),
        },
        todo: "The log of `griot daemon` has what the relay said; they are told as soon as it takes the letter"
            .to_owned(),
        link: address(&edition.name),
        ..Problem::default()
    };
    Ok(late.map(problem).collect())
}

/// Receivers say so themselves, by codes of their own or in words.
fn proofs_that_failed(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let now = press.now();
    let problem = |refusal: AuthRefusal| {
        let times = match refusal.refusals {
            1 => "once".to_owned(),
            many => format!("{} times", grouped(many)),
        };
        let newsletter = press.config().newsletter(&refusal.edition.newsletter);
        let of = newsletter.map_or_else(String::new, |newsletter| press.domain_of_proof(newsletter, refusal.failed));
        Problem {
            what: format!(
                "Receivers refused {} {times} because {}{of}, last {}: {}",
                refusal.edition,
                refusal.failed.complaint(),
                distance(refusal.last_at, now),
                short(&refusal.said)
            ),
            todo: refusal.failed.advice().trim_end_matches('.').to_owned(),
            ..Problem::default()
        }
    };
    Ok(AuthRefusal::of_last_editions(db)?.into_iter().map(problem).collect())
}

fn feeds_in_trouble(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let now = press.now();
    let mut problems = Vec::new();
    for feed in press.feeds_in_trouble(db)? {
        let name = if feed.title.is_empty() { feed.url.as_str() } else { feed.title.as_str() };
        if feed.disabled_at.is_some() {
            problems.push(Problem {
                what: format!("The feed {name} is gone for good (410)"),
                todo: format!("Take {} out of the configuration, or correct it", feed.url),
                ..Problem::default()
            });
        } else if let Some(since) = feed.failing_since {
            problems.push(Problem {
                what: format!("The feed {name} has failed since {}: {}", moment(since, now), feed.last_error),
                todo: format!("Open {} in a browser; its site may know more", feed.url),
                ..Problem::default()
            });
        }
    }
    Ok(problems)
}

fn mails_to_review(db: &Db) -> Result<Option<Problem>> {
    let what = match Review::count(db)? {
        0 => return Ok(None),
        1 => "1 mail that came back is not understood".to_owned(),
        many => format!("{} mails that came back are not understood", grouped(many)),
    };
    Ok(Some(Problem { what, todo: "`griot bounces review` shows them".to_owned(), ..Problem::default() }))
}

/// `12:40 UTC (20 minutes ago)`; with the day where it was another one.
fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let pattern = if at.date_naive() == now.date_naive() { "%H:%M UTC" } else { "%-d %b %H:%M UTC" };
    format!("{} ({})", at.format(pattern), distance(at, now))
}

/// The beginning of what somebody else's server said, without anybody's name.
fn short(said: &str) -> String {
    let said = without_names(said);
    match said.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", said[..end].trim_end()),
        None => said,
    }
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
