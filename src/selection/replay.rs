//! A choice made for learning: without the editor's hand, and once more from what was kept of it.

use super::candidate::Candidate;
use super::index::Index;
use super::pool::{Entry, Pool, before};
use super::score::Features;
use super::text::Words;
use super::{Knowledge, Rule, pick};
use crate::store::StoryId;

/// A cluster as it stood when a draft was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub story: StoryId,
    /// The others of its cluster.
    pub others: Vec<StoryId>,
    pub features: Features,
    pub score: f64,
    /// In the brief, counted from 1; `None` where it is not in it.
    pub place: Option<usize>,
}

/// What selection makes of the candidates by itself, the best first: as if nobody had pinned or dropped anything. What
/// cannot be in the brief (sent before, under embargo, expired) is left out.
pub fn propose(candidates: &[Candidate], knowledge: &Knowledge<'_>, rule: &Rule) -> Vec<Proposal> {
    let unedited: Vec<Candidate> = candidates.iter().map(without_hand).collect();
    let pool = Pool::new(&unedited, knowledge, rule);
    let choice = pick::choose(&pool, rule);
    let as_proposal = |(number, entry): (usize, &Entry<'_>)| {
        if choice.barred.contains_key(&number) {
            return None;
        }
        Some(Proposal {
            story: entry.story.story,
            others: entry.others.iter().map(|story| story.story).collect(),
            features: entry.features.clone(),
            score: entry.score,
            place: choice.picked.iter().position(|picked| picked.entry == number).map(|place| place + 1),
        })
    };
    pool.entries.iter().enumerate().filter_map(as_proposal).collect()
}

fn without_hand(story: &Candidate) -> Candidate {
    let mut story = story.clone();
    story.orders.pin = None;
    story.orders.is_dropped = false;
    story
}

/// A cluster of an earlier draft, with the score to choose it by.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub story: &'a Candidate,
    pub score: f64,
}

/// The choice among these, once more: their numbers, in the order of the brief.
pub fn again(known: &[Known<'_>], rule: &Rule) -> Vec<usize> {
    let mut order: Vec<usize> = (0..known.len()).collect();
    // An index wants its documents in the order of time.
    order.sort_by_key(|number| (known[*number].story.published_at, known[*number].story.story));
    let texts: Vec<Words> =
        order.iter().map(|number| Words::new(&known[*number].story.title, &known[*number].story.lead)).collect();
    let times = order.iter().map(|number| known[*number].story.published_at.timestamp()).collect();
    let entry = |(document, number): (usize, &usize)| {
        let Known { story, score } = known[*number];
        Entry { story, others: Vec::new(), features: Features::default(), score, document, also: Vec::new() }
    };
    let mut entries: Vec<Entry<'_>> = order.iter().enumerate().map(entry).collect();
    entries.sort_by(before);
    let numbers: Vec<usize> = entries.iter().map(|entry| order[entry.document]).collect();
    let pool = Pool { entries, index: Index::new(&texts, times) };
    pick::choose(&pool, rule).picked.into_iter().map(|picked| numbers[picked.entry]).collect()
}
