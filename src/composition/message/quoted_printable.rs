//! Quoted-printable (RFC 2045 §6.7) in lines of at most 76 characters.
//!
//! The `quoted_printable` crate is not used, for two reasons that both come from mail on its way: a line here never
//! begins with a dot, so nothing is left to stuff in SMTP (RFC 5321 §4.5.2), and never with `From `, which a mailbox
//! file would quote and so break the signature (RFC 2049 §3).

/// Characters of a line, less the `=` that may have to end it (F1).
const LINE: usize = 75;

/// Ends a line of the encoding where the text goes on.
pub(super) const SOFT_BREAK: &[u8] = b"=\r\n";

/// Appends the encoding of a text that begins on a new line; the text breaks its lines with CRLF.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    for (number, line) in text.split("\r\n").enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\r\n");
        }
        encode_line(line.as_bytes(), out);
    }
}

fn encode_line(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    let mut column = 0;
    loop {
        let run = plain_run(rest, column);
        out.extend_from_slice(&rest[..run]);
        column += run;
        rest = &rest[run..];
        let [byte, after @ ..] = rest else { return };

        let mut is_literal = stays_literal(rest, column == 0);
        if column + width(is_literal) > LINE {
            out.extend_from_slice(SOFT_BREAK);
            column = 0;
            is_literal = stays_literal(rest, true);
        }
        if is_literal {
            out.push(*byte);
        } else {
            out.extend_from_slice(&[b'=', hex_digit(byte >> 4), hex_digit(byte & 0x0f)]);
        }
        column += width(is_literal);
        rest = after;
    }
}

/// How many octets can be copied as they are before any has to be looked at: a reader's URL is little else, and URLs
/// are what is encoded for every reader.
fn plain_run(rest: &[u8], column: usize) -> usize {
    if column == 0 {
        return 0;
    }
    let is_plain = |byte: &&u8| byte.is_ascii_graphic() && **byte != b'=';
    rest.iter().take(LINE - column).take_while(is_plain).count()
}

/// Whether the first octet of what is left of a line stands for itself.
fn stays_literal(rest: &[u8], begins_line: bool) -> bool {
    match rest {
        [b'.', ..] => !begins_line,
        [b'F', b'r', b'o', b'm', b' ', ..] => !begins_line,
        // White space at the end of a line gets lost on the way.
        [b' ' | b'\t'] => false,
        [b' ' | b'\t', ..] => true,
        [b'=', ..] => false,
        [byte, ..] => byte.is_ascii_graphic(),
        [] => true,
    }
}

const fn width(is_literal: bool) -> usize {
    if is_literal { 1 } else { 3 }
}

const fn hex_digit(nibble: u8) -> u8 {
    b"0123456789ABCDEF"[nibble as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn decoded(text: &str) -> String {
        let mut bytes = Vec::new();
        let text = text.replace("=\r\n", "");
        let mut rest = text.as_bytes();
        while let [byte, after @ ..] = rest {
            rest = after;
            if *byte != b'=' {
                bytes.push(*byte);
                continue;
            }
            let (hex, after) = rest.split_at(2);
            bytes.push(u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap());
            rest = after;
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn encodes_what_would_not_survive() {
        assert_eq!(encoded("a=b \r\nété\tx\t"), "a=3Db=20\r\n=C3=A9t=C3=A9\tx=09");
        assert_eq!(encoded(".\r\n.a.b\r\nFrom me\r\nFromage"), "=2E\r\n=2Ea.b\r\n=46rom me\r\nFromage");
    }

    proptest! {
        #[test]
        fn f1_s11_lines_are_short_and_clean_and_come_back(text in "(\\PC|[=. \tFé界]|From |\r\n|[a-z.]{60,90}){0,60}") {
            let out = encoded(&text);
            prop_assert_eq!(decoded(&out), text);
            for line in out.split("\r\n") {
                prop_assert!(line.len() <= 76);
                prop_assert!(line.bytes().all(|b| b == b'\t' || b == b' ' || b.is_ascii_graphic()));
                prop_assert!(!line.starts_with('.') && !line.starts_with("From "));
                prop_assert!(!line.ends_with([' ', '\t']));
            }
        }
    }
}
