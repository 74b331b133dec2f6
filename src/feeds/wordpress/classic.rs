//! A post's text as it is stored, made what a reader sees of it.
//!
//! The old editor stores blank lines for paragraphs, and both editors store shortcodes, which the site replaces when it
//! shows the page. What a shortcode would show is on the site; of most nothing is left here but the words they enclose.

use std::collections::HashSet;

/// Elements that stand beside paragraphs, and not within.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "div",
    "dl",
    "dd",
    "dt",
    "fieldset",
    "figure",
    "figcaption",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "table",
    "ul",
];
/// Shortcodes of WordPress's own that enclose no words of the story.
const WITHOUT_WORDS: [&str; 5] = ["audio", "embed", "gallery", "playlist", "video"];

/// The text without shortcodes, and with its paragraphs marked where only blank lines divide them.
pub fn as_shown(content: &str) -> String {
    let content = if content.contains('[') { without_shortcodes(content) } else { content.to_owned() };
    // The new editor marks everything itself.
    if content.contains("<!-- wp:") { content } else { with_paragraphs(&content) }
}

fn with_paragraphs(content: &str) -> String {
    let mut html = String::with_capacity(content.len() + content.len() / 8);
    let mut rest = content;
    // In preformatted text a blank line is one.
    while let Some(start) = rest.find("<pre") {
        let end = rest[start..].find("</pre>").map_or(rest.len(), |at| start + at + "</pre>".len());
        append_paragraphs(&rest[..start], &mut html);
        html.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    append_paragraphs(rest, &mut html);
    html
}

fn append_paragraphs(text: &str, html: &mut String) {
    let mut paragraph = String::new();
    for line in text.lines().chain([""]) {
        let line = line.trim();
        if !line.is_empty() {
            if !paragraph.is_empty() {
                paragraph.push('\n');
            }
            paragraph.push_str(line);
        } else if !paragraph.is_empty() {
            if begins_with_block(&paragraph) {
                html.push_str(&paragraph);
            } else {
                html.push_str("<p>");
                html.push_str(&paragraph.replace('\n', "<br>"));
                html.push_str("</p>");
            }
            html.push('\n');
            paragraph.clear();
        }
    }
}

fn begins_with_block(text: &str) -> bool {
    let Some(tag) = text.strip_prefix('<') else { return false };
    let name = tag.trim_start_matches('/');
    let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
    BLOCKS.iter().any(|block| name.eq_ignore_ascii_case(block))
}

/// A `[name …]` or `[/name]`.
struct Shortcode<'t> {
    name: &'t str,
    attributes: &'t str,
    is_end: bool,
    length: usize,
}

fn without_shortcodes(text: &str) -> String {
    let ended: HashSet<&str> = shortcodes(text).filter(|(_, code)| code.is_end).map(|(_, code)| code.name).collect();
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for (at, code) in shortcodes(text) {
        if at < from {
            continue;
        }
        // A bracket in a sentence, like [sic], is neither ended nor has it attributes.
        if !code.is_end && !code.attributes.contains('=') && !ended.contains(code.name) && !is_wordless(code.name) {
            continue;
        }
        shown.push_str(&text[from..at]);
        from = at + code.length;
        let enclosed = || {
            let end = format!("[/{}]", code.name);
            let length = text[from..].find(&end)?;
            Some((&text[from..from + length], from + length + end.len()))
        };
        if code.is_end || !ended.contains(code.name) {
            continue;
        }
        if matches!(code.name, "caption" | "wp_caption") {
            if let Some((inside, after)) = enclosed() {
                append_figure(inside, code.attributes, &mut shown);
                from = after;
            }
        } else if is_wordless(code.name)
            && let Some((_, after)) = enclosed()
        {
            from = after;
        }
    }
    shown.push_str(&text[from..]);
    shown
}

fn is_wordless(name: &str) -> bool {
    WITHOUT_WORDS.contains(&name)
}

