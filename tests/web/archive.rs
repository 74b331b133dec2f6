//! Past editions over real HTTP: lists, each edition, the feed (RFC 4287), the search, and what search engines are told.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::pages::{Answer, CONFIG, Pages, listen, noon, press};
use chrono::{DateTime, Days, TimeDelta};
use griot::store::{Edition, EditionName, EditionStory, Story, StoryId, StoryImage};
use griot::token::{Purpose, Token};
use quick_xml::events::Event;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT_LANGUAGE, IF_NONE_MATCH};

const BASE: &str = "http://127.0.0.1:8080";
/// A third newsletter, whose editions are for its readers alone.
const BOARD: &str = r#"
[[newsletter]]
id = "board"
name = "The Board Letter"
from = "Harmattan Press <brief@example.org>"
schedule = "0 9 1 * *"
timezone = "Africa/Accra"
archive = false
"#;

/// The pages with that third newsletter; weekly-brief/1 is out, from a release that knew of no archive.
async fn open() -> Pages {
    open_with(|config| config).await
}

async fn open_with(change: impl FnOnce(String) -> String) -> Pages {
    let mut pages = Pages::open().await;
    let config = change(format!("{}{BOARD}", CONFIG.replace("PUBLIC_URL", BASE)));
    pages.press = press(&pages.dir, &config, noon);
    let (base, stop, server) = listen(pages.press.clone()).await;
    (pages.base, pages.stop, pages.server) = (base, Some(stop), Some(server));
    pages
}

fn story(headline: &str) -> Story {
    let slug = headline.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let url = format!("https://example.org/{slug}?a=1&b=2");
    Story {
        id: StoryId(0),
        platform: "harmattan".into(),
        feed: None,
        guid: url.clone(),
        url,
        headline: headline.into(),
        standfirst: format!("What is known about “{headline}” & more."),
        bylines: Vec::new(),
        section: String::new(),
        tags: Vec::new(),
        published_at: noon() - TimeDelta::hours(5),
        updated_at: None,
        first_seen_at: noon() - TimeDelta::hours(5),
        image: Some(StoryImage {
            url: format!("https://images.example.org/{slug}.jpg"),
            width: Some(1200),
            height: Some(800),
            alt: "A quay at dawn".into(),
            caption: String::new(),
            credit: String::new(),
        }),
        comments: None,
        body: String::new(),
        words: 300,
    }
}

/// An edition with these stories, so many days after noon, approved; and on its way, if it is to be.
fn edition(pages: &Pages, newsletter: &str, days: i64, headlines: &[&str], is_out: bool) -> Edition {
    let slot = noon() + TimeDelta::days(days);
    let draft = pages.press.store().write(|db| {
        let edition = Edition::begin(db, newsletter, Some(slot), (noon(), noon()), noon())?.unwrap();
        let mut stories = Vec::new();
        for headline in headlines {
            let story = story(headline);
            story.upsert(db, noon())?;
            stories.push(EditionStory::plain(Story::with_url(db, &story.url)?[0].id));
        }
        edition.set_stories(db, &stories)?;
        Ok(edition)
    });
    let approved = pages.press.approve(&draft.unwrap()).unwrap();
    if is_out { pages.press.release(&approved).unwrap() } else { approved }
}

async fn search(pages: &Pages, question: &str) -> Answer {
    let query: String = url::form_urlencoded::byte_serialize(question.as_bytes()).collect();
    pages.get(&format!("/archive?q={query}")).await
}

/// The subjects of what was found, as they stand there, and what is marked in them.
fn found(answer: &Answer) -> Vec<String> {
    let headings = answer.body.split("<h2 ").skip(1);
    headings
        .map(|rest| {
            rest.split_once("\">").unwrap().1.split("</a>").next().unwrap().split_once("\">").unwrap().1.to_owned()
        })
        .collect()
}

