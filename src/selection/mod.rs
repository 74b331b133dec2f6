//! Selection: which of the week's stories go into the brief, in which order, and why.
//!
//! Pure: candidates and a rule in, picks with their reasons out. Leaves out what a pick looks like, and who overrides
//! it. Cannot fail; with too few candidates it picks fewer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::store::StoryId;

/// A story that could be picked, as far as picking depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub story: StoryId,
    pub platform: String,
    pub published_at: DateTime<Utc>,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The most stories to pick.
    pub stories: usize,
}

/// A picked story.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    pub story: StoryId,
    /// From 1 for the newest of the window to 0 for the oldest.
    pub score: f64,
    /// A sentence each.
    pub reasons: Vec<String>,
}

/// What was picked, the lead first, and what would come next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    pub picks: Vec<Pick>,
    /// Those left out, best first, each with what kept it out; as many as were picked at most.
    pub shortlist: Vec<Pick>,
}

/// Picks newest first, with at least one story of every platform that has any and at most half from one.
///
/// Half is rounded up, and holds only while other platforms still have stories: with one platform alone it gives all.
/// Two stories of the same moment stand in the order of their ids, so the same candidates give the same brief.
pub fn select(candidates: &[Candidate], rule: Rule) -> Selection {
    let mut ranked: Vec<&Candidate> = candidates.iter().collect();
    ranked.sort_by(|a, b| b.published_at.cmp(&a.published_at).then(a.story.cmp(&b.story)));
    let mut chosen = first_of_each_platform(&ranked, rule.stories);
    let cap = rule.stories.div_ceil(2);
    // The second pass is for when the other platforms have run dry.
    for is_capped in [true, false] {
        for (index, candidate) in ranked.iter().enumerate() {
            let of_platform = chosen.keys().filter(|at| ranked[**at].platform == candidate.platform).count();
            if chosen.len() < rule.stories && !chosen.contains_key(&index) && (!is_capped || of_platform < cap) {
                chosen.insert(index, if is_capped { Why::Newest } else { Why::OthersRanDry });
            }
        }
    }
    let pick = |index: usize, reason: String| Pick {
        story: ranked[index].story,
        score: score(&ranked, index),
        reasons: vec![reason],
    };
    let picks = chosen.iter().map(|(index, why)| pick(*index, why.sentence(&ranked[*index].platform))).collect();
    let left_out = (0..ranked.len()).filter(|index| !chosen.contains_key(index)).take(rule.stories);
    let shortlist = left_out.map(|index| pick(index, kept_out(&ranked, &chosen, index, cap))).collect();
    Selection { picks, shortlist }
}

#[derive(Clone, Copy, Debug)]
enum Why {
    FirstOfPlatform,
    Newest,
    OthersRanDry,
}

impl Why {
    fn sentence(self, platform: &str) -> String {
        match self {
            Self::FirstOfPlatform => format!("Newest story from {platform}."),
            Self::Newest => "Among the newest of the window.".into(),
            Self::OthersRanDry => format!("The other platforms have no more stories, so {platform} fills the place."),
        }
    }
}

fn first_of_each_platform(ranked: &[&Candidate], stories: usize) -> BTreeMap<usize, Why> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, candidate) in ranked.iter().enumerate() {
        first.entry(&candidate.platform).or_insert(index);
    }
    let mut newest: Vec<usize> = first.into_values().collect();
    newest.sort_unstable();
    newest.into_iter().take(stories).map(|index| (index, Why::FirstOfPlatform)).collect()
}

fn score(ranked: &[&Candidate], index: usize) -> f64 {
    match (ranked.first(), ranked.last()) {
        (Some(newest), Some(oldest)) if newest.published_at > oldest.published_at => {
            let span = (newest.published_at - oldest.published_at).num_seconds() as f64;
            (ranked[index].published_at - oldest.published_at).num_seconds() as f64 / span
        }
        _ => 1.0,
    }
}

fn kept_out(ranked: &[&Candidate], chosen: &BTreeMap<usize, Why>, index: usize, cap: usize) -> String {
    let platform = &ranked[index].platform;
    let of_platform = chosen.keys().filter(|at| ranked[**at].platform == *platform).count();
    let is_newer_than_a_pick = chosen.keys().any(|at| *at > index);
    if is_newer_than_a_pick && of_platform >= cap {
        format!("Kept out: {platform} has its half of the brief already.")
    } else if is_newer_than_a_pick {
        "Kept out by a platform's only story.".into()
    } else {
        "Older than the stories picked.".into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidates(platforms: &[&str]) -> Vec<Candidate> {
        // Newest first, an hour apart.
        let at = |index: usize| DateTime::from_timestamp(1_700_000_000 - 3600 * index as i64, 0).unwrap();
        let candidate = |(index, platform): (usize, &&str)| Candidate {
            story: StoryId(index as i64),
            platform: (*platform).to_owned(),
            published_at: at(index),
        };
        platforms.iter().enumerate().map(candidate).collect()
    }

    fn picked(platforms: &[&str], stories: usize) -> Vec<i64> {
        select(&candidates(platforms), Rule { stories }).picks.iter().map(|pick| pick.story.0).collect()
    }

    #[test]
    fn gives_every_platform_a_story_and_none_more_than_half() {
        assert_eq!(picked(&["a", "a", "a", "b", "b", "c"], 4), [0, 1, 3, 5]);
        assert_eq!(picked(&["a", "a", "a", "a", "b"], 4), [0, 1, 2, 4]);
        assert_eq!(picked(&["a", "a", "a"], 2), [0, 1]);
        assert_eq!(picked(&["a", "b", "c"], 2), [0, 1]);
        assert_eq!(picked(&[], 10), [0; 0]);
    }

    #[test]
    fn says_why_and_why_not() {
        let selection = select(&candidates(&["a", "a", "a", "b"]), Rule { stories: 2 });
        assert_eq!(selection.picks[0].reasons, ["Newest story from a."]);
        assert_eq!(selection.picks[1].reasons, ["Newest story from b."]);
        assert_eq!(selection.shortlist[0].reasons, ["Kept out: a has its half of the brief already."]);
        assert_eq!((selection.picks[0].score, selection.picks[1].score), (1.0, 0.0));
    }

    proptest! {
        #[test]
        fn the_order_of_the_candidates_does_not_matter(
            platforms in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..30),
            stories in 1_usize..12,
        ) {
            let forwards = candidates(&platforms);
            let backwards: Vec<Candidate> = forwards.iter().rev().cloned().collect();
            let selection = select(&forwards, Rule { stories });
            prop_assert_eq!(&selection, &select(&backwards, Rule { stories }));
            prop_assert_eq!(selection.picks.len(), stories.min(platforms.len()));
        }
    }
}
