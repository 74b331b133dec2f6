//! Where pins stand: each place of a brief is one story's. Pure.

use crate::store::{Decision, StoryId, Verdict};

/// Pins a story to a place; pins that stand there or right behind make room.
pub(super) fn pin_at(decisions: &mut [Decision], story: StoryId, place: u32) -> Vec<Decision> {
    decisions.sort_by_key(|decision| (place_of(decision), decision.story));
    let mut taken = place;
    let mut moved = Vec::new();
    for decision in decisions.iter_mut().filter(|decision| decision.story != story) {
        if place_of(decision) == Some(taken) {
            taken += 1;
            decision.verdict = Verdict::Pin { place: Some(taken) };
            moved.push(*decision);
        }
    }
    moved
}

fn place_of(decision: &Decision) -> Option<u32> {
    match decision.verdict {
        Verdict::Pin { place } => place,
        Verdict::Open | Verdict::Drop => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn pins_make_room_until_there_is_a_gap() {
        let pin = |story: i64, place: u32| Decision {
            verdict: Verdict::Pin { place: Some(place) },
            ..Decision::open(StoryId(story), DateTime::UNIX_EPOCH)
        };
        let mut decisions = [pin(5, 4), pin(2, 2), pin(1, 1), pin(9, 3)];
        let moved = pin_at(&mut decisions, StoryId(9), 1);
        let places: Vec<(i64, Option<u32>)> = moved.iter().map(|one| (one.story.0, place_of(one))).collect();
        assert_eq!(places, [(1, Some(2)), (2, Some(3))]);
    }
}
