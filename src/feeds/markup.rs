//! The texts of a feed: which of them are HTML, and where their relative URLs lead.

use data_encoding::BASE64;
use url::Url;

use super::element::{Element, Node, resolve};
use super::reference::unescape;
use super::tags::{Part, Tag, parts};
use super::{Text, TextKind};

/// Whose rules a text is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Plain unless it says otherwise; XHTML comes in a `div` that is no part of it (RFC 4287 §3.1).
    Atom,
    /// Plain unless it says otherwise; a `div` is part of it.
    Atom03,
    /// Descriptions are HTML.
    RssBody,
    /// Titles are what they look like: the versions disagree, so do the feeds.
    RssTitle,
}

/// The text of an element, absolute in its URLs and otherwise as it is; nothing if it is empty.
pub fn read_text(element: &Element, rules: Rules) -> Option<Text> {
    let kind = element.attribute("type").map(str::to_ascii_lowercase);
    let mode = element.attribute("mode").map(str::to_ascii_lowercase);
    let text = match (kind.as_deref(), mode.as_deref()) {
        (_, Some("base64")) | (Some("application/octet-stream"), _) => Text::html(decoded(element)?),
        (Some("xhtml"), _) => Text::html(inner_markup(unwrapped(element), Escape::Yes)),
        (Some(kind), _) if kind.ends_with("xml") && element.has_elements() => {
            let holder = if rules == Rules::Atom { unwrapped(element) } else { element };
            Text::html(inner_markup(holder, Escape::Yes))
        }
        (Some("html"), _) => Text::html(inner_markup(unwrapped(element), Escape::No)),
        (Some("text/html"), _) => Text::html(inner_markup(element, Escape::No)),
        _ if element.has_elements() => Text::html(inner_markup(element, Escape::No)),
        (Some("text" | "text/plain" | "plain"), _) => Text::plain(element.text()?),
        _ => {
            let value = element.text()?;
            let is_html = match rules {
                Rules::Atom | Rules::Atom03 => false,
                Rules::RssBody => true,
                Rules::RssTitle => looks_like_html(&value),
            };
            if is_html { Text::html(value) } else { Text::plain(value) }
        }
    };
    let value = text.value.trim();
    let value = match text.kind {
        TextKind::Html => mend_html(value, element.base.as_deref()),
        TextKind::Plain => value.to_owned(),
    };
    Some(Text { value, ..text }).filter(|text| !text.value.is_empty())
}

fn decoded(element: &Element) -> Option<String> {
    let mut base64 = element.text()?;
    base64.retain(|c| !c.is_ascii_whitespace());
    let bytes = BASE64.decode(base64.as_bytes()).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The `div` that Atom puts around XHTML and that is no part of it (RFC 4287 §3.1.1.3), else the element itself.
fn unwrapped(element: &Element) -> &Element {
    let mut children =
        element.children.iter().filter(|node| !matches!(node, Node::Text(text) if text.trim().is_empty()));
    match (children.next(), children.next()) {
        (Some(Node::Element(div)), None) if div.name == "div" => div,
        _ => element,
    }
}

/// Whether text is markup already, as it is when it was escaped, or has to become such.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    Yes,
    No,
}

fn inner_markup(element: &Element, escape: Escape) -> String {
    let mut html = String::new();
    append_inner_markup(element, escape, &mut html);
    html
}

fn append_inner_markup(element: &Element, escape: Escape, html: &mut String) {
    for node in &element.children {
        match node {
            Node::Text(text) if escape == Escape::Yes => html.push_str(&escaped(text)),
            Node::Text(text) => html.push_str(text),
            Node::Element(child) => append_markup(child, escape, html),
        }
    }
}

fn append_markup(element: &Element, escape: Escape, html: &mut String) {
    html.push('<');
    html.push_str(&element.name);
    for (name, value) in &element.attributes {
        if name.starts_with("xmlns") || name.starts_with("xml:") {
            continue;
        }
        html.push(' ');
        html.push_str(name);
        html.push_str("=\"");
        html.push_str(&escaped(value).replace('"', "&quot;"));
        html.push('"');
    }
    if element.children.is_empty() && is_void(&element.name) {
        html.push_str(" />");
        return;
    }
    html.push('>');
    append_inner_markup(element, escape, html);
    html.push_str("</");
    html.push_str(&element.name);
    html.push('>');
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Elements that have no end tag in HTML.
fn is_void(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "embed" | "hr" | "img" | "input" | "link" | "source" | "track" | "wbr")
}

fn is_url_attribute(name: &str) -> bool {
    matches!(name, "href" | "src" | "cite" | "poster" | "action" | "background" | "data" | "longdesc")
}

/// Whether a text has a tag or a reference in it that HTML knows.
fn looks_like_html(text: &str) -> bool {
    let last_end = text.rfind('>').unwrap_or(0);
    let has_tag = text[..last_end].match_indices('<').any(|(at, _)| {
        let tag = text[at + 1..].trim_start_matches('/');
        let name_length = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = tag[..name_length].to_ascii_lowercase();
        is_inline_tag(&name) && tag[name_length..].starts_with(['>', ' ', '/'])
    });
    has_tag || unescape(text) != text
}

