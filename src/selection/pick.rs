//! The choice itself: one story at a time, the best that is also different (Carbonell and Goldstein, 1998), within caps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::candidate::Pin;
use super::explain::Why;
use super::pool::{Entry, Pool};
use super::text::dot;
use super::{Caps, Rule};

/// The places of the brief by entry, with why each is there, and why each other entry is not.
#[derive(Debug)]
pub struct Choice {
    pub picked: Vec<(usize, Why)>,
    pub left_out: BTreeMap<usize, Why>,
}

/// Caps are given up in this order where nothing else is left to fill a place.
const RELAXED: [Held; 4] = [
    Held { author: true, section: true, platform: true },
    Held { author: false, section: true, platform: true },
    Held { author: false, section: false, platform: true },
    Held { author: false, section: false, platform: false },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    author: bool,
    section: bool,
    platform: bool,
}

pub fn choose(pool: &Pool<'_>, rule: &Rule) -> Choice {
    let mut state = State::new(pool, rule);
    state.place_pins();
    while state.picked.len() < rule.stories {
        let Some((entry, why)) = state.next() else { break };
        state.take(entry, why);
    }
    state.finish()
}

struct State<'p, 'a> {
    pool: &'p Pool<'a>,
    rule: &'p Rule,
    /// In the order they were taken, pins first.
    picked: Vec<(usize, Why)>,
    /// By entry: how like it is to what is picked.
    likeness: Vec<(f64, usize)>,
    /// By entry: its score from 0 to 1.
    worth: Vec<f64>,
    barred: BTreeMap<usize, Why>,
    platforms: BTreeMap<&'a str, usize>,
    sections: BTreeMap<(&'a str, &'a str), usize>,
    authors: BTreeMap<&'a str, usize>,
    open: BTreeSet<usize>,
}

impl<'p, 'a> State<'p, 'a> {
    fn new(pool: &'p Pool<'a>, rule: &'p Rule) -> Self {
        let best = pool.entries.first().map_or(0.0, |entry| entry.score);
        let worst = pool.entries.last().map_or(0.0, |entry| entry.score);
        let span = if best > worst { best - worst } else { 1.0 };
        let barred: BTreeMap<usize, Why> = pool
            .entries
            .iter()
            .enumerate()
            .filter_map(|(number, entry)| Some((number, barred(entry, rule.now)?)))
            .collect();
        Self {
            pool,
            rule,
            picked: Vec::new(),
            likeness: vec![(0.0, usize::MAX); pool.entries.len()],
            worth: pool.entries.iter().map(|entry| (entry.score - worst) / span).collect(),
            open: (0..pool.entries.len()).filter(|entry| !barred.contains_key(entry)).collect(),
            barred,
            platforms: BTreeMap::new(),
            sections: BTreeMap::new(),
            authors: BTreeMap::new(),
        }
    }

    fn place_pins(&mut self) {
        let is_pinned = |entry: &usize| self.pool.entries[*entry].story.orders.pin.is_some();
        let pins: Vec<usize> = self.open.iter().copied().filter(is_pinned).collect();
        for entry in pins {
            self.take(entry, Why::Pinned);
        }
    }

    fn take(&mut self, entry: usize, why: Why) {
        self.open.remove(&entry);
        let story = self.pool.entries[entry].story;
        *self.platforms.entry(&story.platform).or_default() += 1;
        *self.sections.entry((&story.platform, &story.section)).or_default() += 1;
        for author in &story.authors {
            *self.authors.entry(author).or_default() += 1;
        }
        let of = &self.pool.index.vectors[self.pool.entries[entry].document];
        for other in &self.open {
            let alike = dot(of, &self.pool.index.vectors[self.pool.entries[*other].document]);
            if alike > self.likeness[*other].0 {
                self.likeness[*other] = (alike, entry);
            }
        }
        self.picked.push((entry, why));
    }

    /// The best of what is left: with a place kept for each platform that has none yet and a story above the floor.
    fn next(&self) -> Option<(usize, Why)> {
        let waiting = self.waiting();
        let places = self.rule.stories - self.picked.len();
        let is_reserved = !waiting.is_empty() && waiting.len() >= places;
        let may = |entry: &usize| !is_reserved || waiting.contains(self.pool.entries[*entry].story.platform.as_str());
        for held in RELAXED {
            let fitting = self.open.iter().copied().filter(may).filter(|entry| self.broken(*entry, held).is_none());
            // Entries stand in the order of their scores, ties included, so the first of the best is the one.
            let best = fitting.fold(None, |best: Option<(usize, f64)>, entry| {
                let value = self.value(entry);
                if best.is_some_and(|(_, known)| known >= value) { best } else { Some((entry, value)) }
            });
            if let Some((entry, _)) = best {
                let is_strict = held == RELAXED[0];
                let why = match (is_reserved, is_strict) {
                    (true, _) => Why::OnlyOfPlatform,
                    (false, true) => Why::Score,
                    (false, false) => Why::NothingElse,
                };
                return Some((entry, why));
            }
        }
        None
    }

