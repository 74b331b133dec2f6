//! The editors are told that a draft is ready: once each, by a letter that says what happens if nobody does anything.

use crate::support::port::free_port;
use crate::support::rows;
use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use griot::config::Config;
use griot::daemon::keep_schedule;
use griot::publishing::{NewStory, Press};
use griot::store::EditionState;

/// A clock of a test's own: `set` moves it, `now` tells it.
macro_rules! clock {
    ($set:ident, $now:ident) => {
        static SECONDS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
        fn $now() -> DateTime<Utc> {
            DateTime::from_timestamp(SECONDS.load(std::sync::atomic::Ordering::SeqCst), 0).unwrap()
        }
        fn $set(text: &str) {
            let at: DateTime<Utc> = text.parse().unwrap();
            SECONDS.store(at.timestamp(), std::sync::atomic::Ordering::SeqCst);
        }
    };
}

struct Desk {
    press: Press,
    folder: tempfile::TempDir,
}

impl Desk {
    fn open(smtp: &str, lines: &str, clock: fn() -> DateTime<Utc>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[publisher]\nname = \"Harmattan Press\"\nwebsite = \"https://harmattan.example\"\n\
             address = \"1 Example Street, Accra\"\n[store]\npath = \"griot.db\"\n\
             [web]\npublic_url = \"http://127.0.0.1:8080\"\n[smtp]\nurl = \"{smtp}\"\n\
             [[platform]]\nid = \"harmattan\"\nname = \"Harmattan\"\nwebsite = \"https://harmattan.example\"\n\
             [[newsletter]]\nid = \"weekly-brief\"\nname = \"The Weekly Brief\"\nfrom = \"brief@harmattan.example\"\n\
             schedule = \"0 8 * * FRI\"\ntimezone = \"Africa/Accra\"\n\
             editors = [\"ama@harmattan.example\", \"kojo@harmattan.example\"]\n{lines}\n"
        );
        let config = Config::parse(&text, &folder.path().join("griot.toml"), &rows::environment(folder.path()));
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        Self { press: Press::create(config, clock).unwrap(), folder }
    }

    fn publish(&self, stories: usize) {
        for number in 1..=stories {
            let story = NewStory {
                platform: "harmattan".into(),
                url: format!("https://harmattan.example/{number}"),
                headline: format!("Story {number}"),
                published_at: Some(self.press.now() - TimeDelta::hours(1)),
                ..NewStory::default()
            };
            self.press.add_story(story).unwrap();
        }
    }

    async fn round(&self) {
        keep_schedule(&self.press).await.unwrap();
        self.press.tell_editors().await.unwrap();
    }

    /// The letters that went out, by file name.
    fn letters(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.folder.path().join("outbox")) else { return Vec::new() };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).filter(|path| is_message(path)).collect();
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).unwrap().replace("=\r\n", "")).collect()
    }
}

fn is_message(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "eml")
}

#[tokio::test]
async fn each_editor_is_told_once_a_day_ahead_and_the_brief_goes_out_by_itself() {
    clock!(set, now);
    set("2026-11-04T08:00:00Z");
    let desk = Desk::open("dir:outbox", "", now);
    desk.round().await;
    desk.publish(4);
    set("2026-11-05T07:59:00Z");
    desk.round().await;
    assert_eq!(desk.letters(), [""; 0]);
    set("2026-11-05T08:00:00Z");
    desk.round().await;
    desk.round().await;
    let letters = desk.letters();
    assert_eq!(letters.len(), 2);
    for editor in ["ama", "kojo"] {
        let letter = letters.iter().find(|letter| letter.contains(&format!("To: {editor}@harmattan.example"))).unwrap();
        assert!(letter.contains("Subject: Draft ready: The Weekly Brief weekly-brief/1, 4 stories\r\n"), "{letter}");
        let sentence = "The draft is ready: 4 stories, goes out Friday 6 November 08:00 Africa/Accra unless you";
        assert!(letter.replace("\r\n", " ").contains(sentence), "{letter}");
        assert!(
            letter.contains("griot edition cancel weekly-brief/1") && !letter.contains("griot approve"),
            "{letter}"
        );
        assert!(letter.contains("https://harmattan.example/4"), "{letter}");
    }
    // An edit between the notice and the run is kept, and nobody is told again.
    let first = desk.press.story("1").unwrap();
    let newsletter = desk.press.newsletter("weekly-brief").unwrap();
    desk.press.decide(newsletter, &first, griot::publishing::Wish::Drop).unwrap();
    desk.round().await;
    set("2026-11-06T08:00:00Z");
    desk.round().await;
    assert_eq!(desk.letters().len(), 2);
    let edition = desk.press.edition("weekly-brief/1").unwrap();
    assert_eq!(edition.state, EditionState::Sending);
    let stories = desk.press.store().read(|db| edition.stories(db)).unwrap();
    assert_eq!(stories.len(), 3, "what was dropped is in: {stories:?}");
}

#[tokio::test]
async fn a_draft_that_waits_for_its_editor_says_so() {
    clock!(set, now);
    set("2026-11-04T08:00:00Z");
    let desk = Desk::open("dir:outbox", "approval = \"editor\"", now);
    desk.round().await;
    desk.publish(4);
    // griot was down for a day; the draft is made late, and waits all the same.
    set("2026-11-05T20:00:00Z");
    desk.round().await;
    let letters = desk.letters();
    assert_eq!(letters.len(), 2);
    assert!(
        letters[0].contains("Subject: Waits for you: The Weekly Brief weekly-brief/1, 4 stories"),
        "{}",
        letters[0]
    );
    assert!(letters[0].contains("griot approve weekly-brief/1"), "{}", letters[0]);
    set("2026-11-06T09:00:00Z");
    desk.round().await;
    assert_eq!(desk.letters().len(), 2);
    assert_eq!(desk.press.edition("weekly-brief/1").unwrap().state, EditionState::Draft);
}

#[tokio::test]
async fn an_editor_who_could_not_be_told_is_told_later() {
    clock!(set, now);
    set("2026-11-04T08:00:00Z");
    // Nobody listens there.
    let port = free_port();
    let desk = Desk::open(&format!("smtp://127.0.0.1:{port}?tls=none"), "", now);
    desk.round().await;
    desk.publish(4);
    set("2026-11-05T08:00:00Z");
    desk.round().await;
    let told = || -> i64 {
        let count = "SELECT count(*) FROM notices";
        desk.press.store().read(|db| Ok(db.query_row(count, [], |row| row.get(0))?)).unwrap()
    };
    assert_eq!(told(), 0, "a letter that was not sent counts as one");
}
