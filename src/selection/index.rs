//! Which documents are like which: an inverted index over a window of time, pruned.
//!
//! Each document is found by its heaviest words only, and under each word only the nearest in time are looked at. So the
//! work for a document has a bound that does not depend on how many there are.

use super::text::{Rarity, Vector, Words};

/// A document is entered under so many of its heaviest words.
const ENTRIES: usize = 8;
/// Under a word so many are looked at on either side of a moment.
const LOOKED_AT: usize = 24;

/// Less alike is not alike at all.
const LEAST: f64 = 0.05;

/// By document: others, in their order, with the cosine.
pub type Neighbours = Vec<Vec<(usize, f64)>>;

/// Documents in the order of time.
#[derive(Debug)]
pub struct Index {
    pub rarity: Rarity,
    pub vectors: Vec<Vector>,
    /// Seconds.
    times: Vec<i64>,
    /// By word: the documents entered under it.
    entries: Vec<Vec<u32>>,
    /// By word: the documents it stands in.
    occurrences: Vec<Vec<u32>>,
}

impl Index {
    /// The times must rise.
    pub fn new(documents: &[Words], times: Vec<i64>) -> Self {
        let rarity = Rarity::among(documents);
        let vectors: Vec<Vector> = documents.iter().map(|document| rarity.vector(document)).collect();
        let mut entries = vec![Vec::new(); rarity.words()];
        let mut occurrences = vec![Vec::new(); rarity.words()];
        for (document, vector) in (0..).zip(&vectors) {
            for word in heaviest(vector) {
                entries[word as usize].push(document);
            }
            for (word, _) in vector {
                occurrences[*word as usize].push(document);
            }
        }
        Self { rarity, vectors, times, entries, occurrences }
    }

    /// For each document that is wanted: the others at most so many seconds away that are like it, with their cosine.
    pub fn neighbours(&self, seconds: i64, is_wanted: impl Fn(usize) -> bool) -> Neighbours {
        // The weights of one document by word, so that the others are compared with it in one pass over each.
        let mut weights = vec![0.0; self.rarity.words()];
        let of = |document| if is_wanted(document) { self.near(document, seconds, &mut weights) } else { Vec::new() };
        (0..self.vectors.len()).map(of).collect()
    }

    fn near(&self, document: usize, seconds: i64, weights: &mut [f64]) -> Vec<(usize, f64)> {
        let (time, vector) = (self.times[document], &self.vectors[document]);
        let is_near = |other: &&u32| (self.times[**other as usize] - time).abs() <= seconds;
        let mut found: Vec<u32> = Vec::new();
        for word in heaviest(vector) {
            let under = &self.entries[word as usize];
            let here = under.partition_point(|other| (*other as usize) < document);
            found.extend(under[..here].iter().rev().take(LOOKED_AT).take_while(is_near));
            found.extend(under[here..].iter().take(LOOKED_AT + 1).take_while(is_near));
        }
        found.sort_unstable();
        found.dedup();
        for (word, weight) in vector {
            weights[*word as usize] = *weight;
        }
        let cosine =
            |other: usize| self.vectors[other].iter().map(|(word, weight)| weight * weights[*word as usize]).sum();
        let near = found
            .into_iter()
            .map(|other| (other as usize, cosine(other as usize)))
            .filter(|(other, cosine): &(usize, f64)| *other != document && *cosine >= LEAST)
            .collect();
        for (word, _) in vector {
            weights[*word as usize] = 0.0;
        }
        near
    }

    /// All documents from so many seconds after this one until so many, each with its cosine: nothing is pruned.
    pub fn alike(&self, document: usize, from: i64, until: i64) -> Vec<(usize, f64)> {
        let time = self.times[document];
        let first = self.times.partition_point(|other| *other < time + from);
        let end = self.times.partition_point(|other| *other < time + until);
        let mut cosines = vec![0.0; end.saturating_sub(first)];
        for (word, weight) in &self.vectors[document] {
            let documents = &self.occurrences[*word as usize];
            let here = documents.partition_point(|other| (*other as usize) < first);
            for other in documents[here..].iter().map(|other| *other as usize).take_while(|other| *other < end) {
                let of = &self.vectors[other];
                let place =
                    of.binary_search_by_key(word, |(word, _)| *word).expect("a word stands where it is counted");
                cosines[other - first] += weight * of[place].1;
            }
        }
        let is_other = |(other, cosine): &(usize, f64)| *other != document && *cosine > 0.0;
        (first..end).zip(cosines).filter(is_other).collect()
    }

    /// How many documents hold this word at most so many seconds from a moment.
    pub fn count_near(&self, word: u32, time: i64, seconds: i64) -> usize {
        let documents = &self.occurrences[word as usize];
        let from = documents.partition_point(|other| self.times[*other as usize] < time - seconds);
        let to = documents.partition_point(|other| self.times[*other as usize] <= time + seconds);
        to - from
    }
}

fn heaviest(vector: &Vector) -> Vec<u32> {
    let mut words: Vec<&(u32, f64)> = vector.iter().collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    words.into_iter().take(ENTRIES).map(|(word, _)| *word).collect()
}
