//! Selection on real weeks, by `griot evaluate`: how much of what a front page's editors kept on top it finds.
//!
//! Runs over the folder named by `GRIOT_CORPORA`; without it the test says that it was not run. The figures may only
//! rise.

use std::path::Path;

use crate::support::command_line::Griot;
use serde_json::Value;

#[test]
fn the_editors_ten_are_found_as_often_as_measured() {
    let Some(corpora) = std::env::var_os("GRIOT_CORPORA") else {
        println!("NOT RUN: GRIOT_CORPORA does not name the folder of corpora, so no week was evaluated");
        return;
    };
    let folder = Path::new(&corpora).join("stories");
    // A relative path is seen from the package, where tests start; griot starts elsewhere.
    let folder = folder.canonicalize().unwrap();
    let folder = folder.to_str().unwrap();
    let griot = Griot::bare();
    let lines = griot.json(&["evaluate", "--folder", folder, "--json"]);
    for line in &lines {
        println!("{line}");
    }
    let overlap = |method: &str| -> f64 {
        let line: &Value = lines.iter().find(|line| line["method"] == method).unwrap();
        line["overlap"]["mean"].as_f64().unwrap()
    };
    assert!(overlap("griot") >= 1.66, "without the front page: {}", overlap("griot"));
    assert!(overlap("griot, learnt") >= 2.6, "learnt from other weeks: {}", overlap("griot, learnt"));
    assert!(overlap("griot, 6 h watched") >= 5.5, "watched for 6 hours: {}", overlap("griot, 6 h watched"));
    assert!(overlap("griot") > overlap("coverage, title words") && overlap("random") < 1.0);
    let found = &lines.iter().find(|line| line["method"] == "clusters").unwrap()["clusters"];
    assert!(found["precision"].as_f64().unwrap() >= 0.9, "{found}");
    assert!(found["recall"].as_f64().unwrap() >= 0.5 && found["b_cubed"].as_f64().unwrap() >= 0.68, "{found}");
}

#[test]
fn a_folder_in_the_documented_format_is_measured_and_a_wrong_one_is_named() {
    let griot = Griot::bare();
    let line = |kind: &str, url: &str, title: &str, hour: u32| {
        format!(
            "{{\"kind\":\"{kind}\",\"url\":\"{url}\",\"title\":\"{title}\",\"platform\":\"{kind}s\",\
             \"published_at\":\"2026-11-02T{hour:02}:00:00Z\"}}\n"
        )
    };
    let mut week: String = (1..9)
        .map(|n| line("candidate", &format!("https://example.org/{n}"), &format!("alpha{n} beta{n}"), n))
        .collect();
    for n in [2, 5] {
        week += &line("signal", &format!("https://example.com/{n}"), &format!("alpha{n} beta{n}"), n);
    }
    griot.file("w1.jsonl", week);
    griot.file("w1.picks", "https://example.org/5\nhttps://example.org/2\n");
    let lines = griot.json(&["evaluate", "--folder", ".", "--json"]);
    let overlap = |method: &str| lines.iter().find(|line| line["method"] == method).unwrap()["overlap"]["mean"].clone();
    assert_eq!((overlap("griot"), overlap("griot, brief"), overlap("newest")), (2.0.into(), 2.0.into(), 0.0.into()));
    assert!(lines.iter().all(|line| line["method"] != "griot, 6 h watched"), "nothing was watched");

    griot.file("w1.picks", "https://example.org/77\n");
    assert_eq!(
        griot.err(&["evaluate", "--folder", "."]),
        "griot: ./w1.picks names https://example.org/77, which is no candidate of w1\n"
    );
}
