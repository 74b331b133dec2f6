//! Must Read: what was read most this week, whatever an editor thinks of it.
//!
//! Its own rule: by views beside what is usual, else by shares, else by comments; nothing that only a few read; never a
//! story of the brief; at most half from one platform while others have any.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::explain::times_usual;
use super::signals::{Compared, Counted, Usual};
use crate::store::StoryId;

/// Less than so many times the usual is not much read.
const LEAST: f64 = 1.0;

/// A story of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct MustRead {
    pub story: StoryId,
    pub reason: String,
}

/// At most so many, the most read first. `brief` holds the stories of the brief and of their clusters.
pub fn must_read(candidates: &[Candidate], usual: &Usual, brief: &[StoryId], many: usize) -> Vec<MustRead> {
    let mut read: Vec<(Compared, Counted, &Candidate)> = candidates
        .iter()
        .filter(|story| !brief.contains(&story.story) && !story.orders.is_dropped && story.orders.sent_in.is_none())
        .filter_map(|story| {
            let order = [Counted::Views, Counted::Shares, Counted::Comments];
            let (compared, counted) =
                order.into_iter().find_map(|counted| Some((usual.compare(&counted, story)?, counted)))?;
            Some((compared, counted, story))
        })
        .filter(|(compared, ..)| compared.ratio > LEAST)
        .collect();
    read.sort_by(|a, b| {
        b.0.z().total_cmp(&a.0.z()).then(b.2.published_at.cmp(&a.2.published_at)).then(a.2.story.cmp(&b.2.story))
    });
    let half = many.div_ceil(2);
    let mut of_platform: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut list, mut over) = (Vec::new(), Vec::new());
    for (compared, counted, story) in read {
        let taken = of_platform.entry(&story.platform).or_default();
        let entry = MustRead {
            story: story.story,
            reason: format!("Most read: {}.", times_usual(counted.word(), compared, &story.platform)),
        };
        if *taken < half {
            *taken += 1;
            list.push(entry);
        } else {
            over.push(entry);
        }
    }
    list.extend(over);
    list.truncate(many);
    list
}
