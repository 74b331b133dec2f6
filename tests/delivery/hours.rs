//! At which hours an edition goes out: each reader's own hour, quiet hours, a deadline.

use crate::support::engine;
use std::collections::BTreeMap;
use std::process::Command;

use crate::support;
use crate::support::edition::{Standing, Station, clock, configuration_text, configuration_with, set_clock};
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp};
use chrono::{DateTime, TimeDelta, Utc};
use griot::config::Timezone;
use griot::delivery::Run;
use griot::publishing::Press;
use griot::store::{EditionState, Subscriber};

/// One reader in each; for the last no zone is known. The newsletter's is Africa/Accra.
const ZONES: [&str; 5] = ["Pacific/Auckland", "Asia/Tokyo", "Europe/Berlin", "America/Los_Angeles", ""];

/// 14:00 in Accra, 16:00 in Berlin, 07:00 in Los Angeles, 23:00 in Tokyo, and 02:00 of the next day in Auckland.
fn release() -> DateTime<Utc> {
    at("2026-09-21T14:00:00Z")
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn address(zone: &str) -> String {
    let place = zone.rsplit('/').next().unwrap_or_default().to_lowercase();
    format!("{}@readers.example", if place.is_empty() { "nowhere" } else { &place })
}

/// An edition released just now, for a reader in each zone. `lines` stand in the newsletter.
fn station(relay: &ScriptedSmtp, lines: &str) -> (Station, Press) {
    set_clock(release());
    let tables = format!("[smtp]\nurl = \"smtp://127.0.0.1:{}?tls=none\"\nconnections = 1", relay.port);
    let station = Station::configured(configuration_with(lines, &tables), ZONES.map(address));
    std::fs::write(station.folder.path().join("griot.toml"), configuration_text(lines, &tables)).unwrap();
    for zone in ZONES {
        let email = griot::address::EmailAddress::parse(&address(zone)).unwrap();
        let set = |db: &griot::store::Db| -> anyhow::Result<()> {
            let reader = Subscriber::find_by_email(db, &email)?.unwrap();
            Subscriber::set_timezone(db, reader.id, Timezone::find(zone))
        };
        station.store.write(|db| set(db)).unwrap();
    }
    let press = Press::open(station.config.clone(), clock).unwrap();
    (station, press)
}

/// When each delivery that is not accepted is due.
fn due(station: &Station) -> BTreeMap<String, DateTime<Utc>> {
    let due = |(email, standing): (String, Standing)| {
        let at = standing.due.map(|due| DateTime::from_timestamp(support::edition::START + due, 0).unwrap());
        at.map(|at| (email, at))
    };
    station.standing().into_iter().filter_map(due).collect()
}

fn skipped(station: &Station) -> BTreeMap<String, String> {
    let standing = station.standing().into_iter().filter(|(_, standing)| standing.state == "skipped");
    standing.map(|(email, standing)| (email, standing.skipped_because)).collect()
}

fn at_hours(hours: &[(&str, &str)]) -> BTreeMap<String, DateTime<Utc>> {
    hours.iter().map(|(zone, time)| (address(zone), at(time))).collect()
}

/// What `griot edition show` prints, its spaces put together.
fn shown(station: &Station) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
    engine::lead(&mut command, station.folder.path());
    command.args(["edition", "show", "weekly-brief/1"]).current_dir(station.folder.path()).env_remove("GRIOT_CONFIG");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[tokio::test]
async fn each_reader_gets_it_at_their_own_hour_for_the_first_time_since_the_release() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let (station, press) = station(&relay, "local_hour = \"08:00\"");
    let mut open = at_hours(&[
        ("America/Los_Angeles", "2026-09-21T15:00:00Z"),
        ("Pacific/Auckland", "2026-09-21T20:00:00Z"),
        ("Asia/Tokyo", "2026-09-21T23:00:00Z"),
        ("Europe/Berlin", "2026-09-22T06:00:00Z"),
        ("", "2026-09-22T08:00:00Z"),
    ]);
    let mut got = Vec::new();
    while let Some((reader, next)) = open.iter().min_by_key(|(_, at)| **at).map(|(reader, at)| (reader.clone(), *at)) {
        assert_eq!(station.run_by(&press).await, Run::Waiting(next));
        assert_eq!(due(&station), open);
        // Not a second sooner, and looking at it is no try.
        set_clock(next - TimeDelta::seconds(1));
        assert_eq!(station.run_by(&press).await, Run::Waiting(next));
        assert_eq!(relay.arrived().len(), got.len());
        set_clock(next);
        open.remove(&reader);
        got.push(reader);
    }
    assert_eq!(station.run_by(&press).await, Run::Finished);
    assert_eq!(relay.arrived().into_iter().map(|message| message.recipient).collect::<Vec<_>>(), got);
    assert!(
        station.standing().values().all(|standing| (standing.state.as_str(), standing.attempts) == ("accepted", 1))
    );
}

