//! A daemon is told to end: it finishes what is on its way, within its limit, and says so to systemd.

use std::time::{Duration, Instant};

use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp};
use crate::support::wait::until;

#[test]
fn sigterm_lets_what_is_on_its_way_arrive_and_begins_nothing_more() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Dot if moment.recipient == reader(20) => Say::Late(Duration::from_secs(2)),
        At::Dot => Say::Late(Duration::from_millis(10)),
        _ => Say::Usual,
    });
    let room = Newsroom::open(1_500, relay, &[]);
    let (daemon, notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    until(PATIENCE, "the slow message arrives", || !room.relay.arrived_for(&reader(20)).is_empty());
    let asked = Instant::now();
    daemon.terminate();
    assert_eq!(notices.next(), "STOPPING=1");
    let ended = daemon.end();
    assert!(ended.status.success(), "{ended:?}");
    let arrived = room.relay.arrived();
    let last = arrived.iter().map(|message| message.at).max().unwrap();
    assert!(last.saturating_duration_since(asked) < Duration::from_secs(1), "it began new messages after the signal");
    let counts = ["accepted", "sending", "unknown"].map(|state| room.count(state));
    assert_eq!(counts, [arrived.len() as u64, 0, 0], "the slow message was not waited for");
    assert_eq!(
        (room.count("queued"), room.account()["state"].as_str()),
        (1_500 - arrived.len() as u64, Some("sending"))
    );
}

#[test]
fn s6_what_takes_longer_than_the_drain_is_unknown_and_everything_else_is_as_it_was() {
    let relay = ScriptedSmtp::start(|moment| match (moment.at, moment.arrived_before) {
        (At::Dot, 0) if moment.recipient == reader(2) => Say::Nothing,
        _ => Say::Usual,
    });
    let changes = [("retry = [\"1s\"]", "drain = \"1s\"\nretry = [\"1s\"]")];
    let room = Newsroom::open(3, relay, &changes);
    let (daemon, notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_arrived(3);
    until(PATIENCE, "the others are on record", || room.count("accepted") == 2);
    let asked = Instant::now();
    daemon.terminate();
    assert_eq!(notices.next(), "STOPPING=1");
    let ended = daemon.end();
    assert!(ended.status.success(), "{ended:?}");
    assert!((Duration::from_secs(1)..Duration::from_secs(8)).contains(&asked.elapsed()), "{:?}", asked.elapsed());
    assert_eq!((room.count("accepted"), room.count("sending")), (2, 1));

    let (_daemon, _notices) = room.daemon();
    room.until_state("sent");
    assert_eq!((room.count("accepted"), room.relay.arrived_for(&reader(2)).len()), (3, 2));
}

#[test]
fn a_daemon_with_nothing_to_do_ends_at_once() {
    let room = Newsroom::open(1, ScriptedSmtp::start(|_| Say::Usual), &[]);
    for _ in 0..5 {
        let (daemon, notices) = room.daemon();
        let asked = Instant::now();
        daemon.terminate();
        assert_eq!(notices.next(), "STOPPING=1");
        let ended = daemon.end();
        assert!(ended.status.success(), "{ended:?}");
        assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    }
    assert_eq!(room.relay.connections(), 0);
}
