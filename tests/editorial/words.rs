//! An editor's own words: of stories, whatever a feed makes of them, and of an edition.

use std::io::Write;
use std::process::Stdio;

use crate::support::command_line::{Griot, serve};
use chrono::{TimeDelta, Utc};

fn feed(headlines: [&str; 3]) -> String {
    let published = (Utc::now() - TimeDelta::hours(3)).to_rfc2822();
    let item = |(n, headline): (usize, &&str)| {
        format!(
            "<item><title>{headline}</title><link>https://harmattan.example/{n}</link><guid>{n}</guid>\
             <pubDate>{published}</pubDate><description>What happened, in short, and why it matters.</description>\
             <enclosure url=\"https://harmattan.example/{n}.jpg\" type=\"image/jpeg\"/></item>"
        )
    };
    let items: String = headlines.iter().enumerate().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Harmattan</title>{items}</channel></rss>")
}

fn fetched(headlines: [&str; 3]) -> Griot {
    let griot = Griot::new();
    let mut config = griot.read("griot.toml");
    let feed = serve("200 OK", feed(headlines));
    config = config.replace("[feeds]\n", "[feeds]\nallow_private = true\n");
    config = config.replace("https://example.org/harmattan/feed", &format!("{feed}/feed"));
    griot.file("griot.toml", config);
    let fetched = griot.run(&["fetch"]);
    assert!(fetched.stdout.contains("3 new"), "{fetched:?}");
    griot
}

#[test]
fn edits_stay_when_the_feed_changes_the_story() {
    let griot = fetched(["Port strike enters week two", "Cocoa prices fall", "A choir sings"]);
    let id = griot.json(&["stories", "--json"])[0]["stories"][0]["id"].to_string();
    let own = griot.json(&["story", "show", &id, "--json"])[0]["headline"].as_str().unwrap().to_owned();
    let told = griot.ok(&[
        "story",
        "edit",
        &id,
        "--headline",
        " Dockers  hold out ",
        "--kicker",
        "Exclusive",
        "--no-standfirst",
        "--image",
        "https://harmattan.example/dock.jpg",
        "--image-alt",
        "Cranes at dusk",
    ]);
    assert_eq!(told, format!("Edited story {id} · Dockers hold out · yours: headline, standfirst, kicker, image\n"));

    let changes = ["Wage talks fail in the harbour", "Nurses get new hours", "The old tram line reopens"];
    let changed = serve("200 OK", feed(changes));
    let config = griot.read("griot.toml");
    let before = config.lines().find(|line| line.starts_with("feeds = [\"http://")).unwrap().to_owned();
    griot.configure(&[(&before, &format!("feeds = [\"{changed}/feed\"]"))]);
    assert!(griot.run(&["fetch"]).stdout.contains("3 changed"));

    let draft = griot.json(&["draft", "weekly-brief", "--json"]).remove(0);
    assert_eq!(draft["stories"][0]["headline"], "Dockers hold out");
    assert_eq!(draft["stories"][0]["overridden"], serde_json::json!(["headline", "standfirst", "kicker", "image"]));
    assert_eq!(draft["subject"], "Dockers hold out", "proposed from the lead");
    griot.ok(&["preview", "weekly-brief", "--html", "a.html"]);
    let html = griot.read("a.html");
    for shown in ["Dockers hold out", "Exclusive", "https://harmattan.example/dock.jpg", "Cranes at dusk"] {
        assert!(html.contains(shown), "{shown} is not in the brief");
    }
    assert_eq!(html.matches("What happened, in short").count(), 2, "the lead has a standfirst still");
    assert!(griot.ok(&["draft", "weekly-brief"]).contains("     Yours: headline, standfirst, kicker, image.\n"));
    let shown = griot.ok(&["story", "show", &id]);
    assert!(shown.starts_with("Dockers hold out\n\n"), "{shown}");
    assert!(
        changes.iter().any(|headline| shown.contains(headline)) && shown.contains(&format!("{own} (until")),
        "{shown}"
    );

    griot.ok(&["story", "edit", &id, "--no-image", "--headline", ""]);
    griot.ok(&["preview", "weekly-brief", "--html", "b.html"]);
    let html = griot.read("b.html");
    let theirs = changes.into_iter().find(|headline| shown.contains(headline)).unwrap();
    assert!(html.contains(theirs) && !html.contains("dock.jpg") && html.contains("Exclusive"), "{html}");
    let reset = griot.ok(&["story", "edit", &id, "--reset"]);
    assert_eq!(reset, format!("Edited story {id} · {theirs} · nothing is overridden\n"));
    assert_eq!(griot.run(&["story", "edit", &id]).code, Some(2), "an edit must change something");
    let bad = griot.err(&["story", "edit", &id, "--image", "dock.jpg"]);
    assert_eq!(bad, "griot: the image: \"dock.jpg\" is no address of a page; write it with https://\n");
}

