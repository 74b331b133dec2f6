//! The relay as a whole: how many connections it sees, at what pace, what happens when it refuses us (S2, S3, S13).

use std::time::Duration;

use crate::support;
use crate::support::edition::{Station, reader};
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp, Setup};
use griot::delivery::{Run, Stop};
use griot::store::EditionState;

fn at(stage: At, reply: &'static str) -> impl Fn(&Moment) -> Say {
    move |moment| if moment.at == stage { Say::Reply(reply.into()) } else { Say::Usual }
}

fn with_login() -> Setup {
    Setup { extensions: vec!["PIPELINING", "AUTH PLAIN LOGIN"], ..Setup::default() }
}

fn login(readers: usize, port: u16) -> Station {
    let url = format!("url = \"smtp://brief%40harmattan.example@127.0.0.1:{port}?tls=none\"");
    Station::with(readers, &format!("{url}\npassword = \"drum beats far\"\nconnections = 2"))
}

/// The edition is paused for this reason, all are still queued and no message was tried.
async fn pauses(station: &Station, relay: &ScriptedSmtp, reason: &str) {
    let readers = station.run().await;
    assert_eq!(readers, Run::RelayRefuses(reason.into()));
    let edition = station.edition();
    assert_eq!((edition.state, edition.reason.as_str()), (EditionState::Paused, reason));
    let counts = station.account();
    assert_eq!((counts.queued, counts.recipients), (5, 5), "nobody is failed for it: {counts:?}");
    assert_eq!(relay.arrived(), []);
    assert!(station.standing().values().all(|standing| standing.attempts == 0));
}

#[tokio::test]
async fn s2_a_wrong_password_pauses_the_edition_and_fails_nobody() {
    let relay = ScriptedSmtp::set_up(with_login(), at(At::Auth, "535 5.7.8 authentication failed"));
    let reason = "the relay refused the password; check the user in smtp.url and the password (535 5.7.8 \
                  authentication failed)";
    pauses(&login(5, relay.port), &relay, reason).await;
    assert!(relay.connections() <= 2, "a wrong password was tried again and again");
}

#[tokio::test]
async fn s2_a_relay_that_refuses_us_pauses_the_edition_and_fails_nobody() {
    let cases = [
        (
            At::Greeting,
            "554 5.7.1 your network is not welcome",
            "the relay refuses us: 554 5.7.1 your network is not welcome",
        ),
        (At::Ehlo, "550 5.7.1 no", "the relay refuses us: 550 5.7.1 no"),
        (At::Mail, "550 5.7.1 sender not verified", "the relay refuses the sender: 550 5.7.1 sender not verified"),
        (At::Mail, "552 5.3.4 too big", "the relay refuses the sender: 552 5.3.4 too big"),
    ];
    for (stage, reply, reason) in cases {
        let relay = ScriptedSmtp::start(at(stage, reply));
        pauses(&Station::new(5, relay.port, "connections = 2"), &relay, reason).await;
    }
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let reason = format!(
        "the relay 127.0.0.1:{} offers no AUTH at all; griot logs in by PLAIN or LOGIN. Take the user out of smtp.url, or \
         use TLS",
        relay.port
    );
    pauses(&login(5, relay.port), &relay, &reason).await;
}

#[tokio::test]
async fn s2_a_refusal_pauses_although_other_connections_go_on_well() {
    let relay = ScriptedSmtp::start(|moment| match (moment.at, moment.connection) {
        (At::Mail, 1) => Say::Reply("550 5.7.1 sender not verified".into()),
        // The others are answered while the refusal is known already.
        (At::Dot, _) => Say::Late(Duration::from_millis(100)),
        _ => Say::Usual,
    });
    let station = Station::new(200, relay.port, "connections = 4");
    assert!(matches!(station.run().await, Run::RelayRefuses(_)));
    let counts = station.account();
    assert_eq!((counts.accepted + counts.queued, counts.failed), (200, 0));
    assert!(counts.queued > 150, "{counts:?}");
}

