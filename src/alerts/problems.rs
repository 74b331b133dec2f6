//! What is wrong as far as the rows tell, and what to do about it: a function for each kind, each a look at a few rows whatever the number of
//! readers.

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Kind, Severity};
use crate::publishing::Press;
use crate::saying::number::grouped;
use crate::saying::text::without_names;
use crate::saying::time::{distance, roughly};
use crate::store::{
    AuthRefusal, Claim, Db, DeliveryCounts, Edition, EditionName, EditionState, LastTry, Letter, Node, NodeState,
    Review, WaitingLetters,
};

/// A letter to a reader leaves within seconds; after this, something is in its way.
const LETTERS_WAIT: TimeDelta = TimeDelta::minutes(10);
/// An edition with mails that are due, of which none leaves for so long, stands still.
const STANDSTILL: TimeDelta = TimeDelta::minutes(5);
/// Editors are told of a draft within a minute.
const EDITORS_WAIT: TimeDelta = TimeDelta::minutes(10);
/// A machine that is gone for so long was taken away.
const TAKEN_AWAY: Duration = Duration::from_secs(86_400);
/// Of what somebody else's server said; it goes on for pages sometimes.
const MAX_WORDS: usize = 200;

/// Something wrong, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: Kind,
    /// What it is about, within its kind: the same for as long as it lasts.
    pub subject: String,
    pub severity: Severity,
    /// A few words.
    pub title: String,
    pub what: String,
    /// Commands of the terminal stand in backticks.
    pub todo: String,
    /// The edition it is about.
    pub edition: Option<EditionName>,
    /// Since when it is so, where that is known.
    pub since: Option<DateTime<Utc>>,
}

impl Problem {
    pub(super) fn new(kind: Kind, subject: impl ToString, severity: Severity, title: String) -> Self {
        let (what, todo) = (String::new(), String::new());
        Self { kind, subject: subject.to_string(), severity, title, what, todo, edition: None, since: None }
    }

    fn of_edition(kind: Kind, edition: &Edition, severity: Severity, title: String) -> Self {
        Self { edition: Some(edition.name.clone()), ..Self::new(kind, &edition.name, severity, title) }
    }
}

/// All that is wrong as far as the rows tell, what stops an edition first.
pub fn problems(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let mut problems = paused_editions(db, press)?;
    problems.extend(editions_standing_still(db, press)?);
    problems.extend(nodes_lost(db, press)?);
    problems.extend(letters_that_wait(db, press)?);
    problems.extend(editors_not_told(db, press)?);
    problems.extend(proofs_that_failed(db, press)?);
    problems.extend(feeds_in_trouble(db, press)?);
    problems.extend(mails_to_review(db)?);
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
        let title = format!("{} is paused", edition.name);
        Problem {
            what: format!("{} is paused{since}: {}", edition.name, short(&edition.reason)),
            todo,
            since: edition.paused_at,
            ..Problem::of_edition(Kind::EditionPaused, &edition, Severity::Urgent, title)
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
        let troubled_at = last.trouble.as_ref().map(|(_, at)| *at);
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
            since: troubled_at.or(Some(since)),
            ..Problem::of_edition(
                Kind::EditionStill,
                &edition,
                Severity::Urgent,
                format!("{} does not go out", edition.name),
            )
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
    let title = "Letters to readers do not go out".to_owned();
    let since = Some(oldest_at);
    Ok(Some(Problem { what, todo, since, ..Problem::new(Kind::LettersWait, "", Severity::Urgent, title) }))
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
        ..Problem::of_edition(
            Kind::EditorUntold,
            &edition,
            Severity::Warning,
            format!("An editor was not told of {}", edition.name),
        )
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
            ..Problem::new(
                Kind::ProofFailed,
                format!("{} {}", refusal.edition, refusal.failed.as_str()),
                Severity::Urgent,
                format!("Receivers refuse {}", refusal.edition),
            )
        }
    };
    Ok(AuthRefusal::of_last_editions(db)?.into_iter().map(problem).collect())
}

fn feeds_in_trouble(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    let (now, dead_after) = (press.now(), press.config().alerts.feed.delta());
    let mut problems = Vec::new();
    for feed in press.feeds_in_trouble(db)? {
        let name = if feed.title.is_empty() { feed.url.as_str() } else { feed.title.as_str() };
        if feed.disabled_at.is_some() {
            problems.push(Problem {
                what: format!("The feed {name} is gone for good (410)"),
                todo: format!("Take {} out of the configuration, or correct it", feed.url),
                since: feed.disabled_at,
                ..Problem::new(Kind::FeedDead, &feed.url, Severity::Warning, format!("The feed {name} is gone"))
            });
        } else if let Some(since) = feed.failing_since {
            problems.push(Problem {
                what: format!("The feed {name} has failed since {}: {}", moment(since, now), feed.last_error),
                todo: format!("Open {} in a browser; its site may know more", feed.url),
                since: Some(since),
                ..Problem::new(
                    if now - since >= dead_after { Kind::FeedDead } else { Kind::FeedFails },
                    &feed.url,
                    Severity::Warning,
                    format!("The feed {name} fails"),
                )
            });
        }
    }
    Ok(problems)
}

/// Of those that share the store. What one had under way was settled by another; what it alone does is not done.
fn nodes_lost(db: &Db, press: &Press) -> Result<Vec<Problem>> {
    if !press.store().is_shared() {
        return Ok(Vec::new());
    }
    let is_lost = |node: &Node| node.state() == NodeState::Lost && node.silent_for < TAKEN_AWAY;
    let lost = Node::all(db)?.into_iter().filter(is_lost).map(|node| {
        let (name, roles, seen) = (&node.name, node.roles.join(", "), moment(node.seen_at, press.now()));
        let title = format!("The node {name} is lost");
        Problem {
            what: format!("The node {name} ({roles}) has shown no sign of life since {seen}"),
            todo: "See whether it runs and reaches the database; `griot nodes` tells of all".to_owned(),
            since: Some(node.seen_at),
            ..Problem::new(Kind::NodeLost, name, Severity::Warning, title)
        }
    });
    Ok(lost.collect())
}

fn mails_to_review(db: &Db) -> Result<Option<Problem>> {
    let what = match Review::count(db)? {
        0 => return Ok(None),
        1 => "1 mail that came back is not understood".to_owned(),
        many => format!("{} mails that came back are not understood", grouped(many)),
    };
    let todo = "`griot bounces review` shows them".to_owned();
    let title = "Mails wait for a look".to_owned();
    Ok(Some(Problem { what, todo, ..Problem::new(Kind::MailsToReview, "", Severity::Warning, title) }))
}

/// `12:40 UTC (20 minutes ago)`; with the day where it was another one.
pub(super) fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
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
