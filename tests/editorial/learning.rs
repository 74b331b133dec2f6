//! Learning from an editor: one with a taste changes the draft less and less, one without a taste teaches nothing.

use crate::support::engine;
use crate::support::rows;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use crate::support::command_line as cli;
use chrono::{DateTime, TimeDelta, Utc};
use griot::config::{Config, Environment, Newsletter};
use griot::publishing::{Drafted, Press, Wish};
use griot::store::{Edition, EditionState, Story, StoryId};

const START: i64 = 1_790_000_000;
/// With how many comments a story usually gets.
const PLATFORMS: [(&str, f64); 3] = [("harmattan", 80.0), ("beatline", 200.0), ("kora", 40.0)];
const WEEKS: usize = 20;
const STORIES: usize = 10;
/// From this edition on the editor's griot learns every week.
const FIRST_LESSON: usize = 8;
/// An editor makes no change for less.
const WORTH_A_CHANGE: f64 = 0.4;
/// Nor more than so many exchanges.
const PATIENCE: usize = 8;

/// Sections, each with words that its headlines are made of.
const SECTIONS: [(&str, [&str; 6]); 6] = [
    ("Politics", ["minister", "parliament", "election", "cabinet", "coalition", "ballot"]),
    ("Celebrity", ["wedding", "singer", "divorce", "gown", "mansion", "rumour"]),
    ("Business", ["cocoa", "bank", "shares", "port", "factory", "tariff"]),
    ("Sport", ["striker", "league", "goal", "coach", "marathon", "stadium"]),
    ("Culture", ["novel", "museum", "choir", "theatre", "festival", "painter"]),
    ("World", ["summit", "border", "treaty", "embassy", "storm", "refugees"]),
];

thread_local! {
    /// A test has a thread of its own.
    static NOW: Cell<i64> = const { Cell::new(START) };
}

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW.get(), 0).unwrap()
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, many: usize) -> usize {
        (self.next() % many as u64) as usize
    }

    /// About normal, with variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| (self.next() >> 11) as f64 / (1_u64 << 53) as f64).sum::<f64>() - 6.0
    }
}

struct Room {
    press: Press,
    folder: tempfile::TempDir,
    chance: Chance,
    week: BTreeMap<StoryId, OfWeek>,
}

#[derive(Clone, Debug)]
struct OfWeek {
    /// To the public; 0 is usual, 1 is 2.7 times as much.
    matters: f64,
    section: &'static str,
    platform: &'static str,
    author: String,
}

fn configuration() -> String {
    let platforms: String = PLATFORMS
        .map(|(id, _)| format!("[[platform]]\nid = \"{id}\"\nname = \"{id}\"\nwebsite = \"https://{id}.example\"\n"))
        .concat();
    format!(
        "[publisher]\nname = \"Harmattan Press\"\nwebsite = \"https://harmattan.example\"\n\
         address = \"1 Example Street, Accra\"\n[store]\npath = \"griot.db\"\n\
         [web]\npublic_url = \"http://127.0.0.1:8080\"\n[smtp]\nurl = \"dir:outbox\"\n{platforms}\
         [[newsletter]]\nid = \"weekly-brief\"\nname = \"The Weekly Brief\"\nfrom = \"brief@harmattan.example\"\n\
         schedule = \"0 8 * * FRI\"\ntimezone = \"Africa/Accra\"\nstories = {STORIES}\napproval = \"editor\"\n"
    )
}

