//! Reading XML that may not be XML: one piece of a feed at a time, within bounds.
//!
//! quick-xml finds the tags; what is here decides what they mean where they do not match. Nothing is looked up: DTDs are
//! skipped, the entities they declare stay unexpanded (rule W: XML). Only one piece is in memory at a time.

use std::ops::ControlFlow;
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::ParseError;
use super::element::{Element, Node, extend_base};
use super::reference::{resolve_reference, unescape};
use super::vocabulary::Vocabulary;

/// Elements within elements (rule W: XML ▲).
pub const MAX_DEPTH: usize = 200;
/// Elements in one entry (rule W: XML ▲).
pub const MAX_ELEMENTS_IN_PIECE: usize = 50_000;
/// Elements in a document (rule W: XML ▲).
pub const MAX_ELEMENTS: usize = 250_000;
/// Attributes of an element and prefixes in scope; the rest is dropped, for no feed has them.
const MAX_ATTRIBUTES: usize = 64;
/// How often a document may be read over, in vain, to find the end of tags that have none.
const MAX_REREADS: usize = 4;

/// What a feed is made of.
#[derive(Debug)]
pub enum Piece {
    /// A start tag that holds pieces: `rss`, `channel`, `rdf:RDF`, `feed`, `urlset`. Without its children.
    Opened(Element),
    /// Anything directly inside such, from its start tag to its end tag.
    Whole(Element),
}

/// Reads a document and hands its pieces to `take`, until that breaks off.
///
/// A piece without an end is closed by the next one; one that is cut off by the end of the document is dropped.
pub fn read_pieces(
    text: &str,
    base: Option<&Url>,
    take: impl FnMut(Piece) -> ControlFlow<()>,
) -> Result<(), ParseError> {
    let mut walk = Walk {
        base: base.cloned().map(Rc::new),
        containers: Vec::new(),
        open: Vec::new(),
        prefixes: Vec::new(),
        elements: 0,
        elements_in_piece: 0,
        take,
    };
    let mut rest = text;
    let mut rereads = text.len() * MAX_REREADS;
    loop {
        let mut reader = Reader::from_str(rest);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        reader.config_mut().allow_dangling_amp = true;
        let (stray, read_to) = loop {
            let start = position(&reader);
            match reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) if !is_name(tag.name().as_ref()) => {
                    break (start, position(&reader));
                }
                Ok(Event::Eof) => return walk.finish(),
                Ok(event) => {
                    if walk.step(event)?.is_break() {
                        return Ok(());
                    }
                }
                // Every error left in this mode means that the markup which starts here does not end.
                Err(_) => break (start, rest.len()),
            }
        };
        // Inside of a comment or of CDATA that has no end there is nothing more to be found.
        if rest.get(stray..).is_some_and(|rest| rest.starts_with("<!--") || rest.starts_with("<![CDATA[")) {
            return walk.finish();
        }
        // A `<` that starts no tag is text: go on right after it.
        let Some(left) = rereads.checked_sub(read_to.saturating_sub(stray)) else {
            return walk.finish();
        };
        rereads = left;
        let Some(after) = rest.get(stray..).and_then(|rest| rest.find('<').map(|at| stray + at + 1)) else {
            return walk.finish();
        };
        walk.text("<");
        rest = &rest[after..];
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'))
}

struct Walk<F> {
    base: Option<Rc<Url>>,
    /// Qualified name and base of every container that is open.
    containers: Vec<(String, Option<Rc<Url>>)>,
    /// The piece being read, outermost first, with the qualified name each element will be closed by.
    open: Vec<(String, Element)>,
    /// Prefixes in scope, innermost last, each with the depth it was declared at.
    prefixes: Vec<(usize, String, Vocabulary)>,
    elements: usize,
    elements_in_piece: usize,
    take: F,
}

