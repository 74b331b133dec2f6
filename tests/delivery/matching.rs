//! Replies are matched in order, each to its message, whatever the relay does: random relays that keep the truth, and an
//! engine whose records have to agree with it (S1, S2, S6, S7, S8, S11).
//!
//! `GRIOT_MATCHING_CASES` says how many cases are tried; `scripts/torment-wire` tries thousands.

use crate::support::rows;
use std::collections::BTreeMap;
use std::thread;

use crate::support;
use crate::support::edition::{Station, clock, reader, set_clock};
use crate::support::truth::{Draw, Stage, Truth, Way, number_in};
use crate::support::truthful_smtp::TruthfulSmtp;
use griot::address::EmailAddress;
use griot::delivery::{Job, Outgoing, Run, Stop};
use griot::store::EditionState;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sha2::{Digest, Sha256};

/// Tried at the same time: most of them wait for a connection to have rested.
const AT_ONCE: u32 = 24;

#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    way: Way,
    readers: usize,
    connections: u32,
    depth: usize,
    per_connection: u32,
    /// How often the relay does worse than to refuse.
    mischief: usize,
    holds: bool,
}

fn cases() -> impl Strategy<Value = Case> {
    let way = prop_oneof![Just(Way::Plain), Just(Way::Groups), Just(Way::Chunks), Just(Way::Chunks)];
    (any::<u64>(), way, 1..40usize, 1..=8u32, 1..=8usize, 1..30u32, 0..8usize, any::<bool>()).prop_map(
        |(seed, way, readers, connections, depth, per_connection, mischief, holds)| Case {
            seed,
            way,
            readers,
            connections,
            depth,
            per_connection,
            mischief,
            holds,
        },
    )
}

/// The same for the same reader: a few lines, or more than a socket holds; with dots where they hurt.
fn bytes(seed: u64, recipient: &str) -> Vec<u8> {
    let mut draw = Draw(recipient.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))));
    let lines = match draw.below(10) {
        0 => 3_000 + draw.below(9_000),
        1..4 => 100 + draw.below(600),
        _ => 1 + draw.below(20),
    };
    let mut message = format!("To: {recipient}\r\nSubject: The week\r\n\r\n").into_bytes();
    for _ in 0..lines {
        let line: &[u8] = match draw.below(8) {
            0 => b".\r\n",
            1 => b"..\r\n",
            2 => b".dot\r\n",
            3 => b"\r\n",
            _ => b"All the news there is, and some more\r\n",
        };
        message.extend_from_slice(line);
    }
    message
}

/// An attempt on record.
#[derive(Clone, Debug)]
struct Attempt {
    outcome: String,
    code: u16,
    reply: String,
}

fn attempts(station: &Station) -> BTreeMap<String, Vec<Attempt>> {
    let db = rows::of_store(&station.store);
    let mut query = db
        .prepare(
            "SELECT s.email, a.outcome, a.code, a.reply FROM attempts AS a
             JOIN subscribers AS s ON s.id = a.subscriber_id ORDER BY a.subscriber_id, a.number",
        )
        .unwrap();
    let mut all: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
    let rows = query.query_map([], |row| {
        Ok((row.get::<String>(0)?, Attempt { outcome: row.get(1)?, code: row.get(2)?, reply: row.get(3)? }))
    });
    for row in rows.unwrap() {
        let (reader, attempt) = row.unwrap();
        all.entry(reader).or_default().push(attempt);
    }
    all
}

async fn send(station: &Station, seed: u64) {
    for _ in 0..200 {
        let compose = move |claimed: &griot::store::Claimed, _| {
            Ok(Outgoing {
                sender: EmailAddress::parse("brief@harmattan.example")?,
                recipient: claimed.email.clone(),
                envelope_id: String::new(),
                bytes: bytes(seed, claimed.email.as_str()),
            })
        };
        let (_asked, mut stop) = Stop::new();
        // Every run is a new process.
        let run = station.engine().run(Job::new(&station.edition(), compose), &mut stop).await.unwrap();
        assert_eq!(station.account().sending, 0, "a run ended and left some on their way");
        match run {
            Run::Finished => return,
            Run::Waiting(at) => set_clock(at),
            Run::RelayDown(_) => {}
            // An operator who lets it go on.
            Run::RelayRefuses(_) => {
                let edition = station.edition();
                let resumed = station
                    .store
                    .write(|db| edition.change_state(db, &[EditionState::Paused], EditionState::Sending, "", clock()));
                assert!(resumed.unwrap());
            }
            other => panic!("it ended as {other:?}"),
        }
    }
    panic!("it comes to no end: {:?}", station.account());
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    set_clock(chrono::DateTime::from_timestamp(support::edition::START, 0).unwrap());
    let relay = TruthfulSmtp::start(case.way, case.seed, case.mischief);
    let more = format!(
        "connections = {}\nmessages_per_connection = {}\ndepth = {}\n[smtp.timeouts]\nmail = \"3s\"\nrcpt = \"3s\"\n\
         data = \"3s\"\nblock = \"3s\"\ndot = \"3s\"\ngreeting = \"3s\"\n[delivery]\nretry = [\"1m\"]\n\
         retry_then = \"2m\"\ngive_up = \"5m\"\nretry_unknown = \"{}\"",
        case.connections,
        case.per_connection,
        case.depth,
        if case.holds { "hold" } else { "2m" }
    );
    let station = Station::new(case.readers, relay.port, &more);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(send(&station, case.seed));
    let attempts = attempts(&station);
    let truth = relay.truth();
    prop_assert!(truth.out_of_step.is_empty(), "heard what nobody should say: {:?}", truth.out_of_step);
    for number in 1..=case.readers {
        let (reader, none) = (reader(number), Vec::new());
        let attempts = attempts.get(&reader).unwrap_or(&none);
        agrees(&truth, case.seed, &reader, attempts, &station.of(number).state)?;
    }
    // A connection that is spoiled leaves no more unknown than were on the wire over it. Who is slow for another reason
    // (a machine that does too much at once) is let off.
    let unknown = attempts.values().flatten().filter(|attempt| attempt.outcome == "unknown");
    let unknown = unknown.filter(|attempt| !attempt.reply.contains("did not answer within")).count();
    let on_the_wire = if case.way == Way::Chunks { case.depth } else { 1 };
    prop_assert!(unknown <= truth.mischief * on_the_wire, "{unknown} unknown after {} mischiefs", truth.mischief);
    Ok(())
}

