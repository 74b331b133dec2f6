//! What an editor picked before, by section, author, platform and subject: a number for each story that says how much it
//! is to that taste.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::text;

/// Stories that must have been seen for half of what they say to be believed.
const SHRINKAGE: f64 = 20.0;
/// The farthest one feature can move a story. What was never picked says more than what was picked often.
const MOST_UP: f64 = 0.7;
const MOST_DOWN: f64 = 4.0;
/// The same where an editor's own changes taught it, which say more than picks that were only let stand.
const MOST_UP_BY_HAND: f64 = 1.5;
/// What moves a story by less is not worth a word.
const WORTH_A_WORD: f64 = 0.1;

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

    /// What was learnt elsewhere, within [`Prior::BOUNDS`].
    pub fn learnt(features: impl IntoIterator<Item = (String, f64)>) -> Self {
        let (least, most) = Self::BOUNDS;
        Self { features: features.into_iter().map(|(feature, points)| (feature, points.clamp(least, most))).collect() }
    }

    /// The farthest one feature can move a story, down and up.
    pub const BOUNDS: (f64, f64) = (-MOST_DOWN, MOST_UP_BY_HAND);

    /// Each feature with what it says.
    pub fn features(&self) -> impl Iterator<Item = (&str, f64)> {
        self.features.iter().map(|(feature, points)| (feature.as_str(), *points))
    }

    /// The sum over what is known of its features; 0 where nothing is.
    pub fn of(&self, features: &[String]) -> f64 {
        features.iter().filter_map(|feature| self.features.get(feature)).sum()
    }

    /// What speaks most for a story, for a sentence: `your picks: Politics more than usual`. `None` where nothing does.
    pub fn reason(&self, story: &Candidate) -> Option<String> {
        let known = traits(story).into_iter().filter_map(|feature| Some((*self.features.get(&feature)?, feature)));
        let (points, feature) = known.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))?;
        (points >= WORTH_A_WORD).then(|| format!("your picks: {} more than usual", called(&feature, story)))
    }
}

/// A feature in the story's own words.
fn called(feature: &str, story: &Candidate) -> String {
    let (kind, rest) = feature.split_once(' ').unwrap_or((feature, ""));
    let is_meant = |author: &&String| text::words(author).join(" ") == rest;
    match kind {
        "section" if story.section.is_empty() => "stories without a section".into(),
        "section" => story.section.clone(),
        "platform" => format!("stories from {}", story.platform),
        "author" => {
            story.authors.iter().find(is_meant).map_or_else(|| rest.to_owned(), |author| format!("by {author}"))
        }
        "tag" | "word" => format!("“{rest}”"),
        _ => "questions".into(),
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

/// All that a taste may hang on: [`features`], the platform, the authors, the tags and the words of the headline. Each
/// once.
pub fn traits(story: &Candidate) -> Vec<String> {
    let mut traits = features(&story.section, &story.title);
    traits.push(format!("platform {}", story.platform));
    traits.extend(story.authors.iter().map(|author| format!("author {}", text::words(author).join(" "))));
    traits.extend(story.tags.iter().map(|tag| format!("tag {}", text::words(tag).join(" "))));
    traits.extend(
        text::words(&story.title).into_iter().filter(|word| text::is_telling(word)).map(|word| format!("word {word}")),
    );
    traits.sort_unstable();
    traits.dedup();
    traits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection::sample::story;

    #[test]
    fn names_what_speaks_most_for_a_story_in_its_own_words() {
        let told = Candidate {
            section: "World Politics".into(),
            title: "Will the ferry sail?".into(),
            authors: vec!["Ama Owusu".into()],
            ..story(1)
        };
        let reason = |features: &[(&str, f64)]| {
            Prior::learnt(features.iter().map(|(name, points)| ((*name).to_owned(), *points))).reason(&told)
        };
        assert_eq!(
            reason(&[("section world politics", 0.9), ("author ama owusu", 0.4), ("word ferry", -2.0)]).unwrap(),
            "your picks: World Politics more than usual"
        );
        assert_eq!(reason(&[("author ama owusu", 0.4)]).unwrap(), "your picks: by Ama Owusu more than usual");
        assert_eq!(reason(&[("word ferry", 0.4)]).unwrap(), "your picks: “ferry” more than usual");
        assert_eq!(reason(&[("question", 0.4)]).unwrap(), "your picks: questions more than usual");
        assert_eq!(reason(&[("section world politics", -0.9), ("section sport", 1.0)]), None);
    }

    #[test]
    fn no_feature_moves_a_story_farther_than_its_bound() {
        let prior = Prior::learnt([("word ferry".to_owned(), 9.0), ("word choir".to_owned(), -9.0)]);
        assert_eq!(prior.of(&["word ferry".into()]), 1.5);
        assert_eq!(prior.of(&["word choir".into(), "word unknown".into()]), -4.0);
    }
}