#[tokio::test]
async fn quiet_hours_end_where_the_reader_is() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let (station, press) = station(&relay, "quiet = \"22:00-07:00\"");
    let open = [("Pacific/Auckland", "2026-09-21T19:00:00Z"), ("Asia/Tokyo", "2026-09-21T22:00:00Z")];
    assert_eq!(station.run_by(&press).await, Run::Waiting(at(open[0].1)));
    assert_eq!((due(&station), relay.arrived().len()), (at_hours(&open), 3));
    let told = shown(&station);
    assert!(told.starts_with("weekly-brief/1 · sending\n"), "{told}");
    assert!(told.contains("recipients 5\naccepted 3\nqueued 2\n"), "{told}");
    // The command goes by the clock of this machine.
    let is_due = told.contains("next try due now\n");
    assert!(is_due || told.contains("next try 2026-09-21 19:00 UTC\n"), "{told}");
    for (_, time) in open {
        set_clock(at(time));
        station.run_by(&press).await;
    }
    assert_eq!((station.edition().state, relay.arrived().len()), (EditionState::Sent, 5));
}

#[tokio::test]
async fn a_try_that_was_put_off_comes_in_quiet_hours_as_little() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient.starts_with("berlin") => Say::Reply("450 4.2.1 greylisted".into()),
        _ => Say::Usual,
    });
    // Berlin has 16:00, so the second try, a minute later, is in them already.
    let (station, press) = station(&relay, "quiet = \"16:01-17:00\"");
    assert_eq!(station.run_by(&press).await, Run::Waiting(at("2026-09-21T14:01:00Z")));
    set_clock(at("2026-09-21T14:01:00Z"));
    assert_eq!(station.run_by(&press).await, Run::Waiting(at("2026-09-21T15:00:00Z")));
    assert_eq!(station.standing()[&address("Europe/Berlin")].attempts, 1);
}

#[tokio::test]
async fn what_a_deadline_finds_unsent_is_skipped_and_says_why() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient.starts_with("berlin") => Say::Reply("450 4.2.1 mailbox busy".into()),
        _ => Say::Usual,
    });
    let (station, press) = station(&relay, "quiet = \"22:00-07:00\"\ndeadline = \"6h\"");
    assert_eq!(station.run_by(&press).await, Run::Waiting(at("2026-09-21T14:01:00Z")));
    // 07:00 in Tokyo is eight hours away, in Auckland five.
    let too_late = "its deadline comes before it may be sent";
    assert_eq!(skipped(&station), BTreeMap::from([(address("Asia/Tokyo"), too_late.to_owned())]));
    let end = loop {
        match station.run_by(&press).await {
            Run::Waiting(at) => set_clock(at),
            end => break end,
        }
    };
    assert_eq!(end, Run::Finished);
    let passed = (address("Europe/Berlin"), "its deadline had passed".to_owned());
    assert_eq!(skipped(&station), BTreeMap::from([(address("Asia/Tokyo"), too_late.to_owned()), passed]));
    assert_eq!(relay.arrived().len(), 3);
    let told = shown(&station);
    assert!(told.starts_with("weekly-brief/1 · sent\n"), "{told}");
    assert!(told.contains("recipients 5\naccepted 3\nskipped 2\n"), "{told}");
    assert!(told.contains("skipped 1 its deadline comes before it may be sent\n"), "{told}");
    assert!(told.contains("skipped 1 its deadline had passed\n"), "{told}");
}

#[tokio::test]
async fn a_pause_over_the_deadline_leaves_nothing_to_send() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let (station, press) = station(&relay, "deadline = \"1h\"");
    press.pause(&station.edition(), "wrong picture").unwrap();
    assert_eq!(station.run_by(&press).await, Run::Halted);
    set_clock(release() + TimeDelta::hours(1));
    press.resume(&station.edition()).unwrap();
    assert_eq!(station.run_by(&press).await, Run::Finished);
    assert_eq!((skipped(&station).len(), relay.arrived().len()), (5, 0));
    assert!(skipped(&station).values().all(|reason| reason == "its deadline had passed"));
}
