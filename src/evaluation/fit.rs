//! Two small models, fitted the same way every time: how likely something is, and how much.
//!
//! Both are linear in named features and held back by a ridge, by coordinate descent from nothing. A feature that fewer
//! than [`FEWEST`] examples have is left out.

use std::collections::BTreeMap;

const FEWEST: usize = 3;
/// More passes change nothing that counts.
const MOST_PASSES: usize = 100;
const ENOUGH: f64 = 1e-4;

/// What is known of one example; what is not named is 0.
pub type Named = Vec<(String, f64)>;

#[derive(Clone, Debug, Default)]
pub struct Linear {
    weights: BTreeMap<String, f64>,
    constant: f64,
}

impl Linear {
    pub fn of(&self, features: &Named) -> f64 {
        let points = features.iter().filter_map(|(name, value)| Some(self.weights.get(name)? * value));
        self.constant + points.sum::<f64>()
    }

    /// The logarithm of the odds that an example is one of those that are marked 1, beside 0.
    pub fn odds(examples: &[(Named, f64)], ridge: f64) -> Self {
        // The curvature of the logistic loss is nowhere more than a quarter, so no step overshoots.
        descend(examples, ridge, 0.25, |sum| 1.0 / (1.0 + (-sum).exp()))
    }

    /// The value that is expected.
    pub fn value(examples: &[(Named, f64)], ridge: f64) -> Self {
        descend(examples, ridge, 1.0, |sum| sum)
    }
}

fn descend(examples: &[(Named, f64)], ridge: f64, curvature: f64, expected: impl Fn(f64) -> f64) -> Linear {
    let mut columns: BTreeMap<&str, Vec<(usize, f64)>> = BTreeMap::new();
    for (row, (features, _)) in examples.iter().enumerate() {
        for (name, value) in features {
            columns.entry(name).or_default().push((row, *value));
        }
    }
    columns.retain(|_, column| column.len() >= FEWEST);
    let mut weights = vec![0.0; columns.len()];
    let mut constant = 0.0;
    let mut sums = vec![0.0; examples.len()];
    for _ in 0..MOST_PASSES {
        let missing: f64 = examples.iter().zip(&sums).map(|((_, wanted), sum)| wanted - expected(*sum)).sum();
        let step = missing / (curvature * examples.len().max(1) as f64);
        constant += step;
        sums.iter_mut().for_each(|sum| *sum += step);
        let mut farthest = step.abs();
        for (column, weight) in columns.values().zip(&mut weights) {
            let missing = |(row, value): &(usize, f64)| value * (examples[*row].1 - expected(sums[*row]));
            let gain = column.iter().map(missing).sum::<f64>() - ridge * *weight;
            let squares: f64 = column.iter().map(|(_, value)| value * value).sum();
            let step = gain / (curvature * squares + ridge);
            *weight += step;
            for (row, value) in column {
                sums[*row] += step * value;
            }
            farthest = farthest.max(step.abs());
        }
        if farthest < ENOUGH {
            break;
        }
    }
    Linear { weights: columns.keys().map(|name| (*name).to_owned()).zip(weights).collect(), constant }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Named {
        vec![(name.to_owned(), 1.0)]
    }

    #[test]
    fn finds_what_was_put_in_and_believes_little_of_what_is_rare() {
        let many = |name: &str, value: f64, times: usize| vec![(named(name), value); times];
        let examples = [many("high", 5.0, 200), many("low", 1.0, 200), many("once", 90.0, 1)].concat();
        let fitted = Linear::value(&examples, 1.0);
        assert!((fitted.of(&named("high")) - fitted.of(&named("low")) - 4.0).abs() < 0.1);
        assert_eq!(fitted.of(&named("once")), fitted.of(&named("unknown")));

        let examples = [many("a", 1.0, 80), many("a", 0.0, 20), many("b", 0.0, 90), many("b", 1.0, 10)].concat();
        let odds = Linear::odds(&examples, 0.1);
        assert!((odds.of(&named("a")) - 4_f64.ln()).abs() < 0.1, "{}", odds.of(&named("a")));
        assert!((odds.of(&named("b")) + 9_f64.ln()).abs() < 0.1, "{}", odds.of(&named("b")));
    }
}