impl Room {
    fn open(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("griot.toml"), configuration()).unwrap();
        let mut config = Config::parse(&configuration(), Path::new("griot.toml"), &Environment::default())
            .unwrap_or_else(|error| panic!("{error}"));
        rows::place(&mut config, folder.path());
        let press = Press::create(config, clock).unwrap();
        Self { press, folder, chance: Chance(seed), week: BTreeMap::new() }
    }

    fn newsletter(&self) -> &Newsletter {
        self.press.newsletter("weekly-brief").unwrap()
    }

    /// 60 to 100 stories of the seven days before now. What a story matters shows in its comments, blurred.
    fn publish(&mut self, number: usize) {
        let now = clock();
        let many = 60 + self.chance.below(41);
        let stories: Vec<(OfWeek, Story)> = (0..many).map(|of_week| self.story(number, of_week)).collect();
        let kept = |db: &griot::store::Db| {
            let kept = stories.iter().map(|(of_week, story)| {
                story.upsert(db, now)?;
                Ok((Story::with_url(db, &story.url)?[0].id, of_week.clone()))
            });
            kept.collect::<anyhow::Result<_>>()
        };
        self.week = self.press.store().write(|db| kept(db)).unwrap();
    }

    fn story(&mut self, number: usize, of_week: usize) -> (OfWeek, Story) {
        let (platform, usual) = PLATFORMS[self.chance.below(3)];
        let (section, words) = SECTIONS[self.chance.below(6)];
        let author = format!("{platform} writer {}", self.chance.below(30));
        let matters = self.chance.normal();
        let age = TimeDelta::minutes(60 + self.chance.below(6 * 24 * 60 + 22 * 60) as i64);
        let share = 1.0 - (-(age.num_minutes() as f64) / 60.0 / 36.0).exp();
        let comments = usual * share * (matters + 0.15 * self.chance.normal()).exp();
        let (one, two) = (words[self.chance.below(6)], words[self.chance.below(6)]);
        let url = format!("https://{platform}.example/{number}/{of_week}");
        let story = Story {
            id: StoryId(0),
            platform: platform.into(),
            feed: None,
            guid: url.clone(),
            url,
            headline: format!("{one} {two} Name{number}x{of_week} Place{}", self.chance.below(5000)),
            standfirst: format!("Lead{number}x{of_week} of its own"),
            bylines: vec![author.clone()],
            section: section.into(),
            tags: Vec::new(),
            published_at: clock() - age,
            updated_at: None,
            first_seen_at: clock() - age,
            image: None,
            comments: Some(comments.round() as u32),
            body: String::new(),
            words: 0,
        };
        (OfWeek { matters, section, platform, author }, story)
    }

    fn draft(&self) -> Edition {
        match self.press.draft(self.newsletter(), None).unwrap() {
            Drafted::Ready(edition) => edition,
            Drafted::TooFew { found, .. } => panic!("{found} stories are too few"),
        }
    }

    fn picks(&self, edition: &Edition) -> Vec<StoryId> {
        let stories = self.press.store().read(|db| edition.stories(db)).unwrap();
        stories.into_iter().map(|(story, _)| story.id).collect()
    }

    fn decide(&self, story: StoryId, wish: Wish) {
        let story = self.press.story(&story.0.to_string()).unwrap();
        self.press.decide(self.newsletter(), &story, wish).unwrap();
    }

    /// Approved and out, without a mail.
    fn send(&self, edition: &Edition) {
        let edition = self.press.approve(edition).unwrap();
        let edition = self.press.release(&edition).unwrap();
        let sent =
            |db: &griot::store::Db| edition.change_state(db, &[EditionState::Sending], EditionState::Sent, "", clock());
        assert!(self.press.store().write(|db| sent(db)).unwrap());
    }

    /// One edition after another, each a week later.
    fn run(&mut self, editor: &mut Editor, weeks: usize, after: impl Fn(&Room, usize)) {
        for number in 1..=weeks {
            NOW.set(START + 7 * 86_400 * number as i64);
            self.publish(number);
            let edition = self.draft();
            editor.edit(self, &edition);
            self.send(&edition);
            after(self, number);
        }
    }

    /// By edition: stories that the draft had not had.
    fn edits(&self) -> Vec<usize> {
        self.press.learn(self.newsletter()).unwrap().editions.into_iter().map(|(_, edits)| edits).collect()
    }

    /// `griot learn weekly-brief --apply`; whether it was put to use.
    fn learn(&self) -> bool {
        let learnt = self.press.learn(self.newsletter()).unwrap();
        let Some(lesson) = learnt.lesson.as_ref().filter(|lesson| lesson.is_better()) else { return false };
        self.press.use_lesson(self.newsletter(), &learnt, lesson).unwrap();
        true
    }
}

