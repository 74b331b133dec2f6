//! Lines of a zone file (RFC 1035 §5.1), ready to paste.

/// Octets of one character-string (RFC 1035 §3.3).
const STRING: usize = 255;

/// A TXT record. What is longer than one string can be is split: who reads it puts the strings together again.
pub fn txt(name: &str, text: &str) -> String {
    let strings: Vec<String> = text.as_bytes().chunks(STRING).map(quoted).collect();
    format!("{name}. 3600 IN TXT {}", if strings.is_empty() { "\"\"".to_owned() } else { strings.join(" ") })
}

/// Any other record; `data` as it stands in a zone file.
pub(super) fn line(name: &str, kind: &str, data: &str) -> String {
    format!("{name}. 3600 IN {kind} {data}")
}

fn quoted(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() + 2);
    text.push('"');
    for octet in octets {
        match octet {
            b'"' | b'\\' => text.extend(['\\', char::from(*octet)]),
            b' '..=b'~' => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\{octet:03}")),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_what_is_longer_than_a_string_and_quotes_what_would_end_it() {
        assert_eq!(txt("example.org", "v=spf1 -all"), "example.org. 3600 IN TXT \"v=spf1 -all\"");
        assert_eq!(txt("a.b", "x\"y\\z\u{e9}"), r#"a.b. 3600 IN TXT "x\"y\\z\195\169""#);
        let long = txt("a.b", &"k".repeat(256));
        assert_eq!(long, format!("a.b. 3600 IN TXT \"{}\" \"k\"", "k".repeat(255)));
    }
}
