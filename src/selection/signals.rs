//! What a count means: compared with what is usual on its platform for a story of its age.

use std::collections::BTreeMap;

use super::candidate::{Candidate, Count, Signals};
use super::growth::{Curve, Growth, Point, age};
use crate::store::Signal;

/// Added to what came and to what was expected, so that two comments where one is usual are no sensation.
pub(super) const KAPPA: f64 = 5.0;
/// A platform with fewer counted stories is compared with all platforms together.
const FEWEST: usize = 5;
/// How far stories are from the usual where nothing is known: a third of them get more than 2.7 times or less than
/// 1/2.7.
const SPREAD: f64 = 1.0;
/// Where nobody ever comments, one comment is still no sensation.
const LEAST_SPREAD: f64 = 0.5;
/// Stories that must have been seen for half of what they say of the spread to be believed.
const SHRINKAGE: f64 = 20.0;
/// Halvings of the range in which the usual total lies; after these it is as exact as a number can be.
const STEPS: usize = 50;

/// The kinds of counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    Comments,
    Views,
    Shares,
    /// Whatever else a publisher counts, under its own name: `likes`.
    Other(String),
}

impl Counted {
    pub const NAMED: [Self; 3] = [Self::Comments, Self::Views, Self::Shares];

    /// `None` for clicks: they are compared with where an edition had the story, not with the platform.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "comments" => Some(Self::Comments),
            "views" => Some(Self::Views),
            "shares" => Some(Self::Shares),
            Signal::CLICKS => None,
            other => Some(Self::Other(other.to_owned())),
        }
    }

    pub fn of(&self, signals: &Signals) -> Option<Count> {
        match self {
            Self::Comments => signals.comments,
            Self::Views => signals.views,
            Self::Shares => signals.shares,
            Self::Other(name) => signals.others.get(name).copied(),
        }
    }

    pub fn word(&self) -> &str {
        match self {
            Self::Comments => "comments",
            Self::Views => "views",
            Self::Shares => "shares",
            Self::Other(name) => name,
        }
    }
}

impl Signals {
    /// Takes a count by its name; clicks are none.
    pub fn count(&mut self, name: &str, count: Count) {
        match Counted::named(name) {
            Some(Counted::Comments) => self.comments = Some(count),
            Some(Counted::Views) => self.views = Some(count),
            Some(Counted::Shares) => self.shares = Some(count),
            Some(Counted::Other(name)) => drop(self.others.insert(name, count)),
            None => {}
        }
    }

    fn counted(&self) -> impl Iterator<Item = (Counted, Count)> {
        let named = Counted::NAMED.into_iter().filter_map(|counted| Some((counted.of(self)?, counted)));
        let others = self.others.iter().map(|(name, count)| (*count, Counted::Other(name.clone())));
        named.chain(others).map(|(count, counted)| (counted, count))
    }
}

/// How many a story usually gets by an age, for each count and platform; the empty name stands for all platforms
/// together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usual(BTreeMap<Counted, BTreeMap<String, Measure>>);

/// What is usual of one count on one platform.
#[derive(Clone, Debug, PartialEq)]
struct Measure {
    curve: Curve,
    /// In the end. As many stories are above it as below it, each by how many times.
    total: f64,
    /// How far ln r is from 0, as a standard deviation.
    spread: f64,
}

/// A count beside what is usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// How many times the usual.
    pub ratio: f64,
    /// The age at which it was counted, in hours.
    pub hours: f64,
    /// How far stories of the platform are from the usual, as a standard deviation of the ratio's logarithm.
    pub spread: f64,
}

impl Compared {
    /// 0 is usual, 1 is as much above it as stories of the platform are apart: so none wins by being loud now and then.
    pub fn z(self) -> f64 {
        self.ratio.ln() / self.spread
    }
}

impl Usual {
    /// Learns from what was counted in the last eight to twelve weeks, in whatever order.
    ///
    /// A platform's curve is drawn towards that of all platforms where its stories are few, and that towards 1 -
    /// e^(-age / 36 h); its spread is drawn towards 1. What one story says of either is bounded.
    pub fn learn(stories: impl IntoIterator<Item = Growth>) -> Self {
        let mut counted: BTreeMap<Counted, BTreeMap<String, Vec<Vec<Point>>>> = BTreeMap::new();
        for story in stories.into_iter().filter(|story| !story.readings.is_empty()) {
            let points = story.points();
            counted.entry(story.counted).or_default().entry(story.platform).or_default().push(points);
        }
        let measures = |platforms: BTreeMap<String, Vec<Vec<Point>>>| {
            let all = platforms.values().flatten().map(Vec::as_slice);
            let everywhere = Measure::of(all, &Curve::default());
            let enough = platforms.iter().filter(|(_, stories)| stories.len() >= FEWEST);
            let mut measures: BTreeMap<String, Measure> = enough
                .map(|(platform, stories)| {
                    (platform.clone(), Measure::of(stories.iter().map(Vec::as_slice), &everywhere.curve))
                })
                .collect();
            measures.insert(String::new(), everywhere);
            measures
        };
        Self(counted.into_iter().map(|(counted, platforms)| (counted, measures(platforms))).collect())
    }

