//! What the envelope says so that answers find their way back (VERP, S12), and letters that do not wait for an edition.

mod support {
    pub mod configuration;
    pub mod feed_server;
    pub mod griot;
    pub mod newsroom;
    pub mod scripted_smtp;
    pub mod wait;
}

use std::time::Duration;

use chrono::Utc;
use griot::store::{Store, signing_secrets};
use griot::token::{Keys, Secret};
use support::newsroom::{Newsroom, PATIENCE, reader};
use support::scripted_smtp::{At, Moment, Say, ScriptedSmtp, Setup};
use support::wait::until;

#[test]
fn s12_bounces_come_back_to_an_address_that_names_the_delivery() {
    let extensions = vec!["PIPELINING", "DSN"];
    let relay = ScriptedSmtp::set_up(Setup { extensions, ..Setup::default() }, |_| Say::Usual);
    let bounces = ("[feeds]\n", "[bounces]\ndomain = \"bounce.example.org\"\n\n[feeds]\n");
    let room = Newsroom::open(3, relay, &[bounces]);
    room.griot.run(&["send", "weekly-brief", "--wait"]);

    let store = Store::open(&room.griot.path().join("griot.db")).unwrap();
    let secrets = store.write(|db| signing_secrets(db, Utc::now())).unwrap();
    let newest = secrets.last().map(|(id, bytes)| Secret { id: *id, bytes }).unwrap();
    let keys = Keys::new(newest, []).unwrap();
    let lines: Vec<String> = room.relay.heard().into_iter().map(|(_, line)| line).collect();
    let envelopes: Vec<&[String]> = lines.windows(2).filter(|pair| pair[0].starts_with("MAIL FROM:<b.")).collect();
    assert_eq!(envelopes.len(), 3, "{lines:?}");
    for envelope in envelopes {
        let (local, rest) = envelope[0]["MAIL FROM:<".len()..].split_once('@').unwrap();
        assert_eq!(rest, format!("bounce.example.org> RET=HDRS ENVID={local}"));
        let (edition, subscriber) = keys.read_verp(local).unwrap();
        assert_eq!(edition, 1);
        let to = reader(subscriber as usize);
        assert_eq!(envelope[1], format!("RCPT TO:<{to}> NOTIFY=FAILURE ORCPT=rfc822;{to}"));
    }
}

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
