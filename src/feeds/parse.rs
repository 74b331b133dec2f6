use std::ops::ControlFlow;

use url::Url;

use super::charset::decode;
use super::element::Element;
use super::entry::{read_authors, read_entry, read_link, read_title};
use super::json_feed::parse_json;
use super::vocabulary::Vocabulary::{Core, DublinCore};
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
        if reading.feed.entries.len() < MAX_ENTRIES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(reading.finish())
}

/// A feed that is being read, piece by piece.
struct Reading {
    feed: Feed,
    has_root: bool,
    /// Who wrote what names no author of its own (RFC 4287 §4.2.1).
    authors: Vec<Author>,
}

impl Default for Reading {
    fn default() -> Self {
        let feed = Feed { format: Format::Atom, title: None, link: None, language: None, entries: Vec::new() };
        Self { feed, has_root: false, authors: Vec::new() }
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
                _ if is_atom_03(element) => Format::Atom03,
                _ => Format::Atom,
            };
            self.feed.language = element.attribute("lang").map(str::to_owned);
        }
        if self.feed.link.is_none() && element.name == "channel" {
            self.feed.link = read_link(element);
        }
    }

    fn read(&mut self, piece: Element) {
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

    fn finish(mut self) -> Feed {
        let with_authors = |mut entry: Entry| {
            if entry.authors.is_empty() {
                entry.authors.clone_from(&self.authors);
            }
            entry
        };
        self.feed.entries = self.feed.entries.into_iter().map(with_authors).collect();
        self.feed
    }
}

fn is_atom_03(element: &Element) -> bool {
    let is_draft = |namespace: &str| namespace.contains("purl.org/atom/ns");
    element.attribute("version") == Some("0.3") || element.attribute("xmlns").is_some_and(is_draft)
}
