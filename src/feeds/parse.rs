//! From bytes to a feed, whatever its format.

use std::ops::ControlFlow;

use url::Url;

use super::charset::decode;
use super::element::Element;
use super::entry::{read_authors, read_entry, read_link, read_title};
use super::json_feed::parse_json;
use super::markup::{Rules, read_text};
use super::sitemap::{SitemapIndex, read_publication, read_url};
use super::vocabulary::Vocabulary::{Core, DublinCore, Sitemap};
use super::xml::{Piece, is_entry, read_pieces};
use super::{Author, Entry, Feed, Format, ParseError};

/// Entries kept of a feed, in its order; whoever publishes more in a feed puts the newest first.
pub const MAX_ENTRIES: usize = 2_000;

/// Reads a feed of any format, broken or not.
///
/// `content_type` is the header the bytes came with, for its charset; `base` is the URL they came from, for relative
/// URLs. Damage costs the entries it hits and no others; an entry cut off by the end of the bytes is left out.
pub fn parse(bytes: &[u8], content_type: Option<&str>, base: Option<&Url>) -> Result<Feed, ParseError> {
    let text = decode(bytes, content_type);
    let text = text.trim_start();
    match text.chars().next() {
        None => Err(ParseError::Empty),
        Some('{' | '[') => parse_json(text, base),
        Some(_) => parse_xml(text, base),
    }
}

