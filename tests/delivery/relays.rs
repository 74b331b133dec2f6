//! Several relays: what each of them gets, and what happens when one is down, refuses us or does not answer (S2).

use std::time::{Duration, Instant};

use crate::support::edition::{Station, configuration_with, reader};
use crate::support::newsroom::Newsroom;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp, Setup};
use griot::config::RelayId;
use griot::delivery::{Job, Run, Stop};
use griot::store::EditionState;

/// `[[smtp]]` twice, the relays called `first` and `second`, each with these lines.
fn tables(first: (&ScriptedSmtp, &str), second: (&ScriptedSmtp, &str)) -> String {
    let table = |id: &str, (relay, lines): (&ScriptedSmtp, &str)| {
        format!("[[smtp]]\nid = \"{id}\"\nurl = \"smtp://127.0.0.1:{}?tls=none\"\n{lines}\n", relay.port)
    };
    table("first", first) + &table("second", second)
}

fn station(readers: usize, first: (&ScriptedSmtp, &str), second: (&ScriptedSmtp, &str)) -> Station {
    Station::configured(configuration_with("", &tables(first, second)), (1..=readers).map(reader))
}

fn takes_all() -> ScriptedSmtp {
    ScriptedSmtp::start(|_| Say::Usual)
}

fn refuses(at: At, reply: &'static str) -> ScriptedSmtp {
    ScriptedSmtp::start(move |moment: &Moment| if moment.at == at { Say::Reply(reply.into()) } else { Say::Usual })
}

/// A port that is closed.
fn down() -> ScriptedSmtp {
    ScriptedSmtp::set_up(Setup { connections: 0, ..Setup::default() }, |_| Say::Usual)
}

fn answers_after(milliseconds: u64) -> ScriptedSmtp {
    ScriptedSmtp::start(move |moment| match moment.at {
        At::Dot => Say::Late(Duration::from_millis(milliseconds)),
        _ => Say::Usual,
    })
}

fn assert_all_accepted_at_the_first_try(station: &Station, readers: u64) {
    assert_eq!(station.account().accepted, readers);
    assert!(station.standing().values().all(|standing| standing.attempts == 1));
}

#[tokio::test]
async fn weights_are_shares() {
    let (first, second) = (answers_after(2), answers_after(2));
    let station = station(3_000, (&first, "weight = 9"), (&second, "weight = 1"));
    assert_eq!(station.run().await, Run::Finished);
    assert_all_accepted_at_the_first_try(&station, 3_000);
    let part = second.arrived().len() as f64 / 3_000.0;
    assert!((0.07..0.13).contains(&part), "a tenth was its share, and it had {part}");
}

#[tokio::test]
async fn of_the_same_weight_whichever_is_free_takes_the_next() {
    let (first, second) = (answers_after(50), answers_after(1));
    let station = station(1_000, (&first, ""), (&second, ""));
    assert_eq!(station.run().await, Run::Finished);
    assert_all_accepted_at_the_first_try(&station, 1_000);
    let (slow, quick) = (first.arrived().len(), second.arrived().len());
    assert!(slow > 0 && quick > 3 * slow, "the slow one had {slow}, the quick one {quick}");
}

#[tokio::test]
async fn one_that_is_down_is_no_matter_while_another_is_not() {
    for weights in [("weight = 9", "weight = 1"), ("", "")] {
        let (first, second) = (down(), takes_all());
        let station = station(300, (&first, weights.0), (&second, weights.1));
        assert_eq!(station.run().await, Run::Finished);
        assert_all_accepted_at_the_first_try(&station, 300);
        assert_eq!((first.arrived().len(), second.arrived().len()), (0, 300));
    }
}

#[tokio::test]
async fn one_that_does_not_answer_keeps_its_share_for_seconds_only() {
    let first = ScriptedSmtp::start(|moment| if moment.at == At::Greeting { Say::Nothing } else { Say::Usual });
    let second = takes_all();
    // Its timeouts are the usual ones: minutes.
    let station = station(300, (&first, "weight = 9"), (&second, "weight = 1"));
    let began = Instant::now();
    assert_eq!(station.run().await, Run::Finished);
    assert!(began.elapsed() < Duration::from_secs(60), "it took {:?}", began.elapsed());
    assert_all_accepted_at_the_first_try(&station, 300);
}

#[tokio::test]
async fn s2_one_that_refuses_us_or_the_sender_leaves_everything_to_the_other() {
    let refusals = [
        (At::Greeting, "554 5.7.1 your network is not welcome"),
        (At::Mail, "550 5.7.1 sender not verified"),
        (At::Mail, "552 5.3.4 too big"),
    ];
    for (at, reply) in refusals {
        for weights in [("weight = 9", "weight = 1"), ("", "")] {
            let (first, second) = (refuses(at, reply), takes_all());
            let station = station(300, (&first, weights.0), (&second, weights.1));
            assert_eq!(station.run().await, Run::Finished, "{reply}");
            assert_all_accepted_at_the_first_try(&station, 300);
            assert_eq!((first.arrived().len(), second.arrived().len()), (0, 300), "{reply}");
            assert!(first.connections() <= 4, "{reply}: asked again and again");
        }
    }
}

#[tokio::test]
async fn s9_a_message_too_big_for_one_goes_through_the_other() {
    let setup = Setup { extensions: vec!["PIPELINING", "SIZE 100"], ..Setup::default() };
    let (first, second) = (ScriptedSmtp::set_up(setup, |_| Say::Usual), takes_all());
    let station = station(100, (&first, "weight = 9"), (&second, "weight = 1"));
    assert_eq!(station.run().await, Run::Finished);
    assert_all_accepted_at_the_first_try(&station, 100);
    assert_eq!((first.arrived().len(), second.arrived().len()), (0, 100));
}

