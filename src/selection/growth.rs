//! How counts grow: the share of its final count that a story has at an age, learnt from what was counted before.

use chrono::{DateTime, Utc};

use super::candidate::Count;
use super::signals::{Counted, KAPPA};

/// The share is learnt at 1, 2, 4 … 512 hours; after three weeks a count is final.
const KNOTS: usize = 10;
/// Where nothing is known, a story has 1 - 1/e of its final count after so many hours.
const HOURS: f64 = 36.0;
/// Stories that must have been seen for half of what they say to be believed.
const SHRINKAGE: f64 = 5.0;
/// What a count was at a knot depends on the curve between two readings, and the curve on that: so often it is made
/// anew.
const ROUNDS: usize = 6;
/// Until it changes less than this.
const SETTLED: f64 = 0.002;

/// How one count of one story grew.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    pub platform: String,
    pub counted: Counted,
    pub published_at: DateTime<Utc>,
    /// In the order of time; each is all there were by then.
    pub readings: Vec<Count>,
}

/// A reading: hours since publication, and the most that was ever counted by then, for comments are deleted too.
pub(super) type Point = (f64, f64);

impl Growth {
    pub(super) fn points(&self) -> Vec<Point> {
        let mut most: f64 = 0.0;
        let point = |reading: &Count| {
            most = most.max(reading.total);
            (age(self.published_at, reading.counted_at), most)
        };
        self.readings.iter().map(point).collect()
    }
}

/// In hours; a minute at least, for feeds tell of the future as well.
pub(super) fn age(published_at: DateTime<Utc>, at: DateTime<Utc>) -> f64 {
    ((at - published_at).num_seconds() as f64 / 3600.0).max(1.0 / 60.0)
}

/// The share of its final count that a story has at each age: never falling, 1 in the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve([f64; KNOTS]);

impl Default for Curve {
    /// 1 - e^(-hours / 36).
    fn default() -> Self {
        Self(std::array::from_fn(|knot| 1.0 - (-hours_of(knot) / HOURS).exp()))
    }
}

impl Curve {
    /// Learns from stories that were counted several times; where those are few it stays near `towards`.
    ///
    /// A chain ladder: from each knot to the next, what share of the later count was there already. So a story says
    /// what it can, however late it was first counted and however early it was last. The share of one story is weighted
    /// by how much was counted, up to 1, so that a sensation says no more than another story.
    pub(super) fn fit<'a>(stories: impl Iterator<Item = &'a [Point]> + Clone, towards: &Self) -> Self {
        let mut curve = towards.clone();
        for _ in 0..ROUNDS {
            let mut seen = [(0.0, 0.0); KNOTS];
            for points in stories.clone() {
                let at: [Option<f64>; KNOTS] = std::array::from_fn(|knot| curve.total_at(points, hours_of(knot)));
                for knot in 1..KNOTS {
                    let (Some(earlier), Some(later)) = (at[knot - 1], at[knot]) else { continue };
                    if later > 0.0 {
                        let weight = later / (later + KAPPA);
                        seen[knot].0 += weight * earlier / later;
                        seen[knot].1 += weight;
                    }
                }
            }
            let mut shares = towards.0;
            for knot in (1..KNOTS).rev() {
                let usual = towards.0[knot - 1] / towards.0[knot];
                let (there, weight) = seen[knot];
                shares[knot - 1] = shares[knot] * (there + SHRINKAGE * usual) / (weight + SHRINKAGE);
            }
            let is_settled = shares.iter().zip(&curve.0).all(|(new, old)| (new - old).abs() < SETTLED);
            curve = Self(shares);
            if is_settled {
                break;
            }
        }
        curve
    }

    pub fn share(&self, hours: f64) -> f64 {
        if hours <= 1.0 {
            return self.0[0] * hours.max(0.0);
        }
        let place = hours.log2();
        let knot = place as usize;
        match self.0.get(knot..knot + 2) {
            Some(&[before, after]) => before + (after - before) * (place - knot as f64),
            _ => self.0[KNOTS - 1],
        }
    }

    /// What a count was at an age: between two readings it grew like the curve. `None` before the first and after the
    /// last.
    fn total_at(&self, points: &[Point], hours: f64) -> Option<f64> {
        let after = points.partition_point(|(age, _)| *age < hours);
        let (later_age, later) = *points.get(after)?;
        if later_age == hours {
            return Some(later);
        }
        let (earlier_age, earlier) = *points.get(after.checked_sub(1)?)?;
        let (from, to) = (self.share(earlier_age), self.share(later_age));
        let way = if to > from {
            (self.share(hours) - from) / (to - from)
        } else {
            (hours - earlier_age) / (later_age - earlier_age)
        };
        Some(earlier + (later - earlier) * way)
    }
}