#[test]
fn an_edition_keeps_its_own_words_and_order() {
    let griot = fetched(["Port strike", "Cocoa prices fall", "A choir sings"]);
    let stories = griot.json(&["draft", "weekly-brief", "--json"])[0]["stories"].as_array().unwrap().clone();
    let ids: Vec<String> = stories.iter().map(|story| story["id"].to_string()).collect();
    let intro = "Good morning.\n\nIt was a long week.\n\n— Ama";
    let order = format!("{},{}", ids[2], ids[0]);
    let told = griot.ok(&[
        "edition",
        "edit",
        "weekly-brief",
        "--subject",
        "Strikes, cocoa and a choir",
        "--intro",
        intro,
        "--order",
        &order,
    ]);
    assert_eq!(
        told,
        "Edited weekly-brief/1 · subject: Strikes, cocoa and a choir · intro: yours · griot preview weekly-brief/1\n"
    );
    let draft = griot.json(&["draft", "weekly-brief", "--json"]).remove(0);
    assert_eq!(draft["subject"], "Strikes, cocoa and a choir");
    let order: Vec<String> = draft["stories"].as_array().unwrap().iter().map(|story| story["id"].to_string()).collect();
    assert_eq!(order, [ids[2].clone(), ids[0].clone(), ids[1].clone()]);
    let text = griot.ok(&["preview", "weekly-brief"]);
    assert!(text.contains("It was a long week.\n\nAma\n"), "{text}");

    let mut command = griot.command(&["edition", "edit", "weekly-brief/1", "--intro", "-", "--subject", ""]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(b"Read by a pipe.\r\n").unwrap();
    assert!(process.wait().unwrap().success());
    let draft = griot.json(&["draft", "weekly-brief", "--json"]).remove(0);
    assert_eq!(draft["subject"], draft["stories"][0]["headline"]);
    griot.ok(&["approve", "weekly-brief/1"]);
    assert!(griot.ok(&["preview", "weekly-brief/1"]).contains("Read by a pipe."));
}

#[test]
fn a_story_added_by_hand_is_one_with_what_its_feed_brings_later() {
    let griot = Griot::new();
    let add = ["story", "add", "https://harmattan.example/1?utm_medium=mail", "--platform", "harmattan", "--headline"];
    let told = griot.ok(&[&add[..], &["By hand"]].concat());
    assert_eq!(told, "Added story 1 · By hand · griot story pin 1 has it in\n");
    assert_eq!(
        griot.err(&[&add[..], &["Again"]].concat()),
        "griot: https://harmattan.example/1 is story 1 already; `griot story edit 1` changes it\n"
    );
    let feed = serve("200 OK", feed(["Zero", "One, by the feed", "Two"]));
    griot.configure(&[
        ("https://example.org/harmattan/feed", &format!("{feed}/feed")),
        ("[feeds]\n", "[feeds]\nallow_private = true\n"),
    ]);
    griot.run(&["fetch"]);
    let shown = griot.json(&["story", "show", "https://harmattan.example/1", "--json"]).remove(0);
    assert_eq!((&shown["id"], &shown["headline"]), (&1.into(), &"One, by the feed".into()));
    assert_eq!(
        griot.err(&["story", "add", "https://x.example/1", "--platform", "nowhere", "--headline", "H"]),
        "griot: there is no platform \"nowhere\"; the configuration has harmattan, beatline, north-star\n"
    );
    assert_eq!(
        griot.err(&["story", "add", "x.example/1", "--platform", "beatline", "--headline", "H"]),
        "griot: \"x.example/1\" is no address of a page; write it with https://\n"
    );
}
