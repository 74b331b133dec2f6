//! What a count means: compared with what is usual on its platform for a story of its age.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::candidate::{Candidate, Count, Signals};

/// Added to what came and to what was expected, so that two comments where one is usual are no sensation.
const KAPPA: f64 = 5.0;
/// A story has this share of its final count, 1 - 1/e, after so many hours, where nothing is known of the platform.
const HOURS: f64 = 36.0;
/// A platform with fewer counted stories is compared with all platforms together.
const FEWEST: usize = 5;

/// The kinds of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    Comments,
    Views,
    Shares,
}

impl Counted {
    pub const ALL: [Self; 3] = [Self::Comments, Self::Views, Self::Shares];

    pub fn of(self, signals: &Signals) -> Option<Count> {
        match self {
            Self::Comments => signals.comments,
            Self::Views => signals.views,
            Self::Shares => signals.shares,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Comments => "comments",
            Self::Views => "views",
            Self::Shares => "shares",
        }
    }
}

/// How many a story usually gets in the end, by platform; the empty name stands for all platforms together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usual {
    finals: BTreeMap<(Counted, String), f64>,
}

/// A count beside what is usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// How many times the usual.
    pub ratio: f64,
    /// The age at which it was counted, in hours.
    pub hours: f64,
}

impl Compared {
    /// 0 is usual, 0.7 is twice as many.
    pub fn z(self) -> f64 {
        self.ratio.ln()
    }
}

impl Usual {
    /// Learns from stories that were counted: of the last eight to twelve weeks where they are kept, else of the
    /// candidates themselves.
    pub fn among(stories: &[Candidate]) -> Self {
        let mut totals: BTreeMap<(Counted, String), Vec<f64>> = BTreeMap::new();
        for story in stories {
            for counted in Counted::ALL {
                let Some(count) = counted.of(&story.signals) else { continue };
                let total = count.total / share(hours(story.published_at, count));
                for platform in [story.platform.clone(), String::new()] {
                    totals.entry((counted, platform)).or_default().push(total);
                }
            }
        }
        let is_enough = |(key, totals): &(_, Vec<f64>)| -> bool {
            let (_, platform): &(Counted, String) = key;
            platform.is_empty() || totals.len() >= FEWEST
        };
        Self { finals: totals.into_iter().filter(is_enough).map(|(key, totals)| (key, mean(totals))).collect() }
    }

    /// `None` where the count is missing, or nothing is known to compare it with.
    pub fn compare(&self, counted: Counted, story: &Candidate) -> Option<Compared> {
        let count = counted.of(&story.signals)?;
        let own = self.finals.get(&(counted, story.platform.clone()));
        let usual = own.or_else(|| self.finals.get(&(counted, String::new())))?;
        let hours = hours(story.published_at, count);
        Some(Compared { ratio: (count.total + KAPPA) / (usual * share(hours) + KAPPA), hours })
    }
}

fn hours(published_at: DateTime<Utc>, count: Count) -> f64 {
    ((count.counted_at - published_at).num_minutes() as f64 / 60.0).max(1.0)
}

/// The share of its final count that a story has at an age.
fn share(hours: f64) -> f64 {
    1.0 - (-hours / HOURS).exp()
}

/// Without the highest tenth: one sensation does not make all other weeks dull.
fn mean(mut totals: Vec<f64>) -> f64 {
    totals.sort_by(f64::total_cmp);
    totals.truncate(totals.len() - totals.len() / 10);
    totals.iter().sum::<f64>() / totals.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn counts_are_compared_at_equal_age_and_per_platform() {
        let start = DateTime::UNIX_EPOCH;
        let story = |platform: &str, total: f64, hours: i64| Candidate {
            platform: platform.into(),
            published_at: start,
            signals: Signals {
                comments: Some(Count { total, counted_at: start + TimeDelta::hours(hours) }),
                ..Signals::default()
            },
            ..super::super::sample::story(1)
        };
        let past: Vec<Candidate> = (0..9).flat_map(|_| [story("loud", 400.0, 500), story("calm", 4.0, 500)]).collect();
        let usual = Usual::among(&past);
        let ratio = |story| usual.compare(Counted::Comments, &story).unwrap().ratio;
        assert!((ratio(story("loud", 400.0, 500)) - 1.0).abs() < 0.01);
        assert!(ratio(story("calm", 40.0, 500)) > 4.0);
        // Half of it after one day is more than usual; half of it in the end is less.
        assert!(ratio(story("loud", 250.0, 24)) > 1.2);
        assert!(ratio(story("loud", 250.0, 500)) < 0.7);
        // A platform that nothing is known of is compared with all.
        assert!(ratio(story("new", 200.0, 500)) < 1.1 && ratio(story("new", 200.0, 500)) > 0.9);
        assert_eq!(usual.compare(Counted::Views, &story("loud", 1.0, 1)), None);
    }
}
