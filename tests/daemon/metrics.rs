//! `/metrics`: what it tells, whom, and that each name is told of in docs/metrics.md, the dashboard and the alerts.

use std::collections::BTreeSet;
use std::fs;

use crate::support::engine;
use crate::support::monitor::{ask, samples};
use crate::support::newsroom::{Newsroom, PATIENCE, reader};
use crate::support::port::free_port;
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp};
use crate::support::wait::until;

/// A name as Prometheus has it, without what a histogram adds to it.
fn family(sample: &str) -> String {
    let name = sample.split('{').next().unwrap();
    let name = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    name.to_owned()
}

fn room(readers: usize, relay: ScriptedSmtp, web: &str) -> (Newsroom, u16) {
    let port = free_port();
    let listen = format!("listen = \"127.0.0.1:{port}\"\n{web}");
    (Newsroom::open(readers, relay, &[("listen = \"127.0.0.1:0\"", &listen)]), port)
}

/// Every word of a file that is a metric's name: after `griot_` or `process_` to its end.
fn names_in(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let is_name = |word: &&str| word.starts_with("griot_") || word.starts_with("process_");
    words.filter(is_name).map(family).collect()
}

#[test]
fn what_happened_is_in_the_numbers_and_every_name_is_told_of() {
    // The disk of a server is not here.
    let _file = engine::OfTheFile::only();
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == reader(1) => Say::Reply("550 5.1.1 no such mailbox".into()),
        _ => Say::Usual,
    });
    let (room, port) = room(20, relay, "");
    let (_daemon, _notices) = room.daemon();
    room.griot.run(&["send", "weekly-brief"]);
    room.until_state("sent");
    until(PATIENCE, "all is written down", || samples(port)["griot_inflight_deliveries"] == 0.0);
    let told = samples(port);
    for (name, value) in [
        ("griot_attempts_total{domain=\"other\",outcome=\"accepted\"}", 19.0),
        ("griot_attempts_total{domain=\"other\",outcome=\"failed\"}", 1.0),
        ("griot_relay_messages_total{relay=\"relay\",outcome=\"accepted\"}", 19.0),
        ("griot_relay_state{relay=\"relay\",state=\"open\"}", 1.0),
        ("griot_relay_state{relay=\"relay\",state=\"closed\"}", 0.0),
        ("griot_editions{newsletter=\"weekly-brief\",state=\"sent\"}", 1.0),
        ("griot_feedback_readers_total{newsletter=\"weekly-brief\",class=\"hard\"}", 1.0),
        ("griot_subscription_changes_total{newsletter=\"weekly-brief\",change=\"confirmed\"}", 20.0),
        ("griot_queue_age_seconds{newsletter=\"weekly-brief\"}", 0.0),
        ("griot_schedule_lag_seconds{newsletter=\"weekly-brief\"}", 0.0),
        ("griot_draining", 0.0),
        ("griot_letters_waiting", 0.0),
    ] {
        assert_eq!(told.get(name), Some(&value), "{name} in {told:#?}");
    }
    for name in ["process_resident_memory_bytes", "griot_store_size_bytes", "griot_disk_free_bytes"] {
        assert!(told[name] > 0.0, "{name}");
    }
    assert!(told["griot_store_write_seconds_count"] >= 1.0);
    let asked = told.keys().find(|name| name.starts_with("griot_http_requests_total{route=\"/metrics\""));
    assert!(asked.is_some(), "{told:#?}");
    let text = ask(port, "/metrics", "").body;
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(!text.contains('@') && !text.contains("readers.example"), "somebody is named: {text}");

    // What only appears when something happens has its HELP line, or is known to.
    let mut exposed: BTreeSet<String> = told.keys().map(|name| family(name)).collect();
    exposed.extend(["griot_alerts", "griot_queue_deliveries", "griot_polls_total"].map(str::to_owned));
    let documented = names_in("docs/metrics.md");
    assert_eq!(exposed, documented, "docs/metrics.md tells of others than there are");
}

#[test]
fn the_dashboard_and_the_alerts_use_names_that_there_are() {
    let documented = names_in("docs/metrics.md");
    for file in ["docs/grafana/griot.json", "docs/prometheus/alerts.yml"] {
        let used = names_in(file);
        assert!(used.len() > 10, "{file} uses {used:?}");
        let unknown: Vec<_> = used.difference(&documented).collect();
        assert!(unknown.is_empty(), "{file} uses {unknown:?}");
    }
    let dashboard = fs::read_to_string("docs/grafana/griot.json").unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    let rows = dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] == "row");
    let rows: Vec<&str> = rows.map(|row| row["title"].as_str().unwrap()).collect();
    assert_eq!(rows, ["Sending", "Feedback", "Feeds", "Store", "Web"]);
}

#[test]
fn w_metrics_are_for_who_may_have_them() {
    let token = "0123456789abcdef01234567";
    let web = format!("metrics = [\"192.0.2.1\"]\nmetrics_token = \"{token}\"\ntrusted_proxies = [\"127.0.0.1\"]");
    let (room, port) = room(0, ScriptedSmtp::start(|_| Say::Usual), &web);
    let (_daemon, _notices) = room.daemon();
    let status = |headers: &str| ask(port, "/metrics", headers).status;
    assert_eq!(status(""), 401);
    assert_eq!(status("Authorization: Bearer 0123456789abcdef01234568\r\n"), 401);
    assert_eq!(status(&format!("Authorization: Bearer {token}\r\n")), 200);
    assert_eq!(status("X-Forwarded-For: 192.0.2.1\r\n"), 200);
    assert_eq!(status("X-Forwarded-For: 192.0.2.2\r\n"), 401);
    drop(_daemon);
    room.configure(&format!("metrics_token = \"{token}\"\n"), "");
    let (_daemon, _notices) = room.daemon();
    assert_eq!(status("X-Forwarded-For: 192.0.2.1\r\n"), 200);
    assert_eq!(status("X-Forwarded-For: 192.0.2.2\r\n"), 404);
}