enum Editor {
    /// Politics weigh twice, celebrities nothing; otherwise what matters to the public.
    Political,
    Content,
    /// Three stories out, three others in, whatever they are.
    Whimsical(Chance),
}

impl Editor {
    fn edit(&mut self, room: &Room, edition: &Edition) {
        match self {
            Self::Political => politicise(room, edition),
            Self::Content => {}
            Self::Whimsical(chance) => {
                for _ in 0..3 {
                    let picks = room.picks(edition);
                    room.decide(picks[chance.below(picks.len())], Wish::Drop);
                    let rest: Vec<StoryId> = room.week.keys().filter(|story| !picks.contains(story)).copied().collect();
                    room.decide(rest[chance.below(rest.len())], Wish::Pin);
                }
            }
        }
    }
}

fn politicise(room: &Room, edition: &Edition) {
    let liking = |story: &StoryId| match room.week.get(story) {
        Some(OfWeek { section: "Celebrity", .. }) | None => f64::NEG_INFINITY,
        Some(OfWeek { section: "Politics", matters, .. }) => matters + std::f64::consts::LN_2,
        Some(OfWeek { matters, .. }) => *matters,
    };
    let mut dropped = Vec::new();
    let mut pinned: Vec<StoryId> = Vec::new();
    while let Some(unwanted) = room.picks(edition).into_iter().find(|story| liking(story) == f64::NEG_INFINITY) {
        room.decide(unwanted, Wish::Drop);
        dropped.push(unwanted);
    }
    for _ in 0..PATIENCE {
        let picks = room.picks(edition);
        // The house wants variety, and so does the editor: two stories from a section of a platform, one by an author, half
        // from a platform.
        let is_room = |story: &StoryId, out: StoryId| {
            let rest: Vec<&OfWeek> =
                picks.iter().filter(|pick| **pick != out).filter_map(|pick| room.week.get(pick)).collect();
            let Some(new) = room.week.get(story) else { return false };
            let alike = |is: fn(&OfWeek, &OfWeek) -> bool| rest.iter().filter(|pick| is(pick, new)).count();
            alike(|a, b| a.platform == b.platform && a.section == b.section) < 2
                && alike(|a, b| a.author == b.author) < 1
                && alike(|a, b| a.platform == b.platform) < STORIES / 2
        };
        let worst = picks.iter().filter(|pick| !pinned.contains(pick)).min_by(|a, b| liking(a).total_cmp(&liking(b)));
        let Some(worst) = worst.copied() else { break };
        let others = room.week.keys().filter(|story| !picks.contains(story) && !dropped.contains(story));
        let best = others.filter(|story| is_room(story, worst)).max_by(|a, b| liking(a).total_cmp(&liking(b)));
        let Some(best) = best.copied().filter(|best| liking(best) > liking(&worst) + WORTH_A_CHANGE) else { break };
        room.decide(worst, Wish::Drop);
        room.decide(best, Wish::Pin);
        dropped.push(worst);
        pinned.push(best);
    }
}

fn mean(edits: &[usize]) -> f64 {
    edits.iter().sum::<usize>() as f64 / edits.len() as f64
}

fn print_curve(title: &str, edits: &[usize]) {
    println!("{title}");
    for (edition, edits) in (1..).zip(edits) {
        println!("{edition:>3}  {:<10} {edits}", "█".repeat(*edits));
    }
}

