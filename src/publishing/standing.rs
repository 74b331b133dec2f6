//! What an editor's decisions, and earlier editions, make of a story and of the order of a brief. Pure.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::selection::Pick;
use crate::store::{Decision, EditionName, StoryId, Verdict};

/// How a story stands for the next edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The selection decides.
    Free,
    /// It is in, at this place or where its score puts it.
    Pinned(Option<u32>),
    /// It is out, whatever its score; why, in a sentence.
    Out(String),
}

impl Standing {
    /// Embargo and expiry go before a pin; a pin goes before "sent already".
    pub fn of(
        decision: Option<&Decision>,
        sent_in: Option<&EditionName>,
        goes_out: DateTime<Utc>,
        zone: Tz,
    ) -> Standing {
        let local = |at: DateTime<Utc>| at.with_timezone(&zone).format("%a %-d %b %Y %H:%M");
        if let Some(decision) = decision {
            match (decision.verdict, decision.embargo_until, decision.expires_at) {
                (Verdict::Drop, ..) => return Self::Out("Dropped by the editor.".into()),
                (_, Some(until), _) if goes_out < until => {
                    return Self::Out(format!("Embargoed until {}.", local(until)));
                }
                (_, _, Some(at)) if goes_out >= at => return Self::Out(format!("Expires at {}.", local(at))),
                (Verdict::Pin { place }, ..) => return Self::Pinned(place),
                (Verdict::Open, ..) => {}
            }
        }
        sent_in.map_or(Self::Free, |edition| Self::Out(format!("It was in {edition} already.")))
    }
}

