//! A pause with an end: the edition goes on by itself, under a daemon that was never asked to.

use crate::support::newsroom::Newsroom;
use crate::support::rows;
use crate::support::scripted_smtp::{Say, ScriptedSmtp};
use chrono::{TimeDelta, Utc};
use griot::store::{Edition, EditionState, Store};

#[test]
fn s3_a_daemon_goes_on_when_the_time_of_a_pause_is_over() {
    let room = Newsroom::open(3, ScriptedSmtp::start(|_| Say::Usual), &[]);
    room.griot.run(&["draft", "weekly-brief"]);
    room.griot.run(&["approve", "weekly-brief/1"]);
    let store = Store::open(rows::location(room.griot.path())).unwrap();
    let now = Utc::now();
    let resume_at = now + TimeDelta::seconds(2);
    store
        .write(|db| {
            let edition = Edition::latest(db, "weekly-brief")?.unwrap();
            assert!(edition.change_state(db, &[EditionState::Approved], EditionState::Sending, "", now)?);
            assert!(edition.pause_until(db, "the daily quota is used up", resume_at, now)?);
            Ok(())
        })
        .unwrap();
    let shown = room.griot.run(&["edition", "show", "weekly-brief/1"]);
    let until = resume_at.format("%Y-%m-%d %H:%M UTC");
    let line = format!("weekly-brief/1 · paused until {until} · the daily quota is used up\n");
    assert!(shown.starts_with(&line), "{shown}");

    let (_daemon, _notices) = room.daemon();
    room.until_state("sent");
    assert!(Utc::now() >= resume_at - TimeDelta::seconds(1), "it did not wait");
    room.assert_each_got_it_once(3);
    assert_eq!(room.account()["resume_at"], serde_json::Value::Null);
}