#[tokio::test]
async fn past_editions_are_listed_and_shown() {
    let pages = open().await;
    edition(&pages, "weekly-brief", 7, &["Next week's harbour"], false);
    for path in ["/archive", "/archive/weekly-brief"] {
        let answer = pages.get(path).await;
        let link = r#"<a href="http://127.0.0.1:8080/archive/weekly-brief/1" lang="en" dir="auto">The strike &#38; the market</a>"#;
        assert!(answer.body.contains(link), "{}", answer.body);
        assert!(answer.body.contains("23 November 2026") && !answer.body.contains("weekly-brief/2"), "{}", answer.body);
        assert!(answer.body.contains(r#"<form class="search" role="search" method="get""#), "{}", answer.body);
        assert!(answer.header("content-security-policy").contains("form-action 'self'"));
    }
    // Frozen before there was an archive around it: as it is.
    let old = pages.get("/archive/weekly-brief/1").await;
    assert_eq!((old.status, old.body.ends_with("Online")), (StatusCode::OK, true), "{}", old.body);
    assert_eq!(
        old.header("content-security-policy"),
        "default-src 'none'; img-src https: http://127.0.0.1:* http://localhost:*; style-src 'unsafe-inline'; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    // A draft, numbers that are none, and what is not configured.
    for path in ["weekly-brief/2", "weekly-brief/01", "weekly-brief/+1", "weekly-brief/x", "nowhere", "nowhere.atom"] {
        let answer = pages.get(&format!("/archive/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("There is no such page"), "{}", answer.body);
    }
}

#[tokio::test]
async fn an_edition_leads_to_those_beside_it_and_says_what_it_is() {
    let pages = open().await;
    for (week, headline) in [(1, "The harbour \"opens\""), (2, "A ferry sails"), (3, "Rain comes")] {
        edition(&pages, "weekly-brief", 7 * week, &[headline, "A choir sings"], true);
    }
    let page = pages.get("/archive/weekly-brief/3").await.body;
    for text in [
        r#"<link rel="canonical" href="http://127.0.0.1:8080/archive/weekly-brief/3">"#,
        r#"<link rel="alternate" type="application/atom+xml" title="The Weekly Brief" href="http://127.0.0.1:8080/archive/weekly-brief.atom">"#,
        r#"<link rel="prev" href="http://127.0.0.1:8080/archive/weekly-brief/2">"#,
        r#"<link rel="next" href="http://127.0.0.1:8080/archive/weekly-brief/4">"#,
        r#"<meta property="og:type" content="article">"#,
        r#"<meta property="og:title" content="A ferry sails">"#,
        r#"<meta property="og:url" content="http://127.0.0.1:8080/archive/weekly-brief/3">"#,
        r#"<meta property="og:site_name" content="Harmattan Press">"#,
        r#"<meta property="og:image" content="https://images.example.org/a-ferry-sails.jpg">"#,
        r#"<meta property="og:image:alt" content="A quay at dawn">"#,
        r#"<meta property="article:published_time" content="2026-12-07T12:00:00Z">"#,
        r#"<meta name="description" content="A choir sings · "#,
        r#"<meta property="og:description" content="A choir sings · "#,
        r#"rel="prev" class="ink" lang="en" dir="auto""#,
        r#"The harbour &#34;opens&#34;</a>"#,
        r#"rel="next" class="ink""#,
        r#"Rain comes</a>"#,
        r#"<a href="http://127.0.0.1:8080/archive/weekly-brief" class="ink""#,
        r#">All editions of The Weekly Brief</a>"#,
        r#"<a href="http://127.0.0.1:8080/" class="ink""#,
        r#">Get The Weekly Brief by e-mail</a>"#,
        r#"rel="bookmark""#,
    ] {
        assert!(page.contains(text), "{text} is missing: {page}");
    }
    let (head, body) = page.split_once("</head>").unwrap();
    assert!(head.contains("og:image") && body.contains("<nav"), "{page}");
    assert!(!page.contains(['\u{E000}', '\u{E001}']), "a spot was left open");
    for personal in ["/unsubscribe/", "/preferences", "/o/", "/confirm", "/archive/weekly-brief/3/"] {
        assert!(!page.contains(personal), "{personal}: {page}");
    }
    let newest = pages.get("/archive/weekly-brief/4").await.body;
    assert!(!newest.contains("rel=\"next\"") && newest.contains("archive/weekly-brief/3\""), "{newest}");
    // What stands between two public ones and is none itself leads nowhere.
    let name = EditionName::parse("weekly-brief/3").unwrap();
    let third = pages.press.store().read(|db| Edition::find_by_name(db, &name)).unwrap().unwrap();
    pages.press.cancel(&third, "a mistake").unwrap();
    let page = pages.get("/archive/weekly-brief/4").await.body;
    assert!(page.contains("archive/weekly-brief/2\"") && !page.contains("archive/weekly-brief/3"), "{page}");
    assert_eq!(pages.get("/archive/weekly-brief/3").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_newsletter_that_is_not_in_the_archive_is_nowhere_but_behind_its_link() {
    let pages = open().await;
    let board = edition(&pages, "board", 0, &["Secret figures"], true);
    for path in ["/archive", "/archive?q=secret", "/sitemap.xml"] {
        let answer = pages.get(path).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.body.contains("board") && !answer.body.contains("figures"), "{path}: {}", answer.body);
    }
    for path in ["/archive/board", "/archive/board.atom", "/archive/board/1"] {
        assert_eq!(pages.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let link = pages.press.online_url(&board).unwrap();
    let path = link.strip_prefix(BASE).unwrap();
    assert!(path.starts_with("/archive/board/1/"), "{path}");
    let page = pages.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Secret figures") && page.body.contains(r#"<meta name="robots" content="noindex">"#));
    assert_eq!((page.header("x-robots-tag"), page.header("cache-control")), ("noindex, nofollow", "no-store"));
    assert_eq!(page.header("etag"), "");
    assert!(page.header("content-security-policy").contains("style-src 'unsafe-inline'"));
    assert!(!page.body.contains("canonical") && !page.body.contains("<nav") && !page.body.contains(path));
    // It is in the mail, and the mail names no archive.
    let to = "Ada <ada@example.com>".parse().unwrap();
    let mail = String::from_utf8(pages.press.sample_message(&board, &to).unwrap().bytes).unwrap();
    assert!(mail.replace("=\r\n", "").contains(&link) && !mail.contains("List-Archive"), "{mail}");

    // One edition's link opens no other, and nothing else's link opens one.
    let other = edition(&pages, "board", 31, &["More figures"], true);
    let token = path.rsplit('/').next().unwrap();
    let unsubscribe = pages.press.unsubscribe_url(board.newsletter, pages.ada, Some(board.id));
    let altered = format!("{}A", &token[..token.len() - 1]);
    for wrong in [
        format!("/archive/{}/{token}", other.name),
        format!("/archive/weekly-brief/1/{token}"),
        format!("/archive/board/1/{}", unsubscribe.rsplit('/').next().unwrap()),
        format!("/archive/board/1/{altered}B"),
        format!("/archive/board/01/{token}"),
    ] {
        let answer = pages.get(&wrong).await;
        assert!(matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{wrong}: {}", answer.status);
        assert!(!answer.body.contains("figures"));
    }
    // A link of a newsletter that came into the archive later still holds.
    let seal = |edition: &Edition| {
        pages.press.keys().sign(&Token {
            purpose: Purpose::Online,
            newsletter: edition.newsletter,
            subscriber: 0,
            edition: u32::try_from(edition.id.0).ok(),
            expires_at: None,
        })
    };
    let public = edition(&pages, "weekly-brief", 7, &["The harbour opens"], true);
    assert_eq!(pages.get(&format!("/archive/{}/{}", public.name, seal(&public))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_search_finds_words_by_their_beginning_in_what_is_public() {
    let pages = open().await;
    edition(&pages, "weekly-brief", 7, &["São Tomé's harbour", "Ten days of strike", "A choir sings"], true);
    edition(&pages, "evening", 8, &["Harbour lights"], true);
    edition(&pages, "evening", 9, &["A harbour that is not out"], false);
    let answer = search(&pages, "harb").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(found(&answer), ["<mark>Harbour</mark> lights", "São Tomé&#39;s <mark>harbour</mark>"]);
    assert!(answer.body.contains("2 editions with “harb”."), "{}", answer.body);
    assert!(
        answer.body.contains("The Evening Note</span> · <time datetime=\"2026-12-01T12:00:00Z\">"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains(r#"name="q" type="search" value="harb""#), "{}", answer.body);
    assert!(answer.body.contains(r#"<meta name="robots" content="noindex">"#));
    assert_eq!((answer.header("x-robots-tag"), answer.header("cache-control")), ("noindex", "no-store"));
    assert!(answer.header("content-security-policy").contains("form-action 'self'"));
    for question in ["sao tome", "SÃO", "stri ten", "choir SINGS", "tomé\u{301}"] {
        let answer = search(&pages, question).await;
        assert_eq!(found(&answer).len(), 1, "{question}: {}", answer.body);
    }
    let answer = search(&pages, "strike").await;
    assert!(answer.body.contains("Ten days of <mark>strike</mark>"), "{}", answer.body);
    // The footer's words, and what is asked for in vain.
    for question in ["Accra", "unsubscribe", "harbour giraffe"] {
        let answer = search(&pages, question).await;
        assert!(found(&answer).is_empty() && answer.body.contains("There is no edition with"), "{}", answer.body);
        assert!(answer.body.contains("fewer words find more") && answer.body.contains("All past editions"));
    }
}

#[tokio::test]
async fn no_question_does_harm() {
    let pages = open().await;
    edition(&pages, "weekly-brief", 7, &["The harbour opens"], true);
    let long = "harbour ".repeat(900);
    let hostile = [
        "\"",
        "\"\"\"",
        "'",
        "*",
        "harbour*",
        "^harbour",
        "subject:harbour",
        "NEAR(",
        "NEAR(harbour, 1)",
        "harbour AND",
        "harbour OR",
        "NOT harbour",
        "-harbour",
        "(",
        ")",
        "{x} : y",
        "\0",
        "harbour\0opens",
        "\u{2}\u{3}",
        "%",
        "_",
        "; DROP TABLE editions; --",
        "\u{E000}archive head\u{E001}",
        "👩🏾‍🍳",
        "\u{202E}",
        &long,
    ];
    for question in hostile {
        let answer = search(&pages, question).await;
        assert_eq!(answer.status, StatusCode::OK, "{question:?}: {}", answer.body);
        let asked_of = found(&answer);
        assert!(asked_of.is_empty() || asked_of.len() == 1, "{question:?}");
    }
    // What is said back is text.
    let answer = search(&pages, "<script>alert(1)</script> & \"x\"").await;
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    assert!(answer.body.contains("&#60;script&#62;"), "{}", answer.body);
    // Without words it is the list, whatever else is asked for.
    for path in ["/archive?q=", "/archive?q=%20%20", "/archive?x=1", "/archive?q", "/archive?%FF=%FF", "/archive?"] {
        let answer = pages.get(path).await;
        assert!(answer.body.contains("<h1>Past editions</h1>"), "{path}: {}", answer.body);
    }
    assert_eq!(pages.get("/archive?q=%FF%FEharbour").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_long_list_stands_by_years_and_the_page_of_all_is_short() {
    let pages = open().await;
    pages
        .press
        .store()
        .write(|db| {
            for week in 1..=40_u64 {
                let slot = noon() - Days::new(7 * week);
                let edition = Edition::begin(db, "evening", Some(slot), (slot, slot), slot)?.unwrap();
                let subject = format!("Week {week}");
                let parts = griot::store::FrozenParts { subject: &subject, html: "<p>", text: "t", online: "<p>" };
                edition.approve(db, &parts, slot)?;
                let from = [griot::store::EditionState::Approved];
                edition.change_state(db, &from, griot::store::EditionState::Sent, "", slot)?;
            }
            Ok(())
        })
        .unwrap();
    let all = pages.get("/archive").await.body;
    assert!(all.contains(">All editions of The Evening Note</a>") && !all.contains("<h3>"), "{all}");
    assert_eq!(all.matches("/archive/evening/").count(), 13);
    let own = pages.get("/archive/evening").await.body;
    assert_eq!(own.matches("/archive/evening/").count(), 40);
    let years: Vec<&str> = own.split("<h3>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(years, ["2026"], "forty weeks before November are of one year: {own}");
    assert!(own.contains("<title>Past editions of The Evening Note"), "{own}");
}

#[tokio::test]
async fn the_pages_speak_the_readers_language_and_an_edition_its_own() {
    let pages = open().await;
    edition(&pages, "weekly-brief", 7, &["The harbour opens"], true);
    let ask = |path: &str, language: &str| {
        let request = pages.client.get(format!("{}{path}", pages.base)).header(ACCEPT_LANGUAGE, language);
        async move { request.send().await.unwrap().text().await.unwrap() }
    };
    for (language, title, nothing) in [
        ("fr", "Rechercher dans les éditions passées", "Aucune édition ne contient «\u{a0}girafe\u{a0}»."),
        ("ar", "البحث في الأعداد السابقة", "لا يوجد عدد فيه"),
    ] {
        let page = ask("/archive?q=girafe", language).await;
        assert!(page.contains(&format!("<h1>{title}</h1>")) && page.contains(nothing), "{page}");
    }
    assert!(ask("/archive/weekly-brief/2", "fr").await.contains("All editions of"));
}

#[tokio::test]
async fn who_has_a_page_already_is_not_sent_it_again() {
    let pages = open().await;
    edition(&pages, "weekly-brief", 7, &["The harbour opens"], true);
    for path in
        ["/archive", "/archive/weekly-brief", "/archive/weekly-brief/2", "/archive/weekly-brief.atom", "/sitemap.xml"]
    {
        let first = pages.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 8, "{path}");
        let again = |tags: String| {
            let request = pages.client.get(format!("{}{path}", pages.base)).header(IF_NONE_MATCH, tags);
            async move { request.send().await.unwrap() }
        };
        for tags in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let answer = again(tags).await;
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!(answer.headers()["etag"], tag.as_str());
            assert_eq!(answer.headers()["cache-control"], "public, max-age=300");
            assert_eq!(answer.text().await.unwrap(), "");
        }
        assert_eq!(again("\"x\"".to_owned()).await.status(), StatusCode::OK);
    }
    let tag = pages.get("/archive/weekly-brief/2").await.header("etag").to_owned();
    edition(&pages, "weekly-brief", 14, &["Rain comes"], true);
    assert_ne!(pages.get("/archive/weekly-brief/2").await.header("etag"), tag, "it leads to the next one now");
}

#[tokio::test]
async fn search_engines_are_told_where_everything_stands() {
    let pages = open().await;
    edition(&pages, "weekly-brief", 7, &["The harbour opens"], true);
    edition(&pages, "weekly-brief", 14, &["Not yet"], false);
    let map = pages.get("/sitemap.xml").await;
    assert_eq!(map.header("content-type"), "application/xml; charset=utf-8");
    assert_well_formed(&map.body);
    let root = parse(&map.body);
    assert_eq!(
        (root.name.as_str(), root.attribute("xmlns")),
        ("urlset", "http://www.sitemaps.org/schemas/sitemap/0.9")
    );
    let places: Vec<(String, String)> =
        root.children.iter().map(|url| (url.text_of("loc"), url.text_of("lastmod"))).collect();
    let expected = [
        ("/", ""),
        ("/archive", ""),
        ("/archive/weekly-brief", ""),
        ("/archive/evening", ""),
        ("/archive/weekly-brief/2", "2026-11-30T12:00:00Z"),
        ("/archive/weekly-brief/1", "2026-11-23T12:00:00Z"),
    ];
    let expected = expected.map(|(path, changed)| (format!("{BASE}{path}"), changed.to_owned()));
    assert_eq!(places, expected);
    let robots = pages.get("/robots.txt").await;
    assert_eq!(robots.header("content-type"), "text/plain; charset=utf-8");
    for line in [
        "User-agent: *",
        "Disallow: /unsubscribe/",
        "Disallow: /preferences",
        "Disallow: /confirm",
        "Disallow: /r/",
        "Disallow: /o/",
        "Disallow: /archive?",
        "Disallow: /archive/*/*/",
        "Sitemap: http://127.0.0.1:8080/sitemap.xml",
    ] {
        assert!(robots.body.lines().any(|one| one == line), "{line}: {}", robots.body);
    }
    assert!(!robots.body.contains("Disallow: /\n") && !robots.body.contains("Disallow: /archive\n"));
    // Beneath a path of the publisher's host.
    let below = open_with(|config| config.replace(BASE, "https://example.org/letters/")).await;
    let robots = below.get("/robots.txt").await.body;
    assert!(
        robots.contains("Disallow: /letters/unsubscribe/\n")
            && robots.ends_with("Sitemap: https://example.org/letters/sitemap.xml\n")
    );
}

/// RFC 4287, by its sections.
#[tokio::test]
async fn the_feed_keeps_the_rules_of_atom() {
    let hostile = "<Bold> & \"quoted\" 'n' ]]> \u{fffe}end";
    let pages = open_with(|config| config.replace("The week's top stories", "The <week's> & 'top' stories")).await;
    edition(&pages, "weekly-brief", 7, &[hostile, "A choir sings", "Rain comes"], true);
    edition(&pages, "weekly-brief", 14, &["The harbour opens"], true);
    let answer = pages.get("/archive/weekly-brief.atom").await;
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    assert_well_formed(&answer.body);
    let feed = parse(&answer.body);
    assert_eq!(
        (feed.name.as_str(), feed.attribute("xmlns"), feed.attribute("xml:lang")),
        ("feed", "http://www.w3.org/2005/Atom", "en")
    );
    check_common(&feed);
    // §4.1.1: one author, where its entries have none.
    assert_eq!(feed.all("author").len(), 1);
    let author = feed.all("author")[0];
    assert_eq!((author.text_of("name"), author.all("name").len()), ("Harmattan Press".to_owned(), 1));
    assert!(is_iri(&author.text_of("uri")));
    assert_eq!(feed.all("subtitle").len(), 1);
    let link = |node: &Node, rel: &str| {
        let links: Vec<&Node> = node.all("link").into_iter().filter(|link| link.attribute("rel") == rel).collect();
        assert_eq!(links.len(), 1, "{rel}");
        (links[0].attribute("type").to_owned(), links[0].attribute("href").to_owned())
    };
    let own = format!("{BASE}/archive/weekly-brief.atom");
    assert_eq!(link(&feed, "self"), ("application/atom+xml".to_owned(), own.clone()));
    assert_eq!(link(&feed, "alternate"), ("text/html".to_owned(), format!("{BASE}/archive/weekly-brief")));
    assert_eq!(feed.text_of("id"), own);
    let entries = feed.all("entry");
    assert_eq!(entries.len(), 3);
    let mut ids = HashSet::from([feed.text_of("id")]);
    for entry in &entries {
        check_common(entry);
        assert!(ids.insert(entry.text_of("id")), "§4.2.6: an id stands there twice");
        assert_eq!(link(entry, "alternate").1, entry.text_of("id"));
        assert!(entry.text_of("updated") <= feed.text_of("updated"));
        DateTime::parse_from_rfc3339(&entry.text_of("published")).unwrap();
        assert_eq!((entry.all("summary").len(), entry.all("content").len()), (1, 1));
        assert!(!entry.text_of("summary").is_empty());
        let content = entry.all("content")[0];
        assert_eq!((content.attribute("type"), content.children.len()), ("html", 0), "§4.1.3.3");
    }
    assert_eq!(feed.text_of("updated"), entries[0].text_of("updated"));
    assert_eq!(entries[1].text_of("title"), "<Bold> & \"quoted\" 'n' ]]> end");
    let content = entries[1].text_of("content");
    let html = scraper::Html::parse_fragment(&content);
    let links: Vec<(String, String)> = html
        .select(&scraper::Selector::parse("a").unwrap())
        .map(|a| (a.attr("href").unwrap().to_owned(), a.text().collect()))
        .collect();
    assert_eq!(links[1], ("https://example.org/a-choir-sings?a=1&b=2".to_owned(), "A choir sings".to_owned()));
    assert_eq!(links.len(), 4);
    assert_eq!(links[0].1, "<Bold> & \"quoted\" 'n' ]]> end");
    assert_eq!(links[3], (format!("{BASE}/archive/weekly-brief/2"), "Read the whole edition".to_owned()));
    // Our own parser reads what others' would.
    let parsed = griot::feeds::parse(answer.body.as_bytes(), Some(answer.header("content-type")), None).unwrap();
    assert_eq!(parsed.title.unwrap().value, "The Weekly Brief");
    assert_eq!(parsed.entries[2].guid.as_deref(), Some("http://127.0.0.1:8080/archive/weekly-brief/1"));
    assert_eq!(parsed.entries[2].updated, Some(noon()));

    // A newsletter of which nothing went out yet has a feed that holds, and does not change by the second.
    let empty = pages.get("/archive/evening.atom").await.body;
    assert_well_formed(&empty);
    check_common(&parse(&empty));
}

/// §4.2: what a feed and an entry have alike.
fn check_common(node: &Node) {
    for name in ["id", "title", "updated"] {
        assert_eq!(node.all(name).len(), 1, "{} has not one {name}", node.name);
        assert!(!node.text_of(name).is_empty());
    }
    assert!(is_iri(&node.text_of("id")), "{}", node.text_of("id"));
    let updated = node.text_of("updated");
    DateTime::parse_from_rfc3339(&updated).unwrap();
    assert!(updated.contains('T') && updated.ends_with('Z'), "§3.3: {updated}");
    for link in node.all("link") {
        assert!(is_iri(link.attribute("href")));
    }
}

fn is_iri(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.scheme().starts_with("http"))
}

#[derive(Debug, Default)]
struct Node {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Node>,
}

impl Node {
    fn all(&self, name: &str) -> Vec<&Node> {
        self.children.iter().filter(|child| child.name == name).collect()
    }

    fn text_of(&self, name: &str) -> String {
        self.all(name).first().map(|child| child.text.clone()).unwrap_or_default()
    }

    fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// The root element.
fn parse(xml: &str) -> Node {
    let begin = |start: &quick_xml::events::BytesStart<'_>| Node {
        name: start.name().as_ref().to_owned(),
        attributes: start
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let value = quick_xml::escape::unescape(&attribute.value).unwrap();
                (attribute.key.as_ref().to_owned(), value.into_owned())
            })
            .collect(),
        ..Node::default()
    };
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(begin(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(begin(&start)),
            Event::End(_) => {
                let node = open.pop().unwrap();
                open.last_mut().unwrap().children.push(node);
            }
            Event::Text(text) => open.last_mut().unwrap().text.push_str(&text.into_inner()),
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.into_inner());
                open.last_mut().unwrap().text.push_str(&quick_xml::escape::unescape(&entity).unwrap());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open.len(), 1);
    open.pop().unwrap().children.pop().unwrap()
}

/// By a parser that forgives nothing.
fn assert_well_formed(xml: &str) {
    let started =
        Command::new("xmllint").args(["--noout", "--nonet", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut lint = match started {
        Ok(lint) => lint,
        Err(_) => return eprintln!("NOT RUN: xmllint is not installed"),
    };
    lint.stdin.take().unwrap().write_all(xml.as_bytes()).unwrap();
    let output = lint.wait_with_output().unwrap();
    assert!(output.status.success(), "{}: {xml}", String::from_utf8_lossy(&output.stderr));
}
