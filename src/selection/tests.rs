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

/// Of a story.
const PARTS: [&str; 5] = [
    "On the night of the storm the mast above Dadeso came down across the road, and with it the only station that the \
     seven villages in the valley can hear.",
    "Four engineers walked up from the river with a winch, two ladders and a rope that had belonged to a ferry. They had \
     been told to wait for a lorry, and had waited for three weeks.",
    "The old sections were bent, so they cut them where they were straight and bolted them together again, which made a \
     mast of sixty metres into one of forty-one.",
    "It carries as far as the ridge. Beyond the ridge, says the oldest of the four, people will have to climb a little, or \
     to ask those who have climbed.",
    "The first thing that was broadcast was the price of yams.",
];

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
    // One person, two stories.
    week.push(told(2, "a", "Yaw Darko opens a school", "The striker Yaw Darko paid for it himself."));
    week.push(told(3, "b", "Yaw Darko out for the season", "The striker Yaw Darko tore a ligament on Sunday."));
    // Another headline over a text that was cut and edited, with none of the lead left.
    let body = |text: &[usize]| text.iter().map(|part| PARTS[*part]).collect::<Vec<_>>().join(" ");
    let whole = told(8, "a", "The mast that fell and the four who put it up again", "");
    week.push(Candidate { body: body(&[0, 1, 2, 3, 4]), ..whole });
    let edited =
        body(&[3, 1, 2]).replace("engineers", "technicians").replace("villages", "hamlets").replace("rope", "cable");
    week.push(Candidate {
        body: edited,
        ..told(9, "b", "Radio is back in Dadeso", "Listeners had waited since spring.")
    });
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
    assert!(also(8) == [9] || also(9) == [8], "{ids:?}");
    assert!([2, 3, 4, 5, 6, 7].iter().all(|number| ids.contains(number) && also(*number).is_empty()), "{ids:?}");
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
    week.extend((4..9).map(|number| counted(number, "a", "", 12.0)));
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
fn a_count_of_the_publishers_own_speaks_under_its_name_and_weighs_what_is_said() {
    let mut week: Vec<Candidate> = (0..20).map(|number| of(number, "a")).collect();
    for story in &mut week {
        let total = if story.story.0 == 9 { 400.0 } else { 20.0 };
        story.signals.count("likes", Count { total, counted_at: story.published_at + TimeDelta::days(2) });
    }
    let lead = |likes: Option<f64>| {
        let mut rule = Rule::new(3, now());
        rule.counts.extend(likes.map(|weight| ("likes".to_owned(), weight)));
        let pick = select(&week, &Knowledge::default(), &rule).picks.remove(0);
        (pick.story.0, pick.score, pick.reasons[0].clone())
    };
    let (story, score, reason) = lead(None);
    assert!(story == 9 && reason.contains("× usual likes for a at 2 days"), "{reason}");
    assert!(lead(Some(2.0)).1 > score + 0.5);
    let (story, _, reason) = lead(Some(0.0));
    assert!(story == 0 && !reason.contains("likes"), "{reason}");
}

#[test]
fn the_most_read_and_the_related_are_never_of_the_brief() {
    let viewed = |number: i64, views: f64| {
        let mut story = of(number, if number % 2 == 0 { "a" } else { "b" });
        story.signals.views = Some(Count { total: views, counted_at: now() });
        story
    };
    let week: Vec<Candidate> = (1..21).map(|number| viewed(number, if number < 6 { 900.0 } else { 20.0 })).collect();
    let rule = Rule { must_read: 3, ..Rule::new(2, now()) };
    let Selection { picks, must_read, .. } = select(&week, &Knowledge::default(), &rule);
    let ids: Vec<i64> = must_read.iter().map(|one| one.story.0).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id < 6), "{ids:?}");
    assert!(picks.iter().all(|pick| !ids.contains(&pick.story.0)), "{picks:?}");
    let first = &must_read[0].reason;
    assert!(first.starts_with("Most read: ") && first.contains("× usual views for "), "{first}");

    let titled = |number: i64, title: &str| Candidate { title: title.into(), ..of(number, "a") };
    let mut archive: Vec<Candidate> = (40..80).map(|number| of(number, "a")).collect();
    archive.push(titled(10, "Dockers in Tema may strike for higher wages"));
    archive.push(titled(11, "Tema port strike: what the dockers want"));
    let lead = titled(1, "Tema dockers vote to continue strike");
    let found = |platforms: &[&str], brief: &[StoryId]| {
        let maybe = maybe_related(&lead, platforms, &archive, brief);
        let whole: Vec<Candidate> = archive.iter().filter(|story| maybe.contains(&story.story)).cloned().collect();
        related(&lead, &whole)
    };
    assert_eq!(found(&["a"], &[]), [StoryId(11), StoryId(10)]);
    assert_eq!(found(&["a"], &[StoryId(10)]), [StoryId(11)]);
    assert_eq!(found(&["b"], &[]), []);
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