#[tokio::test]
async fn s2_only_when_all_refuse_is_the_edition_paused_and_each_says_why() {
    let first = refuses(At::Greeting, "554 5.7.1 your network is not welcome");
    let second = refuses(At::Mail, "550 5.7.1 sender not verified");
    let station = station(5, (&first, "weight = 9"), (&second, "weight = 1"));
    let reason = "first: the relay refuses us: 554 5.7.1 your network is not welcome; second: the relay refuses the \
                  sender: 550 5.7.1 sender not verified";
    assert_eq!(station.run().await, Run::RelayRefuses(reason.into()));
    let edition = station.edition();
    assert_eq!((edition.state, edition.reason.as_str()), (EditionState::Paused, reason));
    assert_eq!(station.account().queued, 5);
    assert!(station.standing().values().all(|standing| standing.attempts == 0));
}

#[tokio::test]
async fn one_that_refuses_and_one_that_is_down_keep_the_edition_sending() {
    let (first, second) = (refuses(At::Mail, "550 5.7.1 sender not verified"), down());
    let station = station(5, (&first, "connections = 1"), (&second, "connections = 1"));
    let Run::RelayDown(reason) = station.run().await else { panic!("{:?}", station.edition()) };
    let start = "first: the relay refuses the sender: 550 5.7.1 sender not verified; second: the relay 127.0.0.1:";
    assert!(reason.starts_with(start), "{reason}");
    assert_eq!((station.edition().state, station.account().queued), (EditionState::Sending, 5));
}

#[tokio::test]
async fn each_keeps_to_its_own_rate() {
    let (first, second) = (takes_all(), takes_all());
    let station = station(45, (&first, "rate = \"10/s\""), (&second, "rate = \"20/s\""));
    let began = Instant::now();
    assert_eq!(station.run().await, Run::Finished);
    let seconds = began.elapsed().as_secs_f64();
    assert_all_accepted_at_the_first_try(&station, 45);
    // 30 a second together. Slower is a busy machine, and shows in neither.
    assert!((1.3..10.0).contains(&seconds), "45 messages took {seconds} s");
    for (relay, rate) in [(first, 10.0), (second, 20.0)] {
        let arrived = relay.arrived().len() as f64;
        assert!(arrived <= rate * seconds + 2.0, "{arrived} messages in {seconds} s at {rate} a second");
    }
}

#[tokio::test]
async fn a_newsletter_uses_those_it_names_and_no_other() {
    let (first, second) = (takes_all(), takes_all());
    // Were the first one waited for, which is given nothing, the second would soon be ahead of its share.
    let station = station(300, (&first, "weight = 9"), (&second, "weight = 1"));
    let job = Job { relays: vec![RelayId::parse("second").unwrap()], ..station.job() };
    let (_asked, mut stop) = Stop::new();
    assert_eq!(station.engine().run(job, &mut stop).await.unwrap(), Run::Finished);
    assert_all_accepted_at_the_first_try(&station, 300);
    assert_eq!((first.arrived().len(), second.arrived().len()), (0, 300));
}

/// A newsroom with two relays; `lines` stand in the newsletter.
fn newsroom(first: ScriptedSmtp, second: ScriptedSmtp, lines: &str) -> Newsroom {
    let tables = tables((&first, ""), (&second, ""));
    let single = format!("[smtp]\nurl = \"smtp://127.0.0.1:{}?tls=none\"\n", second.port);
    let zone = "timezone = \"Africa/Accra\"\n";
    Newsroom::open(3, second, &[(&single, &tables), (zone, &format!("{zone}{lines}\n"))])
}

#[test]
fn a_letter_goes_through_the_next_relay_where_one_is_in_trouble() {
    let mute = ScriptedSmtp::start(|moment| if moment.at == At::Greeting { Say::Nothing } else { Say::Usual });
    let cases =
        [down(), refuses(At::Mail, "550 5.7.1 sender not verified"), refuses(At::Ehlo, "421 4.3.2 later"), mute];
    for first in cases {
        let room = newsroom(first, takes_all(), "");
        room.griot.run(&["send", "weekly-brief", "--test", "editor@example.org"]);
        room.griot.run(&["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief"]);
        let got: Vec<String> = room.relay.arrived().into_iter().map(|message| message.recipient).collect();
        assert_eq!(got, ["editor@example.org", "ada@example.org"]);
    }
}

#[test]
fn a_letter_keeps_to_the_relays_of_its_newsletter() {
    let (first, second) = (down(), takes_all());
    let room = newsroom(first, second, "relays = [\"first\"]");
    let output = room.griot.command(&["send", "weekly-brief", "--test", "editor@example.org"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the message to e***@example.org was not sent: the relay 127.0.0.1:"), "{told}");
    assert_eq!(room.relay.arrived(), []);
}

#[test]
fn an_edition_goes_through_the_relays_of_its_newsletter() {
    let (first, second) = (takes_all(), takes_all());
    let room = newsroom(first.clone(), second, "relays = [\"second\"]");
    assert_eq!(room.griot.run(&["send", "weekly-brief", "--wait"]), "weekly-brief/1 · sent · 3 accepted\n");
    assert_eq!(first.connections(), 0);
    room.assert_each_got_it_once(3);
}