#[tokio::test]
async fn logs_in_by_what_is_offered() {
    let plain = ScriptedSmtp::set_up(with_login(), |_| Say::Usual);
    assert_eq!(login(1, plain.port).run().await, Run::Finished);
    let secret = data_encoding::BASE64.encode(b"\0brief@harmattan.example\0drum beats far");
    assert!(plain.heard().contains(&(1, format!("AUTH PLAIN {secret}"))));

    let setup = Setup { extensions: vec!["AUTH LOGIN"], ..Setup::default() };
    let relay = ScriptedSmtp::set_up(setup, at(At::Auth, "334 VXNlcm5hbWU6"));
    let station = login(1, relay.port);
    // The script knows no more of LOGIN than its first step, and answers the user name with 500.
    assert!(matches!(station.run().await, Run::RelayRefuses(_)));
    let lines: Vec<String> = relay.heard().into_iter().map(|(_, line)| line).collect();
    assert!(lines.contains(&"AUTH LOGIN".to_owned()));
    assert!(lines.contains(&data_encoding::BASE64.encode(b"brief@harmattan.example")));
    assert!(!lines.contains(&data_encoding::BASE64.encode(b"drum beats far")), "the password went out unasked");
}

#[tokio::test]
async fn s3_a_throttled_message_is_given_back_and_the_connection_rests() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Dot if moment.arrived_before == 0 && moment.recipient == reader(2) => {
            Say::Reply("454 Throttling failure: Maximum sending rate exceeded".into())
        }
        _ => Say::Usual,
    });
    let station = Station::new(3, relay.port, "connections = 1");
    let before = std::time::Instant::now();
    assert_eq!(station.run().await, Run::Finished);
    assert!(before.elapsed() >= Duration::from_secs(1), "it did not slow down");
    assert_eq!((station.account().accepted, station.of(2).attempts), (3, 1));
}

#[tokio::test]
async fn s13_connections_are_as_many_as_configured_and_used_again() {
    // Slow enough that all of them are needed.
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Dot => Say::Late(Duration::from_millis(5)),
        At::Rcpt if moment.recipient == reader(30) => Say::Reply("550 5.1.1 no such mailbox".into()),
        _ => Say::Usual,
    });
    let station = Station::new(120, relay.port, "connections = 3");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!((relay.connections(), relay.most_open_at_once()), (3, 3));
    assert_eq!((station.account().accepted, station.account().failed), (119, 1));
    for connection in 1..=3 {
        assert_eq!(relay.verbs(connection).last().map(String::as_str), Some("QUIT"));
    }
}

#[tokio::test]
async fn the_figures_tell_what_a_relay_did() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == reader(3) => Say::Reply("550 5.1.1 no such mailbox".into()),
        At::Rcpt if moment.recipient == reader(4) => Say::Reply("450 4.2.1 later".into()),
        At::Dot if moment.recipient == reader(5) => Say::Cut(b""),
        _ => Say::Usual,
    });
    let station = Station::new(20, relay.port, "connections = 1\nmessages_per_connection = 8");
    let mut engine = station.engine();
    let (_asked, mut stop) = Stop::new();
    station.run_with(&mut engine, &mut stop).await;
    let figures = engine.meter().figures();
    let told = &figures.relays[0];
    assert_eq!((figures.waiting, figures.on_their_way, told.id.as_str()), (0, 0, "relay"));
    assert_eq!((told.accepted, told.failed, told.deferred, told.unknown), (17, 1, 1, 1));
    assert_eq!((told.connections, told.lost, told.throttled), (relay.connections() as u64, 1, 0));
    // About a hundred octets each.
    assert!((20 * 90..20 * 120).contains(&told.octets), "{told:?}");
}