/// Of a week without orders: stories by three authors, over more platforms and sections than a brief has places.
fn any_crowd() -> impl Strategy<Value = Vec<Candidate>> {
    let story = (0_usize..5, 0_usize..4, 0_usize..8, 0_i64..160);
    prop::collection::vec(story, 0..60).prop_map(|stories| {
        let candidate = |((platform, section, author, hours), number): ((usize, usize, usize, i64), i64)| Candidate {
            section: ["", "Politics", "Music", "Opinion"][section].into(),
            authors: if author < 3 { vec![format!("Author {author}")] } else { Vec::new() },
            published_at: now() - TimeDelta::hours(hours),
            ..of(number, ["a", "b", "c", "d", "e"][platform])
        };
        stories.into_iter().zip(0..).map(candidate).collect()
    })
}

/// How many of the picks there are of each kind; a story may be of several, or of none.
fn counts<K: Ord>(picks: &[&Candidate], kinds: impl Fn(&Candidate) -> Vec<K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for kind in picks.iter().flat_map(|story| kinds(story)) {
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

fn opinion(is_exclusive: bool) -> SectionRule {
    SectionRule {
        title: "Opinion".into(),
        stories: 2,
        topics: vec!["opinion".into()],
        is_exclusive,
        ..SectionRule::default()
    }
}

proptest! {
    #[test]
    fn the_caps_of_sections_and_authors_hold_while_a_story_that_breaks_none_is_left(
        week in any_crowd(),
        stories in 1_usize..14,
    ) {
        let rule = Rule::new(stories, now());
        let chosen = select(&week, &Knowledge::default(), &rule);
        // The last places are for platforms that have none yet: that rule goes before the caps.
        let is_reserved = |pick: &&Pick| pick.reasons.iter().any(|reason| reason.contains("no other in the brief"));
        let all: Vec<&Candidate> = chosen.picks.iter().map(|pick| &week[pick.story.0 as usize]).collect();
        let free = chosen.picks.iter().filter(|pick| !is_reserved(pick));
        let picks: Vec<&Candidate> = free.map(|pick| &week[pick.story.0 as usize]).collect();
        let section = |story: &Candidate| -> Vec<(String, String)> {
            let is_of_one = !story.section.is_empty();
            is_of_one.then(|| (story.platform.clone(), story.section.clone())).into_iter().collect()
        };
        let platform = |story: &Candidate| vec![story.platform.clone()];
        let author = |story: &Candidate| story.authors.clone();
        let (sections, platforms, authors) =
            (counts(&picks, section), counts(&picks, platform), counts(&picks, author));
        let is_section_full = |story: &Candidate| section(story).iter().any(|one| sections.get(one) >= Some(&2));
        let is_author_full = |story: &Candidate| author(story).iter().any(|one| authors.contains_key(one));
        let is_platform_full = |story: &Candidate| platforms.get(&story.platform) >= Some(&stories.div_ceil(2));
        // Every story of these weeks is a cluster of its own, so what is not picked was left.
        let left: Vec<&Candidate> =
            week.iter().filter(|story| !all.iter().any(|pick| pick.story == story.story)).collect();
        let would_do = |story: &&&Candidate| !is_section_full(story) && !is_author_full(story) && !is_platform_full(story);
        if left.iter().any(|story| would_do(&story)) {
            prop_assert!(sections.values().all(|many| *many <= 2), "{sections:?}");
            prop_assert!(authors.values().all(|many| *many <= 1), "{authors:?}");
            prop_assert!(platforms.values().all(|many| *many <= stories.div_ceil(2)), "{platforms:?}");
        }
    }

    #[test]
    fn a_section_has_what_its_rule_takes_and_the_brief_keeps_its_length(
        week in any_crowd(),
        stories in 4_usize..12,
        is_exclusive: bool,
        is_paid: bool,
    ) {
        let beat = SectionRule { title: "From b".into(), stories: 1, platforms: vec!["b".into()], ..SectionRule::default() };
        let sections = vec![SectionRule { is_sponsored: is_paid, ..opinion(is_exclusive) }, beat];
        let rule = Rule { sections, ..Rule::new(stories, now()) };
        let chosen = select(&week, &Knowledge::default(), &rule);
        let of = |pick: &Pick| &week[pick.story.0 as usize];
        for pick in &chosen.picks {
            let is_opinion = of(pick).section == "Opinion";
            match pick.section {
                Some(0) => prop_assert!(is_opinion),
                Some(_) => prop_assert!(of(pick).platform == "b" && !(is_opinion && (is_exclusive || is_paid))),
                None => prop_assert!(!(is_opinion && (is_exclusive || is_paid)), "it stands outside of its section"),
            }
        }
        let many = |section| chosen.picks.iter().filter(|pick| pick.section == section).count();
        prop_assert!(many(Some(0)) <= 2 && many(Some(1)) <= 1);
        let paid = if is_paid { many(Some(0)) } else { 0 };
        let opinions = week.iter().filter(|story| story.section == "Opinion").count();
        let may = week.len() - if is_exclusive || is_paid { opinions } else { 0 };
        let of_exclusive = if is_exclusive && !is_paid { many(Some(0)) } else { 0 };
        prop_assert_eq!(chosen.picks.len() - paid, stories.min(may + of_exclusive));
        let mut ids: Vec<i64> = chosen.picks.iter().map(|pick| pick.story.0).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), chosen.picks.len());
        // What is of sections stands behind the rest.
        let order: Vec<usize> = chosen.picks.iter().map(|pick| pick.section.map_or(0, |number| number + 1)).collect();
        prop_assert!(order.is_sorted(), "{order:?}");
    }

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
