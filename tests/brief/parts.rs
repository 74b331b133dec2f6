//! The parts of a brief through the command line: signals lift a story, the most read and the related stand beside the
//! stories, sections have rules of their own, and nothing of it comes twice.

use std::collections::BTreeSet;

use crate::support::command_line::{Griot, serve};
use chrono::{TimeDelta, Utc};
use serde_json::Value;

/// Words that no two headlines share.
const WORDS: [&str; 24] = [
    "anchor", "basket", "cedar", "drum", "ember", "ferry", "ginger", "harbour", "indigo", "jetty", "kettle", "lantern",
    "mango", "nettle", "orchid", "pepper", "quarry", "raffia", "saffron", "tailor", "umbrella", "violin", "willow",
    "yam",
];

struct New<'a> {
    platform: &'a str,
    headline: &'a str,
    section: &'a str,
    hours_ago: i64,
}

fn add(griot: &Griot, story: &New<'_>) -> i64 {
    let published = (Utc::now() - TimeDelta::hours(story.hours_ago)).to_rfc3339();
    let slug = story.headline.replace(' ', "-");
    let url = format!("https://{}.example/{slug}", story.platform);
    let mut words = vec!["story", "add", &url, "--platform", story.platform, "--headline", story.headline];
    words.extend(["--published", &published, "--json"]);
    if !story.section.is_empty() {
        words.extend(["--section", story.section]);
    }
    griot.json(&words)[0]["id"].as_i64().unwrap()
}

/// Twenty-four stories of two platforms, each a little older than the one before; the odd ones are of Harmattan.
fn publisher(more: &str) -> Griot {
    let griot = Griot::new();
    griot.configure(&[("stories = 10", "stories = 6")]);
    griot.file("griot.toml", griot.read("griot.toml") + more);
    for (number, word) in (1..).zip(WORDS) {
        let platform = if number % 2 == 0 { "beatline" } else { "harmattan" };
        let section = if number % 6 == 0 { "Opinion" } else { "" };
        let headline = format!("{word} {word}s");
        assert_eq!(add(&griot, &New { platform, headline: &headline, section, hours_ago: number }), number);
    }
    griot
}

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|story| story["id"].as_i64().unwrap()).collect()
}

fn draft(griot: &Griot) -> Value {
    griot.json(&["draft", "weekly-brief", "--json"]).remove(0)
}

fn view(griot: &Griot, story: i64, views: u32) {
    griot.ok(&["story", "signal", &story.to_string(), "--signal", "views", "--value", &views.to_string()]);
}

#[test]
fn views_lift_a_story_and_say_so_and_the_most_read_that_is_not_in_the_brief_stands_beside_it() {
    let griot = publisher("");
    // As readers come: a story has most of its views after some days. Its number is its age in hours.
    let views = |story: i64, times: f64| (times * 4000.0 * (1.0 - (-story as f64 / 36.0).exp())) as u32;
    for story in 1..=24 {
        view(&griot, story, views(story, 1.0));
    }
    view(&griot, 20, views(20, 9.0));
    // Dropped: it is nowhere, however much it is read.
    view(&griot, 22, views(22, 20.0));
    griot.ok(&["story", "drop", "22"]);
    for story in [15, 17, 19] {
        view(&griot, story, views(story, 4.0));
    }
    griot.configure(&[("stories = 6", "stories = 2"), ("min_stories = 3", "min_stories = 2")]);
    let drafted = draft(&griot);
    assert_eq!(ids(&drafted["stories"])[0], 20, "{drafted}");
    let reason = drafted["stories"][0]["reasons"][0].as_str().unwrap();
    assert!(reason.contains("× usual views for Beatline at 20 hours; lead of the week."), "{reason}");
    let must_read = ids(&drafted["must_read"]);
    assert!(!must_read.is_empty() && must_read.iter().all(|id| [15, 17, 19].contains(id)), "{drafted}");
    assert!(drafted["must_read"][0]["reason"].as_str().unwrap().starts_with("Most read: "), "{drafted}");
    let text = griot.ok(&["preview", "weekly-brief"]);
    let (_, after) = text.split_once("Must read").expect("a list of the most read");
    assert!(after.contains(&format!("{} {}s", WORDS[must_read[0] as usize - 1], WORDS[must_read[0] as usize - 1])));

    // What was listed was in readers' hands: it is in no later edition.
    griot.ok(&["subscribers", "add", "ada@example.org", "--newsletter", "weekly-brief", "--confirmed"]);
    griot.ok(&["send", "weekly-brief"]);
    let second = draft(&griot);
    let carried: BTreeSet<i64> = ids(&drafted["stories"]).into_iter().chain(must_read).collect();
    let again = ids(&second["stories"]).into_iter().chain(ids(&second["must_read"])).find(|id| carried.contains(id));
    assert_eq!(again, None, "{second}");
    assert!(carried.iter().all(|id| ids(&second["kept_out"]).contains(id)), "{second}");

    // What was sent can be chosen once more: one of the two, because nobody drops 22 this time.
    let lines = griot.json(&["evaluate", "weekly-brief", "--json"]);
    let overlap = |method: &str| lines.iter().find(|line| line["method"] == method).unwrap()["overlap"]["mean"].clone();
    assert_eq!((overlap("griot, brief"), overlap("random")), (1.0.into(), 0.0.into()), "{lines:?}");
    let table = griot.ok(&["evaluate", "weekly-brief"]);
    assert!(table.starts_with("weekly-brief/1 · 24 candidates, 0 signal stories\n"), "{table}");
    griot.configure(&[("id = \"weekly-brief\"", "id = \"daily\"")]);
    let nothing = griot.err(&["evaluate", "daily"]);
    assert_eq!(nothing, "griot: no edition of daily was sent yet, so there is nothing to replay\n");
}

