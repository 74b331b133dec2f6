//! The HTML of entries: sanitised by an allow-list (rule H: feed HTML), and read as text.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::markup::mend_html;
use super::prose::{folded, is_bidi_control};
use super::reference::unescape;
use super::tags::{Part, parts};
use super::tame::{is_phrase, tamed};

/// Longest HTML of an entry that is cleaned, in bytes: some 20,000 words. The rest is cut off.
const MAX_HTML: usize = 128 * 1024;

const TAGS: [&str; 38] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "cite",
    "code",
    "dd",
    "del",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "strong",
    "sub",
    "sup",
    "time",
    "u",
    "ul",
    "mark",
    "h1",
];

/// Elements of which the content goes too.
const TAGS_WITH_CONTENT: [&str; 17] = [
    "audio", "button", "canvas", "form", "frame", "head", "iframe", "math", "noscript", "object", "script", "select",
    "style", "svg", "template", "textarea", "video",
];

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", HashSet::from(["href", "title"])),
        ("img", HashSet::from(["src", "alt", "width", "height"])),
        ("abbr", HashSet::from(["title"])),
    ]);
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from(TAGS_WITH_CONTENT))
        .tag_attributes(attributes)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .strip_comments(true)
        .link_rel(None);
    builder
});

/// Reduces HTML to what is safe to show (rule H): allowed tags, no style, class or script, absolute URLs of http, https
/// and mailto only, no bidi controls. `base` is the page of the entry.
pub fn sanitised(html: &str, base: &Url) -> String {
    let html = &html[..html.floor_char_boundary(MAX_HTML)];
    let html = tamed(&mend_html(html, Some(base)), &TAGS, &TAGS_WITH_CONTENT);
    let clean = SANITISER.clean(&html).to_string();
    let clean = if clean.contains(is_bidi_control) { clean.replace(is_bidi_control, "") } else { clean };
    // A block inside of a block leaves paragraphs that hold nothing, and so does what was taken out.
    clean.replace("<p></p>", "")
}

/// The text of sanitised HTML, block by block, each on one line.
pub fn paragraphs(html: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for part in parts(html) {
        match part {
            Part::Start(tag) | Part::End(tag) if !is_phrase(tag.name) => paragraphs.push(String::new()),
            Part::Text(text) => {
                if let Some(last) = paragraphs.last_mut() {
                    last.push_str(&unescape(text));
                }
            }
            _ => {}
        }
    }
    paragraphs.iter().map(|paragraph| folded(paragraph)).filter(|paragraph| !paragraph.is_empty()).collect()
}
