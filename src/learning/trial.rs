//! What a taste is worth: tried on editions it was not learnt from.

use super::design::{fit, fit_best};
use super::{Past, Taste};
use crate::selection::{Known, Rule, Weights, again};

/// Held back: a quarter of the editions, the last ones.
const HELD_BACK: usize = 4;
const FEWEST_HELD_BACK: usize = 2;
/// Figures closer than this are the same.
const SAME: f64 = 1e-9;

/// What was learnt, and how it did on the editions held back.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// From all editions but those held back.
    pub tried: Taste,
    /// From all.
    pub taste: Taste,
    /// The numbers of those held back, in their order.
    pub held_back: Vec<u32>,
    /// With what is configured and nothing learnt.
    pub before: Figures,
    /// With `tried`.
    pub after: Figures,
    /// In how many editions the editor took in or threw out a story.
    pub changed: usize,
}

/// How a way to choose did, as the mean over editions.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Figures {
    /// Stories of an edition that the draft would not have had.
    pub edits: f64,
    /// The share of an edition's stories that the draft would have had.
    pub r_precision: f64,
    /// The share that a draft of twice the length would have had.
    pub recall_at_2n: f64,
}

impl Lesson {
    /// Fewer edits; where there are as many, more of the stories within reach.
    pub fn is_better(&self) -> bool {
        let (before, after) = (self.before, self.after);
        let fewer = before.edits - after.edits;
        fewer > SAME || fewer.abs() <= SAME && after.recall_at_2n > before.recall_at_2n + SAME
    }
}

/// Learns from past editions. `rule` gives the rule an edition of so many stories was chosen by, but for its weights.
pub fn learn(past: &[Past], configured: &Weights, rule: &dyn Fn(usize) -> Rule) -> Lesson {
    let mut all: Vec<&Past> = past.iter().collect();
    all.sort_by_key(|past| past.number);
    let held_back = (all.len() / HELD_BACK).max(FEWEST_HELD_BACK).min(all.len());
    let (learnt_from, tried_on) = all.split_at(all.len() - held_back);
    let configured_taste = Taste::configured(*configured);
    // How strongly it is held is found without those held back, and is the same for all.
    let (tried, taste) = match fit_best(learnt_from, configured) {
        Some((tried, strength)) => (tried, fit(&all, configured, strength)),
        None => (configured_taste.clone(), configured_taste.clone()),
    };
    Lesson {
        before: figures(tried_on, &configured_taste, rule),
        after: figures(tried_on, &tried, rule),
        taste,
        tried,
        held_back: tried_on.iter().map(|past| past.number).collect(),
        changed: all.iter().filter(|past| past.is_changed_by_hand()).count(),
    }
}

fn figures(past: &[&Past], taste: &Taste, rule: &dyn Fn(usize) -> Rule) -> Figures {
    let many = past.len().max(1) as f64;
    let mut sums = Figures::default();
    for past in past {
        let scores: Vec<f64> = past.stories.iter().map(|story| taste.score(story)).collect();
        let known: Vec<Known<'_>> =
            past.stories.iter().zip(scores).map(|(story, score)| Known { story: &story.candidate, score }).collect();
        let length = past.length();
        let found = |stories: usize| {
            let chosen = again(&known, &rule(stories));
            chosen.into_iter().filter(|number| past.stories[*number].place.is_some()).count() as f64
        };
        let hits = found(length);
        sums.edits += (length as f64 - hits) / many;
        sums.r_precision += hits / length.max(1) as f64 / many;
        sums.recall_at_2n += found(2 * length) / length.max(1) as f64 / many;
    }
    sums
}