#[test]
fn an_editor_with_a_taste_changes_half_as_much_after_twenty_editions() {
    let mut room = Room::open(7);
    room.run(&mut Editor::Political, WEEKS, |room, number| {
        if number >= FIRST_LESSON {
            room.learn();
        }
    });
    let edits = room.edits();
    let (first, last) = (mean(&edits[..7]), mean(&edits[WEEKS - 5..]));
    print_curve("Stories of each edition that the draft had not had:", &edits);
    println!("the first seven {first:.1}, the last five {last:.1}");
    assert!(first >= 2.0, "an editor who changes so little has nothing to teach: {edits:?}");
    assert!(last <= first / 2.0, "{edits:?}");

    // The same from the command line.
    let griot = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_griot"));
        engine::lead(&mut command, room.folder.path());
        cli::ended(command.args(arguments).current_dir(room.folder.path()).env("NO_COLOR", "1"))
    };
    let shown = griot(&["learn", "weekly-brief"]);
    println!("\n$ griot learn weekly-brief\n{}", shown.stdout);
    assert_eq!((shown.code, shown.stderr.as_str()), (Some(0), ""));
    assert!(shown.stdout.starts_with("weekly-brief · 20 editions, "), "{}", shown.stdout);
    assert!(shown.stdout.contains(" · learnt from 15, tried on the last 5\n"), "{}", shown.stdout);
    assert!(
        shown.stdout.ends_with("\nNothing was changed · griot learn weekly-brief --apply uses it\n"),
        "{}",
        shown.stdout
    );
    let likes = shown.stdout.lines().find(|line| line.starts_with("Likes: ")).unwrap();
    let dislikes = shown.stdout.lines().find(|line| line.starts_with("Dislikes: ")).unwrap();
    assert!(likes.starts_with("Likes: section politics ×"), "{likes}");
    assert!(dislikes.starts_with("Dislikes: section celebrity ×"), "{dislikes}");
    let answer = griot(&["learn", "weekly-brief", "--apply", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!((&answer["applied"], &answer["editions"], &answer["needed"]), (&true.into(), &20.into(), &8.into()));
    assert_eq!(answer["held_back"], serde_json::json!([16, 17, 18, 19, 20]));
    assert!(answer["after"]["edits"].as_f64() < answer["before"]["edits"].as_f64(), "{answer}");

    // Taken back one after the other, until the configured weights hold.
    let mut forgotten = 0;
    loop {
        let told = griot(&["learn", "weekly-brief", "--forget"]);
        if told.code == Some(1) {
            assert_eq!(
                told.stderr,
                "griot: nothing that was learnt for weekly-brief is in use; `griot learn weekly-brief` shows what could \
                 be\n"
            );
            break;
        }
        forgotten += 1;
        let is_last = told.stdout == "Forgotten · the configured weights hold again\n";
        assert!(is_last || told.stdout.contains(" editions holds again\n"), "{told:?}");
    }
    assert!(forgotten > 1, "{forgotten}");
}

#[test]
fn an_editor_who_changes_nothing_teaches_nothing() {
    let mut room = Room::open(11);
    room.run(&mut Editor::Content, 10, |_, _| {});
    assert_eq!(room.edits(), [0; 10]);
    let learnt = room.press.learn(room.newsletter()).unwrap();
    let lesson = learnt.lesson.as_ref().unwrap();
    assert_eq!((lesson.taste.weights, lesson.changed), (learnt.configured, 0));
    assert_eq!(lesson.taste.prior.features().count(), 0);
    assert!(!lesson.is_better());
}

#[test]
fn what_a_whimsical_editor_teaches_is_refused_or_does_no_harm() {
    let mut room = Room::open(13);
    room.run(&mut Editor::Whimsical(Chance(5)), 12, |_, _| {});
    let learnt = room.press.learn(room.newsletter()).unwrap();
    let lesson = learnt.lesson.as_ref().unwrap();
    println!("before {:?}\nafter  {:?}", lesson.before, lesson.after);
    let is_applied = room.learn();
    assert_eq!(is_applied, lesson.is_better());
    // Where chance made it look better, it is no worse on what was held back.
    assert!(!is_applied || lesson.after.edits <= lesson.before.edits, "{lesson:?}");
    if !is_applied {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_griot"));
        engine::lead(&mut command, room.folder.path());
        let told = cli::ended(command.args(["learn", "weekly-brief", "--apply"]).current_dir(room.folder.path()));
        assert_eq!(told.code, Some(1));
        assert_eq!(
            told.stderr,
            "griot: nothing was changed: what was learnt does no better on the last 3 editions; learn again after some \
             more, or use it all the same with --apply --force\n"
        );
    }
}

#[test]
fn says_how_many_editions_are_missing() {
    let mut room = Room::open(17);
    room.run(&mut Editor::Political, 2, |_, _| {});
    let griot = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_griot"));
        engine::lead(&mut command, room.folder.path());
        cli::ended(command.args(arguments).current_dir(room.folder.path()))
    };
    let told = griot(&["learn", "weekly-brief"]);
    assert_eq!(
        told.stdout,
        "weekly-brief · 2 editions to learn from yet, 8 are needed · every approved edition adds one\n"
    );
    let told = griot(&["learn", "weekly-brief", "--apply"]);
    assert_eq!(
        (told.code, told.stderr.as_str()),
        (Some(1), "griot: there is too little to learn from: 2 editions of weekly-brief, and it takes 8\n")
    );
}

