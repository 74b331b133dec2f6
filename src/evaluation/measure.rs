//! What a ranking is worth.

use super::week::Week;
use crate::selection::{Words, dot};

/// Resamples of the weeks.
const RESAMPLES: usize = 2000;
/// Headlines this much alike are one story told twice.
const DUPLICATE: f64 = 0.6;

/// The measures of a ranking, each the mean over the weeks with its 95 % bootstrap interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Picks found among as many as were picked.
    pub overlap: Interval,
    /// The same as a share.
    pub r_precision: Interval,
    /// The share of the picks found among twice as many.
    pub recall: Interval,
    pub ndcg: Interval,
    /// Pairs of one story left among the first.
    pub duplicates: Interval,
    pub platforms: Interval,
    /// The overlap of each week.
    pub weeks: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Interval {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

/// Rankings stand as the weeks do; each holds numbers of items, the best first.
pub fn measure(weeks: &[&Week], rankings: &[Vec<usize>]) -> Measured {
    let each = |of: &dyn Fn(&Week, &[usize]) -> f64| -> Interval {
        interval(&weeks.iter().zip(rankings).map(|(week, ranking)| of(week, ranking)).collect::<Vec<f64>>())
    };
    let hits = |week: &Week, ranking: &[usize], many: usize| -> usize {
        ranking.iter().take(many).filter(|number| week.picks.contains(number)).count()
    };
    let picks = |week: &Week| week.picks.len();
    Measured {
        overlap: each(&|week, ranking| hits(week, ranking, picks(week)) as f64),
        r_precision: each(&|week, ranking| hits(week, ranking, picks(week)) as f64 / picks(week) as f64),
        recall: each(&|week, ranking| hits(week, ranking, 2 * picks(week)) as f64 / picks(week) as f64),
        ndcg: each(&ndcg),
        duplicates: each(&|week, ranking| duplicates(week, ranking) as f64),
        platforms: each(&|week, ranking| {
            let first = ranking.iter().take(picks(week));
            let names: std::collections::BTreeSet<&str> =
                first.map(|number| week.items[*number].candidate.platform.as_str()).collect();
            names.len() as f64
        }),
        weeks: weeks.iter().zip(rankings).map(|(week, ranking)| hits(week, ranking, picks(week))).collect(),
    }
}

fn ndcg(week: &Week, ranking: &[usize]) -> f64 {
    let many = week.picks.len();
    // The first pick gains most.
    let gain =
        |number: &usize| week.picks.iter().position(|pick| pick == number).map_or(0.0, |place| (many - place) as f64);
    let sum = |numbers: &[usize]| -> f64 {
        numbers.iter().take(many).enumerate().map(|(place, number)| gain(number) / (place as f64 + 2.0).log2()).sum()
    };
    sum(ranking) / sum(&week.picks)
}

fn duplicates(week: &Week, ranking: &[usize]) -> usize {
    let texts: Vec<Words> = week.items.iter().map(|item| Words::new(&item.candidate.title, "")).collect();
    let rarity = crate::selection::Index::new(&texts, vec![0; texts.len()]);
    let first = &ranking[..ranking.len().min(week.picks.len())];
    let is_pair = |a: usize, b: usize| dot(&rarity.vectors[a], &rarity.vectors[b]) >= DUPLICATE;
    first.iter().enumerate().map(|(at, a)| first[at + 1..].iter().filter(|b| is_pair(*a, **b)).count()).sum()
}

fn interval(values: &[f64]) -> Interval {
    let mean = |values: &mut dyn Iterator<Item = f64>, many: usize| values.sum::<f64>() / many.max(1) as f64;
    let mut random = Random::new(1);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| mean(&mut (0..values.len()).map(|_| values[random.below(values.len())]), values.len()))
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((RESAMPLES - 1) as f64 * share).round() as usize];
    Interval { mean: mean(&mut values.iter().copied(), values.len()), low: at(0.025), high: at(0.975) }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `many`, which is not 0.
    pub fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % many as u64) as usize
    }
}
