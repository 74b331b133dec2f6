//! Learning: what an editor's changes to past drafts say about the weights of a score and about the prior.
//!
//! Pure: past editions and the configured weights in; a taste out, and what it is worth on editions that were held back.
//! The same editions give the same taste, whatever their order. Leaves out where the editions are kept, and when a taste
//! is used. Cannot fail; from editions that nobody changed it learns nothing.
//!
//! What an editor does is exchange: this one in, that one out. So the fit is over pairs of stories of one edition, and
//! each pair counts by whose hand made it. A softmax over the edition would be ruled by the hundreds of candidates that
//! nobody looked at, and could not tell a pick that was wanted from one that was let stand.
//!
//! What was let stand is no praise, or a draft would confirm itself: such a pair only wants to stay as far apart as its
//! scores were when the draft was made. So a taste that left the editor nothing to change stays, and without changes there
//! is none.

mod design;
mod fit;
mod pairs;
mod sparse;
#[cfg(test)]
mod tests;
mod trial;

pub use self::trial::{Figures, Lesson, learn};
use crate::selection::{Candidate, Prior, Term, Weights, weight_of};

/// Fewer editions teach nothing that would hold.
pub const FEWEST_EDITIONS: usize = 8;
/// Older ones are not learnt from: two years of a weekly.
pub const MOST_EDITIONS: usize = 104;

/// What stories are scored by.
#[derive(Clone, Debug, PartialEq)]
pub struct Taste {
    pub weights: Weights,
    pub prior: Prior,
}

/// An edition that was approved, with what it was chosen from.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The edition's own.
    pub number: u32,
    /// A story for each cluster, in any order.
    pub stories: Vec<Story>,
    /// How many of its stories were not among them.
    pub strangers: usize,
}

/// A candidate, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub candidate: Candidate,
    /// What the prior knows it by: [`crate::selection::traits`] of the candidate.
    pub traits: Vec<String>,
    /// Each term before it is weighed; a missing one is 0, and [`Term::Prior`] does not count.
    pub values: Vec<(Term, f64)>,
    /// As the draft had it.
    pub score: f64,
    /// Its place in the draft as selection made it without the editor, counted from 1.
    pub proposed: Option<usize>,
    /// Its place in the edition, counted from 1.
    pub place: Option<usize>,
    pub hand: Hand,
}

/// What the editor ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hand {
    #[default]
    None,
    Pin,
    Drop,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Wanted by the editor, though not proposed.
    TakenIn,
    /// In the edition, and nobody asked for it but selection. A pin on what was proposed only gives it its place.
    LetStand,
    /// Not wanted by the editor.
    ThrownOut,
    /// Not in the edition, and nobody said anything.
    Left,
}

impl Story {
    fn fate(&self) -> Fate {
        match (self.place, self.proposed, self.hand) {
            (None, _, Hand::Drop) => Fate::ThrownOut,
            (None, ..) => Fate::Left,
            (Some(_), None, Hand::Pin) => Fate::TakenIn,
            (Some(_), ..) => Fate::LetStand,
        }
    }
}

impl Past {
    fn is_changed_by_hand(&self) -> bool {
        self.stories.iter().any(|story| matches!(story.fate(), Fate::TakenIn | Fate::ThrownOut))
    }

    /// How many stories the edition had.
    pub fn length(&self) -> usize {
        self.strangers + self.stories.iter().filter(|story| story.place.is_some()).count()
    }

    /// How many of its stories were not in the draft as selection made it.
    pub fn edits(&self) -> usize {
        let kept = |story: &&Story| story.place.is_some() && story.proposed.is_some();
        self.length() - self.stories.iter().filter(kept).count()
    }
}

impl Taste {
    /// What was configured, with nothing learnt.
    pub fn configured(weights: Weights) -> Self {
        Self { weights, prior: Prior::default() }
    }

    /// A story's score by this taste.
    pub fn score(&self, story: &Story) -> f64 {
        let known = story.values.iter().filter(|(term, _)| *term != Term::Prior);
        let points: f64 = known.map(|(term, value)| weight_of(&self.weights, *term) * value).sum();
        points + self.weights.prior * self.prior.of(&story.traits)
    }
}
