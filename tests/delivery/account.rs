//! Whatever a relay does, everybody is accounted for: random relays, a few hundred deliveries each (S1, S2, S6, F3).

use std::collections::BTreeMap;

use crate::support::edition::{Station, reader, set_clock};
use crate::support::scripted_smtp::{Arrived, At, Moment, Say, ScriptedSmtp, Setup};
use griot::delivery::Run;
use griot::store::EditionState;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// A number from 0 to 999 that a script draws for a moment, the same however often it is asked.
fn drawn(seed: u64, moment: &Moment, tries: usize) -> u16 {
    let drawn = Sha256::digest(format!("{seed} {:?} {} {tries}", moment.at, moment.recipient));
    u16::from_be_bytes([drawn[0], drawn[1]]) % 1_000
}

/// One relay in many: most messages are taken; some are refused for good or for now at any stage, some connections are
/// cut over the message, and a few before it.
fn difficult(seed: u64, way: usize) -> impl Fn(&Moment) -> Say + Send + Sync {
    let tries = std::sync::Mutex::new(BTreeMap::<String, usize>::new());
    let troubles = std::sync::atomic::AtomicUsize::new(0);
    move |moment| {
        let mut tries = tries.lock().unwrap();
        let made = tries.entry(moment.recipient.clone()).or_default();
        if moment.at == At::Rcpt {
            *made += 1;
        }
        let reply = |text: &str| Say::Reply(text.to_owned());
        // Each makes a connection rest a second, so there are few of them.
        let trouble = || troubles.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 6;
        match (moment.at, drawn(seed, moment, *made)) {
            (At::Rcpt, 0..60) => reply("550 5.1.1 no such mailbox"),
            (At::Rcpt, 60..160) => reply("450-4.2.1 not\r\n450 4.2.1 yet"),
            (At::Rcpt, 160..170) if trouble() => Say::Cut(b"421 4.3.2 closing\r\n"),
            (At::Rcpt, 170..180) => Say::Cut(b"550 5.1.1 no such mailbox\r\n"),
            (At::Data, 0..30) => reply("451 4.3.0 later"),
            (At::Data, 30..40) => reply("554 5.7.1 never"),
            (At::Data, 40..50) if trouble() => Say::Cut(b"2"),
            (At::Dot, 0..40) => Say::Cut(b""),
            (At::Dot, 40..60) => Say::Raw(b"what?\r\n"),
            (At::Dot, 60..90) => reply("452 4.3.1 no space"),
            (At::Dot, 90..110) => reply("554 5.7.1 looks like spam"),
            // Among many replies, this script cannot make one too many that is sure to be noticed: see
            // delivery_matching.rs.
            (At::Dot, 110..120) if way != CHUNKS => Say::Raw(b"250 2.0.0 taken\r\n250 2.0.0 taken\r\n"),
            (At::Rset, 0..50) => Say::Cut(b""),
            _ => Say::Usual,
        }
    }
}

/// What the relay offers: a command at a time, groups, whole messages one behind the other.
const WAYS: [&[&str]; 3] = [&[], &["PIPELINING"], &["PIPELINING", "CHUNKING"]];
const CHUNKS: usize = 2;

fn check(seed: u64, readers: usize, connections: u32, way: usize, holds: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let setup = Setup { extensions: WAYS[way].to_vec(), ..Setup::default() };
    let relay = ScriptedSmtp::set_up(setup, difficult(seed, way));
    let retry_unknown = if holds { "hold" } else { "2m" };
    let more = format!(
        "connections = {connections}\nmessages_per_connection = 40\n[delivery]\nretry = [\"1m\"]\nretry_then = \"2m\"\n\
         give_up = \"5m\"\nretry_unknown = \"{retry_unknown}\""
    );
    let station = Station::new(readers, relay.port, &more);
    runtime.block_on(async {
        loop {
            // Every run is a new process, and every one of them leaves a true account (`run` looks).
            match station.run().await {
                Run::Waiting(at) => set_clock(at),
                end => break assert_eq!(end, Run::Finished),
            }
        }
    });
    let counts = station.account();
    assert_eq!((counts.queued, counts.deferred, counts.sending), (0, 0, 0), "sent, and something is left: {counts:?}");
    assert_eq!(counts.recipients, readers as u64);
    assert_eq!(station.edition().state, EditionState::Sent);

    let mut arrived: BTreeMap<String, Vec<Arrived>> = BTreeMap::new();
    for message in relay.arrived().into_iter().filter(|message| !message.recipient.is_empty()) {
        arrived.entry(message.recipient.clone()).or_default().push(message);
    }
    for number in 1..=readers {
        let reader = reader(number);
        let state = station.of(number).state;
        let outcomes = station.outcomes_of(number);
        let copies = arrived.remove(&reader).unwrap_or_default();
        let unknown = outcomes.iter().filter(|outcome| *outcome == "unknown").count();
        assert!(unknown <= if holds { 1 } else { 2 }, "S6: {reader}: {outcomes:?}");
        assert_eq!(outcomes.last(), Some(&state), "{reader}");
        // F3: whoever gets it twice gets the same bytes twice.
        assert!(copies.windows(2).all(|pair| pair[0].bytes == pair[1].bytes), "{reader} got two different messages");
        // 110..120 sends its yes as bytes, so that the relay does not count it as the usual one.
        let kept = copies.iter().filter(|copy| copy.was_accepted).count();
        match state.as_str() {
            "accepted" => assert!(!copies.is_empty(), "{reader} is accepted and nothing arrived: {outcomes:?}"),
            "failed" => {
                assert!(kept <= if way == CHUNKS { unknown } else { 0 }, "{reader} failed and has it: {outcomes:?}")
            }
            // In chunks, a message may be lost unread behind another.
            "unknown" if way == CHUNKS => {}
            "unknown" => assert!(!copies.is_empty(), "{reader}: {outcomes:?}"),
            other => panic!("{reader} is {other} at the end"),
        }
        // In chunks, what was on the wire behind a message that was lost may have been taken all the same.
        let most = if way == CHUNKS { 1 + unknown } else { 1 };
        assert!(kept <= most, "{reader} got it {kept} times: {outcomes:?}");
    }
    assert!(arrived.is_empty(), "messages to nobody we know: {arrived:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn everybody_is_accounted_for_whatever_the_relay_does(
        seed: u64, readers in 60..140usize, connections in 1..9u32, way in 0..WAYS.len(), holds: bool,
    ) {
        check(seed, readers, connections, way, holds);
    }
}