#[tokio::test]
async fn s13_a_connection_is_closed_after_its_number_of_messages() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let station = Station::new(10, relay.port, "connections = 1\nmessages_per_connection = 4");
    assert_eq!(station.run().await, Run::Finished);
    let sizes: Vec<usize> = (1..=3)
        .map(|connection| relay.arrived().iter().filter(|message| message.connection == connection).count())
        .collect();
    assert_eq!((sizes, relay.connections()), (vec![4, 4, 2], 3));
}

#[tokio::test]
async fn s13_a_connection_with_nothing_to_send_is_closed_after_its_time() {
    for (idle, connections) in [("1s", 2), ("1m", 1)] {
        let relay = ScriptedSmtp::start(|_| Say::Usual);
        // The second may go two seconds after the first.
        let more = format!("connections = 1\nrate = \"30/m\"\nidle = \"{idle}\"");
        let station = Station::new(2, relay.port, &more);
        assert_eq!(station.run().await, Run::Finished, "{idle}");
        assert_eq!(relay.connections(), connections, "{idle}");
        for connection in 1..=connections {
            assert_eq!(relay.verbs(connection).last().map(String::as_str), Some("QUIT"), "{idle}");
        }
    }
}

#[tokio::test]
async fn s13_a_connection_that_the_relay_closed_while_it_was_idle_costs_no_message() {
    let script = |moment: &Moment| match moment.at {
        At::Dot if moment.connection == 1 => Say::Cut(b"250 2.0.0 taken\r\n"),
        _ => Say::Usual,
    };
    // In chunks, message and envelope leave in one write: that nobody is there to read it can be told before it only.
    for relay in [ScriptedSmtp::start(script), ScriptedSmtp::start_in_chunks(script)] {
        let station = Station::new(2, relay.port, "connections = 1\nrate = \"60/m\"");
        assert_eq!(station.run().await, Run::Finished);
        assert_eq!((station.account().accepted, relay.connections()), (2, 2));
    }
}

#[tokio::test]
async fn the_pace_is_kept_from_run_to_run() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let station = Station::new(21, relay.port, "connections = 8\nrate = \"20/s\"");
    let mut engine = station.engine();
    // Stopped and begun again all the time: no run brings a new allowance.
    let began = std::time::Instant::now();
    loop {
        let (asked, mut stop) = Stop::new();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(60)).await;
            asked.send_replace(true);
        });
        match station.run_with(&mut engine, &mut stop).await {
            Run::Stopped => {}
            end => break assert_eq!(end, Run::Finished),
        }
    }
    // The first goes at once, the other 20 take a second. The upper end only says that it does go on.
    let took = began.elapsed();
    assert!((Duration::from_millis(950)..Duration::from_secs(8)).contains(&took), "21 messages at 20/s took {took:?}");
    let times: Vec<_> = relay.arrived().iter().map(|message| message.at).collect();
    let in_a_second = times
        .iter()
        .map(|from| times.iter().filter(|at| **at >= *from && **at - *from < Duration::from_secs(1)).count());
    // A connection that is late hands a message on later than it was allowed: that may add one or two.
    assert!(in_a_second.max().unwrap() <= 23, "{times:?}");
}

#[tokio::test]
async fn readers_who_left_do_not_hold_up_the_others() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let station = Station::new(301, relay.port, "connections = 1");
    let (_asked, mut stop) = Stop::new();
    station
        .store
        .write(|db| {
            griot::store::Edition::freeze_recipients(db, station.edition().id, 1_000, support::edition::clock())?;
            let brief = griot::store::newsletter_number(db, "weekly-brief")?;
            db.execute(
                "UPDATE subscriptions SET state = 'ended' WHERE newsletter_id = ?1 AND subscriber_id <= 300",
                [brief],
            )?;
            Ok(())
        })
        .unwrap();
    let began = std::time::Instant::now();
    assert_eq!(station.run_with(&mut station.engine(), &mut stop).await, Run::Finished);
    assert_eq!((station.account().skipped, station.account().accepted), (300, 1));
    // A quarter of a second each, it was more than a minute.
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
}
