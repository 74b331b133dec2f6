//! A draft changed by several hands: each change can be taken back, and none overwrites another's.

use crate::support::pages;
use crate::support::pages::noon;
use chrono::{DateTime, TimeDelta, Utc};
use griot::publishing::{Drafted, NewStory, Press, Revised, Revision, Shown, Wish};
use griot::store::{AuditEntry, Edition, EditionChange, EditionWords, StoryId};

const HEADLINES: [&str; 6] = [
    "The hall opens after eleven years",
    "The ferry sails to Zanzibar again",
    "A choir of four hundred sings",
    "Rain comes early to the north",
    "Nets are mended by moonlight",
    "The cedi rises for a week",
];

struct Desk {
    _dir: tempfile::TempDir,
    press: Press,
}

fn clock() -> DateTime<Utc> {
    noon()
}

impl Desk {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = pages::CONFIG.replace("PUBLIC_URL", "http://127.0.0.1:8080").replacen(
            "timezone = \"Africa/Accra\"",
            "timezone = \"Africa/Accra\"\nstories = 4",
            1,
        );
        let press = pages::press(&dir, &config, clock);
        for (hours, headline) in (1..).zip(HEADLINES) {
            let new = NewStory {
                platform: "harmattan".into(),
                url: format!("https://example.org/{hours}"),
                headline: headline.into(),
                standfirst: "What happened, and why it matters.".into(),
                published_at: Some(noon() - TimeDelta::hours(hours)),
                ..NewStory::default()
            };
            press.add_story(new).unwrap();
        }
        let newsletter = press.newsletter("weekly-brief").unwrap();
        assert!(matches!(press.draft(newsletter, None).unwrap(), Drafted::Ready(_)));
        Self { _dir: dir, press }
    }

    fn edition(&self) -> Edition {
        self.press.edition("weekly-brief").unwrap()
    }

    fn order(&self) -> Vec<i64> {
        let edition = self.edition();
        let stories = self.press.store().read(|db| edition.stories(db)).unwrap();
        stories.iter().map(|(story, _)| story.id.0).collect()
    }

    fn revise(&self, who: &str, revision: Revision) -> Revised {
        self.press.revise(&self.edition(), who, &revision).unwrap()
    }

    fn wish(&self, story: i64, wish: Wish) {
        assert_eq!(self.revise("Ama", Revision::Wish { story: StoryId(story), wish }), Revised::Done);
    }

    fn moved(&self, who: &str, story: i64, to: usize, seen: &[i64]) -> Revised {
        let seen = seen.iter().map(|id| StoryId(*id)).collect();
        self.revise(who, Revision::Move { story: StoryId(story), to, seen })
    }

    fn undo(&self) -> Option<String> {
        self.press.undo(&self.edition(), "Ama").unwrap()
    }
}

fn words(subject: &str, intro: &str) -> EditionWords {
    EditionWords { subject: subject.into(), intro: intro.into(), ..EditionWords::default() }
}

#[test]
fn a_story_moved_stands_where_it_was_put_and_the_others_keep_their_order() {
    let desk = Desk::open();
    // Every move of every story, one after the other: the draft is each time what the list was by hand.
    let mut by_hand = desk.order();
    assert_eq!(by_hand.len(), 4);
    for from in 0..4 {
        for to in 0..4 {
            let story = by_hand[from];
            assert_eq!(desk.moved("Ama", story, to + 1, &by_hand.clone()), Revised::Done);
            let taken = by_hand.remove(from);
            by_hand.insert(to, taken);
            assert_eq!(desk.order(), by_hand, "story {story} from {from} to {to}");
        }
    }
}

#[test]
fn what_stands_behind_a_story_that_is_dropped_moves_up() {
    let desk = Desk::open();
    let order = desk.order();
    assert_eq!(desk.moved("Ama", order[3], 2, &order), Revised::Done);
    desk.wish(order[0], Wish::Drop);
    assert_eq!(desk.order()[..3], [order[3], order[1], order[2]]);
    assert!(desk.undo().unwrap().starts_with("Dropped “"));
    assert_eq!(desk.order(), [order[0], order[3], order[1], order[2]]);
}

#[test]
fn an_order_that_changed_meanwhile_is_not_moved_in() {
    let desk = Desk::open();
    let seen = desk.order();
    assert_eq!(desk.moved("Ama", seen[3], 1, &seen), Revised::Done);
    let stands = desk.order();
    let Revised::Clash(clash) = desk.moved("Kofi", seen[2], 1, &seen) else { panic!("moved in an order nobody saw") };
    let last = clash.who.unwrap();
    assert_eq!((last.who.as_str(), clash.fields.len()), ("Ama", 0));
    assert!(last.what.starts_with("Moved “") && last.what.ends_with("” to place 1"), "{}", last.what);
    assert_eq!(desk.order(), stands);
}

