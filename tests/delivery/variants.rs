//! What readers chose is honoured: platforms they do without, a pause, and whether their opening is counted, from the
//! store to the relay.

use crate::support::feed_server::{self, fresh_feed};
use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::rows;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};
use crate::support::wait::until;
use chrono::{DateTime, TimeDelta, Utc};
use griot::address::EmailAddress;
use griot::store::{Db, NewsletterNumber, Store, Subscriber, SubscriberId, Subscription, newsletter_number};
use mail_parser::MessageParser;
use std::sync::atomic::{AtomicUsize, Ordering};

const SEND: [&str; 3] = ["send", "weekly-brief", "--wait"];

fn usual() -> ScriptedSmtp {
    ScriptedSmtp::start(|_| Say::Usual)
}

/// A newsroom with a second platform, Beatline, which ran one of Harmattan's four stories too. Every story of the week
/// is in the brief, and the newsletter counts opens.
fn newsroom(readers: usize, relay: ScriptedSmtp) -> Newsroom {
    let feed = fresh_feed(Utc::now(), "beat", &["Drums wake the market", "A choir sings", "Lagos sells out"]);
    let server = feed_server::serve(vec![("feed".to_owned(), feed)]);
    let beatline = format!(
        "[[platform]]\nid = \"beatline\"\nname = \"Beatline\"\nwebsite = \"https://beatline.example\"\n\
         feeds = [\"{server}feed\"]\n\n[[newsletter]]\nopens = true\n"
    );
    Newsroom::open(readers, relay, &[("[[newsletter]]\n", &beatline)])
}

fn store(room: &Newsroom) -> Store {
    Store::open(rows::location(room.griot.path())).unwrap()
}

/// Has a reader choose.
fn choose(
    room: &Newsroom,
    number: usize,
    choice: impl FnOnce(&Db, NewsletterNumber, SubscriberId) -> anyhow::Result<bool>,
) {
    let changed = store(room).write(|db| {
        let reader = Subscriber::find_by_email(db, &EmailAddress::parse(&reader(number))?)?.unwrap().id;
        choice(db, newsletter_number(db, "weekly-brief")?, reader)
    });
    assert!(changed.unwrap(), "nothing changed for reader {number}");
}

fn do_without(room: &Newsroom, number: usize, platforms: &[&str]) {
    choose(room, number, |db, brief, reader| {
        Subscription::choose_platforms(db, brief, reader, platforms.iter().copied())
    });
}

fn pause(room: &Newsroom, number: usize, until: Option<DateTime<Utc>>) {
    choose(room, number, |db, brief, reader| Subscription::pause(db, brief, reader, until, "page", Utc::now()));
}

fn agree_to_opens(room: &Newsroom, number: usize) {
    choose(room, number, |db, brief, reader| Subscription::agree_to_opens(db, brief, reader, true, "page", Utc::now()));
}

struct Message {
    subject: String,
    html: String,
    text: String,
}

/// The one message a reader got.
fn message(room: &Newsroom, number: usize) -> Message {
    let arrived = room.relay.arrived();
    let theirs: Vec<_> = arrived.iter().filter(|message| message.recipient == reader(number)).collect();
    assert_eq!(theirs.len(), 1, "reader {number}");
    let mail = MessageParser::default().parse(&theirs[0].bytes).unwrap();
    Message {
        subject: mail.subject().unwrap().to_owned(),
        html: mail.body_html(0).unwrap().into_owned(),
        text: mail.body_text(0).unwrap().into_owned(),
    }
}

impl Message {
    /// What it tells, in HTML and text alike: exactly these of all headlines.
    fn assert_tells(&self, headlines: &[&str]) {
        let all = [
            "The hall opens",
            "The ferry sails",
            "A choir sings",
            "Rain comes",
            "Drums wake the market",
            "Lagos sells out",
        ];
        for headline in all {
            let is_there = headlines.contains(&headline);
            assert_eq!(self.html.contains(&format!(">{headline}</a>")), is_there, "{headline}: {}", self.html);
            assert_eq!(self.text.contains(headline), is_there, "{headline}: {}", self.text);
        }
        let promise =
            ["no", "One story", "Two stories", "Three stories", "Four stories", "Five stories", "Six stories"];
        let promise = promise[headlines.len()];
        assert!(self.text.contains(promise) && self.html.contains(promise), "{promise}: {}", self.text);
        // Numbered from 1, without a gap.
        for number in 1..=headlines.len() {
            assert!(self.text.contains(&format!("\r\n {number}. ")) || self.text.contains(&format!("\n {number}. ")));
        }
    }

