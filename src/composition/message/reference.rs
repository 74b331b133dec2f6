//! The same messages built whole by lettre's builder, a reader at a time: what splicing must come to, byte for byte.
//!
//! Values keep to where the two encoders agree; where lettre's strays from the rules, the tests beside each encoder
//! say what is right.

use chrono::{DateTime, TimeDelta};
use data_encoding::BASE64;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Message, MultiPart, SinglePart};
use proptest::prelude::*;

use super::*;
use crate::address::Mailbox;
use crate::composition::place::{Piece, Place, split};

fn lettre_mailbox(mailbox: &Mailbox) -> lettre::message::Mailbox {
    let name = (!mailbox.name.is_empty()).then(|| mailbox.name.clone());
    lettre::message::Mailbox::new(name, mailbox.address.as_str().parse().unwrap())
}

fn field(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The part with the reader's values in it: a text for each piece, and whether it is a value.
fn filled(pieces: &[Piece<'_>], reader: &Reader<'_>, escape: bool) -> Vec<(bool, String)> {
    let fill = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => (false, text.replace('\n', "\r\n")),
        Piece::Place(place) if escape => (true, reader.value(*place).replace('&', "&amp;")),
        Piece::Place(place) => (true, reader.value(*place).to_owned()),
    };
    pieces.iter().map(fill).collect()
}

fn quoted_printable(filled: &[(bool, String)]) -> Body {
    let encode = |(_, text): &(bool, String)| {
        Body::new_with_encoding(text.clone(), ContentTransferEncoding::QuotedPrintable).unwrap().into_vec()
    };
    let pieces: Vec<_> = filled.iter().map(encode).collect();
    Body::dangerous_pre_encoded(pieces.join(&b"=\r\n"[..]), ContentTransferEncoding::QuotedPrintable)
}

/// Encodes the whole text at once, then breaks lines where each value's whole groups begin and end.
fn base64(filled: &[(bool, String)]) -> Body {
    let whole: String = filled.iter().map(|(_, text)| text.as_str()).collect();
    let mut cuts = vec![0];
    let mut at = 0;
    for (is_value, text) in filled {
        if *is_value {
            cuts.push(at / 3 * 3);
            cuts.push((at + text.len()).div_ceil(3) * 3);
        }
        at += text.len();
    }
    cuts.push(at);
    let mut lines = String::new();
    for cut in cuts.windows(2) {
        for line in whole.as_bytes()[cut[0].min(at)..cut[1].min(at)].chunks(57) {
            lines.push_str(&BASE64.encode(line));
            lines.push_str("\r\n");
        }
    }
    Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::Base64)
}

fn part(content_type: ContentType, filled: &[(bool, String)]) -> SinglePart {
    let is_ascii = filled.iter().all(|(_, text)| text.is_ascii());
    let body = if is_ascii { quoted_printable(filled) } else { base64(filled) };
    SinglePart::builder().header(content_type).body(body)
}

fn whole(parts: &Parts<'_>, reader: &Reader<'_>) -> Vec<u8> {
    let domain = parts.from.address.domain();
    let mut message = Message::builder()
        .to(lettre_mailbox(reader.to))
        .message_id(Some(format!("<{}@{domain}>", reader.message_id_local)));
    if let Stream::Digest(_) = parts.stream {
        let value = format!("<{}>, <{}>", reader.unsubscribe_url, reader.unsubscribe_mailto);
        message = message.raw_header(field("List-Unsubscribe", value));
    }
    message = message.date(parts.date.into()).from(lettre_mailbox(parts.from));
    if let Some(reply_to) = parts.reply_to {
        message = message.reply_to(lettre_mailbox(reply_to));
    }
    message = message.subject(parts.subject);
    if let Stream::Digest(list) = parts.stream {
        for header in [
            field("List-ID", format!("\"{}\" <{}>", list.name, list.id)),
            field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()),
            field("List-Help", format!("<{}>", list.help.unwrap())),
            field("List-Archive", format!("<{}>", list.archive.unwrap())),
            field("List-Post", "NO".into()),
            field("Feedback-ID", "12:weekly:digest:face2face".into()),
        ] {
            message = message.raw_header(header);
        }
    }
    let boundary = skeleton::boundary(parts);
    message
        .raw_header(field("Auto-Submitted", "auto-generated".into()))
        .multipart(
            MultiPart::alternative()
                .boundary(boundary)
                .singlepart(part(ContentType::TEXT_PLAIN, &filled(parts.text, reader, false)))
                .singlepart(part(ContentType::TEXT_HTML, &filled(parts.html, reader, true))),
        )
        .unwrap()
        .formatted()
}

