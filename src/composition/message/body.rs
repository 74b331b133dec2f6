//! One part of the message: which transfer encoding it gets, and the splicing into it.

use std::borrow::Cow;

use super::base64::{self, Stretch, Writer};
use super::parts::Reader;
use super::quoted_printable;
use crate::composition::place::{Piece, Place};

/// A part, encoded but for its places.
#[derive(Debug, Clone)]
pub(super) struct Body {
    form: Form,
    encoded: Encoded,
    /// Octets of all shared text before encoding.
    shared_bytes: usize,
}

/// What a value must be made safe for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Html,
}

#[derive(Debug, Clone)]
enum Encoded {
    /// A soft line break stands between any two pieces, so that each begins on a line of its own and its encoding does
    /// not depend on the length of the others.
    QuotedPrintable(Vec<Segment<Vec<u8>>>),
    Base64(Vec<Segment<Stretch>>),
}

#[derive(Debug, Clone)]
enum Segment<S> {
    Shared(S),
    Place(Place),
}

impl Body {
    /// Encodes the shared text in whichever of the two encodings is shorter (F6). Breaks around places do not count, so
    /// a short letter full of links stays legible.
    pub(super) fn new(form: Form, pieces: &[Piece<'_>]) -> Self {
        // Both are made, because only then is it known which is shorter; it happens once an edition.
        let mut printable = Vec::new();
        let mut printable_bytes = 0;
        let mut stretches = Vec::new();
        let mut shared_bytes = 0;
        for (number, piece) in pieces.iter().enumerate() {
            if number > 0 {
                printable.push(Segment::Shared(quoted_printable::SOFT_BREAK.to_vec()));
            }
            match *piece {
                Piece::Text(text) => {
                    let text = with_crlf(text);
                    shared_bytes += text.len();
                    let mut bytes = Vec::with_capacity(text.len() + text.len() / 8);
                    quoted_printable::encode(&text, &mut bytes);
                    printable_bytes += bytes.len();
                    printable.push(Segment::Shared(bytes));
                    stretches.push(Segment::Shared(Stretch::new(text.as_bytes())));
                }
                Piece::Place(place) => {
                    printable.push(Segment::Place(place));
                    stretches.push(Segment::Place(place));
                }
            }
        }
        let encoded = if printable_bytes <= base64::encoded_len(shared_bytes) {
            Encoded::QuotedPrintable(printable)
        } else {
            Encoded::Base64(stretches)
        };
        Self { form, encoded, shared_bytes }
    }

    /// The value of the Content-Transfer-Encoding field.
    pub(super) fn transfer_encoding(&self) -> &'static str {
        match self.encoded {
            Encoded::QuotedPrintable(_) => "quoted-printable",
            Encoded::Base64(_) => "base64",
        }
    }

    /// The places, in order, as often as they occur.
    pub(super) fn places(&self) -> Vec<Place> {
        match &self.encoded {
            Encoded::QuotedPrintable(segments) => places(segments),
            Encoded::Base64(segments) => places(segments),
        }
    }

    /// Octets before transfer encoding, with the reader's values in it.
    pub(super) fn decoded_bytes(&self, reader: &Reader<'_>) -> usize {
        let values = self.places().into_iter().map(|place| self.value(place, reader).len());
        self.shared_bytes + values.sum::<usize>()
    }

    /// Appends what every reader's part begins with, up to the first place.
    pub(super) fn write_start(&self, out: &mut Vec<u8>) {
        match &self.encoded {
            Encoded::QuotedPrintable(segments) => {
                for segment in segments {
                    let Segment::Shared(bytes) = segment else { break };
                    out.extend_from_slice(bytes);
                }
            }
            Encoded::Base64(segments) => {
                if let Some(Segment::Shared(stretch)) = segments.first() {
                    out.extend_from_slice(stretch.first_lines());
                }
            }
        }
    }

    /// Appends the part with the reader's values in it.
    pub(super) fn splice(&self, reader: &Reader<'_>, out: &mut Vec<u8>) {
        match &self.encoded {
            Encoded::QuotedPrintable(segments) => {
                for segment in segments {
                    match segment {
                        Segment::Shared(bytes) => out.extend_from_slice(bytes),
                        Segment::Place(place) => quoted_printable::encode(&self.value(*place, reader), out),
                    }
                }
            }
            Encoded::Base64(segments) => {
                let mut writer = Writer::new(out);
                for segment in segments {
                    match segment {
                        Segment::Shared(stretch) => writer.stretch(stretch),
                        Segment::Place(place) => writer.value(&self.value(*place, reader)),
                    }
                }
                writer.end();
            }
        }
    }

    fn value<'a>(&self, place: Place, reader: &Reader<'a>) -> Cow<'a, str> {
        let value = reader.value(place);
        match self.form {
            Form::Text => Cow::Borrowed(value),
            Form::Html => html_escaped(value),
        }
    }
}

fn places<S>(segments: &[Segment<S>]) -> Vec<Place> {
    let place = |segment: &Segment<S>| match segment {
        Segment::Shared(_) => None,
        Segment::Place(place) => Some(*place),
    };
    segments.iter().filter_map(place).collect()
}

/// The text with CRLF at the end of every line, however its lines ended (S11).
fn with_crlf(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\n']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n"))
}

/// Safe between tags and inside a quoted attribute.
fn html_escaped(value: &str) -> Cow<'_, str> {
    // Nearly every value is a plain URL, and this runs for each of every reader: octets are searched faster than chars.
    if !value.bytes().any(|b| matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        return Cow::Borrowed(value);
    }
    let mut escaped = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f6_takes_the_shorter_encoding() {
        let encoding = |text: &str| Body::new(Form::Text, &[Piece::Text(text)]).transfer_encoding();
        assert_eq!(encoding("The week's top stories, with a word of français."), "quoted-printable");
        assert_eq!(encoding("የሳምንቱ ዋና ዋና ዜናዎች"), "base64");
        assert_eq!(encoding("أهم أخبار الأسبوع من منصاتنا"), "base64");
        assert_eq!(encoding(""), "quoted-printable");
    }

    #[test]
    fn s11_every_line_ends_in_crlf() {
        assert_eq!(with_crlf("a\nb\r\nc\rd\n\r\n"), "a\r\nb\r\nc\r\nd\r\n\r\n");
    }

    #[test]
    fn values_are_escaped_in_html_only() {
        let to = "ada@example.org".parse().unwrap();
        let reader = Reader { online_url: "https://example.org/?a=1&b='2'", ..Reader::new(&to, "id") };
        let pieces = [Piece::Text("Read it online: "), Piece::Place(Place::OnlineUrl), Piece::Text(" at any time")];
        let spliced = |form| {
            let mut out = Vec::new();
            Body::new(form, &pieces).splice(&reader, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(spliced(Form::Text), "Read it online:=20=\r\nhttps://example.org/?a=3D1&b=3D'2'=\r\n at any time");
        assert_eq!(
            spliced(Form::Html),
            "Read it online:=20=\r\nhttps://example.org/?a=3D1&amp;b=3D&#39;2&#39;=\r\n at any time"
        );
    }
}