    fn value(&self, entry: usize) -> f64 {
        let relevance = self.rule.relevance;
        relevance * self.worth[entry] - (1.0 - relevance) * self.likeness[entry].0
    }

    fn waiting(&self) -> BTreeSet<&'a str> {
        let is_above = |entry: &&usize| self.worth[**entry] >= self.rule.caps.floor;
        let platforms =
            self.open.iter().filter(is_above).map(|entry| self.pool.entries[*entry].story.platform.as_str());
        platforms.filter(|platform| !self.platforms.contains_key(platform)).collect()
    }

    fn broken(&self, entry: usize, held: Held) -> Option<Why> {
        let Caps { a_section, an_author, .. } = self.rule.caps;
        let story = self.pool.entries[entry].story;
        let half = self.rule.stories.div_ceil(2);
        let of_platform = self.platforms.get(story.platform.as_str()).copied().unwrap_or_default();
        let of_section =
            self.sections.get(&(story.platform.as_str(), story.section.as_str())).copied().unwrap_or_default();
        // The most telling reason first.
        if held.section && !story.section.is_empty() && of_section >= a_section {
            return Some(Why::SectionFull(of_section));
        }
        let full = |author: &&String| self.authors.get(author.as_str()).copied().unwrap_or_default() >= an_author;
        let author = if held.author { story.authors.iter().find(full) } else { None };
        if let Some(author) = author {
            return Some(Why::AuthorFull(author.clone()));
        }
        (held.platform && of_platform >= half).then_some(Why::PlatformFull)
    }

    fn finish(self) -> Choice {
        let lowest = self.picked.iter().filter(|(_, why)| *why == Why::Score).map(|(entry, _)| *entry).max();
        let mut left_out: BTreeMap<usize, Why> = BTreeMap::new();
        for entry in &self.open {
            let is_better = lowest.is_some_and(|lowest| *entry < lowest);
            let (alike, like) = self.likeness[*entry];
            let why = match self.broken(*entry, RELAXED[0]) {
                Some(why) if is_better || lowest.is_none() => why,
                None if is_better && alike > 0.0 => Why::TooLike(like),
                _ => Why::LowerScore,
            };
            left_out.insert(*entry, why);
        }
        left_out.extend(self.barred);
        let picked = arranged(self.picked, |entry| self.pool.entries[entry].story.orders.pin);
        Choice { picked, left_out }
    }
}

/// By score, but for the pinned places; entries are numbered by score.
fn arranged(mut picked: Vec<(usize, Why)>, pin: impl Fn(usize) -> Option<Pin>) -> Vec<(usize, Why)> {
    picked.sort_by_key(|(entry, _)| *entry);
    let place = |entry: usize| match pin(entry) {
        Some(Pin::Place(place)) => Some(place.max(1) - 1),
        Some(Pin::Anywhere) | None => None,
    };
    let (mut placed, free): (Vec<_>, Vec<_>) = picked.into_iter().partition(|(entry, _)| place(*entry).is_some());
    placed.sort_by_key(|(entry, _)| place(*entry));
    let many = placed.len() + free.len();
    let mut places: Vec<Option<(usize, Why)>> = vec![None; many];
    for (entry, why) in placed {
        let wanted = place(entry).unwrap_or_default().min(many - 1);
        let next = (wanted..many).find(|at| places[*at].is_none());
        // There are as many places as stories, so one before it is free where none behind is.
        if let Some(at) = next.or_else(|| places.iter().rposition(Option::is_none)) {
            places[at] = Some((entry, why));
        }
    }
    let mut free = free.into_iter();
    places.into_iter().filter_map(|taken| taken.or_else(|| free.next())).collect()
}

/// What forbids it, whatever its score.
fn barred(entry: &Entry<'_>, now: DateTime<Utc>) -> Option<Why> {
    let orders = &entry.story.orders;
    let of_any = |has: fn(&super::Orders) -> bool| has(orders) || entry.others.iter().any(|story| has(&story.orders));
    if let Some(until) = orders.embargo_until.filter(|until| *until > now) {
        return Some(Why::Embargo(until));
    }
    if let Some(at) = orders.expires_at.filter(|at| *at <= now) {
        return Some(Why::Expired(at));
    }
    if orders.is_dropped || (orders.pin.is_none() && of_any(|orders| orders.is_dropped)) {
        return Some(Why::Dropped);
    }
    if orders.pin.is_some() {
        return None;
    }
    let stories = [entry.story].into_iter().chain(entry.others.iter().copied());
    stories.filter_map(|story| story.orders.sent_in.clone()).min().map(Why::Sent)
}
