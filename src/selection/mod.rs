//! Selection: which of the week's stories go into the brief, in which order, and why.
//!
//! Pure: candidates, what is known beside them, and a rule in; picks with their reasons out. `now` is part of the rule.
//! The order of the input changes nothing, and ties are broken by [`Pool`]'s order. Leaves out what a pick looks like,
//! and where signals and orders come from. Cannot fail; with too few candidates it picks fewer.

mod candidate;
mod cluster;
mod coverage;
mod explain;
mod front_page;
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
mod signals;
mod simhash;
#[cfg(test)]
mod tests;
mod text;

use chrono::{DateTime, Utc};

pub use self::candidate::{Candidate, Count, Orders, Pin, Sighting, SignalStory, Signals};
pub use self::cluster::{Likeness, Marks, clusters};
pub use self::front_page::{Page, Runner, minutes};
pub use self::index::Index;
pub use self::must_read::{MustRead, must_read};
pub use self::pool::{Entry, Pool};
pub use self::prior::{Prior, features, traits};
pub use self::related::related;
pub use self::replay::{Known, Proposal, again, propose};
pub use self::score::{Features, Term, Weights};
pub use self::signals::{Compared, Counted, Usual};
pub use self::text::{Words, dot, words};
use crate::store::StoryId;

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The most stories to pick.
    pub stories: usize,
    pub now: DateTime<Utc>,
    pub weights: Weights,
    pub caps: Caps,
    pub likeness: Likeness,
    /// From 0, only different stories, to 1, only good ones: λ of MMR.
    pub relevance: f64,
}

/// How much of one kind a brief holds, while others have stories. At most half of it is from one platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caps {
    /// The most of one section of a platform.
    pub a_section: usize,
    /// The most of one author.
    pub an_author: usize,
    /// A platform has at least one story where its best reaches this share of the way from the worst score to the best.
    pub floor: f64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { a_section: 2, an_author: 1, floor: 0.0 }
    }
}

impl Rule {
    pub fn new(stories: usize, now: DateTime<Utc>) -> Self {
        Self {
            stories,
            now,
            weights: Weights::default(),
            caps: Caps::default(),
            likeness: Likeness::default(),
            relevance: 0.8,
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
}

/// A picked story.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    pub story: StoryId,
    pub score: f64,
    /// A sentence each.
    pub reasons: Vec<String>,
    /// The same story on other platforms.
    pub also_on: Vec<AlsoOn>,
    pub features: Features,
}

/// The same story elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsoOn {
    pub story: StoryId,
    pub platform: String,
}

/// What was picked, the lead first, and what would come next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    pub picks: Vec<Pick>,
    /// Those left out, best first, each with what kept it out; as many as were asked for at most.
    pub shortlist: Vec<Pick>,
}

/// Picks the brief from the candidates of its window.
pub fn select(candidates: &[Candidate], knowledge: &Knowledge<'_>, rule: &Rule) -> Selection {
    let pool = Pool::new(candidates, knowledge, rule);
    let choice = pick::choose(&pool, rule);
    let as_pick = |number: usize, reasons: Vec<String>| {
        let entry = &pool.entries[number];
        let also_on = |story: &&Candidate| AlsoOn { story: story.story, platform: story.platform.clone() };
        let is_elsewhere = |story: &&&Candidate| story.platform != entry.story.platform;
        Pick {
            story: entry.story.story,
            score: entry.score,
            reasons,
            also_on: entry.others.iter().filter(is_elsewhere).map(also_on).collect(),
            features: entry.features.clone(),
        }
    };
    let picks = choice
        .picked
        .iter()
        .enumerate()
        .map(|(place, (number, why))| as_pick(*number, explain::reasons(&pool.entries[*number], why, place == 0)));
    let shortlist = choice.left_out.iter().take(rule.stories).map(|(number, why)| {
        let mut reasons = vec![explain::kept_out(&pool, *number, why)];
        reasons.extend(explain::reasons(&pool.entries[*number], &explain::Why::Score, false));
        as_pick(*number, reasons)
    });
    Selection { picks: picks.collect(), shortlist: shortlist.collect() }
}
