//! What an editor picked before, by section: a number for each story that says how much it is to that taste.

use std::collections::BTreeMap;

use super::text;

/// Stories that must have been seen for half of what they say to be believed.
const SHRINKAGE: f64 = 20.0;
/// The farthest one feature can move a story. What was never picked says more than what was picked often.
const MOST_UP: f64 = 0.7;
const MOST_DOWN: f64 = 4.0;

/// How much likelier than usual a story with this feature is picked, as a logarithm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prior {
    features: BTreeMap<String, f64>,
}

impl Prior {
    /// Learns from earlier editions: for each candidate its features and how far it went, 0 (not picked) to 1.
    pub fn fit<'a>(past: impl IntoIterator<Item = (Vec<String>, f64)> + 'a) -> Self {
        let mut seen: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        let (mut all, mut picked) = (0.0, 0.0);
        for (features, share) in past {
            all += 1.0;
            picked += share;
            for feature in features {
                let entry = seen.entry(feature).or_default();
                entry.0 += 1.0;
                entry.1 += share;
            }
        }
        if picked == 0.0 {
            return Self::default();
        }
        let usual = picked / all;
        let strength = |(many, share): (f64, f64)| {
            let shrunk = (share + SHRINKAGE * usual) / (many + SHRINKAGE);
            (shrunk / usual).ln().clamp(-MOST_DOWN, MOST_UP)
        };
        Self { features: seen.into_iter().map(|(feature, counts)| (feature, strength(counts))).collect() }
    }

    /// The sum over what is known of its features; 0 where nothing is.
    pub fn of(&self, features: &[String]) -> f64 {
        features.iter().filter_map(|feature| self.features.get(feature)).sum()
    }
}

/// What a prior knows a story by: its section, and that it is a question.
pub fn features(section: &str, title: &str) -> Vec<String> {
    let mut features = vec![format!("section {}", text::words(section).join(" "))];
    if title.trim_end().ends_with(['?', '？', '؟']) {
        features.push("question".into());
    }
    features
}
