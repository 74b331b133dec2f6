//! Any octets as a feed and as a web page: what is made of them is bounded, on one line where it should be, links only
//! to http and https, keeps no script, and is clean: cleaning it once more changes nothing.

use super::{assert_line, now, within_bounds};
use chrono::TimeDelta;
use griot::feeds::{Entry, Text, canonical_url, clean, parse, pictures_in, read_page};
use url::Url;

pub fn run(bytes: &[u8]) {
    let base = Url::parse("https://example.org/feeds/news.xml").expect("a URL");
    let _ = within_bounds(|| read_page(bytes, None, &base, now()));
    let Ok(feed) = within_bounds(|| parse(bytes, Some("text/xml"), Some(&base))) else { return };
    assert!(feed.entries.len() <= 2_000);
    for entry in &feed.entries {
        within_bounds(|| check(entry));
    }
}

fn check(entry: &Entry) {
    let Ok(story) = clean(entry, now()) else { return };
    assert!(!story.headline.is_empty() && !story.guid.is_empty());
    assert_line(&story.headline, 250);
    assert_line(&story.standfirst, 300);
    assert_line(&story.guid, usize::MAX);
    for name in story.bylines.iter().chain(&story.tags).chain(&story.section) {
        assert_line(name, 100);
    }
    assert!(matches!(story.url.scheme(), "http" | "https") && story.url.password().is_none());
    assert_eq!(canonical_url(story.url.as_str()).as_ref(), Ok(&story.url), "a canonical URL stays as it is");
    assert!(story.published_at.is_none_or(|at| at <= now() + TimeDelta::hours(1)));
    assert!(story.updated_at.is_none_or(|at| story.published_at.is_none_or(|published| at >= published)));

    let image = story.image.iter().map(|image| image.url.clone());
    for picture in image.chain(pictures_in(&story.body)) {
        let url = Url::parse(&picture).expect("a picture has an absolute URL");
        assert!(matches!(url.scheme(), "http" | "https"), "{picture}");
    }
    let lower = story.body.to_ascii_lowercase();
    for actor in ["<script", "<style", "<iframe", "<form", "<svg", "<math", "<object", "<base", "<meta", "<link"] {
        assert!(!lower.contains(actor), "{actor} in {}", story.body);
    }
    let again = Entry {
        url: Some(story.url.to_string()),
        title: Some(Text::plain("A headline")),
        content: Some(Text::html(story.body.clone())),
        ..Entry::default()
    };
    let again = clean(&again, now()).expect("it has a URL and a title");
    assert_eq!(again.body, story.body, "cleaning it once more changed it");
}
