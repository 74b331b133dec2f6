use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::sample::story;
use super::*;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(1000)
}

fn of(number: i64, platform: &str) -> Candidate {
    Candidate { platform: platform.into(), ..story(number) }
}

fn picked(candidates: &[Candidate], stories: usize) -> Vec<i64> {
    let selection = select(candidates, &Knowledge::default(), &Rule::new(stories, now()));
    selection.picks.iter().map(|pick| pick.story.0).collect()
}

#[test]
fn without_a_signal_the_newest_of_every_platform_and_none_more_than_half() {
    let week = |platforms: &[&str]| -> Vec<Candidate> {
        platforms.iter().zip(0..).map(|(platform, number)| of(number, platform)).collect()
    };
    assert_eq!(picked(&week(&["a", "a", "a", "b", "b", "c"]), 4), [0, 1, 3, 5]);
    assert_eq!(picked(&week(&["a", "a", "a", "a", "b"]), 4), [0, 1, 2, 4]);
    assert_eq!(picked(&week(&["a", "a", "a"]), 2), [0, 1]);
    assert_eq!(picked(&week(&["a", "b", "c"]), 2), [0, 1]);
    assert_eq!(picked(&[], 10), [0; 0]);
}

#[test]
fn an_edited_story_on_two_platforms_is_one_and_two_about_one_person_are_two() {
    let told = |number: i64, platform: &str, title: &str, lead: &str| Candidate {
        title: title.into(),
        lead: lead.into(),
        ..of(number, platform)
    };
    let mut week: Vec<Candidate> = (10..40).map(|number| of(number, "c")).collect();
    let lead =
        "Dockers in Tema voted on Tuesday to continue the strike that has closed the port since Monday last week";
    let edited = "Dockers in Tema have voted on Tuesday to continue a strike that has closed the port for a week";
    week.push(told(0, "a", "Tema dockers vote to continue port strike", lead));
    week.push(told(1, "b", "Port strike in Tema enters its second week", edited));
    week.push(told(
        2,
        "a",
        "Ama Serwaa wins the national poetry prize",
        "The poet Ama Serwaa is the youngest to win it.",
    ));
    week.push(told(3, "b", "Ama Serwaa buys a cinema in Kumasi", "It had stood empty since the owner went abroad."));
    let selection = select(&week, &Knowledge::default(), &Rule::new(40, now()));
    let pick = |number: i64| selection.picks.iter().find(|pick| pick.story.0 == number);
    assert_eq!(pick(0).unwrap().also_on, [AlsoOn { story: StoryId(1), platform: "b".into() }]);
    assert_eq!(pick(0).unwrap().reasons[0], "Also on b; lead of the week.");
    assert_eq!(pick(1), None);
    assert!(pick(2).unwrap().also_on.is_empty() && pick(3).unwrap().also_on.is_empty());
}

#[test]
fn a_rewritten_story_is_one_and_what_only_looks_like_it_is_not() {
    let told = |number: i64, platform: &str, title: &str, lead: &str| Candidate {
        title: title.into(),
        lead: lead.into(),
        ..of(number, platform)
    };
    let mut week: Vec<Candidate> = (10..40).map(|number| of(number, "c")).collect();
    // Only the names of the headline are left, a quarter of the lead's words are others, and its halves have changed places.
    week.push(told(
        0,
        "a",
        "Kofi Mensah quits as governor of Volta bank",
        "Kofi Mensah resigned on Friday as governor of the Volta Development Bank. Auditors had found 40 million cedis \
         of loans without security, granted to firms of his relatives.",
    ));
    week.push(told(
        1,
        "b",
        "Volta: what brought Kofi Mensah down",
        "Auditors discovered 40 million cedis of loans without collateral, granted to companies of his relatives. \
         The governor of the Volta Development Bank, Kofi Mensah, stepped down on Friday.",
    ));
    // One form of report, two matches.
    week.push(told(4, "a", "Hearts beat Kotoko 2-0", "Two late goals by Amoah settled a dull derby in Accra."));
    week.push(told(5, "b", "Dwarfs beat Olympics 3-1", "Ebusua scored thrice within ten minutes at Cape Coast."));
    // A story and what followed from it, on one platform.
    week.push(told(
        6,
        "a",
        "Fire at Kantamanto market",
        "Traders lost stalls to a fire at Kantamanto market at night.",
    ));
    week.push(told(
        7,
        "a",
        "Fire at Kantamanto market: two held",
        "Two were held after the fire at Kantamanto market.",
    ));
    let selection = select(&week, &Knowledge::default(), &Rule::new(40, now()));
    let also = |number: i64| -> Vec<i64> {
        let pick = selection.picks.iter().find(|pick| pick.story.0 == number);
        pick.map(|pick| pick.also_on.iter().map(|other| other.story.0).collect()).unwrap_or_default()
    };
    let ids: Vec<i64> = selection.picks.iter().map(|pick| pick.story.0).collect();
    assert!(also(0) == [1] || also(1) == [0], "{ids:?}");
    assert!([4, 5, 6, 7].iter().all(|number| ids.contains(number) && also(*number).is_empty()), "{ids:?}");
}

