//! Header fields: folding, encoded words (RFC 2047), quoted names.
//!
//! Callers hand in values without control characters; nothing here can fail. lettre's own encoder is not used: it puts
//! an address behind an encoded name on a line that gets longer than 76 characters (F7), passes words that only look
//! encoded, and never breaks a word of over 998 characters (F1).

use data_encoding::BASE64;

use crate::address::Mailbox;

/// Characters a line has at most, without CRLF: RFC 2047 §2 asks for 76 where there is an encoded word, RFC 5322
/// §2.1.1 for 78 elsewhere; one limit serves both.
const LINE: usize = 76;

const WORD_START: &str = "=?utf-8?b?";
const WORD_END: &str = "?=";

/// A field with a value that stays on one line.
pub(super) fn unfolded(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// A field of tokens that must not be broken, such as URLs: each on a line of its own where it would not fit.
pub(super) fn tokens<'a>(name: &str, tokens: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
    let mut field = Field::start(name, out);
    for token in tokens {
        field.token(token);
    }
    field.end();
}

/// A field of free text, such as a subject.
pub(super) fn text(name: &str, value: &str, out: &mut Vec<u8>) {
    let mut field = Field::start(name, out);
    let is_plain = |word: &str| {
        // A longer word could not be kept off the end of a line.
        (1..LINE - 2).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_graphic()) && !looks_encoded(word)
    };
    // Two spaces in a row, or one at an end, make an empty word: folding could lose them, encoding keeps them.
    if value.split(' ').all(is_plain) {
        value.split(' ').for_each(|word| field.token(word));
    } else {
        field.encoded_words(value);
    }
    field.end();
}

/// A field with one address.
pub(super) fn mailbox(name: &str, mailbox: &Mailbox, out: &mut Vec<u8>) {
    if mailbox.name.is_empty() {
        tokens(name, [mailbox.address.as_str()], out);
    } else {
        named(name, &mailbox.name, mailbox.address.as_str(), out);
    }
}

/// A field with a name for people, and in angle brackets what machines go by (RFC 5322 §3.4, RFC 2919 §3).
pub(super) fn named(name: &str, phrase: &str, identifier: &str, out: &mut Vec<u8>) {
    let mut field = Field::start(name, out);
    if !phrase.is_empty() {
        field.phrase(phrase);
    }
    field.token(&format!("<{identifier}>"));
    field.end();
}

/// A field being written, and how far its last line has come.
struct Field<'o> {
    out: &'o mut Vec<u8>,
    column: usize,
    is_empty: bool,
}

impl<'o> Field<'o> {
    fn start(name: &str, out: &'o mut Vec<u8>) -> Self {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        Self { out, column: name.len() + 1, is_empty: true }
    }

    fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }

    /// Writes a token behind a space, on a new line if it does not fit; the first stays with the field's name, since
    /// some readers take a name without a value for an empty field.
    fn token(&mut self, token: &str) {
        if !self.is_empty && self.column + 1 + token.len() > LINE {
            self.fold();
        }
        self.out.push(b' ');
        self.out.extend_from_slice(token.as_bytes());
        self.column += 1 + token.len();
        self.is_empty = false;
    }

    /// A display name: an atom, a quoted string, or encoded words, whichever is the first that can hold it.
    fn phrase(&mut self, phrase: &str) {
        let fits = |length: usize| self.column + 1 + length <= LINE;
        let is_atom = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_quotable = |b: u8| b.is_ascii_graphic() || b == b' ';
        if phrase.bytes().all(is_atom) && fits(phrase.len()) {
            return self.token(phrase);
        }
        let quoted = format!("\"{}\"", phrase.replace('\\', "\\\\").replace('"', "\\\""));
        if phrase.bytes().all(is_quotable) && !looks_encoded(phrase) && fits(quoted.len()) {
            self.token(&quoted);
        } else {
            self.encoded_words(phrase);
        }
    }

    /// Encoded words that each end between two characters (RFC 2047 §5) and are at most 75 long (§2).
    fn encoded_words(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if self.room() < first.len_utf8() {
                self.fold();
            }
            let word = &rest[..rest.floor_char_boundary(self.room())];
            self.token(&format!("{WORD_START}{}{WORD_END}", BASE64.encode(word.as_bytes())));
            rest = &rest[word.len()..];
        }
    }

    /// Octets that an encoded word on this line can hold.
    fn room(&self) -> usize {
        LINE.saturating_sub(self.column + 1 + WORD_START.len() + WORD_END.len()) / 4 * 3
    }

    fn fold(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.column = 0;
    }
}

