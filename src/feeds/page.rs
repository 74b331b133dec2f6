//! A story's page, as it describes itself to who links to it: Open Graph, else what every page has.

use chrono::{DateTime, TimeDelta, Utc};
use scraper::{Html, Selector};
use url::Url;

use super::canonical_url;
use super::charset::decode;
use super::date::parse_date;
use super::prose::{folded, shortened};

/// As for a story of a feed, in characters.
const MAX_HEADLINE: usize = 250;
const MAX_STANDFIRST: usize = 300;
/// How far a site's clock may be ahead of ours.
const TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// What a page says of itself. Texts are plain and on one line; what it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageStory {
    /// Canonical, as a story has it.
    pub url: String,
    pub headline: String,
    pub standfirst: String,
    pub byline: String,
    pub section: String,
    pub image_url: String,
    pub image_alt: String,
    pub published_at: Option<DateTime<Utc>>,
}

/// Reads what a page at `url` says of itself.
pub fn read_page(bytes: &[u8], content_type: Option<&str>, url: &Url, now: DateTime<Utc>) -> PageStory {
    let html = Html::parse_document(&decode(bytes, content_type));
    let meta = |names: &[&str]| {
        let found = names.iter().find_map(|name| {
            let selector = format!("meta[property=\"{name}\"], meta[name=\"{name}\"]");
            let selector = Selector::parse(&selector).ok()?;
            html.select(&selector)
                .filter_map(|element| element.value().attr("content"))
                .map(folded)
                .find(|text| !text.is_empty())
        });
        found.unwrap_or_default()
    };
    let text_of = |selector: &str| {
        let selector = Selector::parse(selector).ok();
        let found =
            selector.and_then(|selector| html.select(&selector).next().map(|one| one.text().collect::<String>()));
        found.map(|text| folded(&text)).unwrap_or_default()
    };
    let link = |text: &str| canonical_url(url.join(text).ok()?.as_str()).ok().map(String::from);
    let or = |first: String, second: &dyn Fn() -> String| if first.is_empty() { second() } else { first };
    // Another site's page is no name for this one.
    let of_this_site = |text: String| {
        let named = url.join(&text).ok().filter(|named| !text.is_empty() && named.host_str() == url.host_str());
        named.and_then(|named| canonical_url(named.as_str()).ok()).map(String::from)
    };
    let canonical = Selector::parse("link[rel=canonical]").ok().and_then(|selector| {
        html.select(&selector).next().and_then(|link| link.value().attr("href")).map(ToOwned::to_owned)
    });
    let own = canonical_url(url.as_str()).map(String::from).unwrap_or_default();
    let image = meta(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image"]);
    // Some say there where their profile is.
    let byline = or(meta(&["author"]), &|| meta(&["article:author"]));
    let published_at = parse_date(&meta(&["article:published_time", "og:article:published_time", "date"]));
    PageStory {
        url: of_this_site(meta(&["og:url"])).or_else(|| of_this_site(canonical.unwrap_or_default())).unwrap_or(own),
        headline: shortened(
            &or(meta(&["og:title", "twitter:title"]), &|| or(text_of("title"), &|| text_of("h1"))),
            MAX_HEADLINE,
        ),
        standfirst: shortened(&meta(&["og:description", "description", "twitter:description"]), MAX_STANDFIRST),
        byline: if byline.contains("://") { String::new() } else { byline },
        section: meta(&["article:section"]),
        image_url: if image.is_empty() { String::new() } else { link(&image).unwrap_or_default() },
        image_alt: meta(&["og:image:alt", "twitter:image:alt"]),
        published_at: published_at.filter(|at| *at <= now + TOLERANCE),
    }
}

/// The feeds that a page names as its own (`<link rel="alternate">`), in its order; without those of comments.
pub fn feeds_named(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Vec<Url> {
    let html = Html::parse_document(&decode(bytes, content_type));
    let Ok(links) = Selector::parse("link[rel~=alternate][href]") else { return Vec::new() };
    let is_feed = |kind: &str| {
        let kind = kind.trim().to_ascii_lowercase();
        matches!(kind.as_str(), "application/rss+xml" | "application/atom+xml" | "application/feed+json")
    };
    let links = html.select(&links).filter_map(|link| {
        let link = link.value();
        let is_of_comments = link.attr("title").unwrap_or_default().to_lowercase().contains("comment");
        link.attr("href").filter(|_| !is_of_comments && link.attr("type").is_some_and(is_feed))
    });
    links.filter_map(|link| url.join(link).ok()).filter(|url| matches!(url.scheme(), "http" | "https")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_page_says_of_itself_and_nothing_that_is_another_sites() {
        let url = Url::parse("https://example.org/news/choir?utm_source=x").unwrap();
        let now = DateTime::from_timestamp(1_795_435_200, 0).unwrap();
        let read = |html: &str| read_page(html.as_bytes(), Some("text/html; charset=utf-8"), &url, now);
        let told = read(
            "<title>Site | A choir</title><meta property=og:title content='A choir sings  at dawn &amp; dusk'>
             <meta property=og:description content='They &lt;b&gt;sing&lt;/b&gt;.'><meta name=author content='Ama A.'>
             <meta property=article:published_time content='2026-11-20T08:00:00Z'>
             <meta property=og:image content='/choir.jpg'><link rel=canonical href='https://elsewhere.example/x'>",
        );
        assert_eq!(told.url, "https://example.org/news/choir");
        assert_eq!(told.headline, "A choir sings at dawn & dusk");
        assert_eq!(told.standfirst, "They <b>sing</b>.");
        assert_eq!(told.byline, "Ama A.");
        assert_eq!(told.image_url, "https://example.org/choir.jpg");
        assert_eq!(told.published_at.unwrap().to_rfc3339(), "2026-11-20T08:00:00+00:00");
        let bare = read("<h1>Only <i>this</i></h1><meta property=og:image content='javascript:alert(1)'>");
        assert_eq!((bare.headline.as_str(), bare.image_url.as_str()), ("Only this", ""));
        assert_eq!(read("\0\u{1}not a page").headline, "");
    }
    #[test]
    fn finds_the_feeds_a_page_names_and_not_those_of_its_comments() {
        let url = Url::parse("https://example.org/en/").unwrap();
        let named = |html: &str| feeds_named(html.as_bytes(), Some("text/html"), &url);
        let page = "<link rel=alternate hreflang=fr href=/fr/><link rel='alternate' type='application/rss+xml' title='News' href='feed'>
            <link rel=alternate type=application/rss+xml title='Comments feed' href=/comments/feed>
            <link rel='home ALTERNATE' type='Application/Atom+XML' href='https://feeds.example.net/a?b&amp;c'>
            <link rel=alternate type=application/rss+xml href='javascript:x'><link rel=stylesheet type=application/rss+xml href=/s>";
        let found: Vec<String> = named(page).into_iter().map(String::from).collect();
        assert_eq!(found, ["https://example.org/en/feed", "https://feeds.example.net/a?b&c"]);
        assert!(named("no page at all").is_empty());
    }
}
