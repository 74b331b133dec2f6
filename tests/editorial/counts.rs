//! What readers did, from how it comes in to what selection learns of it: comments of feeds, counts of any name,
//! clicks.

use crate::support::command_line::{Griot, serve};
use crate::support::rows;
use chrono::{DateTime, TimeDelta, Utc};
use griot::publishing::{signals_of, usual_clicks, usual_counts};
use griot::selection::{Candidate, Counted, Kind, Orders};
use griot::store::{Edition, EditionStory, Signal, Store, Story, StoryId};

fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn at(hours: f64) -> DateTime<Utc> {
    began() + TimeDelta::seconds((hours * 3600.0) as i64)
}

fn story(platform: &str, number: u32, published_at: DateTime<Utc>) -> Story {
    let url = format!("https://{platform}.example/{number}");
    Story {
        id: StoryId(0),
        platform: platform.into(),
        feed: None,
        guid: url.clone(),
        url,
        headline: format!("Story {number}"),
        standfirst: String::new(),
        bylines: Vec::new(),
        section: if number.is_multiple_of(3) { "Recipes" } else { "News" }.into(),
        tags: Vec::new(),
        published_at,
        updated_at: None,
        first_seen_at: published_at,
        image: None,
        comments: None,
        body: String::new(),
        words: 0,
    }
}

