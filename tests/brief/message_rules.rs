//! What the message builder promises, rule by rule, and read back by a stranger: Python's `email` package.

use std::io::Write;
use std::process::{Command, Stdio};

use chrono::DateTime;
use griot::address::Mailbox;
use griot::composition::message::{FeedbackId, List, MessageError, Parts, Reader, SizeVerdict, Skeleton, Stream};
use griot::composition::place::{Place, split};
use serde_json::Value;

/// What differs from sample to sample.
struct Sample {
    from_name: &'static str,
    to_name: &'static str,
    subject: String,
    line: &'static str,
}

fn samples() -> Vec<Sample> {
    let sample =
        |from_name, to_name, subject: &str, line| Sample { from_name, to_name, subject: subject.to_owned(), line };
    vec![
        sample("Face2Face Africa", "Ada", "Top stories: Accra, Lagos & Nairobi", "The week's top stories = worth it"),
        sample("", "", "x", ".\n..\nFrom the desk \n\ttabs and trailing spaces \t"),
        sample(
            "Journal d'été",
            "Aïcha \"Ada\" N'Diaye",
            "Les élections à Saint-Louis",
            "Les élections se tiendront dimanche au Sénégal, à la même heure que d’habitude",
        ),
        sample(
            "أخبار أفريقيا",
            "ليلى",
            "أهم أخبار الأسبوع من منصاتنا ومواعيد الفعاليات القادمة",
            "أهم أخبار الأسبوع من منصاتنا",
        ),
        sample("የአፍሪካ ዜና", "አበበ", "የሳምንቱ ዋና ዋና ዜናዎች ከመድረኮቻችን እና የሚመጡ ዝግጅቶች", "የሳምንቱ ዋና ዋና ዜናዎች"),
        sample("非洲新闻", "山田太郎", "本周头条新闻以及我们所有平台上的精选活动和更多内容请继续阅读", "本周头条新闻"),
        sample("Brief 🌍", "👩🏾‍💻 Ada", "🎉🎊 Afrobeats 👩🏾‍🎤 the week in music 🥁", "👩🏾‍🎤 sings 🎶"),
        sample(
            "A publisher with a name that is far too long for any line that a header could ever hold, and goes on",
            "ከማንኛውም መስመር የሚረዝም ስም ያለው አንባቢ ከማንኛውም መስመር የሚረዝም ስም ያለው አንባቢ",
            &"A subject without an end ".repeat(60),
            "A line that is much longer than any line of a message may be, said once and then again: it has to be broken \
             in the middle of what it says, and a reader must never see where that was, whatever it ends with =",
        ),
        sample("a@b, <c>; d: \"e\\", "=?utf-8?q?Ada?=", &"word".repeat(500), "=3D is no =\nsoft break="),
        sample("Brief", "Ada", "  two  spaces, =?utf-8?b?aGVsbG8=?= and an end ", "é"),
    ]
}

/// The values of one message, and the message.
struct Built {
    subject: String,
    text: String,
    html: String,
    from: Mailbox,
    to: Mailbox,
    bytes: Vec<u8>,
}

const UNSUBSCRIBE: &str = "https://brief.example.org/unsubscribe/AwAAAAABAAAAAAAAACoAAAAMq83vEjRWeJCrze8SNFZ4kA";

fn list() -> List<'static> {
    List {
        name: "The Weekly Brief",
        id: "weekly-brief.list-id.example.org",
        help: Some("https://brief.example.org/help"),
        subscribe: Some("https://brief.example.org/"),
        owner: Some("mailto:editors@example.org"),
        archive: Some("https://brief.example.org/archive/weekly-brief"),
    }
}

fn parts<'a>(from: &'a Mailbox, stream: Stream<'a>) -> Parts<'a> {
    Parts {
        from,
        sender: None,
        reply_to: None,
        subject: "Top stories",
        date: DateTime::parse_from_rfc3339("2026-11-06T08:00:00+01:00").unwrap(),
        text: &[],
        html: &[],
        stream,
        feedback_id: Some(FeedbackId { edition: "12", newsletter: "weekly-brief", sender: "face2face" }),
        cfbl_address: None,
    }
}

fn reader<'a>(to: &'a Mailbox, unsubscribe_url: &'a str) -> Reader<'a> {
    Reader {
        unsubscribe_url,
        unsubscribe_mailto: "mailto:leave@example.org?subject=unsubscribe",
        preferences_url: "https://brief.example.org/preferences/AwAAAAABAAAAAAAAACoAAAAM",
        online_url: "https://brief.example.org/archive/weekly-brief/12?a=1&b=2",
        subscribed_on: "3 መስከረም on <example.org>",
        ..Reader::new(to, "m4mfxs2ydzj6c3q5vq7w2ktabc")
    }
}

