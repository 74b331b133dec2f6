//! The sentences: every term that made a difference, and the rule that kept a better story out.

use chrono::{DateTime, Utc};

use super::pool::{Entry, Pool};
use super::signals::Compared;

/// So many feeds are named; more are counted.
const NAMED: usize = 3;

/// Why a story is in the brief, or is not.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    Pinned,
    Score,
    /// The only one of its platform.
    OnlyOfPlatform,
    /// The caps had to give way to fill the brief.
    NothingElse,
    PlatformFull,
    /// With how many of its section were in already.
    SectionFull(usize),
    AuthorFull(String),
    /// Too like the story of this entry.
    TooLike(usize),
    LowerScore,
    Dropped,
    Embargo(DateTime<Utc>),
    Expired(DateTime<Utc>),
    /// In this edition.
    Sent(String),
}

/// What speaks for a story, in one sentence: `2.3× usual comments for beatline at 3 days; also on harmattan; new`.
pub fn reasons(entry: &Entry<'_>, why: &Why, is_lead: bool) -> Vec<String> {
    let mut parts = Vec::new();
    let features = &entry.features;
    let counted = [("comments", features.comments), ("views", features.views), ("shares", features.shares)];
    let others = features.others.iter().filter(|other| other.factor > 0.0);
    let others = others.map(|other| (other.name.as_str(), Some(other.compared)));
    for (word, compared) in counted.into_iter().chain(others) {
        if let Some(compared) = compared.filter(|compared| compared.ratio >= 1.2) {
            parts.push(times_usual(word, compared, &entry.story.platform));
        }
    }
    if features.clicks.is_some_and(|clicks| clicks > 0.1) {
        parts.push("readers click such stories more than others".into());
    }
    if !entry.also.is_empty() {
        parts.push(format!("also on {}", listed(&entry.also)));
    }
    if features.top_minutes >= 30.0 {
        parts.push(format!("{} at the top of a front page", hours(features.top_minutes / 60.0)));
    }
    if features.prior > 0.3 {
        parts.push("like what was picked before".into());
    }
    if parts.is_empty() && entry.score > 0.0 && features.freshness > 0.5 {
        parts.push("among the newest of the window".into());
    }
    if is_lead {
        parts.push("lead of the week".into());
    }
    let mut reasons = Vec::new();
    if !parts.is_empty() {
        reasons.push(sentence(&parts.join("; ")));
    }
    let platform = &entry.story.platform;
    match why {
        Why::Pinned => reasons.push("Pinned by an editor.".into()),
        Why::OnlyOfPlatform => {
            reasons.push(format!("The best story from {platform}, which has no other in the brief."))
        }
        Why::NothingElse => reasons.push("Nothing else was left that the caps allow.".into()),
        _ if reasons.is_empty() => reasons.push(format!("The best that was left from {platform}.")),
        _ => {}
    }
    reasons
}

/// What kept a story out, in one sentence.
pub fn kept_out(pool: &Pool<'_>, entry: usize, why: &Why) -> String {
    let story = pool.entries[entry].story;
    match why {
        Why::PlatformFull => format!("Kept out: {} has its half of the brief.", story.platform),
        Why::SectionFull(many) => format!("Kept out: {} story from {}.", nth(many + 1), story.section),
        Why::AuthorFull(author) => format!("Kept out: another story by {author} is in the brief."),
        Why::TooLike(other) => format!("Kept out: too like “{}”.", pool.entries[*other].story.title),
        Why::Dropped => "Dropped by an editor.".into(),
        Why::Embargo(until) => format!("Under embargo until {}.", moment(*until)),
        Why::Expired(at) => format!("Expired {}.", moment(*at)),
        Why::Sent(edition) => format!("Sent already, in {edition}."),
        Why::Pinned | Why::Score | Why::OnlyOfPlatform | Why::NothingElse | Why::LowerScore => {
            "Scored less than the stories picked.".into()
        }
    }
}

/// `2.3× usual comments for beatline at 3 days`.
pub fn times_usual(word: &str, compared: Compared, platform: &str) -> String {
    format!("{:.1}× usual {word} for {platform} at {}", compared.ratio, hours(compared.hours))
}

fn hours(hours: f64) -> String {
    match (hours.round() as i64, (hours / 24.0).round() as i64) {
        (..=1, _) => "1 hour".into(),
        (many @ ..48, _) => format!("{many} hours"),
        (_, days) => format!("{days} days"),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn nth(number: usize) -> String {
    match number {
        1 => "first".into(),
        2 => "second".into(),
        3 => "third".into(),
        4 => "fourth".into(),
        5 => "fifth".into(),
        more => format!("{more}th"),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first, .., last] if names.len() <= NAMED => {
            let between: String = names[1..names.len() - 1].iter().map(|name| format!(", {name}")).collect();
            format!("{first}{between} and {last}")
        }
        [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}
