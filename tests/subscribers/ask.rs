//! An old list is asked whether it still wants the newsletter: in waves, over weeks of a clock that a test sets.

use crate::support::rows;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use chrono::{DateTime, TimeDelta, Utc};
use griot::config::Config;
use griot::publishing::Press;
use griot::store::{Asked, Consent, Subscriber, Subscription};
use serde_json::{Value, json};

use crate::support::configuration;
use crate::support::griot::Griot;
use crate::support::mail::Mail;
use crate::support::pages::{ONE_CLICK, URLENCODED, listen};
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};

/// A publisher with an imported list, and a relay that knows nobody whose address begins with `void`.
struct List {
    griot: Griot,
    relay: ScriptedSmtp,
    clock: fn() -> DateTime<Utc>,
}

impl List {
    fn open(readers: &[String], clock: fn() -> DateTime<Utc>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let relay = ScriptedSmtp::start(|moment: &Moment| match moment.at {
            At::Rcpt if moment.recipient.starts_with("void") => Say::Reply("550 5.1.1 no such user".to_owned()),
            _ => Say::Usual,
        });
        let griot = Griot::set_up(&configuration::text(&[], relay.port, 8080));
        std::fs::write(griot.path().join("old.csv"), format!("email\n{}\n", readers.join("\n"))).unwrap();
        griot.run(&["subscribers", "import", "old.csv", "--newsletter", "weekly-brief"]);
        Self { griot, relay, clock }
    }

    /// As a process has it that has just begun.
    fn press(&self) -> Press {
        let file = self.griot.path().join("griot.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let config = Config::parse(&text, &file, &rows::environment(self.griot.path()))
            .unwrap_or_else(|error| panic!("{error}"));
        Press::open(config, self.clock).unwrap()
    }

    fn start(&self, words: &[&str]) -> String {
        self.griot.run(&[&["subscribers", "ask", "start", "weekly-brief"][..], words].concat())
    }

    /// A round of the daemon, and the post after it; whom a letter reached, sorted.
    async fn round(&self) -> Vec<String> {
        let (press, before) = (self.press(), self.relay.arrived().len());
        press.keep_passes().unwrap();
        while press.send_letters().await.unwrap() > 0 {}
        let mut to: Vec<String> =
            self.relay.arrived().split_off(before).into_iter().map(|message| message.recipient).collect();
        to.sort();
        to
    }

    /// The last letter to a reader.
    fn letter(&self, to: &str) -> (Mail, String) {
        let bytes = self.relay.arrived_for(to).pop().unwrap_or_else(|| panic!("no letter to {to}")).bytes;
        let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        (Mail::read(&bytes), parsed.body_text(0).unwrap().into_owned())
    }

    /// The path of the link in a letter that begins so.
    fn path(&self, to: &str, page: &str) -> String {
        let (_, text) = self.letter(to);
        let start = text.find(&format!("/{page}/")).unwrap_or_else(|| panic!("no {page} in {text}"));
        text[start..].split_whitespace().next().unwrap().to_owned()
    }

    fn status(&self) -> Value {
        self.griot.json(&["subscribers", "ask", "status", "--json"])
    }

    fn counts(&self) -> [u64; 7] {
        let status = self.status();
        ["to_ask", "asked", "confirmed", "declined", "bounced", "unanswered", "waiting"]
            .map(|name| status[name].as_u64().unwrap_or_else(|| panic!("no {name} in {status}")))
    }
}

fn day(days: i64) -> i64 {
    (Utc::now() + TimeDelta::days(days) + TimeDelta::minutes(5)).timestamp()
}

fn addresses(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}@readers.example")).collect()
}

async fn ask(base: &str, path: &str, form: Option<&'static str>) -> String {
    let client = reqwest::Client::new();
    let request = match form {
        None => client.get(format!("{base}{path}")),
        Some(body) => client.post(format!("{base}{path}")).header("Content-Type", URLENCODED).body(body),
    };
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response.text().await.unwrap()
}

