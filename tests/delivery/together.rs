//! Several griot processes on one store: nobody gets an edition twice, whoever sends it and however that one ends.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::support;
use crate::support::newsroom::{Newsroom, reader};
use crate::support::rows;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};

/// So slow that there is time to interfere: with the default of 4 connections, about 400 messages a second.
fn slow() -> ScriptedSmtp {
    ScriptedSmtp::start(|moment: &Moment| match moment.at {
        At::Dot => Say::Late(Duration::from_millis(10)),
        _ => Say::Usual,
    })
}

#[test]
fn two_commands_at_once_send_everybody_one_message() {
    let room = Newsroom::open(300, slow(), &[]);
    let both = [0, 1].map(|_| room.start(&["send", "weekly-brief", "--wait", "--json"]));
    for ended in both.map(|running| running.end()) {
        assert!(ended.status.success(), "{ended:?}");
        let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&told["edition"], &told["state"]), (&"weekly-brief/1".into(), &"sent".into()), "{ended:?}");
    }
    room.assert_each_got_it_once(300);
    assert_eq!(room.count("accepted"), 300);
}

#[test]
fn a_pause_stops_whoever_sends_within_a_second_and_a_resume_goes_on() {
    let room = Newsroom::open(1_500, slow(), &[]);
    let sender = room.start(&["send", "weekly-brief", "--wait"]);
    room.until_arrived(30);
    assert_eq!(
        room.griot.run(&["edition", "pause", "weekly-brief", "--reason", "wrong picture"]),
        "Paused weekly-brief/1 · griot edition resume weekly-brief/1 lets it go on\n"
    );
    let paused = Instant::now();
    let ended = sender.end();
    assert_eq!(ended.status.code(), Some(1));
    let error = "griot: weekly-brief/1 is paused: wrong picture. Nothing is lost: `griot edition resume weekly-brief/1` lets \
                 it go on\n";
    assert_eq!(ended.stderr, error);
    let arrived = room.relay.arrived();
    let last = arrived.iter().map(|message| message.at).max().unwrap();
    assert!(last.saturating_duration_since(paused) < Duration::from_secs(1), "it went on for too long");
    assert!(arrived.len() < 1_500, "it was over before the pause");
    assert_eq!((room.count("accepted"), room.count("sending")), (arrived.len() as u64, 0));

    // The pause lasts, also for who asks for the newsletter to be resumed only.
    assert_eq!(
        room.griot.run(&["edition", "resume", "weekly-brief/1"]),
        "Resumed weekly-brief/1 · a running daemon goes on with it, or griot send weekly-brief/1\n"
    );
    let sender = room.start(&["send", "weekly-brief/1", "--wait"]);
    room.until_arrived(arrived.len() + 30);
    assert_eq!(room.griot.run(&["edition", "cancel", "weekly-brief/1"]), "Cancelled weekly-brief/1\n");
    let ended = sender.end();
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(ended.stdout, "weekly-brief/1 was cancelled · cancelled on the command line\n");
    let arrived = room.relay.arrived().len();
    assert_eq!((room.count("accepted"), room.count("queued")), (arrived as u64, 1_500 - arrived as u64));
    // For good.
    room.griot.run(&["send", "weekly-brief/1", "--wait"]);
    assert_eq!(room.relay.arrived().len(), arrived);
}

#[test]
fn while_a_daemon_runs_it_does_the_sending_and_no_second_one_starts() {
    let room = Newsroom::open(60, slow(), &[]);
    let (daemon, _notices) = room.daemon();
    let holder = format!("griot daemon (process {})", daemon.id());
    let second = room.start(&["daemon"]).end();
    assert_eq!(second.status.code(), Some(1));
    let error = second.stderr.lines().last().unwrap_or_default();
    let store = rows::shown(room.griot.path());
    assert_eq!(error, format!("griot: {holder} sends from {store} already; stop it first, or use another store"));

    let said = format!("{holder} sends weekly-brief/1 · griot send weekly-brief/1 --wait watches it\n");
    assert_eq!(room.griot.run(&["send", "weekly-brief"]), said);
    assert_eq!(room.griot.run(&["send", "weekly-brief/1", "--wait"]), "weekly-brief/1 · sent · 60 accepted\n");
    room.assert_each_got_it_once(60);
    // Asked again it says so and sends nothing.
    assert_eq!(room.griot.run(&["send", "weekly-brief/1"]), "weekly-brief/1 · sent · 60 accepted\n");
    assert_eq!(room.relay.arrived().len(), 60);
    daemon.terminate();
    assert!(daemon.end().status.success());
}

#[test]
fn s6_a_command_that_watches_takes_over_from_a_daemon_that_is_killed() {
    let room = Newsroom::open(600, slow(), &[]);
    let (daemon, _notices) = room.daemon();
    let watcher = room.start(&["send", "weekly-brief", "--wait"]);
    room.until_arrived(50);
    daemon.kill();
    let ended = watcher.end();
    assert!(ended.status.success(), "{ended:?}");
    // What the daemon had on its way is unknown, and due again a second later: perhaps for another command.
    support::wait::until(support::newsroom::PATIENCE, "the edition is sent", || {
        room.griot.run(&["send", "weekly-brief/1", "--wait"]);
        room.account()["state"] == "sent"
    });
    assert_everybody_has_it(&room, 600);
}

#[test]
fn s6_a_daemon_killed_and_started_again_goes_on_where_it_was() {
    let room = Newsroom::open(600, slow(), &[]);
    let (daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_arrived(50);
    daemon.kill();
    // It had claimed ahead. What of that never left is not unknown.
    assert!(room.count("sending") > 0);
    let (_daemon, _notices) = room.daemon();
    room.until_state("sent");
    assert_everybody_has_it(&room, 600);
}

/// And who has it twice is one of the few that were on their way, and has the same bytes twice.
fn assert_everybody_has_it(room: &Newsroom, readers: usize) {
    let mut copies: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    for message in room.relay.arrived() {
        copies.entry(message.recipient).or_default().push(message.bytes);
    }
    for number in 1..=readers {
        let copies = copies.get(&reader(number)).unwrap_or_else(|| panic!("{} was forgotten", reader(number)));
        assert!(copies.len() <= 2 && copies.windows(2).all(|pair| pair[0] == pair[1]));
    }
    let twice = copies.values().filter(|copies| copies.len() > 1).count();
    let unknown = room.unknown_tries();
    assert!(twice <= unknown, "{twice} readers got it twice, and {unknown} are on record as unknown");
    assert!(unknown <= 4, "{unknown} were unknown, of at most 4 on the wire");
    assert_eq!(room.count("accepted"), readers as u64);
}
