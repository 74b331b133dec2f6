//! The methods that are compared, from chance to selection itself.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta};

use super::learnt::Stay;
use super::measure::Random;
use super::week::Week;
use crate::selection::{
    Candidate, Index, Knowledge, Page, Pool, Prior, Rule, Runner, SignalStory, Weights, Words, features, minutes,
    select, words,
};

/// With prominence, a story's places are known for so long after it was first seen.
const WATCHED_HOURS: i64 = 6;
/// Two headlines that share so many words are counted as one event by the simplest method.
const SHARED_WORDS: usize = 3;
/// And a TF-IDF cosine of so much, by the next.
const SAME_EVENT: f64 = 0.4;
const NEAR: TimeDelta = TimeDelta::hours(72);
/// Words of more than one in so many headlines are no sign of an event; told only from `MANY` headlines on.
const STOP_PART: usize = 50;
const MANY: usize = 200;

/// How a front page takes scores, fitted on six weeks of one; see docs/selection.md. Where nothing is known of the places,
/// a score says less, and all that is known is the score.
const BLIND: Page = Page { places: 3, hours: 6.0, gain: 0.6, outsider: 0.0, gone: 0.0 };
const WATCHED: Page = Page { places: 3, hours: 8.0, gain: 1.0, outsider: 0.1, gone: 0.0 };

/// A way to rank a week's candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Random,
    Newest,
    TitleWords,
    TfIdf,
    /// Minutes in the first three places in the hours watched.
    EarlyMinutes,
    /// `griot draft` as it is shipped: weights of a brief, diversity and caps.
    Brief,
    /// Selection's score, carried onto a front page; with or without the hours watched.
    Shipped {
        is_watched: bool,
    },
    /// The same with the prior learnt from the other weeks of the folder.
    Learnt {
        is_watched: bool,
    },
}

impl Method {
    pub const ALL: [Self; 10] = [
        Self::Random,
        Self::Newest,
        Self::TitleWords,
        Self::TfIdf,
        Self::Brief,
        Self::Shipped { is_watched: false },
        Self::Learnt { is_watched: false },
        Self::EarlyMinutes,
        Self::Shipped { is_watched: true },
        Self::Learnt { is_watched: true },
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Newest => "newest",
            Self::TitleWords => "coverage, title words",
            Self::TfIdf => "coverage, TF-IDF",
            Self::EarlyMinutes => "minutes on top in 6 h",
            Self::Brief => "griot, brief",
            Self::Shipped { is_watched: false } => "griot",
            Self::Learnt { is_watched: false } => "griot, learnt",
            Self::Shipped { is_watched: true } => "griot, 6 h watched",
            Self::Learnt { is_watched: true } => "griot, learnt, 6 h watched",
        }
    }

    /// Whether it needs to know where stories stood on a page.
    pub fn is_watching(self) -> bool {
        matches!(self, Self::EarlyMinutes | Self::Shipped { is_watched: true } | Self::Learnt { is_watched: true })
    }
}

/// The numbers of the items, the best first. `others` are the weeks that may be learnt from.
pub fn rank(method: Method, week: &Week, others: &[&Week]) -> Vec<usize> {
    let candidates: Vec<Candidate> = week.items.iter().map(|item| item.candidate.clone()).collect();
    let by = |score: Vec<f64>| {
        let mut order: Vec<usize> = (0..score.len()).collect();
        let rest = |number: &usize| (&candidates[*number].published_at, &candidates[*number].url);
        order.sort_by(|a, b| score[*b].total_cmp(&score[*a]).then_with(|| rest(b).cmp(&rest(a))));
        order
    };
    match method {
        Method::Random => {
            let mut random = Random::new(week.items.len() as u64);
            by((0..week.items.len()).map(|_| random.below(1 << 30) as f64).collect())
        }
        Method::Newest => by(week.items.iter().map(|item| item.first_seen_at.timestamp() as f64).collect()),
        Method::TitleWords => by(title_words(&candidates, &week.signal_stories)),
        Method::TfIdf => by(tf_idf(&candidates, &week.signal_stories)),
        Method::EarlyMinutes => by(runners(week, &vec![0.0; candidates.len()], true)
            .iter()
            .map(|runner| runner.seen.iter().filter(|seen| seen.1 <= 3).map(|seen| seen.2).sum())
            .collect()),
        Method::Brief => brief(week, &candidates, by),
        Method::Shipped { is_watched } => by(front_page(week, &candidates, None, is_watched)),
        Method::Learnt { is_watched } => {
            let stay = if week.is_front_page && !is_watched { Stay::fit(others) } else { None };
            by(stay
                .map_or_else(|| front_page(week, &candidates, Some(&prior(others)), is_watched), |stay| stay.of(week)))
        }
    }
}

fn prior(weeks: &[&Week]) -> Prior {
    let items = weeks.iter().flat_map(|week| &week.items);
    Prior::fit(items.map(|item| (features(&item.candidate.section, &item.candidate.title), item.success)))
}

/// The weights of a brief; what is no front page is ranked by them alone.
fn brief(week: &Week, candidates: &[Candidate], by: impl Fn(Vec<f64>) -> Vec<usize>) -> Vec<usize> {
    let newest = candidates.iter().map(|story| story.published_at).max().unwrap_or_default();
    let unseen: Vec<Candidate> = candidates.iter().cloned().map(|story| without_sightings(story, week)).collect();
    let knowledge = Knowledge { signal_stories: &week.signal_stories, ..Knowledge::default() };
    let many = week.picks.len() * 2;
    let selection = select(&unseen, &knowledge, &Rule::new(many, newest));
    let mut score = vec![0.0; candidates.len()];
    for (place, pick) in selection.picks.iter().enumerate() {
        score[pick.story.0 as usize] = (many - place) as f64;
    }
    by(score)
}

