//! Elements of XML, read whole, and the URLs in them.

use std::rc::Rc;

use url::Url;

use super::vocabulary::Vocabulary;

/// Longest base URL, in bytes: relative bases add up, and every link repeats them.
const MAX_BASE: usize = 4096;

/// An XML element that was read whole. Never deeper than [`super::xml::MAX_DEPTH`].
#[derive(Debug, Clone)]
pub struct Element {
    pub vocabulary: Vocabulary,
    /// Local name in lower case: the wild writes `pubdate` and CDF shouts.
    pub name: String,
    /// Qualified names in lower case, values unescaped.
    pub attributes: Vec<(String, String)>,
    /// What relative URLs inside are relative to (XML Base).
    pub base: Option<Rc<Url>>,
    pub children: Vec<Node>,
}

#[derive(Debug, Clone)]
pub enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// A nameless element around another.
    pub fn holding(child: Element) -> Self {
        let base = child.base.clone();
        let children = vec![Node::Element(child)];
        Self { vocabulary: Vocabulary::Foreign, name: String::new(), attributes: Vec::new(), base, children }
    }

    pub fn is(&self, vocabulary: Vocabulary, name: &str) -> bool {
        self.vocabulary == vocabulary && self.name == name
    }

    /// The value of an attribute by its local name, trimmed; an empty one counts as missing.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let local = |qualified: &str| qualified.rsplit(':').next() == Some(name);
        let (_, value) = self.attributes.iter().find(|(qualified, _)| local(qualified))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub fn child(&self, vocabulary: Vocabulary, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.is(vocabulary, name))
    }

    pub fn has_elements(&self) -> bool {
        self.elements().next().is_some()
    }

    /// The text of the element and everything in it, trimmed; nothing if that leaves nothing.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        self.append_text(&mut text);
        text.truncate(text.trim_end().len());
        text.drain(..text.len() - text.trim_start().len());
        Some(text).filter(|text| !text.is_empty())
    }

    fn append_text(&self, into: &mut String) {
        for node in &self.children {
            match node {
                Node::Element(element) => element.append_text(into),
                Node::Text(text) => into.push_str(text),
            }
        }
    }

    /// Adds text, to the text before it if there is one.
    pub fn push_text(&mut self, text: &str) {
        match self.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => self.children.push(Node::Text(text.to_owned())),
        }
    }

    /// A URL found in this element, made absolute.
    pub fn resolve(&self, url: &str) -> String {
        resolve(url, self.base.as_deref())
    }
}

/// Makes a URL absolute; leaves it as written where it is so already, or where there is nothing to add.
pub fn resolve(url: &str, base: Option<&Url>) -> String {
    let url = url.trim();
    let is_relative = Url::parse(url) == Err(url::ParseError::RelativeUrlWithoutBase);
    match base.filter(|_| is_relative).and_then(|base| base.join(url).ok()) {
        Some(absolute) => absolute.into(),
        None => url.to_owned(),
    }
}

/// The base inside an element with an `xml:base`; a base that is no use leaves things as they were.
pub fn extend_base(base: Option<&Rc<Url>>, xml_base: &str) -> Option<Rc<Url>> {
    let extended = match base {
        _ if xml_base.len() > MAX_BASE => None,
        Some(base) => base.join(xml_base.trim()).ok(),
        None => Url::parse(xml_base.trim()).ok(),
    };
    let is_usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= MAX_BASE;
    extended.filter(is_usable).map(Rc::new).or_else(|| base.cloned())
}
