//! Connections that die, hang or talk nonsense: what was never handed over is tried again and nobody is failed for it,
//! what may have arrived is unknown and tried once more (S2, S4, S6).

use crate::support::rows;
use std::time::Duration;

use crate::support;
use crate::support::edition::{Station, advance, clock, reader};
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp, Setup};
use chrono::TimeDelta;
use griot::delivery::{Job, Run, Stop};
use griot::store::EditionState;

/// A second for everything, half an hour until an unknown outcome is tried again.
const SHORT: &str = "connections = 1\n[smtp.timeouts]\nconnect = \"1s\"\ngreeting = \"1s\"\nmail = \"1s\"\nrcpt = \"1s\"\n\
                     data = \"1s\"\nblock = \"1s\"\ndot = \"1s\"";

const STAGES: [At; 6] = [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data, At::Dot];

fn first_time(at: At, say: Say) -> impl Fn(&Moment) -> Say {
    move |moment| if moment.at == at && moment.connection == 1 { say.clone() } else { Say::Usual }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Groups,
    Chunks,
}

fn start(way: Way, script: impl Fn(&Moment) -> Say + Send + Sync + 'static) -> ScriptedSmtp {
    match way {
        Way::Groups => ScriptedSmtp::start(script),
        Way::Chunks => ScriptedSmtp::start_in_chunks(script),
    }
}

/// The stages there are in each way: a chunk is not asked for.
fn moments() -> Vec<(Way, At)> {
    let all = [Way::Groups, Way::Chunks].into_iter().flat_map(|way| STAGES.map(|at| (way, at)));
    all.filter(|moment| *moment != (Way::Chunks, At::Data)).collect()
}

/// One reader, whose first try goes wrong at a stage: all is well over the next connection, or unknown.
async fn goes_wrong((way, at): (Way, At), say: Say) {
    let relay = start(way, first_time(at, say.clone()));
    let station = Station::new(1, relay.port, SHORT);
    let run = station.run().await;
    let standing = station.of(1);
    let is_out = match way {
        Way::Groups => at == At::Dot,
        // The message leaves with its envelope, so that it may be there as soon as any of them is.
        Way::Chunks => matches!(at, At::Mail | At::Rcpt | At::Dot),
    };
    if is_out {
        assert_eq!(run, Run::Waiting(clock() + TimeDelta::minutes(30)), "{say:?} at {at:?}, {way:?}");
        assert_eq!((standing.state.as_str(), standing.attempts), ("unknown", 1), "{say:?} at {at:?}, {way:?}");
    } else {
        // The try that never came to the message does not count.
        assert_eq!(run, Run::Finished, "{say:?} at {at:?}, {way:?}");
        assert_eq!((standing.state.as_str(), standing.attempts), ("accepted", 1), "{say:?} at {at:?}, {way:?}");
        assert_eq!(relay.connections(), 2, "{say:?} at {at:?}, {way:?}");
    }
}

#[tokio::test]
async fn s6_a_connection_lost_before_the_message_is_no_matter_and_after_it_is_unknown() {
    let wrongs = [
        Say::Cut(b""),
        // Half a line, half a reply, no reply.
        Say::Cut(b"25"),
        Say::Cut(b"250-relay"),
        Say::Cut(b"250-relay\r\n"),
        Say::Raw(b"+OK hello\r\n"),
        Say::Raw(b"250_ok\r\n"),
        Say::Raw(b"999 who knows\r\n"),
        Say::Raw(b"\x00\xff\xfe\r\n"),
        Say::Raw(b"\r\n"),
    ];
    let cases = wrongs.iter().flat_map(|say| moments().into_iter().map(|moment| goes_wrong(moment, say.clone())));
    futures_util::future::join_all(cases).await;
}

#[tokio::test]
async fn s4_a_relay_that_falls_silent_is_left_after_the_time_for_that_answer() {
    let says = [Say::Nothing, Say::Raw(b"250-")];
    let cases = says.iter().flat_map(|say| moments().into_iter().map(|moment| goes_wrong(moment, say.clone())));
    futures_util::future::join_all(cases).await;
}

