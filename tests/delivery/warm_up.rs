//! A new sending address begins with few messages to each provider, and those who are most engaged come first.

use crate::support::engine;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use griot::delivery::Run;
use griot::publishing::Press;

use crate::support::edition::{Station, clock, configuration_text, configuration_with, set_clock};
use crate::support::scripted_smtp::{Say, ScriptedSmtp};

const READERS: usize = 14;

fn release() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-09-21T08:20:00Z").unwrap().to_utc()
}

/// Readers at Gmail, of whom the last confirmed last, and one elsewhere.
fn station(relay: &ScriptedSmtp, deadline: &str) -> (Station, Press) {
    set_clock(release());
    let tables = format!(
        "[smtp]\nurl = \"smtp://127.0.0.1:{}?tls=none\"\nconnections = 1\n\
         [delivery.warm_up]\nbegins = \"2026-09-21\"\nfirst_day = 2\nuntil = 8",
        relay.port
    );
    let readers = (1..=READERS).map(|number| format!("reader{number:02}@gmail.com"));
    let station =
        Station::configured(configuration_with(deadline, &tables), readers.chain(["ada@small.example".to_owned()]));
    std::fs::write(station.folder.path().join("griot.toml"), configuration_text(deadline, &tables)).unwrap();
    let confirm = "UPDATE subscriptions SET confirmed_at = 1700000000 + subscriber_id * 86400";
    station.store.write(|db| Ok(db.execute(confirm, [])?)).unwrap();
    let press = Press::open(station.config.clone(), clock).unwrap();
    (station, press)
}

/// What `griot warm-up` says of Gmail.
fn told(station: &Station) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
    engine::lead(&mut command, station.folder.path());
    command.args(["warm-up", "--json"]).current_dir(station.folder.path()).env_remove("GRIOT_CONFIG");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.into_iter().find(|day| day["provider"] == "gmail.com").unwrap_or_default()
}

fn arrived(relay: &ScriptedSmtp) -> Vec<String> {
    relay.arrived().into_iter().map(|message| message.recipient).collect()
}

#[tokio::test]
async fn p_each_day_twice_as_many_the_most_engaged_first_until_it_is_warm() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let (station, press) = station(&relay, "");
    // The caps of four days are 2, 4 and 8, which is all.
    let mut sent = 0;
    for (day, many) in [(0, 2), (1, 4), (2, 8)] {
        // The whole hour, and as many seconds as readers were silent for days.
        set_clock(release() + TimeDelta::days(day) + TimeDelta::hours(1));
        let run = station.run_by(&press).await;
        let mut expected: Vec<String> =
            (READERS - sent - many + 1..=READERS - sent).map(|number| format!("reader{number:02}@gmail.com")).collect();
        expected.extend((day == 0).then(|| "ada@small.example".to_owned()));
        let mut got = arrived(&relay).split_off(sent + usize::from(day > 0));
        got.sort();
        expected.sort();
        assert_eq!(got, expected, "day {day}");
        sent += many;
        match day {
            2 => assert_eq!(run, Run::Finished),
            _ => assert!(matches!(run, Run::Waiting(due) if due > clock() + TimeDelta::hours(22)), "{run:?}"),
        }
    }
    let counts = station.account();
    assert_eq!((counts.recipients, counts.accepted), (15, 15));
}

#[tokio::test]
async fn p_a_deadline_holds_for_who_would_come_after_it() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let (station, press) = station(&relay, "deadline = \"20h\"");
    assert_eq!(station.run_by(&press).await, Run::Finished);
    let counts = station.account();
    assert_eq!((counts.accepted, counts.skipped), (3, 12));
}

#[tokio::test]
async fn p_it_is_told_how_far_it_is() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let (station, press) = station(&relay, "");
    station.run_by(&press).await;
    let kept = station.store.read(|db| {
        Ok(db.query_row("SELECT provider, cap, claimed FROM warm_up_days WHERE provider <> 'others'", [], |row| {
            Ok((row.get::<String>(0)?, row.get::<u32>(1)?, row.get::<u32>(2)?))
        })?)
    });
    assert_eq!(kept.unwrap(), ("gmail.com".to_owned(), 2, 2));
    // The command's clock is the real one, on which that day is past.
    let day = told(&station);
    assert_eq!((&day["cap"], &day["sent"], &day["next_cap"]), (&4.into(), &0.into(), &4.into()));
}
