//! Signals of importance on their way in: counts pushed one by one or as a file, other outlets' feeds, front pages.

use crate::support::command_line::{Griot, serve};
use crate::support::rows;

#[test]
fn counts_are_kept_by_story_and_by_url() {
    let griot = Griot::new();
    griot.ok(&[
        "story",
        "add",
        "https://harmattan.example/1",
        "--platform",
        "harmattan",
        "--headline",
        "The hall opens",
    ]);
    let told = griot.ok(&["story", "signal", "1", "--signal", "views", "--value", "1234"]);
    assert_eq!(told, "Recorded 1234 views of https://harmattan.example/1\n");
    let early = "2026-01-01";
    let refused = griot.err(&["story", "signal", "1", "--signal", "views", "--value", "1", "--at", early]);
    assert!(refused.ends_with(" is more than 84 days ago, and signals are forgotten by then\n"), "{refused}");
    let minutes = |ago: i64| (chrono::Utc::now() - chrono::TimeDelta::minutes(ago)).to_rfc3339();
    let at = minutes(30);
    let one = ["story", "signal", "https://harmattan.example/1?utm_source=x#top", "--signal", "shares", "--value", "7"];
    let one = [&one[..], &["--at", &at]].concat();
    griot.ok(&one);
    assert_eq!(griot.ok(&one), "Known already: 7 shares of https://harmattan.example/1\n");
    let signals = griot.json(&["story", "show", "1", "--json"])[0]["signals"].clone();
    let told: Vec<(&str, f64)> = signals
        .as_array()
        .unwrap()
        .iter()
        .map(|signal| (signal["signal"].as_str().unwrap(), signal["value"].as_f64().unwrap()))
        .collect();
    assert_eq!(told, [("shares", 7.0), ("views", 1234.0)]);
    assert!(griot.ok(&["story", "show", "1"]).contains("views       1234 ("));
    for (what, name, value, error) in [
        ("1", "Views", "1", "\"Views\" is no name of a signal; write 1 to 32 of a-z, 0-9 and -, such as views"),
        ("1", "views", "many", "\"many\" is no count; write a number such as 1234"),
        ("1", "views", "-1", "\"-1\" is no count; write a number such as 1234"),
        ("1", "views", "inf", "\"inf\" is no count; write a number such as 1234"),
        ("2", "views", "1", "there is no story 2; `griot stories` shows their numbers"),
        ("home", "views", "1", "\"home\" is no address of a page; write it with https://"),
    ] {
        let value = format!("--value={value}");
        assert_eq!(griot.err(&["story", "signal", what, "--signal", name, &value]), format!("griot: {error}\n"));
    }
}

#[test]
fn a_file_of_counts_loses_nothing_to_bad_rows() {
    let griot = Griot::new();
    griot.ok(&[
        "story",
        "add",
        "https://harmattan.example/1",
        "--platform",
        "harmattan",
        "--headline",
        "The hall opens",
    ]);
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
    let rows = format!(
        "URL;Signal;Value;At\n\
         https://harmattan.example/1;views;100;{now}\n\
         \"https://harmattan.example/1;views;150;{now}\n\
         https://harmattan.example/2;views;lots;{now}\n\
         \n\
         \"https://harmattan.example/3\";\"shares\";\"12\"\n\
         https://harmattan.example/1;shares;5;yesterday\n\
         https://harmattan.example/1;comments;3;\n"
    );
    let file = griot.file("counts.csv", &rows);
    let told = griot.ok(&["story", "signal", "--csv", &file]);
    let expected = "counts.csv: 6 rows · 3 recorded · 0 unchanged · 3 refused\n\
                    \x20 line 3: has a quotation mark in the wrong place\n\
                    \x20 line 4: \"lots\" is no count; write a number such as 1234\n\
                    \x20 line 7: \"yesterday\" is no time; write 2026-11-27 08:00, 2026-11-27, or 2026-11-27T08:00:00Z\n";
    assert_eq!(told, expected);
    let again = griot.json(&["story", "signal", "--csv", &file, "--json"]).remove(0);
    assert_eq!((&again["rows"], &again["refused"]), (&6.into(), &3.into()));
    // A count may come before its story.
    griot.ok(&["story", "add", "https://harmattan.example/3", "--platform", "harmattan", "--headline", "Rain comes"]);
    assert_eq!(griot.json(&["story", "show", "2", "--json"])[0]["signals"][0]["value"], 12.0);
    let file = griot.file("wrong.csv", "page,views\n/1,2\n");
    assert_eq!(
        griot.err(&["story", "signal", "--csv", &file]),
        "griot: cannot read signals from wrong.csv: its first line names no column `url`; begin the file with a line \
         url,signal,value,at\n"
    );
}