#[tokio::test]
async fn s4_a_late_answer_is_waited_for() {
    let late = |(way, at)| async move {
        let relay = start(way, first_time(at, Say::Late(Duration::from_millis(500))));
        let station = Station::new(1, relay.port, SHORT);
        assert_eq!(station.run().await, Run::Finished, "{at:?}, {way:?}");
        assert_eq!((station.of(1).state.as_str(), relay.connections()), ("accepted", 1), "{at:?}, {way:?}");
    };
    futures_util::future::join_all(moments().into_iter().map(late)).await;
}

#[tokio::test]
async fn s4_a_write_that_blocks_is_given_up_after_its_time_and_nothing_else_is_waited_for() {
    let cases = [(Way::Groups, At::Data, Say::Deaf(b"354 go on\r\n")), (Way::Chunks, At::Mail, Say::Deaf(b""))];
    futures_util::future::join_all(cases.map(async |(way, at, say)| {
        let relay = start(way, first_time(at, say));
        // Every answer has a minute, so that what is over sooner was over for the write.
        let times = "connections = 1\n[smtp.timeouts]\nmail = \"1m\"\nrcpt = \"1m\"\ndata = \"1m\"\ndot = \"1m\"\nblock = \"1s\"";
        let station = Station::new(2, relay.port, times);
        let (mut engine, (_asked, mut stop)) = (station.engine(), Stop::new());
        let began = std::time::Instant::now();
        let run = engine.run(Job::new(&station.edition(), long), &mut stop).await.unwrap();
        assert_eq!(run, Run::Finished, "{way:?}");
        // A second for the write, one of rest; the messages are long.
        let took = began.elapsed();
        assert!((Duration::from_secs(2)..Duration::from_secs(40)).contains(&took), "{way:?}: it took {took:?}");
        // Neither was ever whole on the wire, so that neither is unknown.
        assert_eq!((station.account().accepted, station.outcomes_of(1), relay.connections()), (2, vec!["accepted".into()], 2));
    }))
    .await;
}

#[tokio::test]
async fn s4_a_reply_without_end_is_not_read_for_ever() {
    let endless: &'static [u8] = Box::leak(b"250-x\r\n".repeat(1_000).into_boxed_slice());
    let long: &'static [u8] = Box::leak(vec![b'2'; 100_000].into_boxed_slice());
    futures_util::future::join_all([endless, long].map(|bytes| goes_wrong((Way::Groups, At::Ehlo), Say::Raw(bytes))))
        .await;
}

#[tokio::test]
async fn s6_what_may_have_arrived_is_tried_once_more_with_the_same_bytes_then_left() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Dot if moment.recipient == reader(1) => Say::Cut(b""),
        At::Dot if moment.recipient == reader(2) && moment.arrived_before == 0 => Say::Cut(b""),
        _ => Say::Usual,
    });
    let station = Station::new(3, relay.port, "connections = 1");
    assert_eq!(station.run().await, Run::Waiting(clock() + TimeDelta::minutes(30)));
    assert_eq!((station.account().unknown, station.account().accepted), (2, 1));
    let reason = "the relay was lost after the message: it closed the connection";
    assert_eq!(station.of(1).reply, (0, String::new(), reason.into()));
    // Not before its time.
    advance(TimeDelta::seconds(30 * 60 - 1));
    assert!(matches!(station.run().await, Run::Waiting(_)));
    assert_eq!(relay.arrived().len(), 3);
    advance(TimeDelta::seconds(1));
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!((station.of(1).state.as_str(), station.of(1).due), ("unknown", None));
    assert_eq!(station.of(2).state, "accepted");
    assert_eq!(station.outcomes_of(2), ["unknown", "accepted"]);
    for number in [1, 2] {
        let copies = relay.arrived_for(&reader(number));
        assert_eq!(copies.len(), 2);
        assert_eq!(copies[0].bytes, copies[1].bytes, "F3: another message, or another Message-ID");
    }
    assert_eq!(station.edition().state, EditionState::Sent);
    assert_eq!(station.run().await, Run::Halted);
    assert_eq!(relay.arrived().len(), 5);
}

