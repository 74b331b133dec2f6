use mail_parser::MessageParser;

use super::Message;

/// A message decoded for reading: encoded-words, quoted-printable, base64 and character sets are resolved.
#[derive(Debug)]
pub struct Shown {
    pub number: u64,
    pub from: String,
    pub to: String,
    pub subject: String,
    /// Time of arrival, UTC.
    pub time: String,
    pub size: String,
    pub html: Option<String>,
    pub text: Option<String>,
    /// Name and unfolded value, as they stand in the message, encoded-words left alone.
    pub headers: Vec<(String, String)>,
    /// Where one POST ends the subscription (RFC 8058): the https or http address of List-Unsubscribe, if
    /// List-Unsubscribe-Post allows it.
    pub one_click: Option<String>,
}

impl Shown {
    /// Decodes a message; what cannot be decoded is shown empty, and whole on the source page.
    pub fn of(message: &Message) -> Self {
        let mut shown = Self {
            number: message.number,
            from: message.envelope.from.clone(),
            to: message.envelope.to.join(", "),
            subject: String::new(),
            time: message.received_at.format("%H:%M:%S").to_string(),
            size: size(message.bytes.len()),
            html: None,
            text: None,
            headers: Vec::new(),
            one_click: None,
        };
        let Some(parsed) = MessageParser::default().parse(&message.bytes) else {
            return shown;
        };
        shown.subject = parsed.subject().unwrap_or_default().to_owned();
        if let Some(from) = parsed.from().and_then(|from| from.first()) {
            shown.from = mailbox(from.name(), from.address());
        }
        if let Some(to) = parsed.to().and_then(|to| to.first()) {
            shown.to = mailbox(to.name(), to.address());
        }
        // The parser makes text of HTML and HTML of text where one is missing; here only what was sent counts.
        let body = |is_wanted: fn(&mail_parser::MessagePart<'_>) -> bool| {
            parsed.parts.iter().find(|part| is_wanted(part)).and_then(|part| part.text_contents()).map(str::to_owned)
        };
        shown.html = body(|part| part.is_text_html());
        shown.text = body(|part| part.is_text() && !part.is_text_html());
        shown.headers = parsed.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect();
        let header =
            |name: &str| shown.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        shown.one_click = header("List-Unsubscribe-Post")
            .filter(|value| value.eq_ignore_ascii_case("List-Unsubscribe=One-Click"))
            .and_then(|_| web_address(header("List-Unsubscribe")?));
        shown
    }
}

fn mailbox(name: Option<&str>, address: Option<&str>) -> String {
    match (name.unwrap_or_default(), address.unwrap_or_default()) {
        ("", address) => address.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}

/// The first http or https address among `<…>, <…>` (RFC 2369 §2).
fn web_address(list: &str) -> Option<String> {
    let unfolded: String = list.split_whitespace().collect();
    let mut addresses = unfolded.split(',').filter_map(|part| part.strip_prefix('<')?.strip_suffix('>'));
    addresses.find(|url| url.starts_with("https://") || url.starts_with("http://")).map(str::to_owned)
}

/// RFC 5322 §2.2.3: a line break before white space is not part of the value.
fn unfolded(value: &str) -> String {
    value.replace("\r\n", "").trim().to_owned()
}

fn size(octets: usize) -> String {
    match octets {
        0..1000 => format!("{octets} B"),
        1000..1_000_000 => format!("{:.1} kB", octets as f64 / 1e3),
        _ => format!("{:.1} MB", octets as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::dialog::Envelope;
    use super::*;

    fn shown(text: &str) -> Shown {
        let envelope = Envelope { from: "bounces@example.org".into(), to: vec!["kofi@example.org".into()] };
        let bytes = text.replace('\n', "\r\n").into_bytes();
        Shown::of(&Message { number: 3, received_at: DateTime::UNIX_EPOCH, envelope, bytes })
    }

    const ALTERNATIVE: &str = "From: =?utf-8?Q?Caf=C3=A9_Press?= <brief@example.org>
To: Kofi <kofi@example.org>
Subject: =?utf-8?B?w4ljb3V0ZXo=?=
 =?utf-8?Q?_bien?=
List-Unsubscribe: <mailto:u@example.org>,
 <https://example.org/u/1>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=\"b\"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

D=C3=A9j=C3=A0 =
vu
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+RMOpasOgIHZ1PC9wPg==
--b--
";

    #[test]
    fn decodes_words_parts_and_encodings() {
        let shown = shown(ALTERNATIVE);
        assert_eq!(shown.from, "Café Press <brief@example.org>");
        assert_eq!(shown.subject, "Écoutez bien");
        assert_eq!(shown.text.as_deref().map(str::trim), Some("Déjà vu"));
        assert_eq!(shown.html.as_deref(), Some("<p>Déjà vu</p>"));
    }

    #[test]
    fn rfc8058_finds_the_address_for_one_click_only_where_the_post_header_allows_it() {
        assert_eq!(shown(ALTERNATIVE).one_click.as_deref(), Some("https://example.org/u/1"));
        let without = ALTERNATIVE.replace("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", "");
        assert_eq!(shown(&without).one_click, None);
        let mail_only = ALTERNATIVE.replace("https:", "ftp:");
        assert_eq!(shown(&mail_only).one_click, None);
    }

    #[test]
    fn headers_are_unfolded_and_otherwise_left_as_they_are() {
        let headers = shown(ALTERNATIVE).headers;
        assert_eq!(headers[2], ("Subject".into(), "=?utf-8?B?w4ljb3V0ZXo=?= =?utf-8?Q?_bien?=".into()));
    }

    #[test]
    fn a_part_that_was_not_sent_is_not_made_up() {
        let plain = shown("Subject: x\n\nHello\n");
        assert_eq!((plain.text.as_deref(), plain.html), (Some("Hello\r\n"), None));
        let empty = shown("\n");
        assert_eq!((empty.subject.as_str(), empty.to.as_str()), ("", "kofi@example.org"));
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!([size(999), size(20_480), size(1_500_000)], ["999 B", "20.5 kB", "1.5 MB"]);
    }
}
