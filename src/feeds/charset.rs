//! From bytes to text: which encoding a feed is in, and what of it is fit to be parsed.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far into a document its XML declaration is looked for; junk may stand before it.
const DECLARATION_WINDOW: usize = 1024;

/// Decodes a document, whatever it claims to be; what can't be decoded becomes U+FFFD.
///
/// In order: a byte order mark, the charset of the Content-Type (RFC 7303 §3), the XML declaration, UTF-8. A document
/// that claims a single-byte encoding but is flawless non-ASCII UTF-8 is taken as that: by chance this never happens,
/// by a default in a web server's configuration it often does.
pub fn decode<'b>(bytes: &'b [u8], content_type: Option<&str>) -> Cow<'b, str> {
    if let Some((encoding, bom)) = Encoding::for_bom(bytes) {
        return without_controls(encoding.decode_without_bom_handling(&bytes[bom..]).0);
    }
    let declared = content_type.and_then(charset_parameter).or_else(|| declared_in(bytes));
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    let encoding = match declared {
        Some(encoding) if encoding.is_single_byte() && is_utf8 => UTF_8,
        Some(encoding) => encoding,
        None if is_utf8 || has_multibyte_character(bytes) => UTF_8,
        None => WINDOWS_1252,
    };
    without_controls(encoding.decode_without_bom_handling(bytes).0)
}

fn charset_parameter(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        if name.trim().eq_ignore_ascii_case("charset") { Encoding::for_label(value.as_bytes()) } else { None }
    })
}

/// The encoding of `<?xml … encoding="…"?>`, or that which its first characters give away (XML 1.0 appendix F).
pub fn declared_in(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, b'?' | b'r' | b'f', 0, ..] => return Some(UTF_16LE),
        [0, b'<', 0, b'?' | b'r' | b'f', ..] => return Some(UTF_16BE),
        _ => {}
    }
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_WINDOW)]);
    let declaration = &start[start.find("<?xml")?..];
    let declaration = &declaration[..declaration.find("?>").or_else(|| declaration.find('>'))?];
    let (_, value) = declaration.split_once("encoding")?.1.split_once('=')?;
    let value = value.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // The declaration could be read as ASCII, so it is not UTF-16, whatever it says.
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// Whether any character of two bytes or more decodes as UTF-8: then the rest is damage, not another encoding.
fn has_multibyte_character(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

/// Drops what XML 1.0 §2.2 does not allow in a document, and a leading byte order mark that was decoded.
fn without_controls(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_junk =
        |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_junk) { Cow::Owned(text.replace(is_junk, "")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believes_the_mark_then_the_header_then_the_declaration() {
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>caf\xe9</a>";
        assert!(decode(latin, None).contains("café"));
        assert!(decode(b"<a>caf\xe9</a>", Some("text/xml; charset=\"ISO-8859-1\"")).contains("café"));
        assert!(decode(b"<?xml encoding='iso-8859-1'?><a>\xd0\xb9</a>", Some("text/xml;charset=koi8-r")).contains('й'));
        assert_eq!(decode("\u{feff}é".as_bytes(), Some("text/xml; charset=latin1")), "é");
        assert_eq!(decode(b"\xff\xfe<\0a\0>\0", None), "<a>");
        assert_eq!(decode(b"<\0?\0x\0", None), "<?x");
    }

    #[test]
    fn keeps_utf8_that_is_mislabelled_and_replaces_what_is_damaged() {
        assert_eq!(decode("é".as_bytes(), Some("text/xml; charset=iso-8859-1")), "é");
        assert_eq!(decode(b"caf\xc3\xa9 \xe9", None), "café \u{fffd}");
        assert_eq!(decode(b"caf\xe9", None), "café");
        assert_eq!(decode(b"<?xml encoding='utf-16'?>\xc3\xa9", None), "<?xml encoding='utf-16'?>é");
    }

    #[test]
    fn drops_control_characters() {
        assert_eq!(decode(b"a\0b\x0bc\td\ne", None), "abc\td\ne");
    }
}