#[test]
fn the_proposal_stays_free_of_the_editors_hand_however_often_the_draft_is_made_again() {
    let mut room = Room::open(19);
    NOW.set(START + 7 * 86_400);
    room.publish(1);
    let edition = room.draft();
    let proposed = room.picks(&edition);
    let candidates = || room.press.store().read(|db| griot::store::DraftCandidate::of(db, edition.id)).unwrap();
    // Those that no other platform has as well: a cluster stands where any of its stories stands.
    let alone: Vec<StoryId> = candidates().iter().filter(|one| one.others.is_empty()).map(|one| one.story).collect();
    let unwanted = *proposed.iter().find(|story| alone.contains(story)).unwrap();
    let outside: Vec<StoryId> = alone.into_iter().filter(|story| !proposed.contains(story)).collect();
    room.decide(unwanted, Wish::Drop);
    room.decide(outside[0], Wish::Pin);
    room.decide(outside[1], Wish::PinAt(1));
    room.draft();
    let sent = room.picks(&edition);
    assert!(sent.contains(&outside[0]) && sent[0] == outside[1] && !sent.contains(&unwanted));
    room.send(&edition);
    let kept = candidates();
    let mut in_it: Vec<_> = kept.iter().filter_map(|one| Some((one.proposed?, one.story))).collect();
    in_it.sort_unstable();
    assert_eq!(in_it.into_iter().map(|(_, story)| story).collect::<Vec<_>>(), proposed);
    let by_id = |id: StoryId| kept.iter().find(|one| one.story == id).unwrap();
    use griot::store::CandidateHand::{Drop, Pin};
    assert_eq!((by_id(unwanted).place, by_id(unwanted).hand), (None, Drop));
    assert_eq!((by_id(outside[1]).place, by_id(outside[1]).hand), (Some(1), Pin));
    assert_eq!(kept.iter().filter(|one| one.place.is_some()).count(), sent.len());
    let known: Vec<StoryId> = sent.iter().filter(|story| !proposed.contains(story)).copied().collect();
    assert_eq!(room.edits(), [known.len()]);
    // What is kept has a bound in time.
    assert_eq!(room.press.forget_candidates().unwrap(), 0);
    NOW.set(clock().timestamp() + 731 * 86_400);
    assert_eq!(room.press.forget_candidates().unwrap(), kept.len());
}
