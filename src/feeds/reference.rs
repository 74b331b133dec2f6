//! Character and entity references, as feeds misuse them.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use quick_xml::escape::resolve_html5_entity;

/// Longest name of an HTML entity.
const MAX_NAME: usize = 32;

/// What stands for `&name;`, or nothing if that is no reference griot knows.
///
/// XML's own five, HTML's names, and numbers. Entities that a DTD declares are never looked at (rule W: XML).
pub fn resolve_reference(name: &str) -> Option<Cow<'static, str>> {
    match name.strip_prefix('#') {
        Some(number) => Some(Cow::Owned(numbered_character(number)?.to_string())),
        None => resolve_html5_entity(name).map(Cow::Borrowed),
    }
}

fn numbered_character(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    // 128 to 159 are controls in Unicode, but always meant as windows-1252 (HTML, "numeric character reference end state").
    if (0x80..=0x9f).contains(&code) {
        return WINDOWS_1252.decode(&[u8::try_from(code).ok()?]).0.chars().next();
    }
    let is_allowed = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    Some(char::from_u32(code).filter(is_allowed).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Replaces references in an attribute or a text; what is not one stays as it is, a bare `&` among it.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        result.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let end = rest.bytes().take(MAX_NAME + 1).position(|b| b == b';');
        match end.and_then(|end| Some((resolve_reference(&rest[..end])?, end))) {
            Some((replacement, end)) => {
                result.push_str(&replacement);
                rest = &rest[end + 1..];
            }
            None => result.push('&'),
        }
    }
    result.push_str(rest);
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_is_a_reference_and_leaves_what_is_not() {
        assert_eq!(unescape("AT&T &amp; Q&A; &eacute;&#233;&#xE9;&#XE9; &"), "AT&T & Q&A; éééé &");
        assert_eq!(unescape("?a=1&b=2"), "?a=1&b=2");
    }

    #[test]
    fn reads_windows_1252_numbers_and_refuses_controls() {
        assert_eq!(unescape("it&#146;s&#0;&#8;&#x110000;&#99999999999;"), "it’s\u{fffd}\u{fffd}\u{fffd}&#99999999999;");
    }
}
