//! An editor's decisions: what is pinned is in, what is dropped is out, and the draft is made again around them.

use crate::support::command_line::Griot;
use chrono::{TimeDelta, Utc};
use serde_json::Value;

/// A publisher of two platforms with ten stories; story 1 is the newest of all. A place for six.
fn publisher() -> Griot {
    let griot = Griot::new();
    griot.configure(&[("stories = 10", "stories = 6")]);
    for number in 1..=10 {
        let platform = if number % 2 == 0 { "beatline" } else { "harmattan" };
        add(&griot, number, platform, TimeDelta::hours(number));
    }
    griot
}

fn add(griot: &Griot, number: i64, platform: &str, age: TimeDelta) -> i64 {
    let published = (Utc::now() - age).to_rfc3339();
    let (url, headline) = (format!("https://{platform}.example/{number}?utm_source=x"), format!("Story {number}"));
    let added = griot.json(&[
        "story",
        "add",
        &url,
        "--platform",
        platform,
        "--headline",
        &headline,
        "--published",
        &published,
        "--json",
    ]);
    added[0]["id"].as_i64().unwrap()
}

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|story| story["id"].as_i64().unwrap()).collect()
}

fn draft(griot: &Griot) -> Value {
    griot.json(&["draft", "weekly-brief", "--json"]).remove(0)
}

/// The stories of the draft as it stands, without making it again: its headlines in the preview.
fn previewed(griot: &Griot) -> Vec<i64> {
    let text = griot.ok(&["preview", "weekly-brief"]);
    let headlines = text.lines().filter_map(|line| line.split_once(". Story "));
    headlines.map(|(_, number)| number.trim().parse().unwrap()).collect()
}

#[test]
fn pins_stay_where_they_are_and_drops_stay_out_when_new_stories_arrive() {
    let griot = publisher();
    assert_eq!(ids(&draft(&griot)["stories"]).len(), 6);
    let told = griot.ok(&["story", "pin", "9", "--at", "1"]);
    assert_eq!(told, "Pinned story 9 · Story 9 · weekly-brief/1 was made again · griot preview weekly-brief/1\n");
    assert_eq!((previewed(&griot)[0], previewed(&griot).len()), (9, 6));
    griot.ok(&["story", "drop", "2"]);
    griot.ok(&["story", "pin", "https://beatline.example/8"]);
    let stories = previewed(&griot);
    assert!(stories.contains(&8) && !stories.contains(&2), "{stories:?}");
    let moved = griot.ok(&["story", "move", "4", "1"]);
    assert!(moved.starts_with("Moved to place 1: story 4 · Story 4 · "), "{moved}");
    assert_eq!(previewed(&griot)[..2], [4, 9]);

    add(&griot, 11, "beatline", TimeDelta::minutes(5));
    let drafted = draft(&griot);
    let stories = ids(&drafted["stories"]);
    assert_eq!((&stories[..2], stories.len()), (&[4, 9][..], 6));
    assert!(stories.contains(&8) && stories.contains(&11) && !stories.contains(&2), "{stories:?}");
    let story = |id: i64| &drafted["stories"][stories.iter().position(|story| *story == id).unwrap()];
    assert_eq!((&story(4)["pinned"], &story(8)["pinned"]), (&true.into(), &true.into()));
    assert_eq!(story(11)["pinned"], false);
    assert_eq!(story(4)["reasons"][0], "Pinned to place 1 by the editor.");
    assert_eq!(story(8)["reasons"][0], "Pinned by the editor.");
    assert_eq!(ids(&drafted["kept_out"]), [2]);
    assert_eq!(drafted["kept_out"][0]["reasons"][0], "Dropped by the editor.");
    assert!(!ids(&drafted["shortlist"]).contains(&2), "{drafted}");
    let shown = griot.ok(&["draft", "weekly-brief"]);
    assert!(shown.contains("\n  1. Story 4 · beatline · story 4 · pinned\n"), "{shown}");
    assert!(shown.contains("  Kept out of it:\n   × Story 2 · beatline · story 2 · "), "{shown}");

    griot.ok(&["story", "unpin", "4"]);
    griot.ok(&["story", "undrop", "2"]);
    assert_eq!(previewed(&griot)[1], 9, "the pin of 9 keeps the place it moved to");
    assert_eq!(ids(&draft(&griot)["kept_out"]), [0; 0]);
    assert_eq!(griot.err(&["story", "unpin", "4"]), "griot: story 4 is not pinned in weekly-brief\n");
    assert_eq!(griot.err(&["story", "undrop", "2"]), "griot: story 2 is not dropped from weekly-brief\n");
    assert_eq!(
        griot.err(&["story", "pin", "99"]),
        "griot: there is no story 99; `griot stories` shows their numbers\n"
    );
}

