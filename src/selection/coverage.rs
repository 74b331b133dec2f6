//! How much others made of a story: who else ran it, how much like it was written, and how much its subject was written
//! about at all.

use super::index::{Index, Neighbours};
use super::text::Words;

/// Written about the same event, at least so much alike.
const SAME_EVENT: f64 = 0.4;
/// Others count that are this near in time, in seconds.
pub const NEAR: i64 = 24 * 3600;
/// A subject is told by so many of the headline's words.
const SUBJECT: usize = 3;

/// What the others made of a story.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Sources with a story on the same event, by number; never its own.
    pub sources: Vec<u32>,
    /// `ln(1 + Σ cos²)` over what others wrote within a day: near misses count a little.
    pub likeness: f64,
    /// How rare and how frequent within a day the headline's most talked-about words are.
    pub subject: f64,
}

/// What the documents are, in the index's order.
#[derive(Clone, Copy, Debug)]
pub struct Documents<'a> {
    pub index: &'a Index,
    pub neighbours: &'a Neighbours,
    pub words: &'a [Words],
    pub times: &'a [i64],
    /// By the number of their platform or feed.
    pub sources: &'a [u32],
}

pub fn coverage(documents: Documents<'_>, document: usize) -> Coverage {
    let Documents { index, neighbours, words, times, sources } = documents;
    let others = neighbours[document]
        .iter()
        .copied()
        .filter(|(other, _)| sources[*other] != sources[document] && (times[*other] - times[document]).abs() <= NEAR);
    let (mut same, mut squares) = (Vec::new(), 0.0);
    for (other, cosine) in others {
        squares += cosine * cosine;
        if cosine >= SAME_EVENT {
            same.push(sources[other]);
        }
    }
    same.sort_unstable();
    same.dedup();
    let mut heat: Vec<f64> = index
        .rarity
        .numbers(&words[document].title)
        .into_iter()
        .map(|word| index.rarity.of(word) * (index.count_near(word, times[document], NEAR) as f64).ln_1p())
        .collect();
    heat.sort_by(|a, b| b.total_cmp(a));
    heat.truncate(SUBJECT);
    Coverage { sources: same, likeness: squares.ln_1p(), subject: heat.iter().sum::<f64>() / SUBJECT as f64 }
}
