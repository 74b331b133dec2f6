//! Which stories of an edition are compared, and how much each comparison counts.

use super::sparse::{Aim, Pair};
use super::{Fate, Past, Story};

/// Of what was left, only the best-scored are looked at, by editors as well: so many for each story of the edition.
const LOOKED_AT: usize = 10;

/// An edition's stories that are compared, in an order that does not depend on theirs, and the pairs of their numbers.
/// Distances are counted in `unit`.
pub fn of(past: &Past, unit: f64) -> (Vec<&Story>, Vec<Pair>) {
    let mut stories: Vec<&Story> = past.stories.iter().collect();
    stories.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.story.cmp(&b.candidate.story)));
    let mut left = LOOKED_AT * past.length();
    stories.retain(|story| {
        let is_left = story.fate() == Fate::Left;
        left = left.saturating_sub(usize::from(is_left));
        !is_left || left > 0
    });
    let with =
        |fate: Fate| -> Vec<usize> { (0..stories.len()).filter(|number| stories[*number].fate() == fate).collect() };
    let [taken_in, let_stand, thrown_out, left] =
        [Fate::TakenIn, Fate::LetStand, Fate::ThrownOut, Fate::Left].map(with);
    let mut pairs = Vec::new();
    let mut compare = |better: &[usize], worse: &[usize], share: usize, aim: &dyn Fn(usize, usize) -> Aim| {
        for (better, worse) in better.iter().flat_map(|better| worse.iter().map(move |worse| (*better, *worse))) {
            pairs.push(Pair { better, worse, weight: 1.0 / share as f64, aim: aim(better, worse) });
        }
    };
    // By hand. All pairs of a story that was taken in, or thrown out, count 1.
    compare(&taken_in, &[thrown_out.as_slice(), &left].concat(), thrown_out.len() + left.len(), &|_, _| Aim::Before);
    compare(&let_stand, &thrown_out, let_stand.len(), &|_, _| Aim::Before);
    // Nobody's.
    compare(&let_stand, &left, left.len(), &|better, worse| {
        Aim::Stay((stories[better].score - stories[worse].score) / unit)
    });
    (stories, pairs)
}