#[test]
fn says_what_speaks_for_a_story_and_what_kept_a_better_one_out() {
    let counted = |number: i64, platform: &str, section: &str, comments: f64| {
        let mut story = Candidate { section: section.into(), ..of(number, platform) };
        let counted_at = story.published_at + TimeDelta::days(3);
        story.signals.comments = Some(Count { total: comments, counted_at });
        story
    };
    let mut week: Vec<Candidate> = (20..32).map(|number| counted(number, "b", "", 10.0)).collect();
    week.extend((1..4).map(|number| counted(number, "a", "Politics", 60.0 - number as f64)));
    week.extend((4..9).map(|number| counted(number, "a", "", 2.0)));
    let signal = |feed: &str| SignalStory {
        feed: feed.into(),
        url: String::new(),
        title: story(1).title,
        lead: String::new(),
        published_at: now(),
    };
    let feeds = [signal("wire"), signal("courier")];
    let knowledge = Knowledge { signal_stories: &feeds, ..Knowledge::default() };
    let selection = select(&week, &knowledge, &Rule::new(6, now()));
    let lead = &selection.picks[0];
    assert_eq!(lead.reasons, ["2.3× usual comments for a at 3 days; also on courier and wire; lead of the week."]);
    assert_eq!(selection.shortlist[0].reasons[0], "Kept out: third story from Politics.");
}

#[test]
fn the_most_read_and_the_related_are_never_of_the_brief() {
    let viewed = |number: i64, views: f64| {
        let mut story = of(number, if number % 2 == 0 { "a" } else { "b" });
        story.signals.views = Some(Count { total: views, counted_at: now() });
        story
    };
    let week: Vec<Candidate> = (1..21).map(|number| viewed(number, if number < 6 { 900.0 } else { 20.0 })).collect();
    let list = must_read(&week, &Usual::among(&week), &[StoryId(2)], 3);
    let ids: Vec<i64> = list.iter().map(|story| story.story.0).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id < 6 && *id != 2), "{ids:?}");
    assert!(list[0].reason.starts_with("Most read: ") && list[0].reason.contains("× usual views for "), "{list:?}");

    let titled = |number: i64, title: &str| Candidate { title: title.into(), ..of(number, "a") };
    let mut archive: Vec<Candidate> = (40..80).map(|number| of(number, "a")).collect();
    archive.push(titled(10, "Dockers in Tema ask for higher wages"));
    archive.push(titled(11, "Tema port strike: what the dockers want"));
    let lead = titled(1, "Tema dockers vote to continue strike");
    assert_eq!(related(&lead, &["a"], &archive, &[StoryId(10)]), [StoryId(11)]);
    assert_eq!(related(&lead, &["b"], &archive, &[]), []);
}

