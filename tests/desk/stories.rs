//! Stories, events, feeds and settings at the desk.

use crate::support::desk::{Browser, Desk};
use crate::support::desk_more::{send_file, with_tables};
use crate::support::pages;
use crate::support::pages::noon;
use griot::store::{Decision, Role, Story, StoryId, StoryOverride, Verdict};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every request with this page, and says where.
async fn site(kind: &'static str, page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 8192]).await.unwrap();
            let length = page.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

async fn found(browser: &mut Browser, query: &str) -> Vec<String> {
    let answer = browser.get(&format!("/desk/stories?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let links = answer.body.split("class=\"headline\"").skip(1);
    links.map(|rest| rest.split(['>', '<']).nth(1).unwrap().to_owned()).collect()
}

fn story(desk: &Desk, id: i64) -> Story {
    desk.press.store().read(|db| Story::find(db, StoryId(id))).unwrap().unwrap()
}

const ADDED: [(&str, &str); 9] = [
    ("url", "https://example.org/market?utm_source=x"),
    ("platform", "harmattan"),
    ("headline", "Café <script>alert(1)</script> & the “market”"),
    ("standfirst", "It opens at dawn."),
    ("by", "Ama A., Kojo B."),
    ("section", "Food"),
    ("image", ""),
    ("alt", ""),
    ("published", ""),
];

#[tokio::test]
async fn finds_stories_by_their_words_and_shows_them_as_text() {
    let desk = Desk::open().await;
    desk.draft();
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    let added = ada.post("/desk/stories/add", &ADDED).await;
    assert_eq!(
        (added.status.as_u16(), added.header("location")),
        (303, "/desk/stories/5?done=added"),
        "{}",
        added.body
    );
    assert_eq!(story(&desk, 5).bylines, ["Ama A.", "Kojo B."]);
    assert_eq!(story(&desk, 5).url, "https://example.org/market");

    for (query, headline) in [
        ("q=choir", "A choir sings at dawn"),
        ("q=CHOIR+daw", "A choir sings at dawn"),
        ("q=ferry&platform=harmattan", "The ferry sails again"),
        ("q=cafe", "Café &#60;script&#62;alert(1)&#60;/script&#62; &#38; the “market”"),
        ("q=opens+mark", "Café &#60;script&#62;alert(1)&#60;/script&#62; &#38; the “market”"),
    ] {
        assert_eq!(found(&mut ada, query).await, [headline], "{query}");
    }
    for query in ["q=hoir", "q=choir+ferry", "q=choir+OR+ferry", "q=headline%3Achoir", "q=%22*", "q=choir&platform=no"]
    {
        assert_eq!(found(&mut ada, query).await, Vec::<String>::new(), "{query}");
    }
    let long = format!("q={}", "choir+".repeat(1_700));
    assert_eq!(found(&mut ada, &long).await, ["A choir sings at dawn"]);
    assert_eq!(found(&mut ada, "").await.len(), 5);
    let page = ada.get("/desk/stories/5").await.body;
    assert!(page.contains("&#60;script&#62;") && !page.contains("<script>alert"), "{page}");

    // The same address twice is the same story.
    let again = ada.post("/desk/stories/add", &ADDED).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("is story 5 already"), "{}", again.body);

    let mut eve = desk.signed_in("eve", Role::Viewer).await;
    assert_eq!(found(&mut eve, "q=choir").await.len(), 1);
    for path in ["/desk/stories/add", "/desk/stories/look", "/desk/stories/5/edit", "/desk/stories/5/decide"] {
        assert_eq!(eve.post(path, &ADDED).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn an_editor_edits_and_decides_and_nobody_overwrites_unseen() {
    let desk = Desk::open().await;
    desk.draft();
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    let own = story(&desk, 2);
    let edit = |headline: &'static str, seen: String| {
        let standfirst = own.standfirst.clone();
        vec![
            ("headline", headline.to_owned()),
            ("standfirst", standfirst.clone()),
            ("kicker", String::new()),
            ("image", String::new()),
            ("alt", String::new()),
            ("seen-headline", seen),
            ("seen-standfirst", standfirst),
            ("seen-kicker", String::new()),
            ("seen-image", String::new()),
            ("seen-alt", String::new()),
        ]
    };
    async fn send(browser: &mut Browser, path: &str, fields: Vec<(&str, String)>) -> pages::Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(path, &fields).await
    }
    let done = send(&mut ada, "/desk/stories/2/edit", edit("The ferry is back", own.headline.clone())).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let clash = send(&mut ada, "/desk/stories/2/edit", edit("The ferry returns", own.headline.clone())).await;
    assert_eq!(clash.status, 422);
    assert!(clash.body.contains("is now “The ferry is back”") && clash.body.contains("value=\"The ferry returns\""));
    let edited = desk.press.store().read(|db| StoryOverride::find(db, StoryId(2))).unwrap();
    assert_eq!(edited.headline.as_deref(), Some("The ferry is back"));

    let decision = || desk.press.store().read(|db| Decision::find(db, "weekly-brief", StoryId(2), noon())).unwrap();
    let decide = |what: &'static str| [("newsletter", "weekly-brief"), ("do", what)];
    assert_eq!(ada.post("/desk/stories/2/decide", &decide("pin")).await.status, 303);
    assert_eq!(decision().verdict, Verdict::Pin { place: None });
    let times =
        |embargo, expiry| [("newsletter", "weekly-brief"), ("do", "times"), ("embargo", embargo), ("expiry", expiry)];
    let kept = ada.post("/desk/stories/2/decide", &times("2026-12-01T08:00", "2026-12-05T08:00")).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    assert_eq!(decision().embargo_until.unwrap().to_rfc3339(), "2026-12-01T08:00:00+00:00");
    let wrong = ada.post("/desk/stories/2/decide", &times("2026-12-08T08:00", "2026-12-05T08:00")).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(decision().embargo_until.unwrap().to_rfc3339(), "2026-12-01T08:00:00+00:00", "half of it was kept");
    let record: Vec<String> =
        desk.record().into_iter().map(|(_, action, subject)| format!("{action} {subject}")).collect();
    assert_eq!(record[..3], ["decided on story 2", "decided on story 2", "edited story 2"]);
}

const PAGE: &str = "<title>Elsewhere</title><meta property=\"og:title\" content=\"A hall &amp; its &lt;i&gt;choir&lt;/i&gt;\">\
                    <meta property=\"og:description\" content=\"They sing.\">";

#[tokio::test]
async fn a_page_is_looked_up_before_it_is_added_and_no_private_one() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    let at = site("text/html; charset=utf-8", PAGE).await;
    let refused = ada.post("/desk/stories/look", &[("url", &at)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("not on the public Internet"), "{}", refused.body);
    assert!(!refused.body.contains("A hall"), "{}", refused.body);
    let refused = ada.post("/desk/feeds/look", &[("url", &at)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("not on the public Internet"), "{}", refused.body);
    for url in ["file:///etc/passwd", "javascript:alert(1)", "nothing"] {
        assert_eq!(ada.post("/desk/stories/look", &[("url", url)]).await.status, 422, "{url}");
        assert_eq!(ada.post("/desk/feeds/look", &[("url", url)]).await.status, 422, "{url}");
    }

    ada.base = with_tables(&desk, "[feeds]\nallow_private = true").await;
    let shown = ada.post("/desk/stories/look", &[("url", &format!("{at}/hall?utm_source=x"))]).await;
    assert_eq!(shown.status, 200);
    let headline = "value=\"A hall &#38; its &#60;i&#62;choir&#60;/i&#62;\"";
    assert!(shown.body.contains(headline), "{}", shown.body);
    assert!(shown.body.contains(&format!("value=\"{at}/hall\"")), "{}", shown.body);
    assert_eq!(found(&mut ada, "").await, Vec::<String>::new(), "it was kept already");
}

const FEED: &str = "<rss version=\"2.0\"><channel><title>The Hall</title>\
                    <item><title>A choir &lt;b&gt;sings&lt;/b&gt;</title><link>https://example.org/choir</link></item>\
                    <item><title>No link</title></item></channel></rss>";

#[tokio::test]
async fn a_feed_is_tried_before_it_is_configured() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    ada.base = with_tables(&desk, "[feeds]\nallow_private = true").await;
    let at = site("application/rss+xml", FEED).await;
    let tried = ada.post("/desk/feeds/look", &[("url", &format!("{at}/feed"))]).await;
    assert_eq!(tried.status, 200);
    for part in ["RSS, “The Hall”, 1 story.", "A choir sings", "feeds = [&#34;http://127.0.0.1:", "has no link"] {
        assert!(tried.body.contains(part), "{part}: {}", tried.body);
    }
    assert_eq!(found(&mut ada, "").await, Vec::<String>::new());
    // The configured feed is there, and what is asked for goes wrong in words.
    let page = ada.get("/desk/feeds").await.body;
    assert!(page.contains("https://example.org/feed") && page.contains("not polled yet"), "{page}");
    let other = ada.post("/desk/feeds/poll", &[("feed", "https://evil.example/")]).await;
    assert_eq!(other.status, 409, "only what is configured is polled");
    let mut eve = desk.signed_in("eve", Role::Viewer).await;
    assert_eq!(eve.get("/desk/feeds").await.status, 200);
    assert_eq!(eve.post("/desk/feeds/look", &[("url", "https://example.org")]).await.status, 403);
}

#[tokio::test]
async fn events_are_added_and_removed() {
    let desk = Desk::open().await;
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    let event = |title: &'static str, date: &'static str, time: &'static str, zone: &'static str| {
        [("title", title), ("date", date), ("time", time), ("zone", zone), ("place", "The <i>hall</i>"), ("url", "")]
    };
    let added = ada.post("/desk/events", &event("A choir sings", "2026-12-05", "19:00", "Africa/Lagos")).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let page = ada.get("/desk/events").await.body;
    assert!(page.contains("Sat 5 Dec 19:00 Africa/Lagos") && page.contains("The &#60;i&#62;hall"), "{page}");
    for (wrong, reason) in [
        (event("", "2026-12-05", "", "Africa/Lagos"), "needs a title"),
        (event("Late", "2020-12-05", "", "Africa/Lagos"), "is over"),
        (event("Where", "2026-12-05", "", "Mars/Base"), "is no time zone"),
        (event("When", "2026-02-30", "", "Africa/Lagos"), "there is no 2026-02-30"),
    ] {
        let answer = ada.post("/desk/events", &wrong).await;
        assert_eq!(answer.status, 422, "{reason}");
        assert!(answer.body.contains(reason), "{reason}: {}", answer.body);
    }
    assert_eq!(ada.post("/desk/events/remove", &[("event", "1")]).await.status, 303);
    assert_eq!(ada.post("/desk/events/remove", &[("event", "1")]).await.status, 404);
    assert!(!ada.get("/desk/events").await.body.contains("A choir sings"));

    let calendar = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A <i>fair</i>\r\nDTSTART:20261206T100000Z\r\n\
                     END:VEVENT\r\nEND:VCALENDAR\r\n";
    let sent = send_file(&ada, "/desk/events/import", &[], "fair.ics", calendar).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let page = ada.get("/desk/events").await.body;
    assert!(page.contains("A &#60;i&#62;fair&#60;/i&#62;") && page.contains("fair.ics"), "{page}");
    let none = send_file(&ada, "/desk/events/import", &[], "fair.ics", b"no calendar").await;
    assert_eq!(none.status, 422);
    assert!(none.body.contains("it has no BEGIN:VCALENDAR"), "{}", none.body);
}

#[tokio::test]
async fn settings_say_where_values_come_from_and_keep_secrets() {
    let desk = Desk::open().await;
    let mut eve = desk.signed_in("eve", Role::Viewer).await;
    eve.base =
        with_tables(&desk, "[hooks.generic]\nsecret = \"hunter2-hunter2-hunter2-hunter2-hunter2-hunter2\"").await;
    let page = eve.get("/desk/settings").await.body;
    assert!(!page.contains("hunter2"), "{page}");
    for part in [
        "<dt>generic.secret</dt><dd>set<span class=\"from\">the file</span>",
        "<dt>poll</dt><dd>15m<span class=\"from\">default</span>",
        "<dt>schedule</dt><dd>0 8 * * FRI<span class=\"from\">the file</span>",
        "to 1",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.len() < 100_000);
}
