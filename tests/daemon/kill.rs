//! S6: killed while it sends, griot goes on where it was. Nobody is forgotten, and whoever got a message twice is known
//! as one whose outcome was unknown.

use crate::support::rows;
use std::collections::HashMap;
use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::Utc;
use serde_json::Value;

use crate::support::configuration;
use crate::support::feed_server::{self, fresh_feed};
use crate::support::griot::Griot;
use crate::support::relay::{Answer, Moment, Relay, Stage};
use crate::support::wait::until;

const READERS: usize = 1_500;
/// How many messages the relay has taken when the sender is killed.
const KILLS: [usize; 3] = [200, 600, 1_100];
/// The default, with a message each on the wire: this relay knows no BDAT.
const CONNECTIONS: usize = 4;
const REFUSED: &str = "reader7@readers.example";
const DEFERRED: &str = "reader8@readers.example";
const CUT: &str = "reader9@readers.example";
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn s6_a_sender_killed_three_times_loses_nobody() {
    let relay = Relay::start(difficult_relay());
    let feed = fresh_feed(Utc::now(), "week", &["The hall opens", "The ferry sails", "A choir sings", "Rain comes"]);
    let server = feed_server::serve(vec![("feed".to_owned(), feed)]);
    let griot = Griot::set_up(&configuration::text(&[format!("{server}feed")], relay.port, 8080));
    griot.run(&["fetch"]);
    let rows: String = (1..=READERS).map(|n| format!("reader{n}@readers.example\n")).collect();
    fs::write(griot.path().join("readers.csv"), format!("email\n{rows}")).unwrap();
    griot.run(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed"]);

    let mut found = 0;
    for kill_at in KILLS {
        let mut command = griot.command(&["send", "weekly-brief", "--wait"]);
        let mut sender = command.stdout(Stdio::null()).spawn().unwrap();
        until(PATIENCE, "the relay has taken enough to kill the sender", || relay.taken().len() >= kill_at);
        assert!(sender.try_wait().unwrap().is_none(), "it ended before it could be killed");
        sender.kill().unwrap();
        sender.wait().unwrap();
        account(&griot.json(&["edition", "show", "weekly-brief/1", "--json"]));
        found = assert_few_are_unknown(&griot, found);
    }
    // What is unknown is tried once more a second later, so it takes more than one run.
    until(PATIENCE, "the edition is sent", || {
        griot.run(&["send", "weekly-brief/1", "--wait"]);
        griot.json(&["edition", "show", "weekly-brief/1", "--json"])["state"] == "sent"
    });

    assert_few_are_unknown(&griot, found);
    let edition = griot.json(&["edition", "show", "weekly-brief/1", "--json"]);
    account(&edition);
    assert_eq!((&edition["accepted"], &edition["failed"]), (&Value::from(READERS - 1), &Value::from(1)), "{edition}");
    let mut copies: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    for message in relay.taken() {
        copies.entry(message.recipient).or_default().push(message.bytes);
    }
    assert_eq!(copies.len(), READERS - 1, "somebody was forgotten");
    assert!(!copies.contains_key(REFUSED));
    assert_eq!(copies[CUT].len(), 2, "an unknown outcome is tried once more");
    let unknown: Vec<String> = unknown_tries(&griot).into_iter().map(|(reader, _)| reader).collect();
    for (reader, copies) in copies.iter().filter(|(_, copies)| copies.len() > 1) {
        assert!(unknown.contains(reader), "{reader} got {} copies and nothing says so", copies.len());
        // F3: a second try is the same bytes, so a mailbox that looks at the Message-ID shows one.
        assert!(copies.windows(2).all(|pair| pair[0] == pair[1]), "{reader} got two different messages");
    }
}

/// Refuses one reader for good and one for now, cuts the connection over a third one's message, and is slow enough with
/// all others for a kill to fall between a final dot and its answer.
fn difficult_relay() -> impl Fn(Moment<'_>) -> Answer {
    let was_busy = AtomicBool::new(false);
    move |moment| match (moment.stage, moment.recipient) {
        (Stage::Rcpt, REFUSED) => Answer::Reply("550 5.1.1 no such mailbox"),
        (Stage::Rcpt, DEFERRED) if !was_busy.swap(true, Ordering::Relaxed) => {
            Answer::Reply("451 4.3.0 come back later")
        }
        (Stage::Dot, CUT) if moment.taken_before == 0 => Answer::Cut,
        (Stage::Dot, _) => Answer::Late(Duration::from_millis(2)),
        (Stage::Greeting | Stage::Mail | Stage::Rcpt | Stage::Data, _) => Answer::Usual,
    }
}

/// Every recipient is in one state, at every moment.
fn account(edition: &Value) {
    let count = |state: &str| edition[state].as_u64().unwrap_or_else(|| panic!("no {state} in {edition}"));
    let states = ["accepted", "failed", "skipped", "unknown", "queued", "deferred", "sending"];
    assert_eq!(states.map(count).iter().sum::<u64>(), count("recipients"), "{edition}");
    assert_eq!(count("recipients"), READERS as u64, "{edition}");
}

/// However far it had claimed ahead, what one kill makes unknown was on the wire. `before` is what earlier kills made so;
/// with this one's added it is the answer.
fn assert_few_are_unknown(griot: &Griot, before: usize) -> usize {
    let by_kills = unknown_tries(griot).into_iter().filter(|(_, reply)| reply.starts_with("the sending process ended"));
    let by_kills = by_kills.count();
    assert!(by_kills - before <= CONNECTIONS, "{} are unknown, of {CONNECTIONS} on the wire", by_kills - before);
    by_kills
}

/// The reader of each try whose outcome is unknown, and what is on record of it.
fn unknown_tries(griot: &Griot) -> Vec<(String, String)> {
    let store = rows::of(griot.path());
    let mut query = store
        .prepare("SELECT email, reply FROM attempts JOIN subscribers ON id = subscriber_id WHERE outcome = 'unknown'")
        .unwrap();
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
}