#[test]
fn the_lead_has_links_to_what_came_before_it() {
    let griot = publisher("");
    let old = |headline, hours_ago| add(&griot, &New { platform: "harmattan", headline, section: "", hours_ago });
    let before = old("Dockers of Tema ask the ministry for night shifts", 24 * 40);
    let long_ago = old("Dockers of Tema ask the ministry for helmets", 24 * 800);
    let last_week = old("Tema dockers and ministry talk about shifts", 24 * 9);
    let lead = old("Dockers of Tema strike after talks with ministry", 2);
    griot.ok(&["story", "pin", &lead.to_string(), "--at", "1"]);
    let drafted = draft(&griot);
    assert_eq!(ids(&drafted["stories"])[0], lead);
    let found: BTreeSet<i64> = ids(&drafted["read_also"]).into_iter().collect();
    assert_eq!(found, BTreeSet::from([before, last_week]), "{long_ago} is more than a year old: {drafted}");
    let shown = griot.ok(&["draft", "weekly-brief"]);
    assert!(shown.contains("     Read also: Tema dockers and ministry talk about shifts · harmattan · "), "{shown}");
    let text = griot.ok(&["preview", "weekly-brief"]);
    assert!(text.contains("Read also\n\n    "), "{text}");
    // What is in the brief is not linked besides.
    griot.ok(&["story", "pin", &before.to_string()]);
    assert_eq!(ids(&draft(&griot)["read_also"]), [last_week]);
}

#[test]
fn sections_take_what_their_rules_say() {
    let griot = publisher(
        "\n[[newsletter.section]]\ntitle = \"Opinion\"\nstories = 1\ntopics = [\"opinion\"]\nexclusive = true\n\
         \n[[newsletter.section]]\ntitle = \"From Beatline\"\nstories = 2\nplatforms = [\"beatline\"]\n\
         \n[[newsletter.section]]\ntitle = \"Sponsored\"\nstories = 1\ntopics = [\"Advertisement\"]\nsponsored = true\n",
    );
    let paid = New { platform: "harmattan", headline: "Volta Bank lends", section: "Advertisement", hours_ago: 1 };
    let paid = add(&griot, &paid);
    griot.ok(&["story", "edit", &paid.to_string(), "--kicker", "Volta Bank"]);
    let drafted = draft(&griot);
    let of = |section: &str| -> Vec<i64> {
        let stories = drafted["stories"].as_array().unwrap().iter();
        stories.filter(|story| story["section"] == section).map(|story| story["id"].as_i64().unwrap()).collect()
    };
    assert_eq!((of("").len(), of("Opinion"), of("Sponsored")), (3, vec![6], vec![paid]), "{drafted}");
    assert!(of("From Beatline").len() == 2 && of("From Beatline").iter().all(|id| id % 2 == 0 && id % 6 != 0));
    let reasons = |id: i64| {
        let stories = ["stories", "shortlist"].map(|list| drafted[list].as_array().unwrap().clone()).concat();
        stories.into_iter().find(|story| story["id"] == id).unwrap()["reasons"].to_string()
    };
    assert!(reasons(6).contains("For “Opinion”."), "{}", reasons(6));
    let text = griot.ok(&["preview", "weekly-brief"]);
    assert!(text.contains("Six stories, ") && text.contains("    Sponsored · Volta Bank\n"), "{text}");
    let shown = griot.ok(&["draft", "weekly-brief"]);
    assert!(shown.contains("\n  Opinion:\n  4. "), "{shown}");
}

#[test]
fn what_other_outlets_ran_is_a_reason_and_is_never_shown() {
    let griot = publisher("");
    let item = |headline: &str| {
        let at = (Utc::now() - TimeDelta::hours(9)).to_rfc2822();
        let link = headline.replace(' ', "-");
        format!("<item><title>{headline}</title><link>https://w.example/{link}</link><pubDate>{at}</pubDate></item>")
    };
    let feed = |items: &[&str]| {
        let items: String = items.iter().map(|headline| item(headline)).collect();
        format!("<rss version=\"2.0\"><channel><title>Wire</title>{items}</channel></rss>")
    };
    let wire = serve("200 OK", feed(&["Tema dockers strike at container terminal", "Nothing of ours"]));
    let courier = serve("200 OK", feed(&["Container terminal closed as Tema dockers strike"]));
    let mut text = griot.read("griot.toml").replace("feeds = [\"https://", "feeds = []\n# [\"https://");
    text.push_str(&format!(
        "\n[[signal_feed]]\noutlet = \"The Wire\"\nurl = \"{wire}\"\n\n[[signal_feed]]\noutlet = \"Courier\"\nurl = \"{courier}\"\n"
    ));
    griot.file("griot.toml", text.replace("[feeds]\n", "[feeds]\nallow_private = true\n"));
    let strike = New {
        platform: "harmattan",
        headline: "Dockers in Tema strike and container terminal stands still",
        section: "",
        hours_ago: 20,
    };
    let strike = add(&griot, &strike);
    griot.ok(&["fetch"]);
    let drafted = draft(&griot);
    assert_eq!(ids(&drafted["stories"])[0], strike, "{drafted}");
    assert_eq!(drafted["stories"][0]["reasons"][0], "Also on Courier and The Wire; lead of the week.");
    assert!(!drafted.to_string().contains("Nothing of ours"));
    let text = griot.ok(&["preview", "weekly-brief"]);
    assert!(!text.contains("w.example") && !text.contains("The Wire"), "{text}");
}