#[test]
fn each_change_is_taken_back_in_turn() {
    let desk = Desk::open();
    let first = desk.order();
    assert_eq!(desk.undo(), None);
    desk.wish(first[0], Wish::Drop);
    let dropped = desk.order();
    assert!(!dropped.contains(&first[0]) && dropped.len() == 4);
    desk.wish(dropped[3], Wish::PinAt(1));
    let seen = words("", "");
    assert_eq!(
        desk.revise("Kofi", Revision::Words { words: words("The week", "Welcome.\r\n\r\n— K."), seen }),
        Revised::Done
    );
    assert_eq!(desk.edition().words(), words("The week", "Welcome.\n\n— K."));
    let told: Vec<String> = (0..3).filter_map(|_| desk.undo()).collect();
    assert_eq!(told[0], "Edited the subject, preheader or intro");
    assert!(told[1].ends_with("” to place 1") && told[2].starts_with("Dropped “"), "{told:?}");
    assert_eq!((desk.order(), desk.edition().words(), desk.undo()), (first, words("", ""), None));
    // What was done and taken back stays on record, and who did it.
    let record = desk.press.store().read(|db| AuditEntry::latest(db, None, 10)).unwrap();
    let of = |who: &str| record.iter().filter(|entry| entry.who == who).count();
    assert_eq!((record.len(), of("Ama"), of("Kofi")), (6, 5, 1));
}

#[test]
fn what_was_changed_otherwise_since_is_not_taken_back() {
    let desk = Desk::open();
    let order = desk.order();
    desk.wish(order[1], Wish::Drop);
    let story = desk.press.story(&order[1].to_string()).unwrap();
    // By the command line, which leaves no change of the edition behind.
    desk.press.decide(desk.press.newsletter("weekly-brief").unwrap(), &story, Wish::PinAt(2)).unwrap();
    let error = desk.press.undo(&desk.edition(), "Ama").unwrap_err().to_string();
    assert!(error.contains("can't be taken back any more: it was changed otherwise since"), "{error}");
    assert_eq!(desk.order()[1], order[1]);
}

#[test]
fn two_who_write_different_fields_both_keep_what_they_wrote() {
    let desk = Desk::open();
    let seen = words("", "");
    assert_eq!(desk.revise("Ama", Revision::Words { words: words("By Ama", ""), seen: seen.clone() }), Revised::Done);
    assert_eq!(desk.revise("Kofi", Revision::Words { words: words("", "By Kofi"), seen: seen.clone() }), Revised::Done);
    assert_eq!(desk.edition().words(), words("By Ama", "By Kofi"));
    // The same field is another matter: nothing is written, and both are told.
    let Revised::Clash(clash) = desk.revise("Kofi", Revision::Words { words: words("By Kofi", "By Kofi"), seen })
    else {
        panic!("overwrote what Ama wrote")
    };
    assert_eq!(clash.fields, [("subject", "By Ama".to_owned(), "By Kofi".to_owned())]);
    assert_eq!(clash.who.unwrap().who, "Kofi");
    assert_eq!(desk.edition().words(), words("By Ama", "By Kofi"));
    // Sent again with what stands there now, it is meant.
    let seen = words("By Ama", "By Kofi");
    assert_eq!(desk.revise("Kofi", Revision::Words { words: words("By Kofi", "By Kofi"), seen }), Revised::Done);
    assert_eq!(desk.edition().words().subject, "By Kofi");
}

#[test]
fn a_story_is_edited_by_what_differs_and_the_rest_stays_the_feeds() {
    let desk = Desk::open();
    let story = StoryId(desk.order()[0]);
    let seen = desk.press.shown(story).unwrap();
    let shown = Shown { headline: "The hall opens at last".into(), ..seen.clone() };
    let edit = |shown: &Shown, seen: &Shown| {
        desk.revise("Ama", Revision::Story { story, shown: shown.clone(), seen: seen.clone() })
    };
    assert_eq!(edit(&shown, &seen), Revised::Done);
    assert_eq!(desk.press.shown(story).unwrap(), shown);
    let changes = desk.press.store().read(|db| EditionChange::latest(db, desk.edition().id, 9)).unwrap();
    assert_eq!(changes[0].what, "Edited “The hall opens at last”");
    // Another field, by somebody who had not seen that: both stand.
    let kicker = Shown { kicker: "Exclusive".into(), ..seen.clone() };
    assert_eq!(edit(&kicker, &seen), Revised::Done);
    let both = Shown { kicker: "Exclusive".into(), ..shown };
    assert_eq!(desk.press.shown(story).unwrap(), both);
    // The feed's own words, written back by hand, are the feed's again.
    assert_eq!(edit(&seen, &both), Revised::Done);
    let shown = desk.press.story(&story.0.to_string()).unwrap();
    assert_eq!(desk.press.shown(story).unwrap(), seen);
    assert_eq!(shown.headline, seen.headline);
    assert_eq!(desk.undo().as_deref(), Some(format!("Edited “{}”", seen.headline).as_str()));
    assert_eq!(desk.press.shown(story).unwrap(), both);
}

#[test]
fn what_is_approved_is_changed_no_more() {
    let desk = Desk::open();
    let draft = desk.edition();
    desk.press.approve(&draft).unwrap();
    let story = StoryId(desk.order()[0]);
    let error = desk.press.revise(&draft, "Ama", &Revision::Wish { story, wish: Wish::Pin }).unwrap_err().to_string();
    assert_eq!(error, "weekly-brief/1 is approved already, and its content is frozen");
    assert!(desk.press.undo(&draft, "Ama").is_err());
}
