use chrono::{DateTime, Utc};

use crate::selection::{Candidate, SignalStory};

/// A week whose answer is known.
#[derive(Clone, Debug)]
pub struct Week {
    pub name: String,
    /// Numbered as their stories are.
    pub items: Vec<Item>,
    pub signal_stories: Vec<SignalStory>,
    /// What the editor picked, the first first, as numbers of items. Never empty.
    pub picks: Vec<usize>,
    /// Whether the picks are what stood longest on a front page, and not a list somebody wrote.
    pub is_front_page: bool,
}

/// Something that could be picked.
#[derive(Clone, Debug)]
pub struct Item {
    pub candidate: Candidate,
    pub first_seen_at: DateTime<Utc>,
    /// How far it went, 0 to 1: what a prior learns from. 1 for a pick, and for what was ever on top of a front page.
    pub success: f64,
    /// Minutes in the first three places of a front page, in all: the answer, to be learnt from in other weeks only.
    pub top_minutes: f64,
    /// How much the signal feeds wrote like it: Σ cos² in the day before it came, the next 6 hours, and the 18 after.
    pub written: [f64; 3],
}

impl Item {
    /// Whether it is known where it stood on a front page.
    pub fn is_sighted(&self) -> bool {
        !self.candidate.signals.sightings.is_empty()
    }
}