/// A week of few words, so that stories are alike often, with whatever orders an editor gives.
fn any_week() -> impl Strategy<Value = Vec<Candidate>> {
    let platform = prop::sample::select(vec!["a", "b", "c"]);
    let title =
        prop::collection::vec(prop::sample::select(vec!["port", "strike", "rain", "gold", "song", "vote"]), 1..5);
    let section = prop::sample::select(vec!["", "Politics", "Music"]);
    let orders = prop_oneof![
        6 => Just(Orders::default()),
        1 => Just(Orders { pin: Some(Pin::Anywhere), ..Orders::default() }),
        1 => (1_usize..4).prop_map(|place| Orders { pin: Some(Pin::Place(place)), ..Orders::default() }),
        1 => Just(Orders { is_dropped: true, ..Orders::default() }),
        1 => Just(Orders { sent_in: Some("brief/1".into()), ..Orders::default() }),
        1 => Just(Orders { embargo_until: Some(now() + TimeDelta::hours(1)), ..Orders::default() }),
        1 => Just(Orders { expires_at: Some(now()), ..Orders::default() }),
    ];
    prop::collection::vec((platform, title, section, orders, 0_i64..160), 0..30).prop_map(|stories| {
        let candidate =
            |((platform, title, section, orders, hours), number): ((&str, Vec<&str>, &str, Orders, i64), i64)| {
                Candidate {
                    title: title.join(" "),
                    section: section.into(),
                    published_at: now() - TimeDelta::hours(hours),
                    orders,
                    ..of(number, platform)
                }
            };
        stories.into_iter().zip(0..).map(candidate).collect()
    })
}

proptest! {
    #[test]
    fn shuffling_changes_nothing(week in any_week(), stories in 1_usize..12, turn in 0_usize..30) {
        let chosen = select(&week, &Knowledge::default(), &Rule::new(stories, now()));
        let mut turned: Vec<Candidate> = week.iter().rev().cloned().collect();
        let many = turned.len().max(1);
        turned.rotate_left(turn % many);
        prop_assert_eq!(chosen, select(&turned, &Knowledge::default(), &Rule::new(stories, now())));
    }

    #[test]
    fn pins_are_there_and_what_is_forbidden_never(week in any_week(), stories in 12_usize..20) {
        let chosen = picked(&week, stories);
        for (number, story) in week.iter().enumerate() {
            let is_picked = chosen.contains(&(number as i64));
            let orders = &story.orders;
            if orders.is_dropped || orders.embargo_until.is_some() || orders.expires_at.is_some() {
                prop_assert!(!is_picked, "{number} is forbidden");
            }
            if orders.sent_in.is_some() && orders.pin.is_none() {
                prop_assert!(!is_picked, "{number} was sent");
            }
            // A pin can stand for one more, where both are one story.
            if orders.pin.is_some() && !is_picked {
                let rule = Rule::new(stories, now());
                let nothing = Knowledge::default();
                let pool = Pool::new(&week, &nothing, &rule);
                let entry = pool.entries.iter().find(|entry| entry.others.iter().any(|other| other.story == story.story));
                prop_assert!(entry.is_some_and(|entry| entry.story.orders.pin.is_some()), "{number} is pinned");
            }
        }
    }

    #[test]
    fn no_story_twice_and_caps_held_while_others_are_left(week in any_week(), stories in 1_usize..12) {
        let free: Vec<Candidate> =
            week.into_iter().map(|story| Candidate { orders: Orders::default(), ..story }).collect();
        let chosen = picked(&free, stories);
        let rule = Rule::new(stories, now());
        let nothing = Knowledge::default();
        let pool = Pool::new(&free, &nothing, &rule);
        prop_assert_eq!(chosen.len(), stories.min(pool.entries.len()));
        let mut distinct = chosen.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), chosen.len());
        let mut of_platform: BTreeMap<&str, usize> = BTreeMap::new();
        for number in &chosen {
            *of_platform.entry(&free[*number as usize].platform).or_default() += 1;
        }
        for (platform, many) in of_platform {
            let is_another_left = pool
                .entries
                .iter()
                .any(|entry| entry.story.platform != platform && !chosen.contains(&entry.story.story.0));
            prop_assert!(many <= stories.div_ceil(2) || !is_another_left, "{platform} has {many} of {stories}");
        }
    }

    #[test]
    fn what_was_sent_is_in_no_later_edition(week in any_week(), stories in 1_usize..8) {
        let mut week: Vec<Candidate> =
            week.into_iter().map(|story| Candidate { orders: Orders::default(), ..story }).collect();
        let first = picked(&week, stories);
        for number in &first {
            week[*number as usize].orders.sent_in = Some("brief/1".into());
        }
        let second = picked(&week, stories);
        prop_assert!(first.iter().all(|number| !second.contains(number)));
    }
}
