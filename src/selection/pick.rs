//! The choice itself: one story at a time, the best that is also different (Carbonell and Goldstein, 1998), within caps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::candidate::Pin;
use super::explain::Why;
use super::pool::{Entry, Pool};
use super::section::SectionRule;
use super::text::dot;
use super::{Caps, Rule};

/// The places of the brief by entry, with why each is there, and why each other entry is not.
#[derive(Debug)]
pub struct Choice {
    /// In the order of the brief.
    pub picked: Vec<Picked>,
    pub left_out: BTreeMap<usize, Why>,
    /// What orders forbid.
    pub barred: BTreeMap<usize, Why>,
}

#[derive(Clone, Debug)]
pub struct Picked {
    pub entry: usize,
    /// `None` is the brief itself.
    pub section: Option<usize>,
    pub why: Why,
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
    // Sections take from what the brief leaves; what they would not fill is the brief's.
    let kept: usize = state.places_of_sections().iter().sum();
    state.fill(rule.stories.saturating_sub(kept));
    state.fill_sections();
    state.fill(rule.stories);
    state.finish()
}

struct State<'p, 'a> {
    pool: &'p Pool<'a>,
    rule: &'p Rule,
    /// In the order they were taken, pins first.
    picked: Vec<Picked>,
    /// By entry: how like it is to what is picked.
    likeness: Vec<(f64, usize)>,
    /// By entry: its score from 0 to 1.
    worth: Vec<f64>,
    barred: BTreeMap<usize, Why>,
    platforms: BTreeMap<&'a str, usize>,
    sections: BTreeMap<(&'a str, &'a str), usize>,
    authors: BTreeMap<&'a str, usize>,
    open: BTreeSet<usize>,
    /// By entry: the one section that it may stand in.
    only_for: BTreeMap<usize, usize>,
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
        let only_for = |(number, entry): (usize, &Entry<'_>)| {
            Some((number, rule.sections.iter().position(|section| section.keeps(entry.story))?))
        };
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
            only_for: pool.entries.iter().enumerate().filter_map(only_for).collect(),
        }
    }

    fn place_pins(&mut self) {
        let pins: Vec<(usize, Pin)> =
            self.open.iter().filter_map(|entry| Some((*entry, self.pool.entries[*entry].story.orders.pin?))).collect();
        for (entry, pin) in pins {
            let section = self.only_for.get(&entry).copied();
            self.take(Picked { entry, section, why: Why::Pinned(pin.place().filter(|_| section.is_none())) });
        }
    }

    /// By section: how many places it can fill of those the brief has. One that is paid for takes none of them.
    fn places_of_sections(&self) -> Vec<usize> {
        let many = |(number, section): (usize, &SectionRule)| {
            if section.is_sponsored {
                return 0;
            }
            let fitting = self.open.iter().filter(|entry| self.fits(**entry, number)).count();
            section.stories.saturating_sub(self.in_section(number)).min(fitting)
        };
        self.rule.sections.iter().enumerate().map(many).collect()
    }

    fn in_section(&self, number: usize) -> usize {
        self.picked.iter().filter(|picked| picked.section == Some(number)).count()
    }

    fn fits(&self, entry: usize, section: usize) -> bool {
        let is_elsewhere = self.only_for.get(&entry).is_some_and(|only| *only != section);
        !is_elsewhere && self.rule.sections[section].takes(self.pool.entries[entry].story)
    }

    /// Stories that count towards the brief's length.
    fn counted(&self) -> usize {
        let is_paid = |picked: &Picked| picked.section.is_some_and(|number| self.rule.sections[number].is_sponsored);
        self.picked.iter().filter(|picked| !is_paid(picked)).count()
    }

    fn fill(&mut self, stories: usize) {
        while let Some(places) = stories.checked_sub(self.counted()).filter(|places| *places > 0) {
            let Some((entry, why)) = self.next(places) else { break };
            self.take(Picked { entry, section: None, why });
        }
    }

    fn fill_sections(&mut self) {
        for (number, section) in self.rule.sections.iter().enumerate() {
            while self.in_section(number) < section.stories {
                // Its rule says what it takes, so of the caps only the author's holds.
                let author_only = Held { author: true, section: false, platform: false };
                let fitting = |held| {
                    let fits = |entry: &usize| self.fits(*entry, number);
                    self.best(self.open.iter().copied().filter(fits), held)
                };
                let Some(entry) = fitting(author_only).or_else(|| fitting(RELAXED[3])) else { break };
                self.take(Picked { entry, section: Some(number), why: Why::Section(number) });
            }
        }
    }

    fn take(&mut self, picked: Picked) {
        let entry = picked.entry;
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
        self.picked.push(picked);
    }

    /// The best of what is left: with a place kept for each platform that has none yet and a story above the floor.
    fn next(&self, places: usize) -> Option<(usize, Why)> {
        let waiting = self.waiting();
        let is_reserved = !waiting.is_empty() && waiting.len() >= places;
        let free = || self.open.iter().copied().filter(|entry| !self.only_for.contains_key(entry));
        let by_score = self.best(free(), RELAXED[0]);
        if is_reserved {
            let is_waiting = |entry: &usize| waiting.contains(self.pool.entries[*entry].story.platform.as_str());
            let entry = RELAXED.into_iter().find_map(|held| self.best(free().filter(is_waiting), held))?;
            return Some((entry, if by_score == Some(entry) { Why::Score } else { Why::OnlyOfPlatform }));
        }
        let relaxed = || RELAXED[1..].iter().find_map(|held| self.best(free(), *held));
        by_score.map(|entry| (entry, Why::Score)).or_else(|| Some((relaxed()?, Why::NothingElse)))
    }

    /// Entries stand in the order of their scores, ties included, so the first of the best is the one.
    fn best(&self, entries: impl Iterator<Item = usize>, held: Held) -> Option<usize> {
        let fitting = entries.filter(|entry| self.broken(*entry, held).is_none());
        let best = fitting.fold(None, |best: Option<(usize, f64)>, entry| {
            let value = self.value(entry);
            if best.is_some_and(|(_, known)| known >= value) { best } else { Some((entry, value)) }
        });
        best.map(|(entry, _)| entry)
    }

    fn value(&self, entry: usize) -> f64 {
        let relevance = self.rule.relevance;
        relevance * self.worth[entry] - (1.0 - relevance) * self.likeness[entry].0
    }

    fn waiting(&self) -> BTreeSet<&'a str> {
        let is_above =
            |entry: &&usize| self.worth[**entry] >= self.rule.caps.floor && !self.only_for.contains_key(*entry);
        let platforms =
            self.open.iter().filter(is_above).map(|entry| self.pool.entries[*entry].story.platform.as_str());
        platforms.filter(|platform| !self.platforms.contains_key(platform)).collect()
    }

    fn broken(&self, entry: usize, held: Held) -> Option<Why> {
        let Caps { a_platform, a_section, an_author, .. } = self.rule.caps;
        let story = self.pool.entries[entry].story;
        let share = (self.rule.stories as f64 * a_platform).ceil() as usize;
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
        (held.platform && of_platform >= share).then_some(Why::PlatformFull)
    }

    fn finish(self) -> Choice {
        let lowest = self.picked.iter().filter(|picked| picked.why == Why::Score).map(|picked| picked.entry).max();
        let mut left_out: BTreeMap<usize, Why> = BTreeMap::new();
        for entry in &self.open {
            let is_better = lowest.is_some_and(|lowest| *entry < lowest);
            let (alike, like) = self.likeness[*entry];
            let why = match (self.only_for.get(entry), self.broken(*entry, RELAXED[0])) {
                (Some(section), _) => Why::OnlyForSection(*section),
                (None, Some(why)) if is_better || lowest.is_none() => why,
                (None, None) if is_better && alike > 0.0 => Why::TooLike(like),
                _ => Why::LowerScore,
            };
            left_out.insert(*entry, why);
        }
        let pin = |entry: usize| self.pool.entries[entry].story.orders.pin;
        let (of_brief, mut of_sections): (Vec<Picked>, Vec<Picked>) =
            self.picked.into_iter().partition(|picked| picked.section.is_none());
        of_sections.sort_by_key(|picked| (picked.section, picked.entry));
        let mut picked = arranged(of_brief, pin);
        picked.extend(of_sections);
        Choice { picked, left_out, barred: self.barred }
    }
}

/// By score, but for the pinned places; entries are numbered by score.
fn arranged(mut picked: Vec<Picked>, pin: impl Fn(usize) -> Option<Pin>) -> Vec<Picked> {
    picked.sort_by_key(|picked| picked.entry);
    let place = |picked: &Picked| Some(pin(picked.entry)?.place()?.max(1) - 1);
    let (mut placed, free): (Vec<Picked>, Vec<Picked>) = picked.into_iter().partition(|one| place(one).is_some());
    placed.sort_by_key(place);
    let many = placed.len() + free.len();
    let mut places: Vec<Option<Picked>> = vec![None; many];
    for picked in placed {
        let wanted = place(&picked).unwrap_or_default().min(many - 1);
        let next = (wanted..many).find(|at| places[*at].is_none());
        // There are as many places as stories, so one before it is free where none behind is.
        if let Some(at) = next.or_else(|| places.iter().rposition(Option::is_none)) {
            places[at] = Some(picked);
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
