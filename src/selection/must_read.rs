//! Must Read: what was read most this week, whatever an editor thinks of it.
//!
//! Its own rule: by views beside what is usual, else by shares, else by comments; nothing that only a few read; never a
//! story of the brief; at most half from one platform while others have any.

use std::collections::{BTreeMap, BTreeSet};

use super::explain::{Speech, times_usual};
use super::pick::Choice;
use super::pool::{Entry, Pool};
use super::signals::Compared;
use crate::store::StoryId;

/// Less than so many times the usual is not much read.
const LEAST: f64 = 1.2;

/// A story of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct MustRead {
    pub story: StoryId,
    pub reason: String,
}

/// As many as the rule asks for, the most read first.
pub fn must_read(pool: &Pool<'_>, choice: &Choice, speech: Speech<'_>) -> Vec<MustRead> {
    let many = speech.rule.must_read;
    let in_brief: BTreeSet<usize> = choice.picked.iter().map(|picked| picked.entry).collect();
    let is_open = |number: &usize| !in_brief.contains(number) && !choice.barred.contains_key(number);
    let is_paid = |entry: &Entry<'_>| {
        speech.rule.sections.iter().any(|section| section.is_sponsored && section.takes(entry.story))
    };
    let mut read: Vec<(Compared, &str, &Entry<'_>)> = pool
        .entries
        .iter()
        .enumerate()
        .filter(|(number, entry)| is_open(number) && !is_paid(entry))
        .filter_map(|(_, entry)| most_telling(entry).map(|(word, compared)| (compared, word, entry)))
        .filter(|(compared, ..)| compared.ratio > LEAST)
        .collect();
    // Entries stand in the order of their scores, which breaks ties.
    read.sort_by(|a, b| b.0.z().total_cmp(&a.0.z()));
    let half = many.div_ceil(2);
    let mut of_platform: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut list, mut over) = (Vec::new(), Vec::new());
    for (compared, word, entry) in read {
        let platform = entry.story.platform.as_str();
        let taken = of_platform.entry(platform).or_default();
        let reason = format!("Most read: {}.", times_usual(word, compared, speech.knowledge.name(platform)));
        let read = MustRead { story: entry.story.story, reason };
        if *taken < half {
            *taken += 1;
            list.push(read);
        } else {
            over.push(read);
        }
    }
    list.extend(over);
    list.truncate(many);
    list
}

/// Reading tells more than sharing, and sharing more than commenting.
fn most_telling(entry: &Entry<'_>) -> Option<(&'static str, Compared)> {
    let features = &entry.features;
    let known = [("views", features.views), ("shares", features.shares), ("comments", features.comments)];
    known.into_iter().find_map(|(word, compared)| Some((word, compared?)))
}
