use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::fit::Ridge;
use super::fit::minimise;
use super::sparse::{Aim, Pair, Row};
use super::*;
use crate::selection::{Orders, Rule, Signals};
use crate::store::StoryId;

const SECTIONS: [&str; 6] = ["Politics", "Celebrity", "Business", "Sport", "Culture", "World"];

/// SplitMix64.
struct Chance(u64);

impl Chance {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, with variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// A week in which selection proposes the ten best by what is configured, and the editor wants the ten best by `wanted`.
fn edition(number: u32, chance: &mut Chance, wanted: &dyn Fn(&Story) -> f64) -> Past {
    let configured = Taste::configured(Weights::default());
    let mut stories: Vec<Story> = (0..60)
        .map(|of_week| {
            let id = i64::from(number) * 1000 + of_week;
            let candidate = Candidate {
                story: StoryId(id),
                platform: ["harmattan", "beatline", "kora"][of_week as usize % 3].into(),
                url: format!("https://example.org/{id}"),
                guid: String::new(),
                title: format!("Alpha{id} beta{id} gamma{id}"),
                lead: String::new(),
                body: String::new(),
                tags: Vec::new(),
                section: SECTIONS[(chance.next() * 6.0) as usize].into(),
                authors: vec![format!("Author {id}")],
                published_at: now() - TimeDelta::hours(of_week),
                signals: Signals::default(),
                orders: Orders::default(),
            };
            let values = vec![
                (Term::Comments, chance.normal()),
                (Term::Breadth, (chance.next() * 4.0).floor().ln_1p()),
                (Term::Freshness, chance.next()),
            ];
            let traits = crate::selection::traits(&candidate);
            let story = Story { candidate, traits, values, score: 0.0, proposed: None, place: None, hand: Hand::None };
            Story { score: configured.score(&story), ..story }
        })
        .collect();
    let best = |by: &dyn Fn(&Story) -> f64| -> Vec<usize> {
        let mut order: Vec<usize> = (0..stories.len()).collect();
        order.sort_by(|a, b| by(&stories[*b]).total_cmp(&by(&stories[*a])));
        order.truncate(10);
        order
    };
    let (proposed, chosen) = (best(&|story| story.score), best(wanted));
    for (number, story) in stories.iter_mut().enumerate() {
        story.proposed = proposed.iter().position(|one| *one == number).map(|place| place + 1);
        story.place = chosen.iter().position(|one| *one == number).map(|place| place + 1);
        story.hand = match (story.proposed, story.place) {
            (None, Some(_)) => Hand::Pin,
            (Some(_), None) => Hand::Drop,
            _ => Hand::None,
        };
    }
    Past { number, stories, strangers: 0 }
}

fn weeks(many: u32, seed: u64, wanted: &dyn Fn(&Story) -> f64) -> Vec<Past> {
    let mut chance = Chance(seed);
    (1..=many).map(|number| edition(number, &mut chance, wanted)).collect()
}

fn by_weights(comments: f64, breadth: f64, freshness: f64) -> impl Fn(&Story) -> f64 {
    let weights = Weights { comments, breadth, freshness, ..Weights::default() };
    move |story| Taste::configured(weights).score(story)
}

fn fitted(past: &[Past]) -> Taste {
    learn(past, &Weights::default(), &|stories| Rule::new(stories, now())).taste
}

#[test]
fn finds_the_weights_that_an_editor_goes_by() {
    // Coverage counts three times what is configured beside comments; new or old is all the same.
    let past = weeks(12, 1, &by_weights(0.5, 1.9, 0.0));
    let Weights { comments, breadth, freshness, views, .. } = fitted(&past).weights;
    let ratio = breadth / comments;
    assert!((2.8..4.8).contains(&ratio), "breadth {breadth}, comments {comments}: {ratio}, and 3.8 was planted");
    assert!(freshness < 0.15, "freshness {freshness}");
    // Of what no story had, nothing is learnt.
    assert_eq!(views, Weights::default().views);
}

#[test]
fn finds_what_an_editor_likes_and_never_wants() {
    let base = by_weights(0.8, 1.0, 0.3);
    let wanted = |story: &Story| {
        let liking = match story.candidate.section.as_str() {
            "Politics" => 0.7,
            "Celebrity" => -9.0,
            _ => 0.0,
        };
        base(story) + liking
    };
    let past = weeks(16, 2, &wanted);
    let lesson = learn(&past, &Weights::default(), &|stories| Rule::new(stories, now()));
    assert_eq!(lesson.held_back, [13, 14, 15, 16]);
    let prior = &lesson.taste.prior;
    let of = |section: &str| prior.of(&[format!("section {section}")]);
    // 0.7 points are 1 before the weight of the prior; only how far sections are apart says anything.
    for section in ["business", "sport", "culture", "world"] {
        let (liked, disliked) = (of("politics") - of(section), of(section) - of("celebrity"));
        assert!((0.4..1.8).contains(&liked) && disliked > 1.0, "{section} {liked} {disliked} {prior:?}");
    }
    assert!(lesson.is_better(), "{lesson:?}");
    assert!(lesson.after.edits <= 0.6 * lesson.before.edits, "{:?} {:?}", lesson.before, lesson.after);
}

#[test]
fn the_order_of_editions_and_stories_changes_nothing() {
    let past = weeks(9, 3, &by_weights(0.4, 1.5, 0.3));
    let mut turned: Vec<Past> = past.iter().rev().cloned().collect();
    for past in &mut turned {
        past.stories.reverse();
        past.stories.rotate_left(7);
    }
    let learnt = |past: &[Past]| learn(past, &Weights::default(), &|stories| Rule::new(stories, now()));
    assert_eq!(learnt(&past), learnt(&turned));
}

#[test]
fn an_editor_who_changes_nothing_teaches_nothing() {
    let past = weeks(20, 4, &by_weights(0.8, 1.0, 0.3));
    assert!(past.iter().all(|past| past.edits() == 0));
    let lesson = learn(&past, &Weights::default(), &|stories| Rule::new(stories, now()));
    assert_eq!((&lesson.taste, lesson.changed), (&Taste::configured(Weights::default()), 0));
    assert!(!lesson.is_better());
    // One change among much that was let stand moves the weights a little.
    let mut past = past;
    past[5] = weeks(6, 5, &by_weights(0.1, 3.0, 0.0)).pop().unwrap();
    let moved = fitted(&past).weights;
    assert!(moved.breadth > 1.0 && moved.breadth < 1.6, "{moved:?}");
}

#[test]
fn a_fit_is_held_at_its_centre_and_within_its_bounds() {
    let rows: Vec<Row> = vec![vec![(0, 1.0)], vec![(1, 1.0)]];
    let ridge = |strength: f64| Ridge {
        centre: vec![0.5, 0.2],
        strength: vec![strength; 2],
        bounds: vec![(0.0, f64::INFINITY); 2],
    };
    let pair = |better, worse, aim| Pair { better, worse, weight: 10.0, aim };
    let held = minimise(&rows, &[pair(0, 1, Aim::Before)], &ridge(1e6), &[3.0, -3.0]);
    assert!((held[0] - 0.5).abs() < 1e-4 && (held[1] - 0.2).abs() < 1e-4, "{held:?}");
    // One that is to stay comes back to where it was, and one that is farther is let be.
    let stay = |was: f64| minimise(&rows, &[pair(1, 0, Aim::Stay(was))], &ridge(1e-3), &[0.5, 0.2]);
    let back = stay(0.8);
    assert!((back[1] - back[0] - 0.8).abs() < 1e-2, "{back:?}");
    assert_eq!(stay(-0.5), [0.5, 0.2]);
    // The second would have to be negative: it is 0, and the first makes up for it.
    let bound = minimise(&rows, &[pair(0, 1, Aim::Stay(4.0))], &ridge(1e-3), &[0.0, 0.0]);
    assert_eq!(bound[1], 0.0);
    assert!((bound[0] - 4.0).abs() < 0.1, "{bound:?}");
}

#[test]
fn a_pin_on_what_was_proposed_anyway_is_no_praise() {
    let mut past = weeks(10, 6, &by_weights(0.8, 1.0, 0.3));
    for story in past.iter_mut().flat_map(|past| &mut past.stories).filter(|story| story.place.is_some()) {
        story.hand = Hand::Pin;
    }
    assert_eq!(fitted(&past), Taste::configured(Weights::default()));
}

#[test]
fn counts_the_stories_that_the_draft_had_not() {
    let past = edition(1, &mut Chance(7), &by_weights(0.1, 3.0, 0.0));
    let places = |of: fn(&Story) -> Option<usize>| -> BTreeSet<StoryId> {
        past.stories.iter().filter(|story| of(story).is_some()).map(|story| story.candidate.story).collect()
    };
    let (proposed, chosen) = (places(|story| story.proposed), places(|story| story.place));
    assert_eq!(past.edits(), chosen.difference(&proposed).count());
    assert!(past.edits() > 0);
    assert_eq!(Past { strangers: 1, ..past.clone() }.edits(), past.edits() + 1);
    assert_eq!(past.length(), 10);
}