fn candidate(story: &Story, signals: griot::selection::Signals) -> Candidate {
    Candidate {
        story: story.id,
        platform: story.platform.clone(),
        url: story.url.clone(),
        guid: story.guid.clone(),
        title: story.headline.clone(),
        lead: String::new(),
        body: String::new(),
        tags: Vec::new(),
        section: story.section.clone(),
        authors: Vec::new(),
        published_at: story.published_at,
        signals,
        orders: Orders::default(),
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(rows::location(folder.path())).unwrap();
    (folder, store)
}

#[test]
fn how_a_platforms_comments_grow_is_learnt_from_its_polls() {
    let (_folder, store) = store();
    // On the one they come at once, on the other over days: 60 in the end on both, 30 after 3 or 48 hours.
    let halves = [("beatline", 3.0), ("harmattan", 48.0)];
    let total = |half: f64, hours: f64| (60.0 * (1.0 - 0.5_f64.powf(hours / half))).round() as u32;
    let polls: Vec<f64> = (1..400).map(f64::from).collect();
    store
        .write(|db| {
            for (platform, half) in halves {
                for number in 0..40 {
                    for hours in &polls {
                        let polled = Story { comments: Some(total(half, *hours)), ..story(platform, number, began()) };
                        polled.upsert(db, at(*hours))?;
                    }
                    let kept = Signal::of(db, &format!("https://{platform}.example/{number}"))?;
                    assert!(kept.len() <= 24 && kept.last().unwrap().value == 60.0, "{kept:?}");
                }
            }
            let now = at(500.0);
            let platforms = ["beatline", "harmattan"];
            let usual = usual_counts(db, &platforms, now)?;
            let ratio = |platform: &str, comments: f64, hours: f64| {
                let mut story = candidate(&story(platform, 99, began()), Default::default());
                story.signals.count("comments", griot::selection::Count { total: comments, counted_at: at(hours) });
                usual.compare(&Counted::Comments, &story).unwrap().ratio
            };
            for (platform, half) in halves {
                for hours in [3.0, 24.0, 100.0] {
                    let found = ratio(platform, f64::from(total(half, hours)), hours);
                    assert!((found.ln()).abs() < 0.2, "{platform} at {hours} h: {found}");
                }
            }
            assert!(ratio("harmattan", 30.0, 3.0) > 3.0 && ratio("beatline", 30.0, 48.0) < 0.6);

            // What a candidate has, of whatever name, comes with its time.
            let stories = Story::published_between(db, &platforms, began(), at(1.0))?;
            let likes = Signal { url: stories[0].url.clone(), name: "likes".into(), value: 7.0, at: at(9.0) };
            likes.record(db)?;
            let signals = signals_of(db, &platforms, &stories, now)?;
            assert_eq!(signals.len(), 80);
            let found = &signals[&stories[0].id];
            assert_eq!((found.others["likes"].total, found.others["likes"].counted_at), (7.0, at(9.0)));
            assert_eq!(found.comments.unwrap().total, 60.0);
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_readers_click_is_learnt_from_the_editions_that_were_sent() {
    let (_folder, store) = store();
    store
        .write(|db| {
            for week in 0..20_u32 {
                let went_out = at(f64::from(week) * 168.0);
                let mut picks = Vec::new();
                for place in 0..6_u32 {
                    let is_recipe = place == 5 || week % 2 == 1 && place == 2;
                    // The nearest number of the section that is wanted.
                    let first = 100 * week + 10 * place;
                    let number = (first..).find(|number| number.is_multiple_of(3) == is_recipe).unwrap();
                    let one = story("harmattan", number, went_out - TimeDelta::hours(9));
                    one.upsert(db, went_out)?;
                    picks.push(EditionStory::plain(Story::with_url(db, &one.url)?[0].id));
                    let loved = if is_recipe { 3.0 } else { 1.0 };
                    let clicks = 1000.0 * 0.05 * loved / f64::from(place + 1);
                    let after = went_out + TimeDelta::hours(48);
                    Signal { url: one.url, name: "clicks".into(), value: clicks.round(), at: after }.record(db)?;
                }
                let edition = Edition::begin(db, "brief", Some(went_out), (went_out, went_out), went_out)?.unwrap();
                edition.set_stories(db, &picks)?;
                let started = "UPDATE editions SET state = 'sent', started_at = ?2 WHERE id = ?1";
                db.execute(started, (edition.id.0, went_out.timestamp()))?;
                let accepted =
                    "INSERT INTO delivery_counts (edition_id, state, deliveries) VALUES (?1, 'accepted', 1000)
                                ON CONFLICT (edition_id, state) DO UPDATE SET deliveries = 1000";
                db.execute(accepted, [edition.id.0])?;
            }
            let now = at(21.0 * 168.0);
            let clicks = usual_clicks(db, "brief", now)?;
            let places = clicks.places();
            assert!((places[1] - 0.5).abs() < 0.1 && (places[3] - 0.25).abs() < 0.1, "{places:?}");
            let section = |name: &str| clicks.kinds()[&Kind::Section(name.into())];
            assert!(section("recipes") > section("news") + 0.6, "{:?}", clicks.kinds());
            let of = |number| clicks.of(&candidate(&story("harmattan", number, now), Default::default())).unwrap();
            assert!(of(3) > of(4) + 0.6);
            assert_eq!(usual_clicks(db, "unknown", now)?.places(), [0.0; 0]);
            Ok(())
        })
        .unwrap();
}

/// A news sitemap of these pages, in this order.
fn sitemap(site: &str, pages: &[&str]) -> String {
    let published = (Utc::now() - TimeDelta::hours(3)).to_rfc3339();
    let url = |page: &&str| {
        format!(
            "<url><loc>https://{site}.example/{page}</loc><news:news><news:publication><news:name>{site}</news:name>\
             <news:language>en</news:language></news:publication><news:publication_date>{published}</news:publication_date>\
             <news:title>The {page} of the day</news:title></news:news></url>"
        )
    };
    let urls: String = pages.iter().map(url).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">{urls}</urlset>"
    )
}

#[test]
fn a_news_sitemap_is_polled_wherever_a_feed_can_be() {
    let griot = Griot::new();
    let own = serve("200 OK", sitemap("harmattan", &["hall", "choir", "rain"]));
    let front = serve("200 OK", sitemap("harmattan", &["rain", "hall"]));
    let courier = serve("200 OK", sitemap("courier", &["hall"]));
    let index = "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap>\
                 <loc>https://north.example/news.xml</loc></sitemap></sitemapindex>";
    let north = serve("200 OK", index.into());
    griot.configure(&[
        ("[feeds]\n", "[feeds]\nallow_private = true\n"),
        ("https://example.org/harmattan/feed\"]", &format!("{own}/news.xml\"]\nfront_page = \"{front}/front.xml\"")),
        ("https://example.org/north-star/feed", &format!("{north}/sitemap.xml")),
    ]);
    let config = griot.read("griot.toml");
    griot.file(
        "griot.toml",
        format!("{config}\n[[signal_feed]]\noutlet = \"The Courier\"\nurl = \"{courier}/news.xml\"\n"),
    );
    let told =
        griot.ok(&["fetch", &format!("{own}/news.xml"), &format!("{front}/front.xml"), &format!("{courier}/news.xml")]);
    assert!(told.contains("3 new, 0 changed"), "{told}");
    let shown = griot.json(&["story", "show", "https://harmattan.example/rain", "--json"]).remove(0);
    assert_eq!((&shown["headline"], &shown["front_page"][0]["place"]), (&"The rain of the day".into(), &1.into()));
    let failed = griot.run(&["fetch", &format!("{north}/sitemap.xml")]);
    assert!(
        failed.stdout.contains(
            "it is a sitemap index; write the address of the news sitemap it names: https://north.example/news.xml"
        ),
        "{failed:?}"
    );

    let file = griot.file("news.xml", sitemap("harmattan", &["hall", "choir"]));
    let told = griot.ok(&["feeds", "parse", &file]);
    assert!(told.starts_with("NEWS-SITEMAP · harmattan · 2 entries\n"), "{told}");
    assert_eq!(griot.json(&["feeds", "parse", &file, "--json"])[0]["format"], "news-sitemap");
}