/// `<img …> The words`, perhaps with the picture in a link, as the picture with its caption.
fn append_figure(inside: &str, attributes: &str, shown: &mut String) {
    let picture_end = inside.find("<img").and_then(|at| inside[at..].find('>').map(|end| at + end + 1)).unwrap_or(0);
    let after_link = inside[picture_end..].trim_start();
    let (picture, words) = match after_link.strip_prefix("</a>") {
        Some(words) => (&inside[..inside.len() - words.len()], words),
        None => inside.split_at(picture_end),
    };
    // Before WordPress 3.4 the words were an attribute.
    let words =
        if words.trim().is_empty() { attribute(attributes, "caption").unwrap_or_default() } else { words.trim() };
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    shown.push_str(&format!("\n\n<figure>{}<figcaption>{words}</figcaption></figure>\n\n", picture.trim()));
}

fn attribute<'t>(attributes: &'t str, name: &str) -> Option<&'t str> {
    let (_, value) = attributes.split_once(&format!("{name}=\""))?;
    value.split('"').next()
}

/// Everything that could be a shortcode, with where it begins.
fn shortcodes(text: &str) -> impl Iterator<Item = (usize, Shortcode<'_>)> {
    text.match_indices('[').filter_map(|(at, _)| Some((at, shortcode(&text[at..])?)))
}

fn shortcode(text: &str) -> Option<Shortcode<'_>> {
    /// Longest one that is looked at, in bytes: each bracket costs no more than that.
    const LONGEST: usize = 2_000;
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let (is_end, inside) = text.strip_prefix("[/").map_or((false, text.get(1..)?), |inside| (true, inside));
    let end = inside.find([']', '['])?;
    if inside[end..].starts_with('[') || !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let inside = &inside[..end];
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let (name, attributes) = inside.split_at(inside.find(|c: char| !is_of_name(c)).unwrap_or(inside.len()));
    let is_apart = attributes.is_empty() || attributes.starts_with(|c: char| c.is_whitespace() || c == '/');
    let length = end + if is_end { 3 } else { 2 };
    (is_apart && (!is_end || attributes.trim().is_empty())).then_some(Shortcode { name, attributes, is_end, length })
}

#[cfg(test)]
mod tests {
    use super::as_shown;

    #[test]
    fn blank_lines_divide_paragraphs_where_nothing_else_does() {
        for (stored, shown) in [
            ("One.\r\nStill one.\r\n\r\nTwo.", "<p>One.<br>Still one.</p>\n<p>Two.</p>\n"),
            ("<h2>A</h2>\n\nB\n\n<strong>C</strong>", "<h2>A</h2>\n<p>B</p>\n<p><strong>C</strong></p>\n"),
            ("A\n<pre>b\n\nc</pre>\nD", "<p>A</p>\n<pre>b\n\nc</pre><p>D</p>\n"),
            (
                "<!-- wp:paragraph -->\n<p>A</p>\n\n<!-- /wp:paragraph -->",
                "<!-- wp:paragraph -->\n<p>A</p>\n\n<!-- /wp:paragraph -->",
            ),
            ("", ""),
        ] {
            assert_eq!(as_shown(stored), shown, "{stored}");
        }
    }

    #[test]
    fn shortcodes_go_and_the_words_they_enclose_stay() {
        for (stored, shown) in [
            ("He said [sic] it [1], [and so on].", "<p>He said [sic] it [1], [and so on].</p>\n"),
            ("A [gallery ids=\"1,2\"] b [gallery]", "<p>A  b</p>\n"),
            ("[vc_row full=\"1\"][vc_column]Words[/vc_column][/vc_row]", "<p>Words</p>\n"),
            ("[embed]https://example.org/v[/embed]A", "<p>A</p>\n"),
            (
                "A[caption id=\"x\" width=\"3\"]<a href=\"b\"><img src=\"c\" /></a> The <em>port</em>[/caption]B",
                "<p>A</p>\n<figure><a href=\"b\"><img src=\"c\" /></a><figcaption>The <em>port</em></figcaption></figure>\n<p>B</p>\n",
            ),
            (
                "[caption width=\"3\" caption=\"The port\"]<img src=\"c\" />[/caption]",
                "<figure><img src=\"c\" /><figcaption>The port</figcaption></figure>\n",
            ),
            ("[caption]é[", "<p>[caption]é[</p>\n"),
        ] {
            assert_eq!(as_shown(stored), shown, "{stored}");
        }
    }
}