/// A front page's sightings are its answer.
fn without_sightings(mut story: Candidate, week: &Week) -> Candidate {
    if week.is_front_page {
        story.signals.sightings.clear();
    }
    story
}

fn front_page(week: &Week, candidates: &[Candidate], prior: Option<&Prior>, is_watched: bool) -> Vec<f64> {
    let unseen: Vec<Candidate> = candidates.iter().cloned().map(|story| without_sightings(story, week)).collect();
    let knowledge = Knowledge { signal_stories: &week.signal_stories, prior, ..Knowledge::default() };
    let mut rule = Rule::new(candidates.len(), DateTime::UNIX_EPOCH);
    rule.weights = front_page_weights();
    let pool = Pool::new(&unseen, &knowledge, &rule);
    let mut score = vec![0.0; candidates.len()];
    for entry in &pool.entries {
        for story in entry.others.iter().copied().chain([entry.story]) {
            score[story.story.0 as usize] = entry.score;
        }
    }
    if !week.is_front_page {
        return score;
    }
    let end = week.items.iter().map(|item| item.first_seen_at.timestamp()).max().unwrap_or_default();
    minutes(if is_watched { &WATCHED } else { &BLIND }, &runners(week, &score, is_watched), end)
}

/// A front page follows its hours by itself, so freshness counts nothing; and its editors are not moved by how many have
/// just the same story, beyond how much is written.
fn front_page_weights() -> Weights {
    Weights { breadth: 0.0, likeness: 0.6, subject: 0.1, prior: 0.7, freshness: 0.0, ..Weights::default() }
}

fn runners(week: &Week, score: &[f64], is_watched: bool) -> Vec<Runner> {
    let runner = |(item, score): (&super::Item, &f64)| {
        let first_seen = item.first_seen_at.timestamp();
        let until = item.first_seen_at + TimeDelta::hours(WATCHED_HOURS);
        let sightings = item.candidate.signals.sightings.iter();
        let seen = sightings.filter(|sighting| is_watched && sighting.at <= until);
        Runner {
            first_seen,
            score: *score,
            watched_until: if is_watched { until.timestamp() } else { first_seen },
            seen: seen.map(|sighting| (sighting.at.timestamp(), sighting.place, sighting.minutes)).collect(),
        }
    };
    week.items.iter().zip(score).map(runner).collect()
}

/// How many outlets have, within three days, a headline that shares three words with the story's. Words that more than
/// every fiftieth headline holds are left out, as a list of stop words would.
fn title_words(candidates: &[Candidate], signals: &[SignalStory]) -> Vec<f64> {
    let set = |title: &str| words(title).into_iter().filter(|word| word.chars().count() > 2).collect::<BTreeSet<_>>();
    let mut holders: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, story) in signals.iter().enumerate() {
        for word in set(&story.title) {
            holders.entry(word).or_default().push(number);
        }
    }
    let is_common = |of: &Vec<usize>| of.len() * STOP_PART > signals.len() && signals.len() >= MANY;
    holders.retain(|_, of| !is_common(of));
    let count = |story: &Candidate| {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for number in set(&story.title).iter().filter_map(|word| holders.get(word)).flatten() {
            *shared.entry(*number).or_default() += 1;
        }
        let is_near = |number: &usize| (signals[*number].published_at - story.published_at).abs() <= NEAR;
        let same = shared.into_iter().filter(|(_, words)| *words >= SHARED_WORDS).map(|(number, _)| number);
        same.filter(is_near).map(|number| signals[number].feed.as_str()).collect::<BTreeSet<_>>().len() as f64
    };
    candidates.iter().map(count).collect()
}

/// How many outlets have, within three days, a headline with a TF-IDF cosine of at least 0.4.
fn tf_idf(candidates: &[Candidate], signals: &[SignalStory]) -> Vec<f64> {
    let mut documents: Vec<(i64, Option<usize>, &str, Words)> = Vec::new();
    for (number, story) in candidates.iter().enumerate() {
        let text = Words::new(&story.title, "");
        documents.push((story.published_at.timestamp(), Some(number), "", text));
    }
    for story in signals {
        documents.push((story.published_at.timestamp(), None, &story.feed, Words::new(&story.title, "")));
    }
    documents.sort_by_key(|(time, number, feed, _)| (*time, *number, *feed));
    let texts: Vec<_> = documents.iter().map(|(.., text)| text.clone()).collect();
    let index = Index::new(&texts, documents.iter().map(|(time, ..)| *time).collect());
    let mut counts = vec![0.0; candidates.len()];
    for (document, (_, number, ..)) in documents.iter().enumerate() {
        let Some(number) = number else { continue };
        let near = index.alike(document, -NEAR.num_seconds(), NEAR.num_seconds()).into_iter();
        let same = near.filter(|(other, cosine)| documents[*other].1.is_none() && *cosine >= SAME_EVENT);
        counts[*number] = same.map(|(other, _)| documents[other].2).collect::<BTreeSet<_>>().len() as f64;
    }
    counts
}