/// Sample texts: all in one script, so that it is plain which transfer encoding they get.
fn texts() -> impl Strategy<Value = (String, String, String)> {
    let place = prop::sample::select(Place::ALL.map(|place| place.to_string()).to_vec());
    // Lines stay short: on a line of exactly 76 characters the quoted-printable encoders differ.
    let texts = |line: &'static str| prop::collection::vec((line, place.clone()), 1..12);
    let join = |texts: Vec<(String, String)>| texts.into_iter().flat_map(|(text, marker)| [text, marker]).collect();
    prop_oneof![
        ("[A-Za-z]{1,20}( [A-Za-z:,]{1,20}){0,12}", texts("(<a b=\"[a-z]{1,20}\">[a-z ]{0,20}\n){1,9}")),
        ("[አ-ኸ]{1,20}( [አ-ኸ]{1,20}){0,12}", texts("([ሀ-ኸا-ي ]{12,40}\n){1,9}")),
    ]
    .prop_map(move |(subject, texts)| {
        let reversed = texts.iter().rev().cloned().collect();
        (subject, join(texts), join(reversed))
    })
}

fn mailboxes() -> impl Strategy<Value = Mailbox> {
    ("([A-Za-z]{1,9}( [A-Za-z]{1,9}){0,3}|[ሀ-ኸ]{1,6})?", "[a-z]{1,12}@[a-z]{1,8}\\.org")
        .prop_map(|(name, address)| Mailbox { name, address: address.parse().unwrap() })
}

proptest! {
    #[test]
    fn f_splicing_gives_the_bytes_of_building_whole(
        (subject, text, html) in texts(),
        (from, reply_to, to) in (mailboxes(), mailboxes(), mailboxes()),
        (is_digest, has_reply_to, seconds) in (any::<bool>(), any::<bool>(), 0..4_000_000_000_i64),
        token in "[A-Za-z0-9_-]{20,120}",
        subscribed_on in "[a-z]{1,9} [a-z]{1,9}",
    ) {
        let (text, html) = (split(&text), split(&html));
        let list = List {
            name: "The Weekly Brief",
            id: "weekly.list-id.example.org",
            help: Some("https://example.org/help"),
            subscribe: None,
            owner: None,
            archive: Some("https://example.org/archive"),
        };
        let feedback_id = FeedbackId { edition: "12", newsletter: "weekly", sender: "face2face" };
        let parts = Parts {
            from: &from,
            sender: None,
            reply_to: has_reply_to.then_some(&reply_to),
            subject: &subject,
            date: (DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)).fixed_offset(),
            text: &text,
            html: &html,
            stream: if is_digest { Stream::Digest(list) } else { Stream::Transactional },
            feedback_id: is_digest.then_some(feedback_id),
            cfbl_address: None,
        };
        let urls = ["unsubscribe", "preferences", "online"].map(|page| format!("https://h.example/{page}/{token}?a&b"));
        prop_assume!(urls.iter().all(|url| url.len() % 75 != 1 && (url.len() + 4) % 75 != 1));
        let reader = Reader {
            unsubscribe_url: &urls[0],
            unsubscribe_mailto: "mailto:leave@example.org?subject=unsubscribe",
            preferences_url: &urls[1],
            online_url: &urls[2],
            reader_token: &token[..20],
            subscribed_on: &subscribed_on,
            ..Reader::new(&to, "m4mfxs2ydzj6c3q5vq7w2ktabc")
        };
        let mut spliced = Vec::new();
        Skeleton::build(&parts).unwrap().splice(&reader, &mut spliced).unwrap();
        let (spliced, whole) = (String::from_utf8(spliced).unwrap(), String::from_utf8(whole(&parts, &reader)).unwrap());
        prop_assert_eq!(spliced, whole);
    }
}
