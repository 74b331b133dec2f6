//! HTML that a parser can't make much more of than it is.
//!
//! The rules of HTML are quadratic in places, and worse: elements nest without end, each new block is checked against all
//! that are open, and a formatting element left open is opened anew in every block that follows, as often as it was
//! opened with different attributes. A hundred kilobytes hold a parser up for a minute, or grow to gigabytes. This pass
//! is linear; it leaves no tag that the sanitiser would take anyway, and no nesting deeper than people write.

use super::tags::{Part, is_opaque, parts};

/// Elements open at a time; a start tag beyond that is dropped.
const MAX_OPEN: usize = 60;

/// Drops, from HTML with its stray brackets escaped, every tag but the allowed, and with `dropped` also what is inside.
///
/// Blocks that are not allowed leave a paragraph's end behind, so that their texts do not run together.
pub fn tamed(html: &str, allowed: &[&str], dropped: &[&str]) -> String {
    let is_one_of = |names: &[&str], name: &str| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let mut result = String::with_capacity(html.len());
    let mut open: Vec<&str> = Vec::new();
    let mut inside: Option<&str> = None;
    for part in parts(html) {
        match (part, inside) {
            (Part::End(tag), Some(name)) if tag.name.eq_ignore_ascii_case(name) => inside = None,
            (_, Some(_)) | (Part::Hidden(_), None) => {}
            (Part::Text(text), None) => result.push_str(text),
            (Part::Start(tag), None) if is_one_of(dropped, tag.name) => inside = Some(tag.name),
            (Part::Start(tag) | Part::End(tag), None) if is_opaque(tag.name) => {}
            (Part::Start(tag) | Part::End(tag), None) if !is_one_of(allowed, tag.name) => {
                result.push_str(if is_phrase(tag.name) { "" } else { "<p>" });
            }
            (Part::Start(tag), None) if is_never_nested(tag.name) => result.push_str(tag.source),
            (Part::Start(tag), None) if open.len() < MAX_OPEN => {
                open.push(tag.name);
                result.push('<');
                result.push_str(tag.name);
                // Without attributes all are alike, and of those HTML keeps three (WHATWG HTML §13.2.4.3).
                result.push_str(if is_formatting(tag.name) { "" } else { tag.attributes });
                result.push('>');
            }
            (Part::Start(_), None) => {}
            (Part::End(tag), None) => {
                close(&mut open, tag.name);
                result.push_str(tag.source);
            }
        }
    }
    result
}

/// Closes an element as HTML does: a block with all that is open in it, a phrase alone.
fn close(open: &mut Vec<&str>, name: &str) {
    let Some(at) = open.iter().rposition(|open| open.eq_ignore_ascii_case(name)) else { return };
    if is_phrase(name) {
        open.remove(at);
    } else {
        open.truncate(at);
    }
}

/// Elements that end by themselves where the next of their kind starts, and such as hold nothing.
fn is_never_nested(name: &str) -> bool {
    ["p", "br", "hr", "img", "li", "dd", "dt"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The formatting elements of WHATWG HTML §13.2.4.3, but for `a`, of which only one can be open.
fn is_formatting(name: &str) -> bool {
    let names = ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Elements inside of a line.
pub fn is_phrase(name: &str) -> bool {
    let names = [
        "a", "abbr", "acronym", "bdi", "bdo", "cite", "data", "del", "dfn", "img", "ins", "kbd", "label", "mark",
        "meter", "picture", "progress", "q", "ruby", "samp", "source", "span", "sub", "sup", "time", "var", "wbr",
    ];
    is_formatting(name) || names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tame(html: &str) -> String {
        tamed(html, &["p", "b", "a", "ul", "li", "blockquote"], &["form", "svg"])
    }

    #[test]
    fn leaves_ordinary_html_alone() {
        let html = r#"<p>One <b>two</b> <a href="x">three</a><ul><li>four<li>five</ul>"#;
        assert_eq!(tame(html), html);
    }

    #[test]
    fn drops_what_is_not_allowed_and_keeps_texts_apart() {
        assert_eq!(tame("<div>a</div><div>b<span>c</span></div>"), "<p>a<p><p>bc<p>");
        assert_eq!(tame("a<form><b>b</form>c<!-- d --><script>e</script><b style=\"f\">g</b>"), "ac<b>g</b>");
    }

    #[test]
    fn bounds_nesting_however_it_is_hidden() {
        let depth = |html: &str| tame(html).matches("<blockquote>").count();
        assert_eq!(depth(&"<blockquote>".repeat(1_000)), MAX_OPEN);
        assert!(depth(&"<b><blockquote></b>".repeat(1_000)) <= MAX_OPEN);
        assert!(depth(&"<a><blockquote></a>".repeat(1_000)) <= MAX_OPEN);
        assert!(depth(&"<blockquote></ul>".repeat(1_000)) <= MAX_OPEN);
        assert_eq!(depth(&"<blockquote></blockquote>".repeat(1_000)), 1_000);
    }
}
