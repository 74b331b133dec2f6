//! Two editions at once share the engine.

use std::time::{Duration, Instant};

use crate::support::newsroom::{Newsroom, WITH_LATE_BRIEF};
use crate::support::scripted_smtp::{Arrived, At, Say, ScriptedSmtp};

/// With the default of 4 connections, about 600 messages a second.
fn slow() -> ScriptedSmtp {
    ScriptedSmtp::start(|moment| match moment.at {
        At::Dot => Say::Late(Duration::from_millis(6)),
        _ => Say::Usual,
    })
}

fn is_late_brief(message: &Arrived) -> bool {
    String::from_utf8_lossy(&message.bytes).contains("late@example.org")
}

#[test]
fn two_editions_share_the_engine_evenly() {
    let room = Newsroom::open(1_500, slow(), &[WITH_LATE_BRIEF]);
    room.griot.run(&["subscribers", "import", "readers.csv", "--newsletter", "late-brief", "--confirmed"]);
    let (daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.griot.run(&["send", "late-brief"]);
    room.until_arrived(3_000);
    room.until_state("sent");
    let arrived = room.relay.arrived();
    let (late, weekly): (Vec<Instant>, Vec<Instant>) = {
        let (late, weekly): (Vec<&Arrived>, Vec<&Arrived>) = arrived.iter().partition(|message| is_late_brief(message));
        let times = |messages: Vec<&Arrived>| messages.iter().map(|message| message.at).collect();
        (times(late), times(weekly))
    };
    assert_eq!((late.len(), weekly.len()), (1_500, 1_500));
    // While both are being sent.
    let from = late.iter().min().max(weekly.iter().min()).unwrap();
    let to = late.iter().max().min(weekly.iter().max()).unwrap();
    let during = |times: &[Instant]| times.iter().filter(|at| (from..=to).contains(at)).count() as f64;
    let (late, weekly) = (during(&late), during(&weekly));
    assert!(late + weekly > 1_500.0, "they were hardly sent at once: {late} and {weekly}");
    let share = late / (late + weekly);
    assert!((0.4..0.6).contains(&share), "{late} and {weekly}");
    daemon.terminate();
    assert!(daemon.end().status.success());
}
