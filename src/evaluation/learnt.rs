//! What a front page's other weeks tell of how long a story stays in its first places.
//!
//! In two steps, each with many examples, as the longest are few: whether a story gets there for an hour at all, and for how
//! long if it does. What is known of a story is its address, its headline, when it came, and how much the signal feeds
//! wrote of it; nothing of where it stood.

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use chrono::{Datelike, Timelike, Weekday};

use super::fit::{Linear, Named};
use super::week::{Item, Week};
use crate::selection::{Candidate, Index, SignalStory, Words, words};

/// Minutes in the first places from which on a story counts as having got there.
const THERE: f64 = 60.0;
/// How much the weights are held back; as good from a quarter to thrice of it.
const RIDGE_THERE: f64 = 2.0;
const RIDGE_STAY: f64 = 10.0;
/// Written within so many hours before and after a story came.
const WINDOWS: [(i64, i64); 3] = [(-24, 0), (0, 6), (6, 24)];

/// Fitted on weeks of a front page.
#[derive(Debug)]
pub struct Stay {
    there: Linear,
    /// The logarithm of the minutes.
    stay: Linear,
    /// How far that is off, as a standard deviation.
    spread: f64,
    /// The logarithm of the minutes that the last pick of a week has.
    bar: f64,
}

impl Stay {
    /// `None` where no week is that of a front page.
    pub fn fit(weeks: &[&Week]) -> Option<Self> {
        let (mut all, mut long, mut bars) = (Vec::new(), Vec::new(), Vec::new());
        for week in weeks.iter().filter(|week| week.is_front_page) {
            for (item, (there, stay)) in week.items.iter().zip(features(week)) {
                let is_there = item.top_minutes >= THERE;
                all.push((there, f64::from(u8::from(is_there))));
                if is_there {
                    long.push((stay, item.top_minutes.ln()));
                }
            }
            bars.push(week.items[*week.picks.last()?].top_minutes.max(1.0).ln());
        }
        let (there, stay) = (Linear::odds(&all, RIDGE_THERE), Linear::value(&long, RIDGE_STAY));
        let square = |(features, minutes): &(Named, f64)| (minutes - stay.of(features)).powi(2);
        let spread = (long.iter().map(square).sum::<f64>() / long.len().max(1) as f64).sqrt();
        let bar = bars.iter().sum::<f64>() / bars.len() as f64;
        (!long.is_empty() && spread > 0.0).then_some(Self { there, stay, spread, bar })
    }

    /// For each item the logarithm of how likely it is one of those that stay longest.
    pub fn of(&self, week: &Week) -> Vec<f64> {
        let score = |(there, stay): (Named, Named)| {
            let beyond = (self.stay.of(&stay) - self.bar) / self.spread;
            -(-self.there.of(&there)).exp().ln_1p() + ln_normal(beyond)
        };
        features(week).into_iter().map(score).collect()
    }
}

/// The logarithm of the logistic stand-in for the normal distribution (within 0.01 of it).
fn ln_normal(z: f64) -> f64 {
    -(-1.702 * z).exp().ln_1p()
}

/// What the first and the second step know of each item.
fn features(week: &Week) -> Vec<(Named, Named)> {
    week.items.iter().map(steps).collect()
}

fn steps(item: &Item) -> (Named, Named) {
    let story = &item.candidate;
    let parts: Vec<&str> = story.section.split(' ').collect();
    let turn = f64::from(item.first_seen_at.num_seconds_from_midnight()) / 86_400.0 * TAU;
    // The first harmonic of the day, so that no hour has to be told to be night.
    let mut both =
        vec![(format!("section {}", story.section), 1.0), named("sine", turn.sin()), named("cosine", turn.cos())];
    if parts.contains(&"live") {
        // What is told live ends with its day.
        both.extend([named("live", 1.0), named("live sine", turn.sin()), named("live cosine", turn.cos())]);
    }
    if matches!(item.first_seen_at.weekday(), Weekday::Sat | Weekday::Sun) {
        both.push(named("weekend", 1.0));
    }
    let [before, at_once, after] = item.written.map(f64::ln_1p);
    both.extend([named("written before", before), named("written after", after)]);
    let mut there = both.clone();
    there.extend([(format!("part {}", parts[0]), 1.0), named("written at once", at_once)]);
    if story.title.trim_end().ends_with('?') {
        there.push(named("question", 1.0));
    }
    let told: BTreeSet<String> = words(&story.title).into_iter().collect();
    there.extend(told.into_iter().map(|word| (format!("word {word}"), 1.0)));
    (there, both)
}

fn named(name: &str, value: f64) -> (String, f64) {
    (name.to_owned(), value)
}

/// How much like each candidate the signal feeds wrote: Σ cos² by window.
pub fn written(candidates: &[Candidate], signals: &[SignalStory]) -> Vec<[f64; 3]> {
    let stories = candidates.iter().map(|story| (story.published_at, &story.url, &story.title, &story.lead));
    let signals = signals.iter().map(|story| (story.published_at, &story.url, &story.title, &story.lead));
    let mut documents: Vec<(_, Option<usize>)> =
        stories.enumerate().map(|(number, story)| (story, Some(number))).collect();
    documents.extend(signals.map(|story| (story, None)));
    documents.sort();
    let texts: Vec<Words> = documents.iter().map(|((.., title, lead), _)| Words::new(title, lead)).collect();
    let index = Index::new(&texts, documents.iter().map(|((at, ..), _)| at.timestamp()).collect());
    let mut written = vec![[0.0; 3]; candidates.len()];
    for (document, (_, number)) in documents.iter().enumerate() {
        if let Some(number) = number {
            written[*number] = WINDOWS.map(|(from, to)| {
                let alike = index.alike(document, from * 3600, to * 3600).into_iter();
                alike.filter(|(other, _)| documents[*other].1.is_none()).map(|(_, cosine)| cosine * cosine).sum()
            });
        }
    }
    written
}
