//! What the engine says it has done: to who asks, and in the log at the end of an edition.

mod support {
    pub mod configuration;
    pub mod edition;
    pub mod feed_server;
    pub mod griot;
    pub mod newsroom;
    pub mod scripted_smtp;
    pub mod wait;
}

use griot::delivery::{Run, Stop};
use griot::store::AttemptOutcome;
use support::edition::{Station, message, reader, set_clock};
use support::newsroom::Newsroom;
use support::scripted_smtp::{At, Say, ScriptedSmtp};

#[tokio::test]
async fn the_figures_tell_what_was_done() {
    let relay = ScriptedSmtp::start(|moment| match (moment.at, moment.recipient.as_str()) {
        (At::Rcpt, "reader1@readers.example") => Say::Reply("550 5.1.1 no such mailbox".into()),
        (At::Rcpt, "reader2@readers.example") => Say::Reply("450 4.2.1 greylisted".into()),
        (At::Rcpt, "reader3@readers.example") => Say::Reply("450 4.7.1 too many from you".into()),
        (At::Dot, "reader4@readers.example") if moment.arrived_before == 0 => Say::Cut(b""),
        (At::Dot, "reader5@readers.example") if moment.arrived_before == 0 => Say::Reply("454 slow down".into()),
        _ => Say::Usual,
    });
    let more = "connections = 1\n[delivery]\nretry = [\"1m\"]\nretry_then = \"1m\"\ngive_up = \"1m\"";
    let station = Station::new(20, relay.port, more);
    let mut engine = station.engine();
    let figures = engine.figures();
    let (_asked, mut stop) = Stop::new();
    let Run::Waiting(next) = station.run_with(&mut engine, &mut stop).await else { panic!("{:?}", station.standing()) };
    let outcomes = || {
        use AttemptOutcome::{Accepted, Deferred, Failed, Unknown};
        [Accepted, Deferred, Failed, Unknown].map(|outcome| figures.outcome(outcome).get())
    };
    assert_eq!(outcomes(), [16, 2, 1, 1]);
    let [relay_figures] = figures.relays.as_slice() else { panic!("{figures:?}") };
    assert_eq!((relay_figures.id.as_str(), relay_figures.messages.get()), ("relay", 20));
    assert_eq!((relay_figures.throttles.get(), relay_figures.unknown.get()), (2, 1));
    assert_eq!(relay_figures.opened.get(), relay.connections() as u64);
    assert_eq!((relay_figures.open.get(), figures.queued.get()), (0, 0));
    // Seventeen were taken in the end or may have been, and the one that was throttled left twice.
    let length = |number| {
        let email = griot::address::EmailAddress::parse(&reader(number)).unwrap();
        let id = station.subscriber(number).id;
        let claimed = griot::store::Claimed {
            edition: station.edition().id,
            subscriber: id,
            email,
            name: String::new(),
            timezone: String::new(),
            subscribed_at: support::edition::clock(),
            attempts: 0,
            from: griot::store::DeliveryState::Queued,
            was_unknown: false,
        };
        message(&claimed).bytes.len() as u64
    };
    assert_eq!(relay_figures.bytes.get(), (4..=20).chain([5]).map(length).sum::<u64>());

    // They go on from run to run, and what is given up counts as failed.
    set_clock(next);
    station.run_with(&mut engine, &mut stop).await;
    assert_eq!(outcomes()[1..3], [2, 3]);
}

#[test]
fn a_daemon_logs_a_line_for_an_edition_that_is_sent() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == "reader1@readers.example" => Say::Reply("550 5.1.1 no such mailbox".into()),
        _ => Say::Usual,
    });
    let room = Newsroom::open(30, relay, &[]);
    let (daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_state("sent");
    daemon.terminate();
    let ended = daemon.end();
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| line.contains(" sent ")).collect();
    let [line] = lines.as_slice() else { panic!("{}", ended.stderr) };
    for told in ["edition=weekly-brief/1 messages=30 seconds=", "accepted=29 failed=1 deferred=0 unknown=0"] {
        assert!(line.contains(told), "{line}");
    }
    assert!(line.contains(" per_second="), "{line}");
}