fn hours_of(knot: usize) -> f64 {
    (1_u32 << knot).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Readings of a story that gets `total` in the end, half of it every `half` hours.
    fn grown(total: f64, half: f64, hours: &[f64]) -> Vec<Point> {
        hours.iter().map(|hours| (*hours, total * (1.0 - 0.5_f64.powf(hours / half)))).collect()
    }

    fn fit(stories: &[Vec<Point>]) -> Curve {
        Curve::fit(stories.iter().map(Vec::as_slice), &Curve::default())
    }

    #[test]
    fn is_the_default_where_nothing_is_known_and_the_truth_where_much_is() {
        for (hours, share) in [(1.0, 0.027), (24.0, 0.487), (36.0, 0.632), (400.0, 1.0)] {
            assert!((Curve::default().share(hours) - share).abs() < 0.01);
            assert!((fit(&[]).share(hours) - Curve::default().share(hours)).abs() < 1e-9);
        }
        // Three quarters come in the first eight hours: some stories are watched early, others late.
        let early = [0.7, 1.5, 3.0, 5.0, 9.0, 20.0];
        let late = [6.0, 14.0, 30.0, 80.0, 200.0, 700.0];
        let many: Vec<_> =
            (1..400).map(|n| grown(f64::from(n), 4.0, if n % 2 == 0 { &early } else { &late })).collect();
        let curve = fit(&many);
        for (hours, share) in [(4.0, 0.5), (8.0, 0.75), (16.0, 0.94), (64.0, 1.0)] {
            assert!((curve.share(hours) - share).abs() < 0.03, "{hours} h: {} is not {share}", curve.share(hours));
        }
        // A few say a little.
        let few = fit(&many[..4]).share(8.0);
        assert!(few > Curve::default().share(8.0) + 0.01 && few < 0.4, "{few}");
    }

    #[test]
    fn one_sensation_is_one_story() {
        let hours = [1.0, 4.0, 16.0, 64.0, 256.0];
        let mut stories: Vec<_> = (0..200).map(|_| grown(50.0, 4.0, &hours)).collect();
        let without = fit(&stories);
        stories.push(hours.iter().map(|hours| (*hours, 1e6 * hours)).collect());
        assert!((fit(&stories).share(16.0) - without.share(16.0)).abs() < 0.01);
    }

    fn any_stories() -> impl Strategy<Value = Vec<Vec<Point>>> {
        let story = prop::collection::vec((0.02_f64..900.0, 0.0_f64..1e5), 0..8).prop_map(|mut points| {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut most: f64 = 0.0;
            for (_, total) in &mut points {
                most = most.max(*total);
                *total = most;
            }
            points
        });
        prop::collection::vec(story, 0..40)
    }

    proptest! {
        #[test]
        fn never_falls_and_ends_at_one(stories in any_stories(), ages in prop::collection::vec(0.0_f64..2000.0, 2..20)) {
            let curve = fit(&stories);
            let mut ages = ages;
            ages.sort_by(f64::total_cmp);
            let shares: Vec<f64> = ages.iter().map(|hours| curve.share(*hours)).collect();
            prop_assert!(shares.is_sorted(), "{shares:?}");
            prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
            prop_assert!((curve.share(1000.0) - 1.0).abs() < 1e-5);
            prop_assert!(curve.share(1.0) > 0.0);
        }
    }
}