    /// For a cold start: what the candidates themselves tell, each counted once.
    pub fn among(stories: &[Candidate]) -> Self {
        Self::learn(stories.iter().flat_map(|story| {
            story.signals.counted().map(|(counted, count)| Growth {
                platform: story.platform.clone(),
                counted,
                published_at: story.published_at,
                readings: vec![count],
            })
        }))
    }

    /// `None` where the count is missing, or nothing is known to compare it with.
    pub fn compare(&self, counted: &Counted, story: &Candidate) -> Option<Compared> {
        let count = counted.of(&story.signals)?;
        let platforms = self.0.get(counted)?;
        let usual = platforms.get(&story.platform).or_else(|| platforms.get(""))?;
        let hours = age(story.published_at, count.counted_at).max(1.0);
        Some(Compared { ratio: usual.ratio(count.total, hours), hours, spread: usual.spread })
    }
}

impl Measure {
    fn of<'a>(stories: impl Iterator<Item = &'a [Point]> + Clone, towards: &Curve) -> Self {
        let curve = Curve::fit(stories.clone(), towards);
        // The last reading of each, and what share of the final count it is. A story that was just published says
        // little of the end, so that is its weight as well.
        let last = stories.filter_map(|points| points.last());
        let last: Vec<(f64, f64)> = last.map(|(hours, total)| (*total, curve.share(*hours))).collect();
        let total = usual_total(&last);
        let (mut squares, mut weights) = (0.0, 0.0);
        for (count, share) in &last {
            squares += share * ((count + KAPPA) / (total * share + KAPPA)).ln().powi(2);
            weights += share;
        }
        let spread = ((squares + SHRINKAGE * SPREAD.powi(2)) / (weights + SHRINKAGE)).sqrt().max(LEAST_SPREAD);
        Self { curve, total, spread }
    }

    fn ratio(&self, count: f64, hours: f64) -> f64 {
        (count + KAPPA) / (self.total * self.curve.share(hours) + KAPPA)
    }
}