/// Builds a sample: every place in both parts, one of them twice, one at the very end.
fn build(sample: &Sample, stream: Stream<'_>, unsubscribe_url: &str) -> Built {
    let from = Mailbox { name: sample.from_name.to_owned(), address: "brief@bücher.example".parse().unwrap() };
    let to = Mailbox { name: sample.to_name.to_owned(), address: "Ada.L+news@example.org".parse().unwrap() };
    let reply_to = Mailbox::parse("editors@example.org").unwrap();
    let cfbl_address = "fbl@example.org".parse().unwrap();
    let [unsubscribe, preferences, online, _, subscribed_on] = Place::ALL.map(|place| place.to_string());
    let line = sample.line;
    let text = format!("{online}\n{line}\n\n{line} {subscribed_on}\nLeave: {unsubscribe}\n{preferences}");
    let html = format!(
        "<!doctype html>\n<p>{line}</p>\n<p>{line}<p>{subscribed_on} <a href=\"{unsubscribe}\">leave</a>\n\
         <a href=\"{online}\">online</a><a href=\"{online}\">{preferences}</a>\n"
    );
    let (text_pieces, html_pieces) = (split(&text), split(&html));
    let parts = Parts {
        reply_to: Some(&reply_to),
        subject: &sample.subject,
        text: &text_pieces,
        html: &html_pieces,
        cfbl_address: Some(&cfbl_address),
        ..parts(&from, stream)
    };
    let reader = Reader { cfbl_feedback_id: "c3q5vq7w2k", ..reader(&to, unsubscribe_url) };
    let mut bytes = Vec::new();
    Skeleton::build(&parts).unwrap().splice(&reader, &mut bytes).unwrap();

    let escaped = |value: &str| value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let filled = |whole: &str, escape: &dyn Fn(&str) -> String| {
        let values = [
            (&unsubscribe, reader.unsubscribe_url),
            (&preferences, reader.preferences_url),
            (&online, reader.online_url),
            (&subscribed_on, reader.subscribed_on),
        ];
        let filled =
            values.iter().fold(whole.to_owned(), |text, (marker, value)| text.replace(marker.as_str(), &escape(value)));
        filled.replace('\n', "\r\n")
    };
    Built {
        subject: sample.subject.clone(),
        text: filled(&text, &str::to_owned),
        html: filled(&html, &escaped),
        bytes,
        from,
        to,
    }
}

fn digests() -> Vec<Built> {
    samples().iter().map(|sample| build(sample, Stream::Digest(list()), UNSUBSCRIBE)).collect()
}

/// The message's header block and what follows it, as text: all of it is ASCII (F6).
fn header_and_body(bytes: &[u8]) -> (&str, &str) {
    assert!(bytes.is_ascii(), "F6: an octet over 127");
    std::str::from_utf8(bytes).unwrap().split_once("\r\n\r\n").unwrap()
}

/// The header fields, unfolded.
fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    let (header, _) = header_and_body(bytes);
    let unfolded = header.replace("\r\n ", " ");
    unfolded.split("\r\n").map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.into(), v.into())).collect()
}