#[tokio::test]
async fn s6_an_unknown_outcome_is_the_last_also_where_a_refusal_came_between() {
    let relay = ScriptedSmtp::start(|moment| match (moment.at, moment.connection) {
        (At::Dot, 1) => Say::Cut(b""),
        (At::Rcpt, 2) => Say::Reply("450 4.2.1 later".into()),
        (At::Dot, _) => Say::Cut(b""),
        _ => Say::Usual,
    });
    let station = Station::new(1, relay.port, "connections = 1");
    assert_eq!(station.run_to_the_end().await, Run::Finished);
    assert_eq!(station.outcomes_of(1), ["unknown", "deferred", "unknown"]);
    assert_eq!(relay.arrived().len(), 2);
}

#[tokio::test]
async fn s6_hold_leaves_an_unknown_outcome_to_the_operator() {
    let relay = ScriptedSmtp::start(first_time(At::Dot, Say::Cut(b"")));
    let station = Station::new(1, relay.port, "connections = 1\n[delivery]\nretry_unknown = \"hold\"");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!((station.of(1).state.as_str(), station.of(1).due), ("unknown", None));
}

#[tokio::test]
async fn s6_a_relay_that_dies_over_every_message_does_not_get_the_whole_edition() {
    for way in [Way::Groups, Way::Chunks] {
        let relay = start(way, |moment| if moment.at == At::Dot { Say::Cut(b"") } else { Say::Usual });
        let station = Station::new(100, relay.port, "connections = 2\ndepth = 3");
        let Run::RelayDown(reason) = station.run().await else { panic!("{way:?}: {:?}", station.account()) };
        assert_eq!(reason, "the relay was lost after the message: it closed the connection", "{way:?}");
        let counts = station.account();
        // Four losses for each connection, and those that were under way at the last of them; each costs what was on
        // the wire over it, which is less than it could be where there is not enough claimed for all connections.
        let most = if way == Way::Chunks { 3 } else { 1 };
        assert!((8..=10 * most).contains(&counts.unknown), "{way:?}: {counts:?}");
        assert_eq!(counts.queued, 100 - counts.unknown, "{way:?}");
    }
}

/// Longer than what the two kernels hold between them, so that the end of it waits for a relay that reads.
fn long(claimed: &griot::store::Claimed, _: Vec<u8>) -> anyhow::Result<griot::delivery::Outgoing> {
    let mut message = support::edition::message(claimed);
    message.bytes.extend(b"All the news there is\r\n".repeat(1_000_000));
    Ok(message)
}

#[tokio::test]
async fn s6_a_message_that_was_never_whole_on_the_wire_is_not_unknown() {
    let relay = ScriptedSmtp::start(first_time(At::Data, Say::Cut(b"354 go on\r\n")));
    let station = Station::new(1, relay.port, "connections = 1");
    let mut engine = station.engine();
    let (_asked, mut stop) = Stop::new();
    assert_eq!(engine.run(Job::new(&station.edition(), long), &mut stop).await.unwrap(), Run::Finished);
    assert_eq!((station.of(1).state.as_str(), station.of(1).attempts), ("accepted", 1));
    assert_eq!(relay.connections(), 2);
}

#[tokio::test]
async fn s2_a_relay_that_is_down_ends_the_run_and_keeps_everybody() {
    // One connection is taken, and cut while it is used; then nobody answers.
    let setup = Setup { connections: 1, ..Setup::default() };
    let relay = ScriptedSmtp::set_up(setup, |moment| match moment.at {
        At::Mail if moment.arrived_before == 0 && !moment.recipient.is_empty() => Say::Usual,
        At::Rcpt if moment.recipient == reader(3) => Say::Cut(b""),
        _ => Say::Usual,
    });
    let station = Station::new(5, relay.port, "connections = 1");
    let Run::RelayDown(reason) = station.run().await else { panic!("{:?}", station.standing()) };
    let down = format!("the relay 127.0.0.1:{} cannot be reached: Connection refused (os error 111)", relay.port);
    assert_eq!(reason, down);
    let counts = station.account();
    assert_eq!((counts.accepted, counts.queued), (2, 3));
    assert_eq!(station.edition().state, EditionState::Sending, "it goes on by itself once the relay is back");
    assert_eq!(station.of(3).attempts, 0);
}

