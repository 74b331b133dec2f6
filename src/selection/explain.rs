//! The sentences: every term that made a difference, and the rule that kept a better story out.

use chrono::{DateTime, Utc};

use super::pool::{Entry, Pool};
use super::signals::Compared;
use super::{Knowledge, Rule};

/// So many feeds are named; more are counted.
const NAMED: usize = 3;

/// Why a story is in the brief, or is not.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// To this place, where it is given.
    Pinned(Option<usize>),
    Score,
    /// In the section of this number.
    Section(usize),
    /// The only one of its platform.
    OnlyOfPlatform,
    /// The caps had to give way to fill the brief.
    NothingElse,
    PlatformFull,
    /// With how many of its section were in already.
    SectionFull(usize),
    AuthorFull(String),
    /// The section of this number, which is the only one it may be in, is full.
    OnlyForSection(usize),
    /// Too like the story of this entry.
    TooLike(usize),
    LowerScore,
    Dropped,
    Embargo(DateTime<Utc>),
    Expired(DateTime<Utc>),
    /// In this edition.
    Sent(String),
}

/// What sentences need to know besides the story they tell of.
#[derive(Clone, Copy, Debug)]
pub struct Speech<'a> {
    pub knowledge: &'a Knowledge<'a>,
    pub rule: &'a Rule,
}

impl<'a> Speech<'a> {
    /// What speaks for a story, in one sentence: `2.3× usual comments for Beatline at 3 days; also on Harmattan.` Before it
    /// stands what an editor ordered, after it what else put the story in its place.
    pub fn reasons(self, entry: &Entry<'a>, why: &Why, is_lead: bool) -> Vec<String> {
        let platform = self.knowledge.name(&entry.story.platform);
        let parts = self.parts(entry, is_lead);
        let mut reasons = Vec::new();
        match why {
            Why::Pinned(Some(place)) => reasons.push(format!("Pinned to place {place} by the editor.")),
            Why::Pinned(None) => reasons.push("Pinned by the editor.".into()),
            _ => {}
        }
        reasons.extend(told(&parts));
        match why {
            Why::Section(number) => reasons.push(format!("For “{}”.", self.rule.sections[*number].title)),
            Why::OnlyOfPlatform => {
                reasons.push(format!("The best story from {platform}, which has no other in the brief."));
            }
            Why::NothingElse => reasons.push("Nothing else was left that the caps allow.".into()),
            _ if reasons.is_empty() => reasons.push(format!("The best that was left from {platform}.")),
            _ => {}
        }
        reasons
    }

    /// What speaks for a story that was left out, if anything does.
    pub fn for_it(self, entry: &Entry<'a>) -> Option<String> {
        told(&self.parts(entry, false))
    }

    fn parts(self, entry: &Entry<'a>, is_lead: bool) -> Vec<String> {
        let features = &entry.features;
        let platform = self.knowledge.name(&entry.story.platform);
        let mut parts = Vec::new();
        let counted = [("comments", features.comments), ("views", features.views), ("shares", features.shares)];
        let others = features.others.iter().filter(|other| other.factor > 0.0);
        let others = others.map(|other| (other.name.as_str(), Some(other.compared)));
        for (word, compared) in counted.into_iter().chain(others) {
            if let Some(compared) = compared.filter(|compared| compared.ratio >= 1.2) {
                parts.push(times_usual(word, compared, platform));
            }
        }
        if features.clicks.is_some_and(|clicks| clicks > 0.1) {
            parts.push("readers click such stories more than others".into());
        }
        if !entry.also.is_empty() {
            let names: Vec<&str> = entry.also.iter().map(|source| self.knowledge.name(source)).collect();
            parts.push(format!("also on {}", listed(&names)));
        }
        if features.top_minutes >= 30.0 {
            parts.push(format!("{} at the top of a front page", hours(features.top_minutes / 60.0)));
        }
        parts.extend(self.knowledge.prior.and_then(|prior| prior.reason(entry.story)));
        if parts.is_empty() && entry.score > 0.0 && features.freshness > 0.5 {
            parts.push("among the newest of the window".into());
        }
        if is_lead {
            parts.push("lead of the week".into());
        }
        parts
    }

    /// What kept a story out, in one sentence.
    pub fn kept_out(self, pool: &Pool<'a>, entry: usize, why: &Why) -> String {
        let story = pool.entries[entry].story;
        match why {
            Why::PlatformFull => {
                format!("Kept out: {} has its share of the brief.", self.knowledge.name(&story.platform))
            }
            Why::SectionFull(many) => format!("Kept out: {} story from {}.", nth(many + 1), story.section),
            Why::AuthorFull(author) => format!("Kept out: another story by {author} is in the brief."),
            Why::OnlyForSection(number) => {
                format!("Kept out: it is only for “{}”, which is full.", self.rule.sections[*number].title)
            }
            Why::TooLike(other) => format!("Kept out: too like “{}”.", pool.entries[*other].story.title),
            Why::Dropped => "Dropped by the editor.".into(),
            Why::Embargo(until) => format!("Embargoed until {}.", self.local(*until)),
            Why::Expired(at) => format!("Expires at {}.", self.local(*at)),
            Why::Sent(edition) => format!("It was in {edition} already."),
            Why::Pinned(_)
            | Why::Score
            | Why::Section(_)
            | Why::OnlyOfPlatform
            | Why::NothingElse
            | Why::LowerScore => "Scored less than the stories picked.".into(),
        }
    }

    fn local(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.rule.zone).format("%a %-d %b %Y %H:%M").to_string()
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

fn listed(names: &[&str]) -> String {
    match names {
        [names @ .., last] if (1..NAMED).contains(&names.len()) => format!("{} and {last}", names.join(", ")),
        [first, second, rest @ ..] if names.len() > NAMED => format!("{first}, {second} and {} more", rest.len()),
        names => names.concat(),
    }
}

fn told(parts: &[String]) -> Option<String> {
    (!parts.is_empty()).then(|| sentence(&parts.join("; ")))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}
