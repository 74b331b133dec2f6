//! `griot check`: what the configuration comes to.

use crate::support::command_line::Griot;
use crate::support::engine;
use chrono::{DateTime, Datelike, Timelike, Utc, Weekday};
use serde_json::json;

#[test]
fn shows_the_next_three_runs_in_the_newsletters_zone() {
    let griot = Griot::new();
    griot.configure(&[("Africa/Accra", "America/New_York")]);
    let before = Utc::now();
    let checked = griot.json(&["check", "--json"]);
    let newsletter = &checked[0]["newsletters"][0];
    let runs: Vec<DateTime<chrono::FixedOffset>> =
        newsletter["next"].as_array().unwrap().iter().map(|run| run.as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(runs.len(), 3);
    assert!(runs[0] > before && runs.windows(2).all(|pair| (pair[1] - pair[0]).num_hours() >= 7 * 24 - 1));
    assert!(runs.iter().all(|run| run.weekday() == Weekday::Fri && (run.hour(), run.minute()) == (8, 0)), "{runs:?}");
    let shown = griot.ok(&["check"]);
    for run in runs {
        let run = run.format("%a %-d %b %Y 08:00").to_string();
        assert!(shown.contains(&format!("\n  next  {run}  UTC-0")) || shown.contains(&run), "{run} is not in\n{shown}");
    }
    assert!(shown.starts_with("publisher  Harmattan Press, https://example.org/\n"), "{shown}");
    assert!(shown.contains("\nrelay      dir:outbox: messages become files there, nothing is sent\n"), "{shown}");
}

#[test]
fn shows_each_of_several_relays() {
    let griot = Griot::new();
    let ses = "[[smtp]]\nid = \"ses\"\nurl = \"smtps://u@mail.example.org\"\npassword = \"p\"\nweight = 3\n";
    let own = "[[smtp]]\nid = \"own\"\nurl = \"smtp://127.0.0.1:25?tls=none\"\n";
    griot.configure(&[("[smtp]\n", &format!("{ses}{own}")), ("url = \"dir:outbox\"\n", ""), ("[smtp.timeouts]\n", "")]);
    let shown = griot.ok(&["check"]);
    let relays = "\nrelays     ses: smtps://mail.example.org:465 with TLS, as u, weight 3\n           \
                  own: smtp://127.0.0.1:25 in plain text, without a password, weight 1\n";
    assert!(shown.contains(relays), "{shown}");
    let checked = griot.json(&["check", "--json"]);
    let relay = &checked[0]["relays"][0];
    assert_eq!(*relay, json!({"id": "ses", "url": "smtps://mail.example.org:465", "weight": 3}));
}

#[test]
fn shows_when_readers_get_it() {
    let griot = Griot::new();
    let keys = "stories = 10\nlocal_hour = \"8:00\"\nquiet = \"22:00-07:00\"\ndeadline = \"36h\"";
    griot.configure(&[("stories = 10", keys)]);
    let shown = griot.ok(&["check"]);
    let (_, lines) = shown.split_once("\n  local hour").unwrap();
    let lines: Vec<String> = format!("  local hour{lines}").lines().map(str::to_owned).collect();
    // How wide the second column is depends on the date.
    let width = lines[0].find("at the").unwrap();
    let line = |label: &str, value: &str, told: &str| {
        let first = format!("  {label:<10}  {value}");
        format!("{first:<width$}{told}")
    };
    assert_eq!(
        lines,
        [
            line("local hour", "08:00", "at the first such time where the reader is"),
            line("quiet", "22:00-07:00", "nothing is sent in these hours of the reader"),
            line("deadline", "36h", "after the release, no more is sent"),
        ]
    );
    let newsletter = &griot.json(&["check", "--json"])[0]["newsletters"][0];
    assert_eq!(newsletter["local_hour"], "08:00");
    assert_eq!(newsletter["quiet"], "22:00-07:00");
    assert_eq!(newsletter["deadline"], "36h");
    assert_eq!(newsletter["relays"], json!(["relay"]));
}

#[test]
fn says_where_the_configuration_is_wrong() {
    let griot = Griot::new();
    griot.configure(&[("stories = 10", "storys = 10")]);
    let error = griot.err(&["check"]);
    assert!(error.starts_with("griot: griot.toml:"), "{error}");
    assert!(error.ends_with("did you mean `stories`?\n"), "{error}");
}

#[test]
fn says_that_the_store_is_not_there_yet() {
    let _file = engine::OfTheFile::only();
    let griot = Griot::bare();
    griot.file("griot.toml", include_str!("../../config.example.toml"));
    std::fs::set_permissions(griot.path("griot.toml"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(griot.ok(&["check"]).ends_with("\nThe store griot.db is not there yet; `griot init` makes it.\n"));
    assert_eq!(
        griot.err(&["subscribers", "list"]),
        "griot: the store griot.db does not exist; `griot init` makes it, or correct store.path\n"
    );
}