/// The order of a brief of `stories` places: each placed pin at its place, the other pins where they were picked or at
/// the end, and picks in between, of which the last give way to pins that were not picked. Two pins of one place follow
/// each other. Gives the picks that had to go, too.
pub(super) fn arrange(
    picks: Vec<Pick>,
    placed: Vec<(u32, Pick)>,
    unplaced: Vec<Pick>,
    stories: usize,
) -> (Vec<Pick>, Vec<Pick>) {
    let pinned: HashSet<StoryId> = unplaced.iter().map(|pick| pick.story).collect();
    let picked: HashSet<StoryId> = picks.iter().map(|pick| pick.story).collect();
    let forced: Vec<Pick> = unplaced.into_iter().filter(|pick| !picked.contains(&pick.story)).collect();
    let mut others = picks;
    let mut gave_way = Vec::new();
    while others.len() + forced.len() + placed.len() > stories {
        let Some(last) = others.iter().rposition(|pick| !pinned.contains(&pick.story)) else { break };
        gave_way.insert(0, others.remove(last));
    }
    others.extend(forced);
    let mut placed = placed;
    placed.sort_by_key(|(place, pick)| (*place, pick.story));
    let mut placed = placed.into_iter().peekable();
    let mut others = others.into_iter();
    let mut order = Vec::new();
    loop {
        let is_here = placed.peek().is_some_and(|(place, _)| *place as usize <= order.len() + 1);
        let next = if is_here { placed.next().map(|(_, pick)| pick) } else { others.next() };
        match next.or_else(|| placed.next().map(|(_, pick)| pick)) {
            Some(pick) => order.push(pick),
            None => return (order, gave_way),
        }
    }
}

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
    use proptest::prelude::*;

    use super::*;
    use crate::selection::Features;

    fn pick(story: i64) -> Pick {
        Pick {
            story: StoryId(story),
            score: 0.0,
            reasons: Vec::new(),
            also_on: Vec::new(),
            features: Features::default(),
        }
    }

    fn arranged(picks: &[i64], placed: &[(u32, i64)], unplaced: &[i64], stories: usize) -> (Vec<i64>, Vec<i64>) {
        let ids = |picks: Vec<Pick>| picks.iter().map(|pick| pick.story.0).collect();
        let placed = placed.iter().map(|(place, story)| (*place, pick(*story))).collect();
        let picks_of = |ids: &[i64]| ids.iter().copied().map(pick).collect();
        let (order, gave_way) = arrange(picks_of(picks), placed, picks_of(unplaced), stories);
        (ids(order), ids(gave_way))
    }

    #[test]
    fn pins_stand_at_their_places_and_picks_give_way() {
        assert_eq!(arranged(&[1, 2, 3], &[(1, 9)], &[], 4), (vec![9, 1, 2, 3], vec![]));
        assert_eq!(arranged(&[1, 2, 3, 4], &[(2, 9)], &[], 4), (vec![1, 9, 2, 3], vec![4]));
        assert_eq!(arranged(&[1, 2, 3], &[], &[3, 8], 3), (vec![1, 3, 8], vec![2]));
        assert_eq!(arranged(&[1], &[(5, 9), (5, 8)], &[], 4), (vec![1, 8, 9], vec![]));
        // More pins than places: all of them are in.
        assert_eq!(arranged(&[1], &[(1, 9), (1, 8)], &[7], 2), (vec![8, 9, 7], vec![1]));
    }

    #[test]
    fn embargo_and_expiry_go_before_a_pin_and_a_pin_before_sent_already() {
        let at = |hours: i64| DateTime::from_timestamp(1_700_000_000 + 3600 * hours, 0).unwrap();
        let sent = EditionName { newsletter: "weekly-brief".into(), number: 3 };
        let decision = |verdict, embargo: Option<i64>, expires: Option<i64>| Decision {
            verdict,
            embargo_until: embargo.map(at),
            expires_at: expires.map(at),
            ..Decision::open(StoryId(1), at(0))
        };
        let standing = |decision: &Decision| Standing::of(Some(decision), Some(&sent), at(10), Tz::UTC);
        let pin = Verdict::Pin { place: Some(2) };
        assert_eq!(standing(&decision(pin, Some(10), Some(11))), Standing::Pinned(Some(2)));
        assert_eq!(
            standing(&decision(pin, Some(11), None)),
            Standing::Out("Embargoed until Wed 15 Nov 2023 09:13.".into())
        );
        assert_eq!(standing(&decision(pin, None, Some(10))), Standing::Out("Expires at Wed 15 Nov 2023 08:13.".into()));
        assert_eq!(standing(&decision(Verdict::Drop, None, None)), Standing::Out("Dropped by the editor.".into()));
        assert_eq!(
            standing(&decision(Verdict::Open, Some(1), None)),
            Standing::Out("It was in weekly-brief/3 already.".into())
        );
        assert_eq!(Standing::of(None, None, at(10), Tz::UTC), Standing::Free);
    }

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

    proptest! {
        #[test]
        fn every_pin_is_in_and_a_placed_one_at_its_place(
            free in 0_usize..20,
            places in prop::collection::btree_set(1_u32..12, 0..6),
            unplaced in 0_usize..4,
            stories in 1_usize..12,
        ) {
            let picks: Vec<i64> = (0..free.min(stories) as i64).collect();
            let placed: Vec<(u32, i64)> = places.iter().map(|place| (*place, 100 + i64::from(*place))).collect();
            let pins: Vec<i64> = (200..200 + unplaced as i64).collect();
            let (order, gave_way) = arranged(&picks, &placed, &pins, stories);
            let wanted = stories.max(placed.len() + pins.len()).min(picks.len() + placed.len() + pins.len());
            prop_assert_eq!(order.len(), wanted);
            prop_assert_eq!(order.len() + gave_way.len(), picks.len() + placed.len() + pins.len());
            prop_assert!(pins.iter().all(|pin| order.contains(pin)));
            for (place, story) in placed {
                let stands = order.iter().position(|one| *one == story).map(|index| index as u32 + 1);
                // Where the brief is too short for its place, it stands as near to it as it can.
                prop_assert!(stands == Some(place) || stands < Some(place) && order.len() < place as usize + places.len());
            }
        }
    }
}