/// Whether a reader's program could take plain text for an encoded word.
fn looks_encoded(text: &str) -> bool {
    text.contains("=?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn subject(value: &str) -> String {
        written(|out| text("Subject", value, out))
    }

    fn from(name: &str) -> String {
        let address = "brief@example.org".parse().unwrap();
        written(|out| mailbox("From", &Mailbox { name: name.to_owned(), address }, out))
    }

    /// The value as a reader's program sees it: white space between two encoded words falls away (RFC 2047 §6.2).
    fn decoded(field: &str) -> String {
        let value = field.trim_end_matches("\r\n").replace("\r\n ", " ");
        let (_, value) = value.split_once(": ").unwrap();
        if !value.starts_with(WORD_START) {
            return value.to_owned();
        }
        let base64 = |word: &str| word.strip_prefix(WORD_START)?.strip_suffix(WORD_END).map(str::to_owned);
        let bytes = value.split(' ').flat_map(|word| BASE64.decode(base64(word).unwrap().as_bytes()).unwrap());
        String::from_utf8(bytes.collect()).unwrap()
    }

    #[test]
    fn keeps_plain_text_plain() {
        assert_eq!(subject("Top stories: Accra, Lagos & Nairobi"), "Subject: Top stories: Accra, Lagos & Nairobi\r\n");
        assert_eq!(from("Brief"), "From: Brief <brief@example.org>\r\n");
        assert_eq!(
            from("Face2Face Africa | \"Afrobeatz+\""),
            "From: \"Face2Face Africa | \\\"Afrobeatz+\\\"\" <brief@example.org>\r\n"
        );
        assert_eq!(from(""), "From: brief@example.org\r\n");
    }

    #[test]
    fn f7_encodes_what_is_not_ascii_and_what_only_looks_encoded() {
        assert_eq!(subject("Ghanéenne"), "Subject: =?utf-8?b?R2hhbsOpZW5uZQ==?=\r\n");
        for value in ["=?utf-8?b?aGVsbG8=?=", " leading", "trailing ", "two  spaces"] {
            let field = subject(value);
            assert!(field.starts_with("Subject: =?utf-8?b?"), "{field}");
            assert_eq!(decoded(&field), value);
        }
    }

    #[test]
    fn f1_breaks_words_that_no_line_could_hold() {
        let value = "a".repeat(2_000);
        let field = subject(&value);
        assert!(field.lines().all(|line| line.len() <= LINE));
        assert_eq!(decoded(&field), value);
    }

    proptest! {
        #[test]
        fn f7_encoded_words_are_short_whole_and_come_back(value in "(\\PC|[አለም界🎉é =?]){1,200}") {
            let field = subject(&value);
            for line in field.lines() {
                prop_assert!(line.len() <= LINE, "{line:?}");
                for word in line.split(' ').filter(|word| word.starts_with(WORD_START)) {
                    prop_assert!(word.len() <= 75);
                    let bytes = BASE64.decode(&word.as_bytes()[WORD_START.len()..word.len() - WORD_END.len()]).unwrap();
                    prop_assert!(String::from_utf8(bytes).is_ok(), "a character was split");
                }
            }
            prop_assert_eq!(decoded(&field), value);
        }

        #[test]
        fn f7_an_address_never_stands_in_an_encoded_word(name in "\\PC{1,120}") {
            let field = from(&name);
            prop_assert!(field.ends_with(" <brief@example.org>\r\n"), "{field}");
            prop_assert!(field.lines().all(|line| line.len() <= LINE), "{field}");
        }
    }
}