    fn counts_opens(&self) -> bool {
        let end = self.html.trim_end().strip_suffix("</html>").unwrap().trim_end().strip_suffix("</body>").unwrap();
        let last = end.trim_end().rsplit_once('<').unwrap().1;
        let counts = last.starts_with("img src=\"http://127.0.0.1:8080/o/")
            && last.contains("width=\"1\" height=\"1\" alt=\"\"");
        assert_eq!(self.html.contains("/o/"), counts, "{}", self.html);
        assert!(!self.text.contains("/o/"));
        counts
    }
}

fn skipped(room: &Newsroom) -> Vec<(String, String)> {
    let db = rows::of(room.griot.path());
    let mut query = db
        .prepare(
            "SELECT s.email, d.skipped_because FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id
             WHERE d.state = 'skipped' ORDER BY 1",
        )
        .unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

const HARMATTAN: [&str; 3] = ["The hall opens", "The ferry sails", "Rain comes"];
const BEATLINE: [&str; 2] = ["Drums wake the market", "Lagos sells out"];

/// Which platform the story is shown as of that both ran.
fn choir_is_of(room: &Newsroom) -> String {
    let draft = room.griot.json(&["draft", "weekly-brief", "--json"]);
    let stories = draft["stories"].as_array().unwrap();
    assert_eq!(stories.len(), 6, "{draft}");
    let choir = stories.iter().find(|story| story["headline"] == "A choir sings").unwrap();
    assert_eq!(choir["also_on"].as_array().unwrap().len(), 1, "{choir}");
    choir["platform"].as_str().unwrap().to_owned()
}

#[test]
fn each_reader_gets_what_they_chose_and_nobody_is_forgotten() {
    let room = newsroom(7, usual());
    let choir_is_of = choir_is_of(&room);
    let with_choir = |id: &str, own: &[&'static str]| -> Vec<&'static str> {
        own.iter().copied().chain((choir_is_of == id).then_some("A choir sings")).collect()
    };
    let (harmattan, beatline) = (with_choir("harmattan", &HARMATTAN), with_choir("beatline", &BEATLINE));
    do_without(&room, 2, &["beatline"]);
    do_without(&room, 3, &["harmattan", "of-another-newsletter"]);
    agree_to_opens(&room, 3);
    do_without(&room, 4, &["harmattan", "beatline"]);
    agree_to_opens(&room, 5);
    pause(&room, 6, Some(Utc::now() + TimeDelta::days(7)));
    do_without(&room, 7, &["of-another-newsletter"]);

    let told = room.griot.run(&SEND);
    assert_eq!(told, "weekly-brief/1 · sent · 5 accepted · 1 skipped\n");
    let whole = message(&room, 1);
    whole.assert_tells(&[&HARMATTAN[..], &BEATLINE, &["A choir sings"]].concat());
    assert!(whole.text.contains("Also on") && !whole.counts_opens());

    let without_beatline = message(&room, 2);
    without_beatline.assert_tells(&harmattan);
    for part in [&without_beatline.html, &without_beatline.text] {
        assert!(!part.contains("Beatline"), "{part}");
    }
    assert!(!without_beatline.counts_opens());

    let without_harmattan = message(&room, 3);
    without_harmattan.assert_tells(&beatline);
    assert!(!without_harmattan.text.contains("Also on"), "{}", without_harmattan.text);
    assert!(without_harmattan.counts_opens());
    // The lead is of one platform, and so is the subject that follows it.
    for one in [&whole, &without_beatline, &without_harmattan] {
        assert!(one.text.contains(&format!(" 1. {}", one.subject)), "{}: {}", one.subject, one.text);
    }
    assert_ne!(without_beatline.subject, without_harmattan.subject);

    let counted = message(&room, 5);
    assert!(counted.counts_opens());
    counted.assert_tells(&[&HARMATTAN[..], &BEATLINE, &["A choir sings"]].concat());
    assert_eq!(counted.subject, whole.subject);
    // Up to the links, which are each reader's own.
    let shared = |message: &Message| message.text.split("Preferences").next().unwrap().to_owned();
    assert_eq!(shared(&message(&room, 7)), shared(&whole));

    assert_eq!(skipped(&room), [(reader(4), "every story is of platforms they do without".to_owned())]);
    assert_eq!((room.count("recipients"), room.count("accepted")), (6, 5));
    assert_eq!(room.griot.run(&["store", "check"]), "the store is sound: 1 edition, 6 deliveries\n");

    // For whom nothing was left nothing is missing, and for whom it is paused neither.
    let missed = room.griot.run(&["edition", "send-missed", "weekly-brief/1"]);
    assert!(missed.contains("nothing to do"), "{missed}");
    pause(&room, 6, None);
    let missed = room.griot.json(&["edition", "send-missed", "weekly-brief/1", "--json"]);
    assert_eq!(missed["added"], 1, "{missed}");
    room.griot.run(&["send", "weekly-brief/1", "--wait"]);
    message(&room, 6).assert_tells(&[&HARMATTAN[..], &BEATLINE, &["A choir sings"]].concat());
}

#[test]
fn an_editors_subject_stays_and_an_approved_edition_has_its_variants() {
    let room = newsroom(3, usual());
    room.griot.run(&["draft", "weekly-brief"]);
    room.griot.run(&["edition", "edit", "weekly-brief/1", "--subject", "Our week"]);
    do_without(&room, 2, &["beatline"]);
    room.griot.run(&["approve", "weekly-brief/1"]);
    // Chosen after the approval, and before the release.
    do_without(&room, 3, &["harmattan"]);
    // A variant that was frozen with the edition tells what the edition tells.
    let db = rows::of(room.griot.path());
    db.execute("UPDATE stories SET headline = headline || ', they say'", []).unwrap();
    room.griot.run(&SEND);
    for number in 1..=3 {
        assert_eq!(message(&room, number).subject, "Our week");
        assert_eq!(message(&room, number).text.contains(", they say"), number == 3);
    }
}

#[test]
fn what_is_chosen_after_the_recipients_are_frozen_holds_from_the_next_edition_on() {
    // Nothing gets through at first. Not for longer: a domain that refuses five times in a row would rest for a minute.
    let asked = AtomicUsize::new(0);
    let relay = ScriptedSmtp::start(move |moment: &Moment| {
        if moment.at == At::Rcpt && asked.fetch_add(1, Ordering::Relaxed) < 3 {
            Say::Reply("451 4.7.1 later".to_owned())
        } else {
            Say::Usual
        }
    });
    let room = newsroom(3, relay);
    room.configure("retry = [\"1s\"]", "retry = [\"3s\"]");
    do_without(&room, 1, &["beatline"]);
    let (sending, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    until(PATIENCE, "all is tried", || room.count("deferred") + room.count("accepted") == 3);
    do_without(&room, 1, &[]);
    do_without(&room, 2, &["beatline"]);
    pause(&room, 3, Some(Utc::now() + TimeDelta::days(7)));
    until(PATIENCE, "the edition is sent", || room.account()["state"] == "sent");
    drop(sending);
    assert!(!message(&room, 1).text.contains("Beatline"));
    assert!(message(&room, 2).text.contains("Beatline"));
    if room.count("skipped") == 1 {
        assert_eq!(skipped(&room), [(reader(3), "the subscription is paused".to_owned())]);
    }
}

#[test]
fn a_pause_that_is_over_is_over() {
    let room = newsroom(2, usual());
    pause(&room, 1, Some(Utc::now() + TimeDelta::days(7)));
    pause(&room, 2, Some(Utc::now() - TimeDelta::seconds(1)));
    assert_eq!(room.griot.json(&["send", "weekly-brief", "--dry-run", "--json"])["recipients"], 1);
    assert_eq!(room.griot.run(&SEND), "weekly-brief/1 · sent · 1 accepted\n");
    assert_eq!(room.relay.arrived()[0].recipient, reader(2));
    assert_eq!(room.count("recipients"), 1);
    // What a reader asks about is on record.
    let shown = room.griot.run(&["subscribers", "show", &reader(1)]);
    assert!(shown.contains("paused") && shown.contains("by page"), "{shown}");
}

#[test]
fn s6_a_retry_of_a_variant_is_byte_for_byte_the_same() {
    let relay = ScriptedSmtp::start(|moment: &Moment| {
        if moment.at == At::Dot && moment.recipient == reader(2) && moment.arrived_before == 0 {
            Say::Cut(b"")
        } else {
            Say::Usual
        }
    });
    let room = newsroom(3, relay);
    do_without(&room, 2, &["beatline"]);
    agree_to_opens(&room, 2);
    let (sending, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_arrived(4);
    // What they choose meanwhile, and what becomes of the stories, is not for this edition.
    room.until_state("sent");
    drop(sending);
    let arrived = room.relay.arrived();
    let both: Vec<_> = arrived.iter().filter(|message| message.recipient == reader(2)).collect();
    assert_eq!(both.len(), 2);
    assert_eq!(both[0].bytes, both[1].bytes);
    let mail = MessageParser::default().parse(&both[0].bytes).unwrap();
    assert!(mail.body_html(0).unwrap().contains("/o/") && !mail.body_text(0).unwrap().contains("Beatline"));
}

#[test]
fn the_check_tells_deliveries_whose_variant_is_gone() {
    let room = newsroom(3, usual());
    do_without(&room, 2, &["beatline"]);
    room.griot.run(&SEND);
    let db = rows::of(room.griot.path());
    db.execute("DELETE FROM edition_variants", []).unwrap();
    let output = room.griot.command(&["store", "check"]).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "weekly-brief/1: 1 delivery is of a variant that it has not, subscriber 2 first; restore a backup: what those \
         readers chose is not known any more\n"
    );
}
