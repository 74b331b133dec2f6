//! How fast messages go out: overall, to each provider, and after a relay or a provider asked for less (S3, S5, S13).
//!
//! Upper bounds only are asserted of what a busy machine could slow down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crate::support;
use crate::support::edition::{Station, clock, configuration, set_clock};
use crate::support::scripted_smtp::{Arrived, At, Moment, Say, ScriptedSmtp};
use chrono::{TimeDelta, Utc};
use griot::delivery::{Run, Stop};

fn many(domain: &'static str, readers: usize) -> impl Iterator<Item = String> {
    (1..=readers).map(move |number| format!("reader{number}@{domain}"))
}

fn station(relay: &ScriptedSmtp, lines: &str, readers: impl Iterator<Item = String>) -> Station {
    let url = format!("url = \"smtp://127.0.0.1:{}?tls=none\"\n{lines}", relay.port);
    Station::configured(configuration(&url), readers)
}

fn to(arrived: &[Arrived], domain: &str) -> Vec<Instant> {
    let is_to = |message: &&Arrived| message.recipient.ends_with(&format!("@{domain}"));
    arrived.iter().filter(is_to).map(|message| message.at).collect()
}

/// The most in any second.
fn most_in_a_second(times: &[Instant]) -> usize {
    let within =
        |from: &Instant| times.iter().filter(|at| **at >= *from && **at - *from < Duration::from_secs(1)).count();
    times.iter().map(within).max().unwrap_or_default()
}

