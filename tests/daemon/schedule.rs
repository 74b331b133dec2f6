//! The schedule, kept against a clock that the test sets: when an edition is made, released, missed or skipped.

use crate::support::rows;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use griot::config::{Config, Environment};
use griot::daemon::keep_schedule;
use griot::publishing::Press;
use griot::store::{Edition, EditionState, Story, StoryId};

/// A clock of a test's own: `set` moves it, `now` tells it. The press asks for the time on any thread.
macro_rules! clock {
    ($set:ident, $now:ident) => {
        static SECONDS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
        fn $now() -> DateTime<Utc> {
            // Runs never come at a whole second.
            DateTime::from_timestamp(SECONDS.load(std::sync::atomic::Ordering::SeqCst), 400_000_000).unwrap()
        }
        fn $set(text: &str) {
            SECONDS.store(at(text).timestamp(), std::sync::atomic::Ordering::SeqCst);
        }
    };
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A publisher with a newsletter of these lines, whose store is in the folder; and these tables.
pub fn configured(folder: &Path, tables: &str, lines: &str) -> Config {
    let text = format!(
        r#"
        {tables}
        [publisher]
        name = "Harmattan Press"
        website = "https://harmattan.example"
        address = "1 Example Street, Accra"
        [store]
        path = {:?}
        [web]
        public_url = "http://127.0.0.1:8080"
        [smtp]
        url = "dir:outbox"
        [[platform]]
        id = "harmattan"
        name = "Harmattan"
        website = "https://harmattan.example"
        [[newsletter]]
        id = "weekly-brief"
        name = "The Weekly Brief"
        from = "brief@harmattan.example"
        {lines}
        "#,
        folder.join("griot.db")
    );
    let config = Config::parse(&text, Path::new("griot.toml"), &Environment::default());
    let mut config = config.unwrap_or_else(|error| panic!("{error}"));
    rows::place(&mut config, folder);
    config
}

/// As many stories, published an hour ago.
pub fn publish(press: &Press, guid: &str, stories: usize) {
    let now = press.now();
    for number in 1..=stories {
        let story = Story {
            id: StoryId(0),
            platform: "harmattan".into(),
            feed: None,
            guid: format!("{guid}-{number}"),
            url: format!("https://harmattan.example/{guid}/{number}"),
            headline: format!("Story {number} of {guid}"),
            standfirst: String::new(),
            bylines: Vec::new(),
            section: String::new(),
            tags: Vec::new(),
            published_at: now - TimeDelta::hours(1),
            updated_at: None,
            first_seen_at: now,
            image: None,
            comments: None,
            body: String::new(),
            words: 0,
        };
        press.store().write(|db| story.upsert(db, now)).unwrap();
    }
}

struct Desk {
    press: Press,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// A press whose newsletter has these lines, and no stories yet.
    fn open(lines: &str, clock: fn() -> DateTime<Utc>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = configured(folder.path(), "", lines);
        Self { press: Press::create(config, clock).unwrap(), _folder: folder }
    }

    /// Two rounds of the schedule, because a second one must change nothing; then the editions, oldest first.
    async fn round(&self) -> Vec<String> {
        keep_schedule(&self.press).await.unwrap();
        let once = self.editions();
        keep_schedule(&self.press).await.unwrap();
        assert_eq!(self.editions(), once, "a second round did something");
        once
    }

    /// `weekly-brief/1 sending 2026-11-06T08:00:00+00:00 reason`
    fn editions(&self) -> Vec<String> {
        let mut editions = self.press.store().read(|db| Edition::list(db, None)).unwrap();
        editions.sort_by_key(|edition| edition.id);
        let told = |edition: &Edition| {
            let slot = edition.slot_at.map_or("by hand".to_owned(), |slot| slot.format("%m-%dT%H:%M").to_string());
            format!("{} {} {slot} {}", edition.name.number, edition.state, edition.reason).trim_end().to_owned()
        };
        editions.iter().map(told).collect()
    }

    fn edition(&self, number: u32) -> Edition {
        self.press.edition(&format!("weekly-brief/{number}")).unwrap()
    }

    /// The edition is over, as far as the schedule is concerned.
    fn send(&self, number: u32) {
        let edition = self.edition(number);
        let now = self.press.now();
        let sent = self
            .press
            .store()
            .write(|db| edition.change_state(db, &[EditionState::Sending], EditionState::Sent, "", now));
        assert!(sent.unwrap());
    }
}

const FRIDAY: &str = "schedule = \"0 8 * * FRI\"\ntimezone = \"Africa/Accra\"";

/// On Thursday morning: the draft for Friday's run is made and waits for its editor.
async fn desk_of_an_editor_with_a_draft(set: fn(&str), now: griot::delivery::Clock) -> Desk {
    set("2026-11-04T08:00:00Z");
    let desk = Desk::open(EDITOR, now);
    desk.round().await;
    set("2026-11-05T08:00:00Z");
    publish(&desk.press, "week", 4);
    desk.round().await;
    desk
}

#[tokio::test]
async fn a_run_goes_out_at_its_minute_and_once() {
    clock!(set, now);
    set("2026-11-02T12:00:00Z");
    let desk = Desk::open(FRIDAY, now);
    assert!(desk.round().await.is_empty(), "the run before the schedule was first kept was not missed");
    publish(&desk.press, "early", 4);
    set("2026-11-06T07:59:59Z");
    assert!(desk.round().await.is_empty());
    set("2026-11-06T08:00:00Z");
    assert_eq!(desk.round().await, ["1 sending 11-06T08:00"]);
    desk.send(1);
    for later in ["2026-11-06T08:00:01Z", "2026-11-06T08:01:00Z", "2026-11-06T13:00:00Z", "2026-11-12T12:00:00Z"] {
        set(later);
        assert_eq!(desk.round().await, ["1 sent 11-06T08:00"], "{later}");
    }
    publish(&desk.press, "late", 4);
    set("2026-11-13T08:00:03Z");
    assert_eq!(desk.round().await, ["1 sent 11-06T08:00", "2 sending 11-13T08:00"]);
}

#[tokio::test]
async fn a_run_that_the_clock_jumps_over_or_passes_twice_goes_out_once() {
    clock!(set, now);
    // Berlin goes from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC.
    set("2026-03-28T12:00:00Z");
    let desk = Desk::open("schedule = \"30 2 * * SUN\"\ntimezone = \"Europe/Berlin\"\nwindow = \"60w\"", now);
    desk.round().await;
    publish(&desk.press, "spring", 4);
    set("2026-03-29T00:59:59Z");
    assert!(desk.round().await.is_empty());
    set("2026-03-29T01:00:00Z");
    assert_eq!(desk.round().await, ["1 sending 03-29T01:00"]);
    desk.send(1);
    set("2026-03-29T01:30:00Z");
    assert_eq!(desk.round().await, ["1 sent 03-29T01:00"]);

    // And from 03:00 back to 02:00 on 25 October, at 01:00 UTC. The runs between are out of the way.
    set("2026-10-24T12:00:00Z");
    publish(&desk.press, "autumn", 4);
    desk.round().await;
    let before = desk.editions();
    set("2026-10-25T00:30:00Z");
    let mut expected = before.clone();
    expected.push(format!("{} sending 10-25T00:30", before.len() + 1));
    assert_eq!(desk.round().await, expected);
    desk.send(before.len() as u32 + 1);
    set("2026-10-25T01:30:00Z");
    assert_eq!(desk.round().await.len(), expected.len(), "half past two came a second time");
}

#[tokio::test]
async fn a_draft_that_comes_late_is_left_to_its_editor_until_the_grace_is_over() {
    clock!(set, now);
    set("2026-11-05T07:59:00Z");
    let daily = "schedule = \"0 8 * * *\"\ntimezone = \"Africa/Accra\"\napproval = \"editor\"\ngrace = \"6h\"";
    let desk = Desk::open(daily, now);
    keep_schedule(&desk.press).await.unwrap();
    // It was not running at eight.
    set("2026-11-05T09:00:00Z");
    publish(&desk.press, "late", 4);
    assert_eq!(desk.round().await, ["1 draft 11-05T08:00"]);
    set("2026-11-05T14:00:01Z");
    let skipped = "1 skipped 11-05T08:00 it was not approved before the next run";
    assert_eq!(desk.round().await, [skipped, "2 draft 11-06T08:00"]);
}

#[tokio::test]
async fn a_run_missed_is_made_up_within_the_grace_and_once() {
    clock!(set, now);
    set("2026-11-02T12:00:00Z");
    let desk = Desk::open(&format!("{FRIDAY}\ngrace = \"2h\""), now);
    desk.round().await;
    set("2026-11-06T09:59:59Z");
    publish(&desk.press, "late", 4);
    assert_eq!(desk.round().await, ["1 sending 11-06T08:00"]);
    desk.send(1);
    set("2026-11-06T10:30:00Z");
    assert_eq!(desk.round().await, ["1 sent 11-06T08:00"]);
}

#[tokio::test]
async fn a_run_missed_by_more_than_the_grace_is_skipped_and_on_record() {
    clock!(set, now);
    set("2026-11-02T12:00:00Z");
    let desk = Desk::open(&format!("{FRIDAY}\ngrace = \"2h\""), now);
    desk.round().await;
    set("2026-11-06T10:00:01Z");
    publish(&desk.press, "late", 4);
    let skipped = "1 skipped 11-06T08:00 its run was missed by more than the grace of 2h";
    assert_eq!(desk.round().await, [skipped]);
    publish(&desk.press, "next", 4);
    set("2026-11-13T08:00:00Z");
    assert_eq!(desk.round().await, [skipped, "2 sending 11-13T08:00"]);
}

#[tokio::test]
async fn with_no_grace_a_run_still_goes_out_at_its_time() {
    clock!(set, now);
    set("2026-11-02T12:00:00Z");
    let desk = Desk::open(&format!("{FRIDAY}\ngrace = \"0s\""), now);
    desk.round().await;
    publish(&desk.press, "week", 4);
    // The schedule is looked at once a second, and a poll of slow feeds may come between.
    set("2026-11-06T08:00:20Z");
    assert_eq!(desk.round().await, ["1 sending 11-06T08:00"]);
    desk.send(1);
    set("2026-11-13T08:01:00Z");
    assert_eq!(desk.round().await[1], "2 skipped 11-13T08:00 its run was missed by more than the grace of 0s");
}

#[tokio::test]
async fn a_run_with_too_few_stories_is_skipped_and_on_record() {
    clock!(set, now);
    set("2026-11-06T06:00:00Z");
    let desk = Desk::open(FRIDAY, now);
    desk.round().await;
    publish(&desk.press, "quiet", 2);
    set("2026-11-06T08:00:00Z");
    let skipped = "1 skipped 11-06T08:00 too few stories: 2 in the window, min_stories is 3";
    assert_eq!(desk.round().await, [skipped]);
    // The stories that come after it are for the next one.
    publish(&desk.press, "loud", 4);
    set("2026-11-06T08:05:00Z");
    assert_eq!(desk.round().await, [skipped]);
}

const EDITOR: &str = "schedule = \"0 8 * * FRI\"\ntimezone = \"Africa/Accra\"\napproval = \"editor\"";

#[tokio::test]
async fn an_editor_gets_a_draft_a_day_ahead_and_nothing_goes_out_unapproved() {
    clock!(set, now);
    set("2026-11-04T08:00:00Z");
    let desk = Desk::open(EDITOR, now);
    desk.round().await;
    set("2026-11-05T07:59:59Z");
    publish(&desk.press, "week", 4);
    assert!(desk.round().await.is_empty());
    set("2026-11-05T08:00:00Z");
    assert_eq!(desk.round().await, ["1 draft 11-06T08:00"]);
    for later in ["2026-11-06T07:59:59Z", "2026-11-06T08:00:00Z", "2026-11-06T20:00:00Z", "2026-11-10T08:00:00Z"] {
        set(later);
        assert_eq!(desk.round().await, ["1 draft 11-06T08:00"], "{later}");
    }
    // Late, and at once then.
    desk.press.approve(&desk.edition(1)).unwrap();
    assert_eq!(desk.round().await, ["1 sending 11-06T08:00"]);
}

#[tokio::test]
async fn an_edition_approved_in_time_waits_for_its_run() {
    clock!(set, now);
    let desk = desk_of_an_editor_with_a_draft(set, now).await;
    desk.press.approve(&desk.edition(1)).unwrap();
    set("2026-11-06T07:59:59Z");
    assert_eq!(desk.round().await, ["1 approved 11-06T08:00"]);
    set("2026-11-06T08:00:00Z");
    assert_eq!(desk.round().await, ["1 sending 11-06T08:00"]);
}

#[tokio::test]
async fn a_draft_left_unapproved_is_skipped_when_the_next_one_is_made() {
    clock!(set, now);
    let desk = desk_of_an_editor_with_a_draft(set, now).await;
    set("2026-11-12T08:00:00Z");
    publish(&desk.press, "next", 4);
    assert_eq!(
        desk.round().await,
        ["1 skipped 11-06T08:00 it was not approved before the next run", "2 draft 11-13T08:00"]
    );
}

#[tokio::test]
async fn the_editor_of_a_daily_may_be_late_too() {
    clock!(set, now);
    set("2026-11-04T09:00:00Z");
    let desk = Desk::open("schedule = \"0 8 * * *\"\ntimezone = \"Africa/Accra\"\napproval = \"editor\"", now);
    publish(&desk.press, "day", 4);
    // The first look only notes when the schedule began to be kept.
    keep_schedule(&desk.press).await.unwrap();
    assert_eq!(desk.round().await, ["1 draft 11-05T08:00"]);
    // The draft of the sixth is due now, and must not take the fifth's away from an editor who is a minute late.
    set("2026-11-05T08:01:00Z");
    assert_eq!(desk.round().await, ["1 draft 11-05T08:00"]);
    desk.press.approve(&desk.edition(1)).unwrap();
    assert_eq!(desk.round().await, ["1 sending 11-05T08:00", "2 draft 11-06T08:00"]);
    // Beyond the grace of six hours it is over.
    set("2026-11-06T13:59:59Z");
    assert_eq!(desk.round().await, ["1 sending 11-05T08:00", "2 draft 11-06T08:00"]);
    set("2026-11-06T14:00:00Z");
    publish(&desk.press, "next day", 4);
    assert_eq!(
        desk.round().await,
        [
            "1 sending 11-05T08:00",
            "2 skipped 11-06T08:00 it was not approved before the next run",
            "3 draft 11-07T08:00"
        ]
    );
}

#[tokio::test]
async fn a_draft_made_by_hand_is_taken_for_the_next_run() {
    for (lines, taken) in [(FRIDAY, "1 sending 11-06T08:00"), (EDITOR, "1 draft 11-06T08:00")] {
        clock!(set, now);
        set("2026-11-04T08:00:00Z");
        let desk = Desk::open(lines, now);
        desk.round().await;
        publish(&desk.press, "week", 4);
        desk.press.draft(desk.press.newsletter("weekly-brief").unwrap(), None).unwrap();
        assert_eq!(desk.round().await, ["1 draft by hand"]);
        set("2026-11-06T08:00:00Z");
        assert_eq!(desk.round().await, [taken]);
    }
}

#[tokio::test]
async fn an_edition_approved_by_hand_goes_out_with_the_next_run() {
    clock!(set, now);
    set("2026-11-04T08:00:00Z");
    let desk = Desk::open(FRIDAY, now);
    desk.round().await;
    publish(&desk.press, "week", 4);
    desk.press.draft(desk.press.newsletter("weekly-brief").unwrap(), None).unwrap();
    desk.press.approve(&desk.edition(1)).unwrap();
    set("2026-11-06T07:59:59Z");
    assert_eq!(desk.round().await, ["1 approved by hand"]);
    set("2026-11-06T08:00:00Z");
    assert_eq!(desk.round().await, ["1 sending 11-06T08:00"]);
}

#[tokio::test]
async fn an_edition_approved_in_time_is_not_sent_days_late_by_a_daemon_that_was_down() {
    clock!(set, now);
    let desk = desk_of_an_editor_with_a_draft(set, now).await;
    desk.press.approve(&desk.edition(1)).unwrap();
    set("2026-11-08T08:00:00Z");
    assert_eq!(desk.round().await, ["1 skipped 11-06T08:00 its run was missed by more than the grace of 6h"]);
}

#[tokio::test]
async fn a_missed_run_takes_nothing_that_was_made_by_hand() {
    clock!(set, now);
    set("2026-11-04T08:00:00Z");
    let desk = Desk::open(FRIDAY, now);
    desk.round().await;
    set("2026-11-08T08:00:00Z");
    publish(&desk.press, "week", 4);
    desk.press.draft(desk.press.newsletter("weekly-brief").unwrap(), None).unwrap();
    assert_eq!(
        desk.round().await,
        ["1 draft by hand", "2 skipped 11-06T08:00 its run was missed by more than the grace of 6h"]
    );
    set("2026-11-13T08:00:00Z");
    publish(&desk.press, "next", 4);
    assert_eq!(desk.round().await[0], "1 sending 11-13T08:00");
}

#[tokio::test]
async fn a_process_that_ended_between_draft_and_release_is_made_up_for() {
    clock!(set, now);
    set("2026-11-04T08:00:00Z");
    let desk = Desk::open(FRIDAY, now);
    desk.round().await;
    publish(&desk.press, "week", 4);
    let brief = desk.press.newsletter("weekly-brief").unwrap();
    desk.press.draft(brief, Some(at("2026-11-06T08:00:00Z"))).unwrap();
    set("2026-11-06T08:00:30Z");
    assert_eq!(desk.round().await, ["1 sending 11-06T08:00"]);
}