/// The total at which the logarithms of all ratios are 0 on average: unlike the mean, no sensation moves it.
fn usual_total(last: &[(f64, f64)]) -> f64 {
    let above = |total: f64| -> f64 {
        let logarithm = |(count, share): &(f64, f64)| share * ((count + KAPPA) / (total * share + KAPPA)).ln();
        last.iter().map(logarithm).sum()
    };
    let most = last.iter().map(|(count, share)| count / share).fold(0.0, f64::max);
    let (mut low, mut high) = (0.0, most);
    for _ in 0..STEPS {
        let middle = (low + high) / 2.0;
        if above(middle) > 0.0 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    fn counted(platform: &str, total: f64, hours: f64) -> Candidate {
        let start = DateTime::UNIX_EPOCH;
        let mut story = Candidate { platform: platform.into(), published_at: start, ..super::super::sample::story(1) };
        let counted_at = start + TimeDelta::seconds((hours * 3600.0) as i64);
        story.signals.count("comments", Count { total, counted_at });
        story
    }

    fn growth(platform: &str, readings: &[(f64, f64)]) -> Growth {
        let published_at = DateTime::UNIX_EPOCH;
        let reading = |(hours, total): &(f64, f64)| Count {
            total: *total,
            counted_at: published_at + TimeDelta::seconds((hours * 3600.0) as i64),
        };
        let readings = readings.iter().map(reading).collect();
        Growth { platform: platform.into(), counted: Counted::Comments, published_at, readings }
    }

    fn compared(usual: &Usual, story: &Candidate) -> Compared {
        usual.compare(&Counted::Comments, story).unwrap()
    }

    #[test]
    fn counts_are_compared_at_equal_age_and_per_platform() {
        let past: Vec<Candidate> =
            (0..9).flat_map(|_| [counted("loud", 400.0, 500.0), counted("calm", 4.0, 500.0)]).collect();
        let usual = Usual::among(&past);
        let ratio = |platform: &str, total, hours| compared(&usual, &counted(platform, total, hours)).ratio;
        assert!((ratio("loud", 400.0, 500.0) - 1.0).abs() < 0.01);
        assert!(ratio("calm", 40.0, 500.0) > 4.0);
        // Half of it after one day is more than usual; half of it in the end is less.
        assert!(ratio("loud", 250.0, 24.0) > 1.2);
        assert!(ratio("loud", 250.0, 500.0) < 0.7);
        // A platform that nothing is known of is compared with all: between the calm one and the loud one.
        assert!((ratio("new", 55.4, 500.0) - 1.0).abs() < 0.01, "{}", ratio("new", 55.4, 500.0));
        assert_eq!(usual.compare(&Counted::Views, &counted("loud", 1.0, 1.0)), None);
    }

    #[test]
    fn a_platform_whose_readers_come_early_is_not_compared_with_late_ones() {
        // Both get 100; on one they come within hours, on the other over a week.
        let early = |_| growth("early", &[(1.0, 40.0), (4.0, 80.0), (16.0, 95.0), (64.0, 100.0), (300.0, 100.0)]);
        let late = |_| growth("late", &[(1.0, 1.0), (4.0, 3.0), (16.0, 12.0), (64.0, 50.0), (300.0, 100.0)]);
        let usual = Usual::learn((0..200).map(early).chain((0..200).map(late)));
        let ratio = |platform, total, hours| compared(&usual, &counted(platform, total, hours)).ratio;
        assert!((ratio("early", 80.0, 4.0) - 1.0).abs() < 0.2, "{}", ratio("early", 80.0, 4.0));
        assert!(ratio("late", 80.0, 4.0) > 5.0);
        assert!(ratio("early", 20.0, 4.0) < 0.4);
        assert!((ratio("late", 50.0, 64.0) - 1.0).abs() < 0.2);
        for platform in ["early", "late"] {
            assert!((ratio(platform, 100.0, 300.0) - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn a_platform_does_not_win_by_being_loud_now_and_then() {
        // The same usual total; every other story of one has ten times as many or a tenth, of the other half as many
        // more.
        let spread = |platform: &'static str, times: f64| {
            (0..200).map(move |n| growth(platform, &[(400.0, 100.0 * times.powi(n % 3 - 1))]))
        };
        let usual = Usual::learn(spread("wild", 10.0).chain(spread("steady", 1.5)));
        let (wild, steady) =
            (compared(&usual, &counted("wild", 300.0, 400.0)), compared(&usual, &counted("steady", 300.0, 400.0)));
        assert!((wild.ratio - steady.ratio).abs() < 0.4, "{wild:?} {steady:?}");
        assert!(wild.spread > 1.4 && steady.spread == LEAST_SPREAD, "{wild:?} {steady:?}");
        assert!(steady.z() > 2.0 * wild.z());
        // A few stories say little of the spread.
        let few = Usual::learn(spread("wild", 10.0).take(6));
        assert!((compared(&few, &counted("wild", 300.0, 400.0)).spread - SPREAD).abs() < 0.3);
    }

    #[test]
    fn any_count_that_is_pushed_is_compared_under_its_name() {
        let mut week: Vec<Candidate> = (0..9).map(|_| counted("a", 1.0, 400.0)).collect();
        for (story, likes) in week.iter_mut().zip([100.0; 8].into_iter().chain([300.0])) {
            let at = story.published_at + TimeDelta::days(20);
            story.signals.count("likes", Count { total: likes, counted_at: at });
            story.signals.count("clicks", Count { total: 1e6, counted_at: at });
        }
        let usual = Usual::among(&week);
        let likes = Counted::named("likes").unwrap();
        assert_eq!((likes.word(), Counted::named("clicks")), ("likes", None));
        assert!(usual.compare(&likes, &week[8]).unwrap().ratio > 2.0);
        assert!((usual.compare(&likes, &week[0]).unwrap().ratio - 1.0).abs() < 0.2);
    }

    proptest! {
        /// However a platform grows: a story that has what is usual at its age is usual, at whatever age that is
        /// counted.
        #[test]
        fn the_usual_is_usual_at_every_age(
            total in 50.0_f64..5000.0,
            half in 1.0_f64..60.0,
            ages in prop::collection::vec(1.0_f64..500.0, 1..6),
        ) {
            let at = |hours: f64| total * (1.0 - 0.5_f64.powf(hours / half));
            let hours = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
            let story = || growth("a", &hours.map(|hours| (hours, at(hours))));
            let usual = Usual::learn((0..400).map(|_| story()));
            for hours in ages {
                let ratio = compared(&usual, &counted("a", at(hours), hours)).ratio;
                prop_assert!((ratio.ln()).abs() < 0.25, "{ratio} at {hours} h");
                prop_assert!(compared(&usual, &counted("a", 2.0 * at(hours) + 9.0, hours)).ratio > ratio);
            }
        }

        #[test]
        fn what_is_learnt_does_not_depend_on_the_order(
            stories in prop::collection::vec((0.0_f64..1e4, 0.1_f64..800.0, 0_usize..3), 0..40)
        ) {
            let growths: Vec<Growth> = stories
                .iter()
                .map(|(total, hours, platform)| growth(["a", "b", "c"][*platform], &[(*hours, *total)]))
                .collect();
            let (there, back) = (Usual::learn(growths.clone()), Usual::learn(growths.into_iter().rev()));
            for platform in ["a", "b", "c", "d"] {
                let story = counted(platform, 10.0, 24.0);
                let ratio = |usual: &Usual| usual.compare(&Counted::Comments, &story).map(|found| found.z());
                let (there, back) = (ratio(&there), ratio(&back));
                prop_assert_eq!(there.is_some(), back.is_some());
                prop_assert!(there.zip(back).is_none_or(|(a, b)| (a - b).abs() < 1e-6 && a.is_finite()));
            }
        }
    }
}