#[test]
fn a_story_is_never_in_two_editions_unless_pinned() {
    let griot = publisher();
    griot.ok(&["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief", "--confirmed"]);
    griot.ok(&["story", "pin", "10", "--at", "1"]);
    griot.ok(&["send", "weekly-brief"]);
    assert_eq!(griot.json(&["edition", "show", "weekly-brief/1", "--json"])[0]["state"], "sent");
    let second = draft(&griot);
    assert_eq!((&second["edition"], ids(&second["stories"]).len()), (&"weekly-brief/2".into(), 4));
    let kept_out = ids(&second["kept_out"]);
    assert!(kept_out.len() == 6 && kept_out.contains(&10), "the pin of 10 is not spent: {kept_out:?}");
    assert_eq!(second["kept_out"][0]["reasons"][0], "It was in weekly-brief/1 already.");
    griot.ok(&["story", "pin", "10"]);
    assert!(ids(&draft(&griot)["stories"]).contains(&10));
    let shown = griot.json(&["story", "show", "10", "--json"]).remove(0);
    assert_eq!(shown["editions"][0], serde_json::json!({"edition": "weekly-brief/1", "state": "sent"}));
    assert_eq!(shown["decisions"][0]["verdict"], "pin");
    let text = griot.ok(&["story", "show", "10"]);
    assert!(text.contains("weekly-brief: pinned") && text.contains("weekly-brief/1 (sent)"), "{text}");
}

#[test]
fn embargo_and_expiry_hold_a_story_back() {
    let griot = publisher();
    let at = |age: TimeDelta| (Utc::now() + age).to_rfc3339();
    draft(&griot);
    griot.ok(&["story", "embargo", "1", &at(TimeDelta::days(30))]);
    griot.ok(&["story", "expire", "2", &at(TimeDelta::hours(-1))]);
    let held = draft(&griot);
    assert_eq!(ids(&held["kept_out"]), [1, 2]);
    assert_eq!(ids(&held["stories"]).len(), 6);
    assert!(held["kept_out"][0]["reasons"][0].as_str().unwrap().starts_with("Embargoed until "), "{held}");
    assert!(held["kept_out"][1]["reasons"][0].as_str().unwrap().starts_with("Expires at "), "{held}");
    griot.ok(&["story", "expire", "2", "none"]);
    assert_eq!(ids(&draft(&griot)["kept_out"]), [1]);
    assert_eq!(
        griot.err(&["story", "expire", "1", "2026-01-01"]),
        "griot: story 1 would expire before its embargo ends, so it could never go out\n"
    );
    assert_eq!(
        griot.err(&["story", "embargo", "1", "soon"]),
        "griot: \"soon\" is no time; write 2026-11-27 08:00, 2026-11-27, or 2026-11-27T08:00:00Z\n"
    );

    // An embargo that ends before the scheduled run lets the story into its draft, and nobody can send that now.
    griot.configure(&[("schedule = \"0 8 * * FRI\"", "schedule = \"0 0 1 1 *\"")]);
    griot.ok(&["story", "embargo", "1", &at(TimeDelta::minutes(5))]);
    griot.ok(&["story", "pin", "1"]);
    assert!(ids(&draft(&griot)["stories"]).contains(&1));
    let refused = griot.err(&["send", "weekly-brief/1"]);
    assert!(refused.starts_with("griot: weekly-brief/1 holds story 1, embargoed until "), "{refused}");
    griot.ok(&["send", "weekly-brief"]);
    let shown = griot.json(&["story", "show", "1", "--json"]).remove(0);
    assert_eq!(shown["editions"], serde_json::json!([]), "sending at once leaves it out");
}

#[test]
fn what_is_approved_is_frozen() {
    let griot = publisher();
    griot.ok(&["story", "pin", "1"]);
    draft(&griot);
    griot.ok(&["approve", "weekly-brief/1"]);
    assert_eq!(
        griot.err(&["story", "drop", "1"]),
        "griot: story 1 is in weekly-brief/1, which is approved and frozen; `griot edition cancel weekly-brief/1` keeps \
         it from readers who have it not\n"
    );
    let pinned = griot.ok(&["story", "pin", "9"]);
    assert_eq!(pinned, "Pinned story 9 · Story 9 · for the next edition of weekly-brief\n");
    assert_eq!(
        griot.err(&["edition", "edit", "weekly-brief/1", "--subject", "Late"]),
        "griot: weekly-brief/1 is approved; only a draft can be edited\n"
    );
}

#[test]
fn with_several_newsletters_one_must_be_named() {
    let griot = publisher();
    let mut config = griot.read("griot.toml");
    config.push_str(
        "\n[[newsletter]]\nid = \"daily\"\nname = \"The Daily\"\nfrom = \"daily@example.org\"\n\
         schedule = \"0 6 * * *\"\ntimezone = \"Africa/Accra\"\n",
    );
    griot.file("griot.toml", config);
    assert_eq!(
        griot.err(&["story", "drop", "1"]),
        "griot: there are several newsletters; name one with --newsletter: weekly-brief, daily\n"
    );
    griot.ok(&["story", "drop", "1", "--newsletter", "daily"]);
    assert_eq!(ids(&draft(&griot)["kept_out"]), [0; 0], "what is dropped from one newsletter is not from another");
    assert_eq!(ids(&griot.json(&["draft", "daily", "--json"])[0]["kept_out"]), [1]);
}