/// The tags that are written into titles.
fn is_inline_tag(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "br"
            | "cite"
            | "code"
            | "del"
            | "div"
            | "em"
            | "font"
            | "i"
            | "img"
            | "ins"
            | "mark"
            | "p"
            | "q"
            | "s"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "tt"
            | "u"
            | "wbr"
    )
}

/// HTML with its relative URLs made absolute, and with what is no markup in it escaped. It is not sanitised.
///
/// Ends early where that would make a text several times as long: a long base and a thousand short links are an attack.
pub fn mend_html(html: &str, base: Option<&Url>) -> String {
    let longest = 5 * html.len() + 4096;
    let mut result = String::with_capacity(html.len());
    for part in parts(html) {
        match part {
            Part::Text(text) => append_text(text, &mut result),
            Part::Start(tag) if result.len() <= longest => append_tag(&tag, base, &mut result),
            Part::Start(tag) | Part::End(tag) => result.push_str(tag.source),
            Part::Hidden(source) => result.push_str(source),
        }
    }
    result
}

/// Appends text between tags, with a bare `&` or `<` escaped.
fn append_text(text: &str, result: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        result.push_str(before);
        rest = &from[1..];
        result.push_str(match from.starts_with('<') {
            true => "&lt;",
            false if starts_reference(rest) => "&",
            false => "&amp;",
        });
    }
    result.push_str(rest);
}

/// Whether `&` and this is a reference by its form: `amp;`, `#38;`, `#x26;`.
fn starts_reference(after: &str) -> bool {
    let name = after.trim_start_matches('#');
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    length > 0 && name[length..].starts_with(';')
}

/// Appends a tag; one that closes itself gets the blank that HTML 4 wants.
fn append_tag(tag: &Tag<'_>, base: Option<&Url>, result: &mut String) {
    result.push('<');
    result.push_str(tag.name);
    let (mut rest, end) = match tag.attributes.strip_suffix('/') {
        // Right after a value without quotes the slash is a part of it.
        Some(open) if !open.ends_with(' ') && (!open.contains('=') || open.ends_with(['"', '\''])) => (open, " />"),
        _ => (tag.attributes, ">"),
    };
    while let Some(equals) = rest.find('=') {
        let before = rest[..equals].trim_end();
        let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or(before);
        let value_start = equals + 1 + (rest.len() - equals - 1 - rest[equals + 1..].trim_start().len());
        let quote = rest[value_start..].chars().next().filter(|c| matches!(c, '"' | '\''));
        let (from, to) = match quote {
            Some(quote) => {
                let from = value_start + 1;
                (from, rest[from..].find(quote).map_or(rest.len(), |at| from + at))
            }
            None => {
                let length = rest[value_start..].find(|c: char| c.is_ascii_whitespace());
                (value_start, length.map_or(rest.len(), |length| value_start + length))
            }
        };
        result.push_str(&rest[..from]);
        let value = &rest[from..to];
        if is_url_attribute(&name.to_ascii_lowercase()) {
            let url = unescape(value);
            let absolute = resolve(&url, base);
            if absolute == url.trim() {
                result.push_str(value);
            } else {
                result.push_str(&escaped(&absolute));
            }
        } else {
            result.push_str(value);
        }
        rest = &rest[to..];
    }
    result.push_str(rest);
    result.push_str(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(html: &str) -> String {
        mend_html(html, Some(&Url::parse("https://example.org/a/b").unwrap()))
    }

    #[test]
    fn makes_urls_absolute_and_leaves_everything_else() {
        for (html, expected) in [
            (r#"<a href="c">d</a>"#, r#"<a href="https://example.org/a/c">d</a>"#),
            ("<a href='/c?d=1&amp;e=2'>", "<a href='https://example.org/c?d=1&amp;e=2'>"),
            ("<IMG ALT=x SRC = //e.org/i title='a=b'>", "<IMG ALT=x SRC = https://e.org/i title='a=b'>"),
            (r#"<a href=" c ">"#, r#"<a href="https://example.org/a/c">"#),
            (r#"<a href="HTTP://E.org/%7e" rel=x>"#, r#"<a href="HTTP://E.org/%7e" rel=x>"#),
            (r#"<a href="mailto:a@e.org" href=x>"#, r#"<a href="mailto:a@e.org" href=https://example.org/a/x>"#),
            (r#"<a href="">"#, r#"<a href="https://example.org/a/b">"#),
            (r#"<p title="href=c">"#, r#"<p title="href=c">"#),
            ("<a href=c/><img data-src=d>", "<a href=https://example.org/a/c/><img data-src=d>"),
            ("<a é='b'—=c href=d>", "<a é='b'—=c href=https://example.org/a/d>"),
        ] {
            assert_eq!(mended(html), expected, "{html}");
        }
    }

    #[test]
    fn escapes_what_is_no_markup() {
        assert_eq!(mended("Q&A &amp; 1 < 2 &#38; &#x26; <br/>"), "Q&amp;A &amp; 1 &lt; 2 &#38; &#x26; <br />");
    }
}