#[tokio::test]
async fn s2_all_connections_lost_at_once_are_one_mishap_and_not_the_end() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Mail if moment.connection <= 8 => Say::Cut(b"421 4.3.2 restarting\r\n"),
        _ => Say::Usual,
    });
    let station = Station::new(40, relay.port, "connections = 8");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!(station.account().accepted, 40);
    assert_eq!(relay.arrived().len(), 40);
}

#[tokio::test]
async fn s2_a_connection_lost_with_many_messages_on_it_is_one_mishap_and_not_the_end() {
    let relay = ScriptedSmtp::start_in_chunks(first_time(At::Dot, Say::Cut(b"")));
    let station = Station::new(20, relay.port, "connections = 1\ndepth = 8");
    assert_eq!(station.run().await, Run::Waiting(clock() + TimeDelta::minutes(30)));
    assert_eq!((station.account().unknown, station.account().accepted), (8, 12));
}

#[tokio::test]
async fn s6_a_store_that_fails_for_a_while_costs_nobody_a_second_message() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let station = Station::new(100, relay.port, "connections = 4");
    let other = rows::of_store(&station.store);
    other
        .execute_batch(other.pick(
            "CREATE TRIGGER is_full BEFORE INSERT ON attempts WHEN (SELECT count(*) FROM attempts) >= 30
             BEGIN SELECT raise(ABORT, 'no space'); END",
            "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF (SELECT count(*) FROM attempts) >= 30 THEN RAISE EXCEPTION 'no space'; END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER is_full BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION look()",
        ))
        .unwrap();
    let mut engine = station.engine();
    let (_asked, mut stop) = Stop::new();
    let compose = |claimed: &griot::store::Claimed, _| Ok(support::edition::message(claimed));
    let mut arrived = None;
    for _ in 0..3 {
        let error = engine.run(Job::new(&station.edition(), compose), &mut stop).await.unwrap_err();
        assert!(format!("{error:#}").contains("no space"), "{error:#}");
        // What connections went on with while the transaction failed was answered, and that cannot be written down: it
        // stays `sending`. All that never left went back, however far ahead it had been claimed.
        let counts = station.account();
        assert!(counts.sending > 0, "{counts:?}");
        assert_eq!((counts.accepted + counts.sending) as usize, relay.arrived().len(), "{counts:?}");
        assert_eq!(counts.accepted + counts.sending + counts.queued, 100, "{counts:?}");
        // Nothing more is begun while there is something that cannot be written down.
        let first = *arrived.get_or_insert(relay.arrived().len());
        assert_eq!(relay.arrived().len(), first);
    }
    other.execute_batch(other.pick("DROP TRIGGER is_full", "DROP TRIGGER is_full ON attempts")).unwrap();
    engine.settle().await.unwrap();
    assert_eq!(station.account().sending, 0);
    assert_eq!(station.run_with(&mut engine, &mut stop).await, Run::Finished);
    assert_eq!((station.account().accepted, relay.arrived().len()), (100, 100));
}

#[tokio::test]
async fn a_message_that_cannot_be_made_stops_the_run_and_is_given_back() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let station = Station::new(10, relay.port, "connections = 4");
    let mut engine = station.engine();
    let (_asked, mut stop) = Stop::new();
    let compose = |claimed: &griot::store::Claimed, _| {
        anyhow::ensure!(claimed.email.as_str() != reader(6), "no template for this one");
        Ok(support::edition::message(claimed))
    };
    let error = engine.run(Job::new(&station.edition(), compose), &mut stop).await.unwrap_err();
    assert_eq!(format!("{error:#}"), "composing weekly-brief/1 for subscriber 6: no template for this one");
    let counts = station.account();
    assert_eq!((counts.sending, counts.accepted + counts.queued), (0, 10), "{counts:?}");
    assert_eq!(station.run_with(&mut engine, &mut stop).await, Run::Finished);
    assert_eq!(relay.arrived().len(), 10);
}
