//! From the octets of a mail to its text: transfer encodings, character sets, encoded words, HTML.
//!
//! Nothing fails: what cannot be decoded stays as it is.

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, WINDOWS_1252};

/// Takes a content transfer encoding off (RFC 2045 §6).
pub(super) fn transfer(octets: &[u8], encoding: &str) -> Vec<u8> {
    match encoding {
        "base64" => base64(octets),
        "quoted-printable" => quoted_printable(octets, false),
        _ => octets.to_vec(),
    }
}

/// As far as it goes: a cut end and foreign characters are left out.
fn base64(octets: &[u8]) -> Vec<u8> {
    let mut kept: Vec<u8> =
        octets.iter().copied().filter(|octet| octet.is_ascii_alphanumeric() || b"+/".contains(octet)).collect();
    kept.truncate(kept.len() / 4 * 4 + if kept.len() % 4 > 1 { kept.len() % 4 } else { 0 });
    while !kept.len().is_multiple_of(4) {
        kept.push(b'=');
    }
    BASE64_MIME_PERMISSIVE.decode(&kept).or_else(|_| BASE64.decode(&kept)).unwrap_or_default()
}

/// `is_word`: in an encoded word an underscore is a space (RFC 2047 §4.2).
fn quoted_printable(octets: &[u8], is_word: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match octet {
            b'=' => match after {
                [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => rest = after,
                [high, low, after @ ..] => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        rest = after;
                    }
                    _ => out.push(b'='),
                },
                _ => out.push(b'='),
            },
            b'_' if is_word => out.push(b' '),
            octet => out.push(octet),
        }
    }
    out
}

fn hex(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).map(|digit| digit as u8)
}

/// By the character set named; where none is, or it is a lie, by what the octets look like.
pub(super) fn to_text(octets: &[u8], charset: &str) -> String {
    let named = Encoding::for_label(charset.trim().as_bytes());
    // ISO-2022-JP is told by its escapes, whatever is said about it, and is ASCII otherwise.
    if octets.windows(2).any(|pair| pair == b"\x1b$") {
        return ISO_2022_JP.decode(octets).0.into_owned();
    }
    match (std::str::from_utf8(octets), named) {
        (Ok(text), _) => text.to_owned(),
        (Err(_), Some(named)) if named != UTF_8 && named != ISO_2022_JP => named.decode(octets).0.into_owned(),
        _ => WINDOWS_1252.decode(octets).0.into_owned(),
    }
}

/// A header's value with its encoded words decoded (RFC 2047).
pub(super) fn words(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find("=?") {
        let Some((word, after)) = word(&rest[start..]) else {
            out.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            continue;
        };
        // Spaces between two encoded words are no part of the text.
        if out.is_empty() || !rest[..start].trim().is_empty() {
            out.push_str(&rest[..start]);
        }
        out.push_str(&word);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A word has 75 characters (RFC 2047 §2), and in the field some more; that far its end is looked for.
const MAX_WORD: usize = 300;

fn word(text: &str) -> Option<(String, &str)> {
    let near = &text[..text.floor_char_boundary(MAX_WORD)];
    let (charset, rest) = near.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (encoded, rest) = rest.split_once("?=")?;
    let rest = &text[near.len() - rest.len()..];
    let octets = match encoding {
        "B" | "b" => base64(encoded.as_bytes()),
        "Q" | "q" => quoted_printable(encoded.as_bytes(), true),
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the character set.
    Some((to_text(&octets, charset.split('*').next().unwrap_or_default()), rest))
}

/// HTML as plain text: without tags, scripts and styles, a line for each block, the usual entities resolved.
pub(super) fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let tag = rest[1..].trim_start_matches('/');
        let name_end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag[..name_end].to_ascii_lowercase();
        // `<user@example.org>` unescaped is an address and no tag.
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        if rest[..end].contains('@') && !rest[..end].contains(['=', ' ']) {
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let is_hidden = !rest.starts_with("</") && matches!(name.as_str(), "script" | "style" | "title");
        rest = if is_hidden {
            let closing = format!("</{name}");
            find_ignoring_case(rest, &closing).map_or("", |at| &rest[at..])
        } else {
            &rest[end..]
        };
        if matches!(name.as_str(), "br" | "p" | "div" | "tr" | "td" | "li" | "table" | "h1" | "h2" | "h3" | "pre") {
            out.push('\n');
        }
    }
    out.push_str(rest);
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#64;", "@"),
        ("&amp;", "&"),
    ] {
        if out.contains(entity) {
            out = out.replace(entity, character);
        }
    }
    out
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes().windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_words() {
        assert_eq!(words("=?iso-8859-1?Q?Gr=FC=DFe_aus?= =?UTF-8?B?IEvDtmxu?="), "Grüße aus Köln");
        assert_eq!(words("=?ISO-2022-JP?B?GyRCSVRDIxsoQg==?= x"), "不達 x");
        assert_eq!(words("a =? b"), "a =? b");
        assert_eq!(words("=?utf-8?X?abc?="), "=?utf-8?X?abc?=");
    }

    #[test]
    fn decodes_bodies_however_broken() {
        assert_eq!(transfer(b"a=3D=\r\nb=\n=ZZ=", "quoted-printable"), b"a=b=ZZ=");
        assert_eq!(transfer(b"aGVs\r\nbG8gd29ybG", "base64"), b"hello worl");
        assert_eq!(transfer(b"as it is", "8bit"), b"as it is");
        assert_eq!(to_text(b"caf\xe9", ""), "café");
        assert_eq!(to_text(b"caf\xe9", "utf-8"), "café");
    }

    #[test]
    fn html_becomes_text() {
        let html = "<html><style>p {}</style><p>Mail to &lt;a@example.org&gt;<br>failed <b>for good</b></p>";
        assert_eq!(without_tags(html).trim(), "Mail to <a@example.org>\nfailed for good");
        assert_eq!(without_tags("<script>x"), "");
        assert_eq!(without_tags("<a@example.org> <"), "<a@example.org> ");
    }
}