/// Sends until nothing is left, with a clock that goes on by itself.
async fn send_by_the_real_clock(station: &Station) {
    let mut engine = station.engine_by(Utc::now);
    let (_asked, mut stop) = Stop::new();
    loop {
        match station.run_with(&mut engine, &mut stop).await {
            Run::Waiting(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            end => break assert_eq!(end, Run::Finished),
        }
    }
}

#[tokio::test]
async fn the_overall_rate_is_kept_over_all_relays() {
    let (first, second) = (ScriptedSmtp::start(|_| Say::Usual), ScriptedSmtp::start(|_| Say::Usual));
    let table = |id: &str, relay: &ScriptedSmtp| {
        format!("[[smtp]]\nid = \"{id}\"\nurl = \"smtp://127.0.0.1:{}?tls=none\"\n", relay.port)
    };
    let tables = table("first", &first) + &table("second", &second) + "[delivery]\nrate = \"30/s\"";
    let station = Station::configured(support::edition::configuration_with("", &tables), many("readers.example", 46));
    let began = Instant::now();
    assert_eq!(station.run().await, Run::Finished);
    assert!(began.elapsed() >= Duration::from_millis(1_450), "46 messages at 30/s took {:?}", began.elapsed());
    let times = [first.arrived(), second.arrived()].concat();
    assert!(most_in_a_second(&to(&times, "readers.example")) <= 34);
}

#[tokio::test]
async fn s13_a_providers_rate_is_kept_and_holds_nobody_else_up() {
    set_clock(Utc::now());
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let limit =
        "connections = 1\n[[delivery.domain]]\nnames = [\"big.example\", \"also-big.example\"]\nrate = \"40/s\"";
    // More than wait in memory: most of them are put off and fall due later.
    let readers = many("big.example", 150).chain(many("also-big.example", 50)).chain(many("small.example", 300));
    let station = station(&relay, limit, readers);
    let began = Instant::now();
    send_by_the_real_clock(&station).await;
    let took = began.elapsed();
    assert_eq!(station.account().accepted, 500);
    assert!(station.standing().values().all(|standing| standing.attempts == 1), "to wait is no try");
    let arrived = relay.arrived();
    let big = [to(&arrived, "big.example"), to(&arrived, "also-big.example")].concat();
    assert!(most_in_a_second(&big) <= 45, "{}", most_in_a_second(&big));
    // They take five seconds. Twice as long were too careful.
    assert!((Duration::from_millis(4_900)..Duration::from_secs(10)).contains(&took), "{took:?}");
    let last_small = to(&arrived, "small.example").into_iter().max().unwrap();
    let before_it = big.iter().filter(|at| **at < last_small).count();
    assert!(before_it < 100, "{before_it} of 200 slow ones went before the last quick one");
}

#[tokio::test]
async fn s13_messages_at_once_to_a_provider_are_limited_and_hold_nobody_else_up() {
    set_clock(Utc::now());
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (at_once, most_at_once) = (Arc::clone(&now), Arc::clone(&most));
    let relay = ScriptedSmtp::start(move |moment: &Moment| {
        if !moment.recipient.ends_with("@big.example") {
            return Say::Usual;
        }
        match moment.at {
            At::Data => {
                most_at_once.fetch_max(at_once.fetch_add(1, SeqCst) + 1, SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                at_once.fetch_sub(1, SeqCst);
                Say::Usual
            }
            _ => Say::Usual,
        }
    });
    let limit = "connections = 6\n[[delivery.domain]]\nnames = [\"big.example\"]\nconnections = 2";
    let station = station(&relay, limit, many("big.example", 400).chain(many("small.example", 400)));
    let began = Instant::now();
    send_by_the_real_clock(&station).await;
    assert_eq!(station.account().accepted, 800);
    assert!((1..=2).contains(&most.load(SeqCst)), "{} at once", most.load(SeqCst));
    let arrived = relay.arrived();
    let last_small = to(&arrived, "small.example").into_iter().max().unwrap();
    let before_it = to(&arrived, "big.example").iter().filter(|at| **at < last_small).count();
    assert!(before_it < 300, "{before_it} of 400 slow ones went before the last quick one");
    // Guessed at four a second each, those put off would take 40 seconds.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn s3_a_relay_that_throttles_is_slowed_down_and_nobody_is_tried_again_for_it() {
    for reply in ["454 Throttling failure: Maximum sending rate exceeded", "421 4.7.0 too fast, slow down"] {
        let is_throttled = Arc::new(AtomicBool::new(false));
        let (asked, throttled_at) = (Arc::clone(&is_throttled), Arc::new(std::sync::Mutex::new(None)));
        let noted = Arc::clone(&throttled_at);
        let began = Instant::now();
        let relay = ScriptedSmtp::start(move |moment| {
            let is_time = moment.at == At::Dot && began.elapsed() > Duration::from_millis(2_200);
            if is_time && !asked.swap(true, SeqCst) {
                *noted.lock().unwrap() = Some(Instant::now());
                return Say::Reply(reply.into());
            }
            Say::Usual
        });
        let station = station(&relay, "connections = 4\nrate = \"200/s\"", many("readers.example", 1_000));
        assert_eq!(station.run().await, Run::Finished, "{reply}");
        assert_eq!(station.account().accepted, 1_000);
        assert!(station.standing().values().all(|standing| standing.attempts == 1));
        let throttled_at = throttled_at.lock().unwrap().expect("1,000 messages at 200 a second take five seconds");
        let second = throttled_at + Duration::from_millis(100)..throttled_at + Duration::from_millis(1_100);
        let after = relay.arrived().iter().filter(|message| second.contains(&message.at)).count();
        // Half as fast, and a fifth faster each second.
        assert!(after <= 150, "{reply}: {after} messages in the second after it");
    }
}

#[tokio::test]
async fn s5_a_domain_that_throttles_again_and_again_rests_and_the_others_go_on() {
    // Also where it has limits, so that some of its deliveries wait for their turn when the rest begins.
    for limit in ["", "[[delivery.domain]]\nnames = [\"slow.example\"]\nconnections = 1"] {
        set_clock(Utc::now());
        let is_over = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&is_over);
        let relay = ScriptedSmtp::start(move |moment| {
            let is_slow = moment.recipient.ends_with("@slow.example") && !asked.load(SeqCst);
            match moment.at {
                At::Rcpt if is_slow => Say::Reply("450 4.7.1 too many messages from you".into()),
                _ => Say::Usual,
            }
        });
        let lines = format!("connections = 2\n{limit}");
        let station = station(&relay, &lines, many("slow.example", 30).chain(many("quick.example", 100)));
        let mut engine = station.engine();
        let (_asked, mut stop) = Stop::new();
        let began = clock();
        let Run::Waiting(at) = station.run_with(&mut engine, &mut stop).await else { panic!("{limit}") };
        assert_eq!(at, began + TimeDelta::minutes(1), "{limit}");
        let standing = station.standing();
        let (slow, quick): (Vec<_>, Vec<_>) = standing.iter().partition(|(email, _)| email.ends_with("@slow.example"));
        assert!(quick.iter().all(|(_, standing)| standing.state == "accepted"), "{limit}");
        let tried = slow.iter().filter(|(_, standing)| standing.state == "deferred").count();
        assert!((5..=8).contains(&tried), "{tried} were tried: {limit}");
        let postponed =
            slow.iter().filter(|(_, standing)| (standing.state.as_str(), standing.attempts) == ("queued", 0));
        assert_eq!(postponed.count(), 30 - tried, "{limit}");
        let due = at.timestamp() - support::edition::START;
        assert!(slow.iter().all(|(_, standing)| standing.due >= Some(due)), "{limit}");

        // It throttles still, and rests for longer.
        set_clock(at);
        assert!(matches!(station.run_with(&mut engine, &mut stop).await, Run::Waiting(_)), "{limit}");
        let due = (began + TimeDelta::minutes(3)).timestamp() - support::edition::START;
        // But for those that were tried before it was known.
        let postponed = station.standing().values().filter(|standing| standing.due == Some(due)).count();
        assert!((30 - 16..30).contains(&postponed), "{postponed} are postponed: {limit}");
        is_over.store(true, SeqCst);
        loop {
            match station.run_with(&mut engine, &mut stop).await {
                Run::Waiting(at) => set_clock(at),
                end => break assert_eq!(end, Run::Finished, "{limit}"),
            }
        }
        assert_eq!(station.account().accepted, 130, "{limit}");
    }
}
