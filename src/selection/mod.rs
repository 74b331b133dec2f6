//! Selection: which of the week's stories go into the brief, in which order, and why.
//!
//! Pure: candidates, what is known beside them, and a rule in; picks with their reasons out. `now` is part of the rule.
//! The order of the input changes nothing, and ties are broken by [`Pool`]'s order. Leaves out what a pick looks like,
//! and where signals and orders come from. Cannot fail; with too few candidates it picks fewer.

mod candidate;
mod clicks;
mod cluster;
mod coverage;
mod evidence;
mod explain;
mod front_page;
mod growth;
mod index;
mod must_read;
mod pick;
mod pool;
mod prior;
mod related;
mod replay;
#[cfg(test)]
mod sample;
mod score;
mod section;
mod signals;
mod simhash;
#[cfg(test)]
mod tests;
mod text;
mod weights;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub use self::candidate::{Candidate, Count, Orders, Pin, Sighting, SignalStory, Signals};
pub use self::clicks::{Clicks, Kind, Placed};
pub use self::cluster::{Likeness, Marks, clusters};
pub use self::evidence::Evidence;
use self::explain::Speech;
pub use self::front_page::{Page, Runner, minutes};
pub use self::growth::Growth;
pub use self::index::Index;
pub use self::must_read::MustRead;
pub use self::pool::{Entry, Pool};
pub use self::prior::{Prior, features, traits};
pub use self::related::{maybe_related, related};
pub use self::replay::{Known, Proposal, again, propose};
pub use self::score::{Features, OtherCount, Term};
pub use self::section::SectionRule;
pub use self::signals::{Compared, Counted, Usual};
pub use self::text::{Words, dot, words};
pub use self::weights::{weight_of, with_weight};
pub use crate::config::Weights;
use crate::store::StoryId;

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The most stories to pick, sponsored ones not counted.
    pub stories: usize,
    /// When the brief goes out: embargoes and expiries are judged by it.
    pub now: DateTime<Utc>,
    /// What "new" is measured by; from the oldest to the newest candidate where it is missing.
    pub window: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Sentences tell times in this zone.
    pub zone: Tz,
    pub weights: Weights,
    /// How much a count of the publisher's own weighs beside others of its kind, by name; 1 where it is not named.
    pub counts: BTreeMap<String, f64>,
    pub caps: Caps,
    pub likeness: Likeness,
    /// From 0, only different stories, to 1, only good ones: λ of MMR.
    pub relevance: f64,
    /// The most stories of the list "most read".
    pub must_read: usize,
    /// Parts of the brief with a rule of their own, in their order, after the rest.
    pub sections: Vec<SectionRule>,
}

/// How much of one kind a brief holds, while others have stories.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caps {
    /// The most of one platform, as a share of the brief; rounded up.
    pub a_platform: f64,
    /// The most of one section of a platform.
    pub a_section: usize,
    /// The most of one author.
    pub an_author: usize,
    /// A platform has at least one story where its best reaches this share of the way from the worst score to the best.
    pub floor: f64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { a_platform: 0.5, a_section: 2, an_author: 1, floor: 0.0 }
    }
}

impl Rule {
    pub fn new(stories: usize, now: DateTime<Utc>) -> Self {
        Self {
            stories,
            now,
            window: None,
            zone: Tz::UTC,
            weights: Weights::default(),
            counts: BTreeMap::new(),
            caps: Caps::default(),
            likeness: Likeness::default(),
            relevance: 0.8,
            must_read: 0,
            sections: Vec::new(),
        }
    }
}

/// What is known beside the candidates. Nothing of it is needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Knowledge<'a> {
    pub signal_stories: &'a [SignalStory],
    /// Learnt from earlier weeks; from the candidates themselves where it is missing.
    pub usual: Option<&'a Usual>,
    pub prior: Option<&'a Prior>,
    /// What platforms are called in a sentence, by id.
    pub names: Option<&'a BTreeMap<String, String>>,
}

impl<'a> Knowledge<'a> {
    fn name(&self, platform: &'a str) -> &'a str {
        self.names.and_then(|names| names.get(platform)).map_or(platform, String::as_str)
    }
}

/// A picked story.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    pub story: StoryId,
    pub score: f64,
    /// The number of the section it is in; `None` for the brief itself.
    pub section: Option<usize>,
    /// A sentence each.
    pub reasons: Vec<String>,
    /// The same story on other platforms.
    pub also_on: Vec<AlsoOn>,
}

/// The same story elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsoOn {
    pub story: StoryId,
    pub platform: String,
}

/// What was picked, and what was not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The lead first; then those of the sections, in their order.
    pub picks: Vec<Pick>,
    /// Those left out, best first, each with what kept it out; as many as were asked for at most.
    pub shortlist: Vec<Pick>,
    /// Those that no score would bring in: dropped, under embargo, expired, sent already. Best first.
    pub kept_out: Vec<Pick>,
    /// What was read most, and is not in the brief.
    pub must_read: Vec<MustRead>,
}

/// Picks the brief from the candidates of its window.
pub fn select(candidates: &[Candidate], knowledge: &Knowledge<'_>, rule: &Rule) -> Selection {
    let pool = Pool::new(candidates, knowledge, rule);
    let choice = pick::choose(&pool, rule);
    let speech = Speech { knowledge, rule };
    let as_pick = |number: usize, section: Option<usize>, reasons: Vec<String>| {
        let entry = &pool.entries[number];
        let also_on = |story: &&Candidate| AlsoOn { story: story.story, platform: story.platform.clone() };
        let is_elsewhere = |story: &&&Candidate| story.platform != entry.story.platform;
        Pick {
            story: entry.story.story,
            score: entry.score,
            section,
            reasons,
            also_on: entry.others.iter().filter(is_elsewhere).map(also_on).collect(),
        }
    };
    let picks = choice.picked.iter().enumerate().map(|(place, picked)| {
        let reasons = speech.reasons(&pool.entries[picked.entry], &picked.why, place == 0);
        as_pick(picked.entry, picked.section, reasons)
    });
    let left_out = choice.left_out.iter().take(rule.stories).map(|(number, why)| {
        let mut reasons = vec![speech.kept_out(&pool, *number, why)];
        reasons.extend(speech.for_it(&pool.entries[*number]));
        as_pick(*number, None, reasons)
    });
    let barred =
        choice.barred.iter().map(|(number, why)| as_pick(*number, None, vec![speech.kept_out(&pool, *number, why)]));
    Selection {
        picks: picks.collect(),
        shortlist: left_out.collect(),
        kept_out: barred.collect(),
        must_read: must_read::must_read(&pool, &choice, speech),
    }
}
