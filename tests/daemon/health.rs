//! What monitors are told: whether the process lives, and whether it can do its work.

use crate::support::rows;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::monitor::ask;
use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::port::free_port;
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp};
use crate::support::wait::until;

const JSON: &str = "Accept: application/json\r\n";

fn parts(port: u16) -> (u16, Value) {
    let told = ask(port, "/health/ready", JSON);
    (told.status, serde_json::from_str(&told.body).unwrap())
}

fn well() -> Value {
    let part = |name| json!({ "name": name, "is_well": true });
    let parts: Vec<Value> = ["store_read", "store_write", "schedule", "sending", "not_draining"].map(part).into();
    json!({ "status": "ok", "parts": parts })
}

#[test]
fn a_daemon_is_ready_when_all_its_parts_are_and_lives_while_it_ends() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Dot if moment.recipient == reader(1) => Say::Late(Duration::from_secs(4)),
        _ => Say::Usual,
    });
    let port = free_port();
    let listen = format!("listen = \"127.0.0.1:{port}\"");
    let room = Newsroom::open(1, relay, &[("listen = \"127.0.0.1:0\"", &listen)]);
    let (daemon, notices) = room.daemon();
    until(PATIENCE, "it is ready", || parts(port) == (200, well()));
    for (path, accept, body) in [
        ("/health", "", "ok\n"),
        ("/health", JSON, "ok\n"),
        ("/health/live", "", "ok\n"),
        ("/health/live", JSON, r#"{"status":"ok","parts":[]}"#),
        ("/health/ready", "", "ok\n"),
    ] {
        let told = ask(port, path, accept);
        assert_eq!((told.status, told.body.as_str()), (200, body), "{path} {accept}");
        assert!(told.head.contains("cache-control: no-store"), "{}", told.head);
    }

    room.griot.run(&["send", "weekly-brief"]);
    until(PATIENCE, "the slow message is on its way", || !room.relay.arrived_for(&reader(1)).is_empty());
    daemon.terminate();
    assert_eq!(notices.next(), "STOPPING=1");
    let told = ask(port, "/health/ready", "");
    assert_eq!((told.status, told.body.as_str()), (503, "unavailable\nnot_draining: the process is about to end\n"));
    assert_eq!((ask(port, "/health/live", "").status, ask(port, "/health", "").status), (200, 200));
    assert!(daemon.end().status.success());
    assert_eq!(room.count("accepted"), 1);
}

#[test]
fn a_store_that_cannot_be_written_is_not_ready_and_reads_all_the_same() {
    let port = free_port();
    let listen = format!("listen = \"127.0.0.1:{port}\"");
    let room = Newsroom::open(1, ScriptedSmtp::start(|_| Say::Usual), &[("listen = \"127.0.0.1:0\"", &listen)]);
    let (_daemon, _notices) = room.daemon();
    until(PATIENCE, "it is ready", || parts(port) == (200, well()));
    let other = rows::of(room.griot.path());
    rows::hold_changes(&other);
    // What was written some seconds ago is believed.
    until(PATIENCE, "it is not ready", || parts(port).0 == 503);
    let told = ask(port, "/health/ready", "");
    assert_eq!(told.body, "unavailable\nstore_write: the store does not answer in time\n");
    assert_eq!(ask(port, "/health", "").status, 200);
    other.execute_batch("ROLLBACK").unwrap();
    until(PATIENCE, "it is ready again", || parts(port) == (200, well()));
}
