use data_encoding::BASE64_NOPAD;

/// The name of a mailbox as a quoted string in the encoding that every server knows (modified UTF-7, RFC 3501 §5.1.3).
pub(super) fn quoted_mailbox(name: &str) -> String {
    let mut encoded = String::from("\"");
    let mut foreign: Vec<u8> = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            end_of(&mut foreign, &mut encoded);
            match c {
                '&' => encoded.push_str("&-"),
                '"' | '\\' => encoded.extend(['\\', c]),
                _ => encoded.push(c),
            }
        } else {
            foreign.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    end_of(&mut foreign, &mut encoded);
    encoded.push('"');
    encoded
}

fn end_of(foreign: &mut Vec<u8>, encoded: &mut String) {
    if !foreign.is_empty() {
        let base64 = BASE64_NOPAD.encode(foreign).replace('/', ",");
        encoded.push_str(&format!("&{base64}-"));
        foreign.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_rfc_3501_shows() {
        for (name, wanted) in [
            ("INBOX", "\"INBOX\""),
            ("~peter/mail/台北/日本語", "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""),
            ("Q&A \"x\\y\"", "\"Q&-A \\\"x\\\\y\\\"\""),
            ("Entwürfe", "\"Entw&APw-rfe\""),
        ] {
            assert_eq!(quoted_mailbox(name), wanted);
        }
    }
}