fn values(bytes: &[u8], name: &str) -> Vec<String> {
    fields(bytes).into_iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

/// Reads a message with Python and prints what it made of it.
///
/// Names go through the older of its two header parsers: the newer one puts a space between the encoded words of a
/// name, which RFC 2047 §6.2 forbids.
const PYTHON: &str = r#"
import email, email.header, email.policy, email.utils, json, sys
octets = sys.stdin.buffer.read()
message = email.message_from_bytes(octets, policy=email.policy.default)
parts = list(message.iter_parts())
defects = [repr(defect) for part in [message, *parts] for defect in part.defects]
defects += [repr(defect) for value in message.values() for defect in getattr(value, "defects", [])]
def mailbox(field):
    name, address = email.utils.parseaddr(email.message_from_bytes(octets)[field])
    return [str(email.header.make_header(email.header.decode_header(name))), address]
print(json.dumps({
    "subject": message["subject"], "from": mailbox("from"), "to": mailbox("to"),
    "date": message["date"].datetime.isoformat(), "type": message.get_content_type(), "defects": defects,
    "parts": [[part.get_content_type(), part.get_content_charset(), part.get_content()] for part in parts],
}))
"#;

fn read_by_python(bytes: &[u8]) -> Value {
    let mut python = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test reads messages with Python: install python3");
    python.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "Python could not read:\n{}", String::from_utf8_lossy(bytes));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn f5_f7_f8_python_reads_back_what_went_in() {
    for built in digests() {
        let read = read_by_python(&built.bytes);
        assert_eq!(read["defects"], Value::Array(vec![]), "{}", built.subject);
        assert_eq!(read["subject"], built.subject.as_str());
        assert_eq!(read["from"], serde_json::json!([built.from.name, "brief@xn--bcher-kva.example"]));
        assert_eq!(read["to"], serde_json::json!([built.to.name, "Ada.L+news@example.org"]));
        assert_eq!(read["date"], "2026-11-06T08:00:00+01:00");
        assert_eq!(read["type"], "multipart/alternative");
        let parts = serde_json::json!([["text/plain", "utf-8", built.text], ["text/html", "utf-8", built.html]]);
        assert_eq!(read["parts"], parts, "{}", built.subject);
    }
}

#[test]
fn f1_s11_lines_are_short_and_end_in_crlf() {
    for Built { bytes, .. } in digests() {
        let (header, body) = header_and_body(&bytes);
        let whole = std::str::from_utf8(&bytes).unwrap();
        assert!(whole.ends_with("--\r\n"));
        assert!(!whole.replace("\r\n", "").contains(['\r', '\n', '\0']));
        for line in header.split("\r\n") {
            assert!(line.len() <= 998);
            // A URL can't be broken; it may stand on a longer line, but nothing may stand beside it.
            let tokens = line.split_ascii_whitespace().filter(|token| !token.ends_with(':')).count();
            assert!(line.len() <= 78 || tokens == 1, "{line}");
            assert!(!line.contains("=?") || line.len() <= 76, "F7: {line}");
            assert!(!line.trim().is_empty(), "a folded line of white space only");
        }
        for line in body.split("\r\n") {
            assert!(line.len() <= 76, "{line}");
            assert!(!line.starts_with('.'), "{line}");
        }
    }
}

#[test]
fn f1_a_value_of_any_length_keeps_lines_short() {
    for length in (1..200).chain([700]) {
        let url = format!("https://example.org/{}", "=".repeat(length));
        for sample in [&samples()[0], &samples()[4]] {
            let built = build(sample, Stream::Digest(list()), &url);
            let (_, body) = header_and_body(&built.bytes);
            assert!(body.split("\r\n").all(|line| line.len() <= 76), "{length}");
        }
    }
}

#[test]
fn f2_every_field_stands_once_and_the_forbidden_ones_never() {
    for Built { bytes, .. } in digests() {
        let names: Vec<String> = fields(&bytes).into_iter().map(|(name, _)| name).collect();
        let expected = [
            "To",
            "Message-ID",
            "List-Unsubscribe",
            "CFBL-Feedback-ID",
            "Date",
            "From",
            "Reply-To",
            "Subject",
            "List-ID",
            "List-Unsubscribe-Post",
            "List-Help",
            "List-Subscribe",
            "List-Owner",
            "List-Archive",
            "List-Post",
            "Feedback-ID",
            "CFBL-Address",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
        ];
        // The whole list, so Precedence, Return-Path, Bcc, X-Priority and the like are not among them.
        assert_eq!(names, expected);
    }
}

#[test]
fn f_the_fields_say_what_the_table_says() {
    let bytes = &digests()[0].bytes;
    for (name, value) in [
        ("Date", "Fri, 06 Nov 2026 08:00:00 +0100"),
        ("Message-ID", "<m4mfxs2ydzj6c3q5vq7w2ktabc@xn--bcher-kva.example>"),
        ("List-ID", "\"The Weekly Brief\" <weekly-brief.list-id.example.org>"),
        ("List-Unsubscribe", &format!("<{UNSUBSCRIBE}>, <mailto:leave@example.org?subject=unsubscribe>")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Help", "<https://brief.example.org/help>"),
        ("List-Owner", "<mailto:editors@example.org>"),
        ("List-Post", "NO"),
        ("Feedback-ID", "12:weekly-brief:digest:face2face"),
        ("CFBL-Address", "fbl@example.org; report=arf"),
        ("CFBL-Feedback-ID", "c3q5vq7w2k"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(values(bytes, name), [value], "{name}");
    }
    // RFC 8058 §5 wants this one on one line.
    let (header, _) = header_and_body(bytes);
    assert!(header.split("\r\n").any(|line| line == "List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
}

#[test]
fn f2_sender_stands_only_where_it_differs() {
    let from = Mailbox::parse("Brief <brief@example.org>").unwrap();
    let to = Mailbox::parse("ada@example.org").unwrap();
    for (sender, expected) in
        [("Desk <brief@example.org>", vec![]), ("desk@example.org", vec!["desk@example.org".to_owned()])]
    {
        let sender = Mailbox::parse(sender).unwrap();
        let parts = Parts { sender: Some(&sender), ..parts(&from, Stream::Digest(list())) };
        let mut bytes = Vec::new();
        Skeleton::build(&parts).unwrap().splice(&reader(&to, UNSUBSCRIBE), &mut bytes).unwrap();
        assert_eq!(values(&bytes, "Sender"), expected);
    }
}

#[test]
fn f3_the_same_values_give_the_same_bytes() {
    for sample in samples() {
        let first = build(&sample, Stream::Digest(list()), UNSUBSCRIBE).bytes;
        assert!(first == build(&sample, Stream::Digest(list()), UNSUBSCRIBE).bytes, "{}", sample.subject);
    }
}

#[test]
fn f6_ascii_goes_quoted_printable_and_other_scripts_base64() {
    let encodings = |sample: usize| values_of_parts(&digests()[sample].bytes);
    assert_eq!(encodings(0), ["quoted-printable", "quoted-printable"]);
    assert_eq!(encodings(2), ["quoted-printable", "quoted-printable"]);
    for script in 3..=5 {
        assert_eq!(encodings(script)[0], "base64", "{}", samples()[script].subject);
    }
}

fn values_of_parts(bytes: &[u8]) -> Vec<String> {
    let (_, body) = header_and_body(bytes);
    let field = |line: &str| line.strip_prefix("Content-Transfer-Encoding: ").map(str::to_owned);
    body.split("\r\n").filter_map(field).collect()
}

#[test]
fn f9_the_html_part_is_measured_with_the_links_in_it() {
    let from = Mailbox::parse("brief@example.org").unwrap();
    let to = Mailbox::parse("ada@example.org").unwrap();
    let html = format!("<p>é\n{}</p>", Place::OnlineUrl);
    let html = split(&html);
    let skeleton = Skeleton::build(&Parts { html: &html, ..parts(&from, Stream::Digest(list())) }).unwrap();
    let reader = Reader { online_url: "https://h/?a&b", ..reader(&to, UNSUBSCRIBE) };
    assert_eq!(skeleton.html_bytes(&reader), "<p>é\r\nhttps://h/?a&amp;b</p>".len());

    for (bytes, verdict) in [
        (90_000, SizeVerdict::Fine),
        (90_001, SizeVerdict::Warn),
        (100_000, SizeVerdict::Warn),
        (100_001, SizeVerdict::Fail),
    ] {
        assert_eq!(SizeVerdict::of(bytes), verdict);
    }
}

#[test]
fn a_letter_has_no_list_to_leave_and_needs_no_links() {
    let from = Mailbox::parse("Brief <brief@example.org>").unwrap();
    let to = Mailbox::parse("Ada <ada@example.org>").unwrap();
    let text = split("Please confirm: https://brief.example.org/confirm/AwAAAAAB\n");
    let parts = Parts { text: &text, html: &text, ..parts(&from, Stream::Transactional) };
    let mut bytes = Vec::new();
    Skeleton::build(&parts).unwrap().splice(&Reader::new(&to, "m4mfxs2ydz"), &mut bytes).unwrap();
    let names: Vec<String> = fields(&bytes).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "To",
        "Message-ID",
        "Date",
        "From",
        "Subject",
        "Feedback-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ];
    assert_eq!(names, expected);
    assert_eq!(values(&bytes, "Feedback-ID"), ["12:weekly-brief:letter:face2face"]);
    assert_eq!(values(&bytes, "Auto-Submitted"), ["auto-generated"]);
    let read = read_by_python(&bytes);
    assert_eq!(read["parts"][0][2], "Please confirm: https://brief.example.org/confirm/AwAAAAAB\r\n");
}

#[test]
fn w_nothing_shared_can_break_a_header() {
    let good = Mailbox::parse("Brief <brief@example.org>").unwrap();
    for bad in ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\0b", "a\tb", "a\u{85}b"] {
        let named = Mailbox { name: bad.to_owned(), ..good.clone() };
        let stream = Stream::Digest(list());
        let refused = |parts: Parts<'_>| Skeleton::build(&parts).unwrap_err();
        let control = MessageError::ControlCharacter;
        assert_eq!(refused(parts(&named, stream)), control("From name"), "{bad:?}");
        assert_eq!(refused(Parts { sender: Some(&named), ..parts(&good, stream) }), control("Sender name"));
        assert_eq!(refused(Parts { reply_to: Some(&named), ..parts(&good, stream) }), control("Reply-To name"));
        assert_eq!(refused(Parts { subject: bad, ..parts(&good, stream) }), control("subject"));
        let list = |list| Stream::Digest(list);
        assert_eq!(refused(parts(&good, list(List { name: bad, ..self::list() }))), control("newsletter's name"));
        let id = MessageError::BadListId(bad.to_owned());
        assert_eq!(refused(parts(&good, list(List { id: bad, ..self::list() }))), id);
        let url = format!("https://example.org/{bad}");
        for list in [
            List { help: Some(&url), ..self::list() },
            List { subscribe: Some(&url), ..self::list() },
            List { owner: Some(&url), ..self::list() },
            List { archive: Some(&url), ..self::list() },
        ] {
            assert!(matches!(refused(parts(&good, Stream::Digest(list))), MessageError::NotAUrl(_)));
        }
        for feedback_id in [
            FeedbackId { edition: bad, newsletter: "weekly", sender: "face2face" },
            FeedbackId { edition: "12", newsletter: bad, sender: "face2face" },
            FeedbackId { edition: "12", newsletter: "weekly", sender: bad },
        ] {
            let parts = Parts { feedback_id: Some(feedback_id), ..parts(&good, stream) };
            assert_eq!(refused(parts), MessageError::BadFeedbackId(bad.to_owned()));
        }
    }
}

#[test]
fn w_nothing_of_a_readers_can_break_a_message() {
    let from = Mailbox::parse("brief@example.org").unwrap();
    let to = Mailbox::parse("ada@example.org").unwrap();
    let skeleton = Skeleton::build(&parts(&from, Stream::Digest(list()))).unwrap();
    let good = reader(&to, UNSUBSCRIBE);
    for bad in ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\0b"] {
        let named = Mailbox { name: bad.to_owned(), ..to.clone() };
        let url = format!("https://example.org/{bad}");
        for reader in [
            Reader { to: &named, ..good },
            Reader { message_id_local: bad, ..good },
            Reader { unsubscribe_url: &url, ..good },
            Reader { unsubscribe_mailto: &url.replace("https://", "mailto:"), ..good },
            Reader { preferences_url: &url, ..good },
            Reader { online_url: &url, ..good },
            Reader { reader_token: bad, ..good },
            Reader { subscribed_on: bad, ..good },
            Reader { cfbl_feedback_id: bad, ..good },
        ] {
            let mut out = b"before".to_vec();
            assert!(skeleton.splice(&reader, &mut out).is_err(), "{bad:?} was accepted");
            assert_eq!(out, b"before", "something was written before the refusal");
        }
    }
    for url in ["javascript:alert(1)", "http://a b", "https://a>,<https://b", "https://é", "mailto:a@b.org"] {
        let refused = skeleton.splice(&Reader { unsubscribe_url: url, ..good }, &mut Vec::new());
        assert_eq!(refused, Err(MessageError::NotAUrl("unsubscribe URL")), "{url}");
    }
}

#[test]
fn w_a_missing_link_is_named() {
    let from = Mailbox::parse("brief@example.org").unwrap();
    let to = Mailbox::parse("ada@example.org").unwrap();
    let marker = Place::SubscribedOn.to_string();
    let text = split(&marker);
    let splice = |stream, text, reader: Reader<'_>| {
        Skeleton::build(&Parts { text, ..parts(&from, stream) }).unwrap().splice(&reader, &mut Vec::new())
    };
    let unsubscribe = splice(Stream::Digest(list()), &[], reader(&to, ""));
    assert_eq!(unsubscribe, Err(MessageError::Missing("unsubscribe URL")));
    let letter = splice(Stream::Transactional, &text, Reader::new(&to, "id"));
    assert_eq!(letter, Err(MessageError::Missing("date of subscription")));
    assert_eq!(letter.unwrap_err().to_string(), "the message needs the reader's date of subscription, which is empty");
}

#[test]
fn s11_a_part_with_a_nul_or_a_stray_marker_is_refused() {
    let from = Mailbox::parse("brief@example.org").unwrap();
    let refused = |text: &str| {
        let pieces = split(text);
        Skeleton::build(&Parts { html: &pieces, ..parts(&from, Stream::Transactional) }).unwrap_err()
    };
    assert_eq!(refused("a\0b"), MessageError::Nul("HTML"));
    assert_eq!(refused("\u{E000}who-knows\u{E001}"), MessageError::StrayMarker("HTML"));
}