/// What is on record of a reader against what the relay knows.
fn agrees(truth: &Truth, seed: u64, reader: &str, attempts: &[Attempt], state: &str) -> Result<(), TestCaseError> {
    let all: Vec<_> = truth.transactions.iter().filter(|transaction| transaction.recipient == reader).collect();
    let about = || format!("{reader} is {state}: {attempts:?}, and in truth {all:?}");
    let expected: [u8; 32] = Sha256::digest(bytes(seed, reader)).into();
    for transaction in &all {
        prop_assert!(transaction.digest.is_none_or(|digest| digest == expected), "other bytes arrived: {}", about());
    }
    for attempt in attempts.iter().filter(|attempt| attempt.outcome != "unknown") {
        let told = number_in(&attempt.reply).and_then(|number| truth.told.get(number));
        let Some(told) = told else { return Err(TestCaseError::fail(format!("nobody said this: {}", about()))) };
        let its = truth.transactions.get(told.transaction);
        let is_its = its.is_some_and(|transaction| transaction.recipient == reader);
        let was_kept = its.is_some_and(|transaction| transaction.kept);
        prop_assert_eq!(told.code, attempt.code, "{}", about());
        if attempt.outcome == "accepted" {
            let is_yes = told.stage == Stage::Message && told.code / 100 == 2;
            prop_assert!(is_yes && is_its && was_kept, "it was not accepted by this ({:?}): {}", told, about());
        } else if told.stage == Stage::Surplus {
            // A no that nobody asked for cannot be told from one to the command that was next. It is taken for that, so
            // that somebody is refused who was not; but nobody who has the message.
            prop_assert!(told.code / 100 != 2, "refused by a yes ({:?}): {}", told, about());
        } else {
            let can_refuse = matches!(told.stage, Stage::Rcpt | Stage::Data | Stage::Message) && told.code / 100 != 2;
            prop_assert!(can_refuse && is_its && !was_kept, "it was not refused by this ({:?}): {}", told, about());
        }
    }
    // Every copy has its acceptance or an unknown outcome on record, so that nobody got one silently.
    let kept = all.iter().filter(|transaction| transaction.kept).count();
    let count = |outcome: &str| attempts.iter().filter(|attempt| attempt.outcome == outcome).count();
    prop_assert!(kept <= count("accepted") + count("unknown"), "{kept} copies: {}", about());
    prop_assert!(count("accepted") <= 1 && count("unknown") <= 2, "{}", about());
    match state {
        "accepted" => prop_assert!(kept > 0 && count("accepted") == 1, "{}", about()),
        "failed" | "unknown" => prop_assert_eq!(count("accepted"), 0, "{}", about()),
        _ => prop_assert!(false, "it ended so: {}", about()),
    }
    prop_assert_eq!(attempts.last().map(|attempt| attempt.outcome.as_str()), Some(state), "{}", about());
    Ok(())
}

#[test]
fn replies_are_matched_in_order_each_to_its_message_always() {
    let wanted = std::env::var("GRIOT_MATCHING_CASES").ok().and_then(|wanted| wanted.parse().ok()).unwrap_or(240u32);
    let config = ProptestConfig {
        cases: wanted.div_ceil(AT_ONCE),
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let each = |_| {
        let config = config.clone();
        thread::spawn(move || {
            TestRunner::new(config).run(&cases(), |case| check(&case)).map_err(|error| error.to_string())
        })
    };
    let running: Vec<_> = (0..AT_ONCE).map(each).collect();
    let failures: Vec<String> = running.into_iter().filter_map(|thread| thread.join().unwrap().err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