impl<F: FnMut(Piece) -> ControlFlow<()>> Walk<F> {
    fn step(&mut self, event: Event<'_>) -> Result<ControlFlow<()>, ParseError> {
        match event {
            Event::Start(tag) => return self.start(&tag),
            Event::Empty(tag) => {
                if self.start(&tag)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                return Ok(self.end(tag.name().as_ref()));
            }
            Event::End(tag) => return Ok(self.end(tag.name().as_ref())),
            Event::Text(text) => self.text(&text.into_inner()),
            Event::CData(text) => self.text(&text.into_inner()),
            Event::GeneralRef(reference) => {
                let name = reference.into_inner();
                match resolve_reference(&name) {
                    Some(replacement) => self.text(&replacement),
                    None => self.text(&format!("&{name};")),
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn text(&mut self, text: &str) {
        if let Some((_, element)) = self.open.last_mut() {
            element.push_text(text);
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<ControlFlow<()>, ParseError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(ParseError::TooManyElements(MAX_ELEMENTS));
        }
        let qualified = tag.name().as_ref().to_ascii_lowercase();
        let attributes = attributes(tag);
        let is_root = self.containers.is_empty() && self.open.is_empty();
        self.declare_prefixes(&attributes);
        let mut element = self.element(&qualified, attributes);
        if is_root {
            self.check_root(&qualified, &mut element)?;
        }
        if self.open.is_empty() && is_container(&element) {
            self.containers.push((qualified, element.base.clone()));
            return Ok((self.take)(Piece::Opened(element)));
        }
        if self.close_what_can_not_hold(&element).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.elements_in_piece += 1;
        if self.elements_in_piece > MAX_ELEMENTS_IN_PIECE {
            return Err(ParseError::TooManyElements(MAX_ELEMENTS_IN_PIECE));
        }
        let is_void = is_void_html(&element);
        self.open.push((qualified, element));
        if is_void {
            return Ok(self.close_down_to(self.open.len() - 1));
        }
        if self.depth() > MAX_DEPTH { Err(ParseError::TooDeep(MAX_DEPTH)) } else { Ok(ControlFlow::Continue(())) }
    }

    fn depth(&self) -> usize {
        self.containers.len() + self.open.len()
    }

    fn declare_prefixes(&mut self, attributes: &[(String, String)]) {
        let depth = self.depth() + 1;
        for (name, uri) in attributes {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefix) => prefix.trim_start_matches(':'),
                None => continue,
            };
            if self.prefixes.len() < MAX_ATTRIBUTES {
                self.prefixes.push((depth, prefix.to_owned(), Vocabulary::of_namespace(uri)));
            }
        }
    }

    fn element(&self, qualified: &str, attributes: Vec<(String, String)>) -> Element {
        let (prefix, name) = qualified.split_once(':').unwrap_or(("", qualified));
        let declared = self.prefixes.iter().rev().find(|(_, declared, _)| declared == prefix);
        let vocabulary = declared.map_or_else(|| Vocabulary::of_prefix(prefix), |(_, _, vocabulary)| *vocabulary);
        let outer = match self.open.last() {
            Some((_, parent)) => parent.base.as_ref(),
            None => self.containers.last().map_or(self.base.as_ref(), |(_, base)| base.as_ref()),
        };
        let xml_base = attributes.iter().find(|(name, _)| name == "xml:base");
        let base = match xml_base {
            Some((_, xml_base)) => extend_base(outer, xml_base),
            None => outer.cloned(),
        };
        Element { vocabulary, name: name.to_owned(), attributes, base, children: Vec::new() }
    }

    fn check_root(&mut self, qualified: &str, root: &mut Element) -> Result<(), ParseError> {
        match root.name.as_str() {
            "rss" | "rdf" | "feed" | "channel" | "entry" | "item" => {}
            // Within a sitemap `url` is an entry, and nowhere else, so its elements are a vocabulary of their own.
            "urlset" | "sitemapindex" => {
                self.take_root_for(Vocabulary::Sitemap, qualified, root);
                return Ok(());
            }
            "html" => return Err(ParseError::WebPage),
            _ => {
                let name: String = qualified.chars().take(40).collect();
                return Err(ParseError::NotAFeed(format!("it starts with <{name}>")));
            }
        }
        // Whatever namespace the root of a feed is in, griot does not know it as anything else.
        if root.vocabulary == Vocabulary::Foreign {
            self.take_root_for(Vocabulary::Core, qualified, root);
        }
        Ok(())
    }

    /// Takes the root, and whatever bears the same prefix, for elements of a vocabulary, whatever it says.
    fn take_root_for(&mut self, vocabulary: Vocabulary, qualified: &str, root: &mut Element) {
        root.vocabulary = vocabulary;
        let prefix = qualified.split_once(':').map_or("", |(prefix, _)| prefix);
        self.prefixes.push((0, prefix.to_owned(), vocabulary));
    }

    /// Closes a title that has no end tag before the link that follows it, an item before the next item.
    fn close_what_can_not_hold(&mut self, element: &Element) -> ControlFlow<()> {
        if is_entry(element) && self.open.first().is_some_and(|(_, piece)| is_entry(piece)) {
            return self.close_down_to(0);
        }
        let depth = self.open.len();
        if depth >= 2 && is_leaf(&self.open[depth - 1].1) && is_part_of_entry(element) {
            return self.close_down_to(depth - 1);
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, qualified: &str) -> ControlFlow<()> {
        let is_named = |name: &str| name.eq_ignore_ascii_case(qualified);
        if let Some(at) = self.open.iter().rposition(|(name, _)| is_named(name)) {
            return self.close_down_to(at);
        }
        if let Some(at) = self.containers.iter().rposition(|(name, _)| is_named(name)) {
            let flow = self.close_down_to(0);
            self.containers.truncate(at);
            self.forget_prefixes();
            return flow;
        }
        ControlFlow::Continue(())
    }

    /// Closes open elements until `depth` of them are left; a piece that is thereby whole is handed over.
    fn close_down_to(&mut self, depth: usize) -> ControlFlow<()> {
        while self.open.len() > depth {
            let Some((_, element)) = self.open.pop() else { break };
            match self.open.last_mut() {
                Some((_, parent)) => parent.children.push(Node::Element(element)),
                None => {
                    self.elements_in_piece = 0;
                    self.forget_prefixes();
                    return (self.take)(Piece::Whole(element));
                }
            }
        }
        self.forget_prefixes();
        ControlFlow::Continue(())
    }

    fn forget_prefixes(&mut self) {
        let depth = self.depth();
        while self.prefixes.last().is_some_and(|(declared_at, _, _)| *declared_at > depth) {
            self.prefixes.pop();
        }
    }

    fn finish(self) -> Result<(), ParseError> {
        if self.elements == 0 {
            return Err(ParseError::NotAFeed("it holds no XML element".to_owned()));
        }
        Ok(())
    }
}

fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = tag.html_attributes();
    attributes.with_checks(false);
    let readable = attributes.take(MAX_ATTRIBUTES).filter_map(Result::ok);
    readable.map(|a| (a.key.as_ref().to_ascii_lowercase(), unescape(&a.value).into_owned())).collect()
}

fn is_container(element: &Element) -> bool {
    match element.vocabulary {
        Vocabulary::Core => matches!(element.name.as_str(), "rss" | "feed" | "channel" | "rdf"),
        Vocabulary::Rdf => element.name == "rdf",
        Vocabulary::Sitemap => matches!(element.name.as_str(), "urlset" | "sitemapindex"),
        _ => false,
    }
}

pub fn is_entry(element: &Element) -> bool {
    element.is(Vocabulary::Core, "item")
        || element.is(Vocabulary::Core, "entry")
        || element.is(Vocabulary::Sitemap, "url")
}

/// Whether an element holds nothing but text in every version of RSS and Atom.
fn is_leaf(element: &Element) -> bool {
    let is_leaf = matches!(
        element.name.as_str(),
        "title" | "link" | "guid" | "id" | "pubdate" | "published" | "updated" | "category" | "comments"
    );
    element.vocabulary == Vocabulary::Core && is_leaf
}

/// Whether an element is HTML that never has an end tag, in a feed that forgot to escape it.
fn is_void_html(element: &Element) -> bool {
    matches!(element.vocabulary, Vocabulary::Core | Vocabulary::Xhtml)
        && matches!(element.name.as_str(), "br" | "hr" | "img" | "input" | "wbr")
}

fn is_part_of_entry(element: &Element) -> bool {
    match element.vocabulary {
        Vocabulary::Core => {
            is_leaf(element)
                || matches!(
                    element.name.as_str(),
                    "author" | "description" | "summary" | "content" | "enclosure" | "source"
                )
        }
        Vocabulary::Foreign | Vocabulary::Xhtml => false,
        _ => true,
    }
}