static WAVES: AtomicI64 = AtomicI64::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn three_waves_ask_everybody_once_and_each_answer_holds() {
    let list = List::open(&addresses(&["ama", "bea", "cyd", "dan", "eve"]), || {
        DateTime::from_timestamp(WAVES.load(SeqCst), 0).unwrap()
    });
    WAVES.store(day(0), SeqCst);
    // Of two it is known when they signed up.
    let press = list.press();
    for (name, asked_at, page) in
        [("dan", "2019-05-03T10:00:00Z", "https://example.org/form"), ("bea", "2023-02-01T10:00:00Z", "")]
    {
        let email = format!("{name}@readers.example").parse().unwrap();
        let evidence = Asked { newsletters: &["weekly-brief"], wording: "Imported", page, from: None };
        let keep = |db: &griot::store::Transaction<'_>| {
            let reader = Subscriber::find_by_email(db, &email)?.unwrap().id;
            Consent::ask(db, reader, &evidence, asked_at.parse()?)?;
            Ok(db.execute("UPDATE consents SET imported_at = asked_at", [])?)
        };
        press.store().write(keep).unwrap();
    }
    // Who is never mailed is not asked, and who was not asked is not forgotten.
    list.griot.run(&["suppressions", "add", "cyd@readers.example", "--reason", "wrote to us"]);
    let forget = |days: i64| {
        let before = DateTime::from_timestamp(WAVES.load(SeqCst), 0).unwrap() - TimeDelta::days(days);
        let work = |db: &griot::store::Transaction<'_>| {
            Consent::forget(db, before, before)?;
            Subscription::forget_unconfirmed(db, before)
        };
        list.press().store().write(work).unwrap()
    };
    assert_eq!(forget(-1), 0);

    let dry = list.start(&["--wave", "2", "--dry-run"]);
    assert!(dry.starts_with("weekly-brief: 4 to ask in 2 waves, the last "), "{dry}");
    assert!(dry.ends_with("Nothing was changed; without --dry-run it begins\n"), "{dry}");
    assert_eq!(
        list.griot.run(&["subscribers", "ask", "status"]),
        "No list is being asked; `griot subscribers ask start` begins it\n"
    );
    assert_eq!(list.round().await, Vec::<String>::new());
    list.start(&["--wave", "2", "--remind-after", "7d"]);

    // The first wave: who agreed last, and nobody more until the next day.
    assert_eq!(list.round().await, addresses(&["bea", "dan"]));
    assert_eq!(list.round().await, Vec::<String>::new());
    let (mail, text) = list.letter("dan@readers.example");
    assert_eq!(mail.field("Subject"), "Do you still want The Weekly Brief?");
    assert_eq!(mail.field("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.field("List-Unsubscribe-Post"), ONE_CLICK);
    assert!(text.replace('\n', " ").contains("3 May 2019 (example.org/form)"), "{text}");
    let (_, text) = list.letter("bea@readers.example");
    assert!(text.replace('\n', " ").contains("1 February 2023."), "{text}");

    WAVES.store(day(1), SeqCst);
    assert_eq!(list.round().await, addresses(&["ama", "eve"]));
    let (_, text) = list.letter("ama@readers.example");
    assert!(text.contains("Our records do not say when you signed up."), "{text}");
    // Somebody comes to the list while it is asked.
    std::fs::write(list.griot.path().join("more.csv"), "email\nfay@readers.example\n").unwrap();
    list.griot.run(&["subscribers", "import", "more.csv", "--newsletter", "weekly-brief"]);
    WAVES.store(day(2), SeqCst);
    assert_eq!(list.round().await, addresses(&["fay"]));
    assert_eq!(list.counts(), [0, 5, 0, 0, 0, 0, 5]);

    // A look changes nothing, the button confirms; the header's way out leaves at once.
    let (base, stop, server) = listen(list.press()).await;
    let confirm = list.path("bea@readers.example", "confirm");
    let page = ask(&base, &confirm, None).await;
    assert!(page.contains("The Weekly Brief"), "{page}");
    assert_eq!(list.counts(), [0, 5, 0, 0, 0, 0, 5]);
    ask(&base, &confirm, Some("confirm=yes")).await;
    let leave = list.letter("eve@readers.example").0.field("List-Unsubscribe").to_owned();
    let leave = leave.trim().trim_matches(['<', '>']).split_once("8080").unwrap().1.to_owned();
    assert_eq!(leave, list.path("eve@readers.example", "unsubscribe"));
    ask(&base, &leave, Some(ONE_CLICK)).await;
    assert_eq!(list.counts(), [0, 5, 1, 1, 0, 0, 3]);

    // Who has not answered is reminded once; the words that were agreed to are kept.
    WAVES.store(day(8), SeqCst);
    assert_eq!(forget(7), 0);
    assert_eq!(list.round().await, addresses(&["ama", "dan"]));
    assert_eq!(list.letter("dan@readers.example").0.field("Subject"), "A last question: The Weekly Brief, yes or no?");
    WAVES.store(day(20), SeqCst);
    assert_eq!(list.round().await, addresses(&["fay"]));
    assert_eq!(list.round().await, Vec::<String>::new());
    ask(&base, &list.path("dan@readers.example", "confirm"), Some("confirm=yes")).await;
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    let shown = list.griot.json(&["subscribers", "show", "dan@readers.example", "--json"]);
    let consents: Vec<(&str, bool)> = shown["consents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["page"].as_str().unwrap(), one["confirmed_at"].is_string()))
        .collect();
    assert_eq!(consents, [("https://example.org/form", true), ("letter", true)]);
    let told: Vec<&str> =
        shown["changes"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(told, ["asked", "asked", "confirmed"]);

    // The time of the others is over: they are not asked again, and no import brings them back.
    WAVES.store(day(40), SeqCst);
    assert_eq!(list.round().await, Vec::<String>::new());
    assert_eq!(list.counts(), [0, 5, 2, 1, 0, 2, 0]);
    let again = list.griot.json(&["subscribers", "import", "old.csv", "--newsletter", "weekly-brief", "--json"]);
    assert_eq!((again["added"].as_u64(), again["refused"].as_u64()), (Some(0), Some(3)), "{again}");
    assert_eq!(list.round().await, Vec::<String>::new());
    let status = list.griot.run(&["subscribers", "ask", "status"]);
    assert_eq!(
        status,
        "weekly-brief  done  5 asked in 3 waves: 2 confirmed, 1 declined, 0 bounced, 2 unanswered, 0 waiting; 0 to ask; \
         all have answered, or had their time\n"
    );
}

static BREAKER: AtomicI64 = AtomicI64::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_that_bounces_is_the_last_until_somebody_has_looked() {
    let mut readers: Vec<String> = (1..=60).map(|number| format!("reader{number}@readers.example")).collect();
    // Who came last stands first in a wave.
    readers.extend((1..=6).map(|number| format!("void{number}@readers.example")));
    let list = List::open(&readers, || DateTime::from_timestamp(BREAKER.load(SeqCst), 0).unwrap());
    BREAKER.store(day(0), SeqCst);
    list.start(&["--wave", "40"]);
    // What the relay says of one is said of no other.
    assert_eq!(list.round().await.len(), 34);
    assert_eq!(list.round().await, Vec::<String>::new());
    let because = "6 of the 40 addresses asked in wave 1 do not exist, more than 5 %; the list is older than it looks: leave \
                   out the oldest, or have the addresses checked";
    let status = list.status();
    assert_eq!((&status["stopped_because"], &status["next_wave_at"]), (&json!(because), &Value::Null));
    assert_eq!(list.counts(), [26, 40, 0, 0, 6, 0, 34]);
    BREAKER.store(day(1), SeqCst);
    assert_eq!(list.round().await, Vec::<String>::new());
    // An operator has looked, and goes on: the wave that was is judged no more.
    list.start(&["--wave", "20"]);
    assert_eq!(list.round().await.len(), 20);
    assert_eq!(list.round().await, Vec::<String>::new());
    assert_eq!(list.counts(), [6, 60, 0, 0, 6, 0, 54]);
    assert_eq!(list.status()["stopped_because"], "");

    // What had not left when it is stopped was never asked.
    BREAKER.store(day(2), SeqCst);
    list.press().keep_passes().unwrap();
    let stopped = list.griot.run(&["subscribers", "ask", "stop", "weekly-brief"]);
    assert_eq!(stopped, "weekly-brief: stopped; 60 were asked and 54 may still answer, 6 were not asked\n");
    assert_eq!(list.round().await, Vec::<String>::new());
}

#[test]
fn what_is_no_question_is_refused() {
    let list = List::open(&addresses(&["ama"]), Utc::now);
    for (words, told) in [
        (&["--wave", "0"][..], "a wave of 0 is too small or too large; 1 to 50000 letters can be sent"),
        (&["--wave", "5", "--answer-within", "1d"][..], "the time to answer can be 3 to 90 days, and not 1"),
        (
            &["--wave", "5", "--every", "10m"][..],
            "waves less than an hour apart are none: what bounces must have time to come back",
        ),
        (
            &["--wave", "5", "--remind-after", "30d"][..],
            "a reminder can go out a day after the letter at the earliest, and before the time to answer is over",
        ),
    ] {
        let all = [&["subscribers", "ask", "start", "weekly-brief"][..], words].concat();
        let output = list.griot.command(&all).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("griot: {told}\n"));
        assert_eq!(output.status.code(), Some(1));
    }
    let output = list.griot.command(&["subscribers", "ask", "stop", "weekly-brief"]).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "griot: weekly-brief is not being asked; `griot subscribers ask status` shows what is\n"
    );
}