/// A feed of these headlines, in this order.
fn feed(site: &str, headlines: &[&str]) -> String {
    let published = (chrono::Utc::now() - chrono::TimeDelta::hours(3)).to_rfc2822();
    let item = |headline: &&str| {
        let page = headline.to_lowercase().replace(' ', "-");
        format!(
            "<item><title>{headline}</title><link>https://{site}.example/{page}</link><guid>{page}</guid>\
             <pubDate>{published}</pubDate><description>In short.</description></item>"
        )
    };
    let items: String = headlines.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>{site}</title>{items}</channel></rss>")
}

#[test]
fn signal_feeds_are_stored_apart_and_never_shown() {
    let griot = Griot::new();
    let own = serve("200 OK", feed("harmattan", &["The hall opens", "A choir sings", "Rain comes", "The ferry sails"]));
    let courier = serve("200 OK", feed("courier", &["The hall is open", "Elsewhere it snows"]));
    let mut config = griot.read("griot.toml").replace("[feeds]\n", "[feeds]\nallow_private = true\n");
    config = config.replace("https://example.org/harmattan/feed", &format!("{own}/feed"));
    config.push_str(&format!("\n[[signal_feed]]\noutlet = \"The Courier\"\nurl = \"{courier}/feed\"\n"));
    griot.file("griot.toml", config);
    let told = griot.ok(&["fetch", &format!("{courier}/feed")]);
    assert!(told.starts_with("The Courier  ") && told.contains("  read  2 new, 0 changed, 0 as before"), "{told}");
    griot.ok(&["fetch", &format!("{own}/feed")]);
    assert!(griot.ok(&["fetch", &format!("{courier}/feed")]).contains("0 new, 0 changed, 2 as before"));
    assert!(griot.ok(&["feeds", "list"]).contains("The Courier"));

    let draft = griot.json(&["draft", "weekly-brief", "--json"]).remove(0);
    assert_eq!(draft["stories"].as_array().unwrap().len(), 4);
    assert!(!draft.to_string().contains("courier"), "{draft}");
    for format in ["--html", "--text"] {
        griot.ok(&["preview", "weekly-brief", format, "shown"]);
        let shown = griot.read("shown");
        assert!(!shown.contains("ourier") && !shown.contains("snows"), "{shown}");
    }
    let store = rows::of(griot.path("griot.db").parent().unwrap());
    let kept: Vec<(String, String)> = store
        .prepare("SELECT outlet, headline FROM signal_stories ORDER BY id")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let both = ["The hall is open", "Elsewhere it snows"].map(|headline| ("The Courier".into(), headline.into()));
    assert_eq!(kept, both);
}

#[test]
fn a_front_page_gives_its_order_and_no_stories() {
    let griot = Griot::new();
    let own = serve("200 OK", feed("harmattan", &["The hall opens", "A choir sings", "Rain comes"]));
    let front = serve("200 OK", feed("harmattan", &["Rain comes", "The hall opens", "Not in the feed"]));
    griot.configure(&[
        ("[feeds]\n", "[feeds]\nallow_private = true\n"),
        ("https://example.org/harmattan/feed\"]", &format!("{own}/feed\"]\nfront_page = \"{front}/front\"")),
    ]);
    griot.ok(&["fetch", &format!("{own}/feed"), &format!("{front}/front")]);
    // An hour goes by.
    let store = rows::of(griot.path("griot.db").parent().unwrap());
    store.execute("UPDATE sightings SET at = at - 3600, seen_at = seen_at - 3600", []).unwrap();
    griot.ok(&["fetch", &format!("{front}/front")]);
    let place = |page: &str| {
        let url = format!("https://harmattan.example/{page}");
        griot.json(&["story", "show", &url, "--json"])[0]["front_page"].clone()
    };
    let rain = place("rain-comes");
    assert_eq!((rain.as_array().unwrap().len(), &rain[0]["place"], &rain[0]["minutes"]), (1, &1.into(), &60.into()));
    assert_eq!(place("a-choir-sings"), serde_json::json!([]));
    assert!(
        griot.ok(&["story", "show", "https://harmattan.example/the-hall-opens"]).contains("best place 2, 60 minutes")
    );
    assert_eq!(
        griot.err(&["story", "show", "https://harmattan.example/not-in-the-feed"]),
        "griot: there is no story https://harmattan.example/not-in-the-feed; `griot stories` shows them, `griot story add` \
         adds one\n"
    );
}
