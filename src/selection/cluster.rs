//! Which stories are one story: told again under its own URL, lightly edited, or written anew about the same event.
//!
//! An event asks for likeness and for evidence ([`Evidence`]). Its cluster grows by average linkage: two clusters become
//! one only where their stories are alike on average, and lie within the window together. Linking by the nearest pair would
//! chain one event to the next.

use std::collections::HashMap;

use super::evidence::{Evidence, maybe_taken_over};
use super::index::{Index, Neighbours};
use super::simhash::near_pairs;
use super::text::{Vector, dot, sum};

/// When two texts are about one event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// The cosine two clusters have on average.
    pub cosine: f64,
    /// How far apart its first and last story may be, in seconds.
    pub seconds: i64,
}

impl Default for Likeness {
    fn default() -> Self {
        Self { cosine: 0.3, seconds: 72 * 3600 }
    }
}

/// What is known of a document besides its words.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Documents that share one are the same: digests of URL, guid and content.
    pub keys: Vec<u64>,
    pub simhash: Option<u64>,
    /// Two documents of one source are never one event: the later is a follow-up. `None` for what has no source.
    pub source: Option<u32>,
    /// Seconds.
    pub time: i64,
    /// What two texts must have in common beyond their likeness; not asked for where one has none.
    pub evidence: Option<Evidence>,
    /// Never joined to another: it is only there to be compared with.
    pub stands_alone: bool,
}

/// The cluster of each document: the number of its first one. Documents stand in the index's order, which is that of time.
pub fn clusters(index: &Index, neighbours: &Neighbours, marks: &[Marks], likeness: Likeness) -> Vec<usize> {
    let mut groups = Groups::new(index, marks);
    let mut first: HashMap<u64, usize> = HashMap::new();
    for (document, mark) in marks.iter().enumerate() {
        for key in &mark.keys {
            groups.join(*first.entry(*key).or_insert(document), document);
        }
    }
    let hashes: Vec<(usize, u64)> =
        marks.iter().enumerate().filter_map(|(document, mark)| Some((document, mark.simhash?))).collect();
    for (a, b) in near_pairs(&hashes) {
        if (marks[a].time - marks[b].time).abs() <= likeness.seconds {
            groups.join(a, b);
        }
    }
    let evidence = |a: usize, b: usize| Some((marks[a].evidence.as_ref()?, marks[b].evidence.as_ref()?));
    for (a, b) in maybe_taken_over(&marks.iter().map(|mark| mark.evidence.as_ref()).collect::<Vec<_>>()) {
        let is_elsewhere = marks[a].source != marks[b].source;
        let is_in_time = marks[b].time - marks[a].time <= likeness.seconds;
        if is_elsewhere && is_in_time && evidence(a, b).is_some_and(|(a, b)| a.is_taken_over(b)) {
            groups.join(a, b);
        }
    }
    let is_evident = |a: usize, b: usize| evidence(a, b).is_none_or(|(a, b)| a.is_one_event(b));
    let mut links: Vec<(f64, usize, usize)> = Vec::new();
    for document in (0..marks.len()).filter(|document| !marks[*document].stands_alone) {
        let is_link = |(other, cosine): &&(usize, f64)| {
            *other > document
                && *cosine >= likeness.cosine
                && !marks[*other].stands_alone
                && marks[*other].time - marks[document].time <= likeness.seconds
                && is_evident(document, *other)
        };
        links.extend(neighbours[document].iter().filter(is_link).map(|(other, cosine)| (*cosine, document, *other)));
    }
    links.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, a, b) in links {
        groups.join_if_alike(a, b, likeness);
    }
    (0..marks.len()).map(|document| groups.root(document)).collect()
}

/// Disjoint sets, with what average linkage asks of each.
struct Groups {
    parents: Vec<usize>,
    groups: Vec<Group>,
}

#[derive(Default)]
struct Group {
    /// The sum of its vectors: the sum over all pairs of two groups is one product.
    sum: Vector,
    documents: f64,
    sources: Vec<u32>,
    first: i64,
    last: i64,
}

impl Groups {
    fn new(index: &Index, marks: &[Marks]) -> Self {
        let group = |(document, mark): (usize, &Marks)| Group {
            sum: index.vectors[document].clone(),
            documents: 1.0,
            sources: mark.source.into_iter().collect(),
            first: mark.time,
            last: mark.time,
        };
        Self { parents: (0..marks.len()).collect(), groups: marks.iter().enumerate().map(group).collect() }
    }

    fn root(&mut self, mut document: usize) -> usize {
        while self.parents[document] != document {
            self.parents[document] = self.parents[self.parents[document]];
            document = self.parents[document];
        }
        document
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (kept, gone) = (a.min(b), a.max(b));
        self.parents[gone] = kept;
        let gone = std::mem::take(&mut self.groups[gone]);
        let kept = &mut self.groups[kept];
        kept.sum = sum(&kept.sum, &gone.sum);
        kept.documents += gone.documents;
        kept.sources.extend(gone.sources);
        kept.first = kept.first.min(gone.first);
        kept.last = kept.last.max(gone.last);
    }

    fn join_if_alike(&mut self, a: usize, b: usize, likeness: Likeness) {
        let (a, b) = (self.root(a), self.root(b));
        let (left, right) = (&self.groups[a], &self.groups[b]);
        let is_one_source = left.sources.iter().any(|source| right.sources.contains(source));
        let span = left.last.max(right.last) - left.first.min(right.first);
        if a == b || is_one_source || span > likeness.seconds {
            return;
        }
        if dot(&left.sum, &right.sum) / (left.documents * right.documents) >= likeness.cosine {
            self.join(a, b);
        }
    }
}