fn parse_xml(text: &str, base: Option<&Url>) -> Result<Feed, ParseError> {
    let mut reading = Reading::default();
    read_pieces(text, base, |piece| {
        match piece {
            Piece::Opened(element) => reading.open(&element),
            Piece::Whole(element) => reading.read(element),
        }
        let is_enough =
            reading.feed.entries.len() >= MAX_ENTRIES || reading.index.as_ref().is_some_and(SitemapIndex::is_told);
        if !is_enough { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    reading.finish()
}

/// A feed that is being read, piece by piece.
struct Reading {
    feed: Feed,
    has_root: bool,
    /// Who wrote what names no author of its own (RFC 4287 §4.2.1).
    authors: Vec<Author>,
    /// Where it is none that can be read, but names some.
    index: Option<SitemapIndex>,
}

impl Default for Reading {
    fn default() -> Self {
        let feed = Feed { format: Format::Atom, title: None, link: None, language: None, entries: Vec::new() };
        Self { feed, has_root: false, authors: Vec::new(), index: None }
    }
}

impl Reading {
    fn open(&mut self, element: &Element) {
        if !self.has_root {
            self.has_root = true;
            self.feed.format = match element.name.as_str() {
                "rss" => Format::Rss,
                "channel" => Format::Cdf,
                "rdf" => Format::Rdf,
                "urlset" | "sitemapindex" => Format::NewsSitemap,
                _ if is_atom_03(element) => Format::Atom03,
                _ => Format::Atom,
            };
            self.index = element.is(Sitemap, "sitemapindex").then(SitemapIndex::default);
            self.feed.language = element.attribute("lang").map(str::to_owned);
        }
        if self.feed.link.is_none() && element.name == "channel" {
            self.feed.link = read_link(element);
        }
    }

    fn read(&mut self, piece: Element) {
        if piece.vocabulary == Sitemap {
            return self.read_of_sitemap(&piece);
        }
        if is_entry(&piece) {
            if !self.has_root && piece.name == "item" {
                self.feed.format = Format::Rss;
            }
            self.feed.entries.push(read_entry(&piece, self.feed.format));
            return;
        }
        let (vocabulary, name) = (piece.vocabulary, piece.name.clone());
        // What is said of a feed reads like what is said of an entry: as the child of something.
        let holder = Element::holding(piece);
        match (vocabulary, name.as_str()) {
            (Core | DublinCore, "title") if self.feed.title.is_none() => {
                self.feed.title = read_title(&holder, self.feed.format);
            }
            (Core, "link" | "a") if self.feed.link.is_none() => self.feed.link = read_link(&holder),
            (Core | DublinCore, "language") => self.feed.language = holder.text(),
            (Core, "author")
                if matches!(self.feed.format, Format::Atom | Format::Atom03) && self.authors.is_empty() =>
            {
                self.authors = read_authors(&holder);
            }
            _ => {}
        }
    }

    fn read_of_sitemap(&mut self, piece: &Element) {
        match (piece.name.as_str(), &mut self.index) {
            ("sitemap", Some(index)) => index.add(piece),
            ("url", None) => {
                let (name, language) = read_publication(piece);
                if self.feed.title.is_none() {
                    self.feed.title = name.and_then(|name| read_text(name, Rules::RssTitle));
                }
                self.feed.language = self.feed.language.take().or(language);
                self.feed.entries.push(read_url(piece));
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Result<Feed, ParseError> {
        if let Some(index) = self.index {
            return Err(index.error());
        }
        let is_plain = |entries: &[Entry]| !entries.is_empty() && entries.iter().all(|entry| entry.title.is_none());
        if self.feed.format == Format::NewsSitemap && is_plain(&self.feed.entries) {
            return Err(ParseError::PlainSitemap);
        }
        let with_authors = |mut entry: Entry| {
            if entry.authors.is_empty() {
                entry.authors.clone_from(&self.authors);
            }
            entry
        };
        self.feed.entries = self.feed.entries.into_iter().map(with_authors).collect();
        Ok(self.feed)
    }
}

fn is_atom_03(element: &Element) -> bool {
    let is_draft = |namespace: &str| namespace.contains("purl.org/atom/ns");
    element.attribute("version") == Some("0.3") || element.attribute("xmlns").is_some_and(is_draft)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feeds::{Image, TextKind};

    fn read(text: &str) -> Feed {
        let base = Url::parse("https://example.org/feed").unwrap();
        parse(text.as_bytes(), None, Some(&base)).unwrap()
    }

    fn titles(text: &str) -> Vec<String> {
        read(text).entries.into_iter().map(|entry| entry.title.map_or_else(String::new, |title| title.value)).collect()
    }

    const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel><title>Face2Face</title><link>https://example.org/</link><language>en-GH</language>
<item><title>Ghana&#8217;s cocoa &amp;amp; its price</title><link>/2026/cocoa</link>
<guid isPermaLink="false">https://example.org/?p=7</guid><dc:creator><![CDATA[Ama Owusu]]></dc:creator>
<pubDate>Fri, 20 Nov 2026 08:00:00 +0100</pubDate><category><![CDATA[Business]]></category><category>Ghana</category>
<description><![CDATA[<p>Prices rose.</p>]]></description><content:encoded><![CDATA[<p>Prices <a href="/why">rose</a>.</p>]]></content:encoded>
<media:group><media:content url="/s.jpg" medium="image" width="300"/><media:content url="/l.jpg" medium="image" width="1200" height="800">
<media:description>A farmer</media:description></media:content><media:credit>Kofi B.</media:credit></media:group>
<media:content url="https://secure.gravatar.com/avatar/1" medium="image" width="2000"/>
<slash:comments>12</slash:comments></item></channel></rss>"#;

    #[test]
    fn reads_everything_a_digest_needs() {
        let feed = read(RSS);
        assert_eq!((feed.format, feed.language.as_deref()), (Format::Rss, Some("en-GH")));
        let entry = &feed.entries[0];
        let title = entry.title.as_ref().unwrap();
        assert_eq!((title.value.as_str(), title.kind), ("Ghana’s cocoa &amp; its price", TextKind::Html));
        assert_eq!(entry.url.as_deref(), Some("https://example.org/2026/cocoa"));
        assert_eq!(entry.guid.as_deref(), Some("https://example.org/?p=7"));
        assert_eq!(entry.authors[0].name.as_deref(), Some("Ama Owusu"));
        assert_eq!(entry.published, "2026-11-20T07:00:00Z".parse().ok());
        assert_eq!(entry.tags, ["Business", "Ghana"]);
        assert_eq!(
            entry.content.as_ref().unwrap().value,
            r#"<p>Prices <a href="https://example.org/why">rose</a>.</p>"#
        );
        let image = Image {
            url: "https://example.org/l.jpg".into(),
            width: Some(1200),
            height: Some(800),
            caption: Some("A farmer".into()),
            credit: Some("Kofi B.".into()),
            alt: None,
        };
        assert_eq!((entry.image.as_ref(), entry.comments), (Some(&image), Some(12)));
    }

    #[test]
    fn prints_in_the_shape_that_the_command_line_promises() {
        let json = serde_json::to_value(read(RSS)).unwrap();
        assert_eq!((&json["format"], &json["title"]), (&"rss".into(), &"Face2Face".into()));
        let entry = &json["entries"][0];
        assert_eq!(entry["published"], "2026-11-20T07:00:00Z");
        assert_eq!(entry["authors"], serde_json::json!(["Ama Owusu"]));
        assert_eq!(entry["summary"], "<p>Prices rose.</p>");
        assert_eq!((&entry["image"]["caption"], &entry["comments"]), (&"A farmer".into(), &12.into()));
    }

    #[test]
    fn salvages_broken_xml() {
        for (what, text, expected) in [
            ("bare ampersand", "<rss><item><title>Q&A at AT&T & co</title></item></rss>", vec!["Q&A at AT&T & co"]),
            (
                "names of HTML",
                "<rss><item><title>caf&eacute;&nbsp;&rsquo;&bogus;</title></item></rss>",
                vec!["café\u{a0}’&bogus;"],
            ),
            ("less-than", "<rss><item><title>1 < 2 <3</title><link>x</link></item></rss>", vec!["1 < 2 <3"]),
            ("truncation", "<rss><item><title>a</title></item><item><title>b</title><descr", vec!["a"]),
            ("truncation in CDATA", "<rss><item><title>a</title></item><item><description><![CDATA[<p>b", vec!["a"]),
            ("truncation in a tag", "<rss><item><title>a</title></item><item><link href=\"b", vec!["a"]),
            ("no end of an item", "<rss><item><title>a</title><item><title>b</title></item></rss>", vec!["a", "b"]),
            (
                "no end of a title",
                "<rss><item><title>a<link>x</link></item><item><title>b</item></rss>",
                vec!["a", "b"],
            ),
            ("wrong end", "<rss><item><title>a</titel></title></b></item></rss>", vec!["a"]),
            (
                "tags of HTML",
                "<rss><item><description>a<br>b<img src=c><p>d</description><title>e</title></item></rss>",
                vec!["e"],
            ),
            (
                "junk before",
                "\u{feff}\n Notice: x in /y.php\n<?xml version='1.0'?><rss><item><title>a</title></item></rss>",
                vec!["a"],
            ),
            (
                "two declarations",
                "<?xml version='1.0'?><?xml version='1.0'?><rss><item><title>a</title></item></rss>",
                vec!["a"],
            ),
            ("controls", "<rss><item><title>a\u{8}\u{1b}b</title></item></rss>", vec!["ab"]),
            ("no quotes", "<feed><entry><title type=html>a</title><link href=b></entry></feed>", vec!["a"]),
            ("capitals", "<RSS><CHANNEL><ITEM><TITLE>a</TITLE></ITEM></CHANNEL></RSS>", vec!["a"]),
            ("no namespaces", "<rss><item><dc:title>a</dc:title></item></rss>", vec!["a"]),
            ("no root", "<item><title>a</title></item><item><title>b</title></item>", vec!["a", "b"]),
        ] {
            assert_eq!(titles(text), expected, "{what}");
        }
    }

    #[test]
    fn replaces_bytes_that_are_no_text() {
        let feed = parse(b"<rss><item><title>caf\xc3\xa9 \xff</title></item></rss>", None, None).unwrap();
        assert_eq!(feed.entries[0].title.as_ref().unwrap().value, "café \u{fffd}");
    }

    #[test]
    fn guesses_what_the_title_of_rss_is() {
        for (title, kind) in [
            ("AT&amp;T", TextKind::Plain),
            ("AT&amp;amp;T", TextKind::Html),
            ("1 &lt; 2", TextKind::Plain),
            ("The &lt;b&gt;bold&lt;/b&gt; one", TextKind::Html),
            ("The &lt;blink&gt; tag", TextKind::Plain),
        ] {
            let feed = read(&format!("<rss><item><title>{title}</title></item></rss>"));
            assert_eq!(feed.entries[0].title.as_ref().unwrap().kind, kind, "{title}");
        }
    }

    #[test]
    fn takes_a_guid_for_the_link_only_if_it_can_be_one() {
        let url = |guid: &str| read(&format!("<rss><item>{guid}</item></rss>")).entries[0].url.clone();
        assert_eq!(url("<guid>https://example.org/7</guid>").as_deref(), Some("https://example.org/7"));
        assert_eq!(url("<guid>/7</guid>").as_deref(), Some("https://example.org/7"));
        assert_eq!(url("<guid>7</guid>"), None);
        assert_eq!(url("<guid isPermaLink=\"false\">https://example.org/7</guid>"), None);
        assert_eq!(url("<guid>https://example.org/7</guid><link>/8</link>").as_deref(), Some("https://example.org/8"));
    }

    #[test]
    fn gives_atoms_authors_to_entries_without_one() {
        let feed = read("<feed><entry><title>a</title></entry><author><name>Ada</name></author></feed>");
        assert_eq!(feed.entries[0].authors[0].name.as_deref(), Some("Ada"));
    }

    #[test]
    fn says_what_it_is_given_instead_of_a_feed() {
        for (text, error) in [
            ("", "it is empty"),
            ("<!DOCTYPE html><html><body>", "it is a web page, not a feed; look for the feed's own address on it"),
            ("<svg/>", "it is neither RSS, RDF, Atom, CDF, JSON Feed nor a news sitemap: it starts with <svg>"),
            ("hello", "it is neither RSS, RDF, Atom, CDF, JSON Feed nor a news sitemap: it holds no XML element"),
            ("{}", "it is neither RSS, RDF, Atom, CDF, JSON Feed nor a news sitemap: JSON without a list of items"),
        ] {
            assert_eq!(parse(text.as_bytes(), None, None).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn reads_json_feed_of_both_versions() {
        let feed = read(
            r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","authors":[{"name":"Ada"}],"items":[
                {"id":7,"url":"/a","title":"A","content_html":"<a href='b'>c</a>","date_published":"2026-11-20T08:00:00Z",
                 "tags":["x"],"image":"/i.png"},{"id":"b","author":{"name":"Bo"},"content_text":"1 < 2"}]}"#,
        );
        let [first, second] = feed.entries.as_slice() else { panic!("not two entries") };
        assert_eq!((first.guid.as_deref(), first.url.as_deref()), (Some("7"), Some("https://example.org/a")));
        assert_eq!(first.content.as_ref().unwrap().value, "<a href='https://example.org/b'>c</a>");
        assert_eq!((first.authors[0].to_string(), second.authors[0].to_string()), ("Ada".into(), "Bo".into()));
        assert_eq!(second.content, Some(crate::feeds::Text::plain("1 < 2")));
    }

    fn cleans_whatever_it_reads(bytes: &[u8]) {
        if let Ok(feed) = parse(bytes, None, None) {
            let now = "2026-11-23T12:00:00Z".parse().unwrap();
            for draft in feed.entries.iter().filter_map(|entry| crate::feeds::clean(entry, now).ok()) {
                assert!(!draft.headline.is_empty() && draft.standfirst.chars().count() <= 300);
                assert!(!draft.body.contains("<script"), "{}", draft.body);
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics_on_arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            cleans_whatever_it_reads(&bytes);
        }

        #[test]
        fn never_panics_on_a_soup_of_tags(parts in proptest::collection::vec(prop_oneof![
            Just("<rss>"), Just("<item>"), Just("</item>"), Just("<title>"), Just("</title>"), Just("<link>http://e.org/"),
            Just("<description>"), Just("<![CDATA["), Just("]]>"), Just("<!--"), Just("-->"), Just("&lt;script&gt;"), Just("&"),
            Just("<"), Just(">"), Just("<a b='"), Just("'"), Just("é—\u{202e}"), Just(". "), Just("<feed"), Just(" xml:base='/'"),
        ], 0..40)) {
            cleans_whatever_it_reads(format!("<rss><item><link>http://e.org</link>{}", parts.concat()).as_bytes());
        }

        #[test]
        fn never_panics_on_a_damaged_feed(cut in 0..RSS.len(), at in 0..RSS.len(), byte in any::<u8>()) {
            let mut bytes = RSS.as_bytes().to_vec();
            bytes[at] = byte;
            cleans_whatever_it_reads(&bytes);
            bytes.truncate(cut);
            cleans_whatever_it_reads(&bytes);
        }
    }
}
