//! From feeds to an approved edition, by hand.

use crate::support::command_line::{Griot, serve};
use chrono::{TimeDelta, Utc};

fn feed(site: &str, headlines: &[&str]) -> String {
    let published = (Utc::now() - TimeDelta::hours(3)).to_rfc2822();
    let items: String = headlines
        .iter()
        .enumerate()
        .map(|(n, headline)| {
            format!(
                "<item><title>{headline}</title><link>https://{site}.example/{n}</link><guid>{site}-{n}</guid>\
                 <pubDate>{published}</pubDate><description>What happened, in short, and why it matters.\
                 </description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>{site}</title>{items}</channel></rss>")
}

/// A publisher with two feeds that work and one that does not; gives the addresses of all.
fn publisher() -> (Griot, [String; 3]) {
    let griot = Griot::new();
    let harmattan = serve("200 OK", feed("harmattan", &["Port strike enters week two", "Cocoa prices fall again"]));
    let beatline = serve("200 OK", feed("beatline", &["A festival returns to the lagoon", "The drummer of Jamestown"]));
    let north_star = serve("500 Internal Server Error", String::new());
    let feeds = [harmattan, beatline, north_star].map(|address| format!("{address}/feed"));
    griot.configure(&[
        ("https://example.org/harmattan/feed", &feeds[0]),
        ("https://example.org/beatline/feed", &feeds[1]),
        ("https://example.org/north-star/feed", &feeds[2]),
        ("[feeds]\n", "[feeds]\nallow_private = true\n"),
    ]);
    (griot, feeds)
}

#[test]
fn one_bad_feed_disturbs_no_other() {
    let (griot, feeds) = publisher();
    let fetched = griot.json(&["fetch", "--json"]);
    let told: Vec<(&str, u64)> =
        fetched.iter().map(|feed| (feed["outcome"].as_str().unwrap(), feed["added"].as_u64().unwrap())).collect();
    assert_eq!(told, [("read", 2), ("read", 2), ("failed", 0)]);
    let again = griot.ok(&["fetch", &feeds[0]]);
    assert!(again.ends_with("  read  0 new, 0 changed, 2 as before\n"), "{again}");
    let failed = griot.run(&["fetch", &feeds[0], &feeds[2]]);
    assert_eq!((failed.code, failed.stderr.as_str()), (Some(1), "griot: 1 feed could not be read\n"));
    assert!(failed.stdout.contains(" as before\n") && failed.stdout.contains(" · failing since "), "{}", failed.stdout);
    assert_eq!(
        griot.err(&["fetch", "https://example.org/other"]),
        "griot: https://example.org/other is no feed or calendar of the configuration; `griot feeds list` shows them\n"
    );
    let listed = griot.json(&["feeds", "list", "--json"]);
    let failures: Vec<u64> = listed.iter().map(|feed| feed["failures"].as_u64().unwrap()).collect();
    assert_eq!(failures, [0, 0, 2]);
}

#[test]
fn an_edition_is_drafted_looked_at_and_approved() {
    let (griot, _) = publisher();
    let empty = griot.ok(&["draft", "weekly-brief"]);
    assert_eq!(empty, "Draft weekly-brief/1 · 0 stories · it needs 3 to go out · griot fetch\n");
    griot.ok(&["fetch"]);

    let stories = &griot.json(&["stories", "--json"])[0];
    assert_eq!(stories["newsletter"], "weekly-brief");
    assert_eq!(stories["stories"].as_array().unwrap().len(), 4);
    let story = stories["stories"][0]["id"].to_string();
    let shown = &griot.json(&["story", "show", &story, "--json"])[0];
    assert_eq!(shown["headline"], stories["stories"][0]["headline"]);
    assert_eq!(
        griot.err(&["story", "show", "99"]),
        "griot: there is no story 99; `griot stories` shows their numbers\n"
    );

    let drafted = griot.ok(&["draft", "weekly-brief"]);
    let first = drafted.lines().next().unwrap();
    assert!(first.starts_with("Draft weekly-brief/1 · 4 stories from 2 platforms · goes out Fri "), "{first}");
    assert!(first.ends_with(" 08:00 Africa/Accra · griot preview weekly-brief"), "{first}");
    let draft = &griot.json(&["draft", "weekly-brief", "--json"])[0];
    assert_eq!(draft["edition"], "weekly-brief/1");
    for key in ["id", "platform", "headline", "url", "score", "reasons", "also_on"] {
        assert!(!draft["stories"][0][key].is_null(), "{key} is missing in {draft}");
    }

    let text = griot.ok(&["preview", "weekly-brief"]);
    assert!(text.contains("Cocoa prices fall again"), "{text}");
    griot.ok(&["preview", "weekly-brief/1", "--html", "a.html", "--text", "a.txt", "--eml", "a.eml"]);
    assert_eq!(griot.read("a.txt"), text);
    assert!(griot.read("a.html").contains("Cocoa prices fall again"));
    let message = griot.read("a.eml");
    assert!(message.contains("\r\nList-Unsubscribe: ") && message.contains("Subject: "), "{message}");

    let approved = griot.ok(&["approve", "weekly-brief/1"]);
    assert!(approved.starts_with("Approved weekly-brief/1 · goes out Fri "), "{approved}");
    assert!(approved.ends_with(" · griot send weekly-brief/1 sends it now\n"), "{approved}");
    assert_eq!(griot.ok(&["approve", "weekly-brief/1"]), "weekly-brief/1 was approved before; it is approved\n");
    let edition = &griot.json(&["edition", "show", "weekly-brief/1", "--json"])[0];
    assert_eq!((&edition["state"], &edition["recipients"]), (&"approved".into(), &0.into()));
    assert_eq!(edition["subject"], draft["subject"]);
    assert!(griot.ok(&["edition", "list"]).starts_with("weekly-brief/1  approved  "));

    assert_eq!(
        griot.err(&["edition", "pause", "weekly-brief/1"]),
        "griot: weekly-brief/1 is approved; only one being sent can be paused\n"
    );
    assert_eq!(griot.ok(&["edition", "cancel", "weekly-brief/1"]), "Cancelled weekly-brief/1\n");
    assert_eq!(griot.err(&["approve", "weekly-brief/1"]), "griot: weekly-brief/1 is cancelled\n");
    assert_eq!(
        griot.err(&["preview", "weekly-brief/7"]),
        "griot: there is no edition weekly-brief/7; `griot edition list` shows them\n"
    );
}

#[test]
fn a_feed_in_a_file_is_shown_without_being_stored() {
    let griot = Griot::bare();
    griot.file("feed.xml", feed("harmattan", &["Port strike enters week two"]));
    let parsed = &griot.json(&["feeds", "parse", "feed.xml", "--json"])[0];
    assert_eq!((&parsed["format"], &parsed["title"]), (&"rss".into(), &"harmattan".into()));
    assert_eq!(parsed["entries"][0]["title"], "Port strike enters week two");
    assert_eq!(parsed["entries"][0]["guid"], "harmattan-0");
    assert!(griot.ok(&["feeds", "parse", "feed.xml"]).starts_with("RSS · harmattan · 1 entry\n"));
    griot.file("empty.xml", "");
    assert_eq!(griot.err(&["feeds", "parse", "empty.xml"]), "griot: empty.xml gives no feed: it is empty\n");
}
