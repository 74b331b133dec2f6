//! Letters do not wait for an edition that is going out.

use std::time::Duration;

use crate::support::newsroom::{Newsroom, PATIENCE};
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};
use crate::support::wait::until;

#[test]
fn a_test_and_a_confirmation_arrive_while_an_edition_is_going_out() {
    let relay = ScriptedSmtp::start(|moment: &Moment| match moment.at {
        At::Dot => Say::Late(Duration::from_millis(10)),
        _ => Say::Usual,
    });
    let room = Newsroom::open(3_000, relay, &[]);
    let (daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_arrived(50);
    room.griot.run(&["send", "weekly-brief", "--test", "ada@example.org"]);
    room.griot.run(&["subscribers", "add", "bea@example.org", "--newsletter", "weekly-brief"]);
    until(PATIENCE, "both letters are there", || {
        ["ada@example.org", "bea@example.org"].iter().all(|to| room.relay.arrived_for(to).len() == 1)
    });
    let account = room.account();
    assert_eq!(account["state"], "sending", "it was over before the letters came: {account}");
    assert!(account["queued"].as_u64().unwrap() > 500, "{account}");
    daemon.terminate();
    assert!(daemon.end().status.success());
}
