use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::body::{Body, Form};
use super::check;
use super::header;
use super::parts::{FeedbackId, List, MessageError, Parts, Reader, Stream};
use crate::composition::place::Place;

/// A message with holes: all that the readers share is encoded, each reader's own is spliced in.
#[derive(Debug, Clone)]
pub struct Skeleton {
    /// Stands behind the `@` of every Message-ID (F4).
    from_domain: String,
    has_way_out: bool,
    has_cfbl: bool,
    /// What a reader must bring, each place once.
    needed: Vec<Place>,
    /// The shared header fields, and all up to the text part's body.
    head: Vec<u8>,
    /// Where in `head` the message's body begins.
    body_at: usize,
    text: Body,
    /// From the end of the text part's body to the beginning of the HTML part's.
    between: Vec<u8>,
    html: Body,
    end: Vec<u8>,
}

/// Whether Gmail will show the whole HTML part or clip it (F9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeVerdict {
    Fine,
    /// Over 90,000 bytes: near the limit.
    Warn,
    /// Over 100,000 bytes: a reader would see it clipped, without the footer and its way out.
    Fail,
}

impl SizeVerdict {
    /// Judges the bytes that [`Skeleton::html_bytes`] counts.
    pub fn of(html_bytes: usize) -> Self {
        match html_bytes {
            0..=90_000 => Self::Fine,
            90_001..=100_000 => Self::Warn,
            _ => Self::Fail,
        }
    }
}

impl Skeleton {
    /// Encodes all that the readers share.
    ///
    /// # Errors
    /// Any value that would break a header (W), a NUL in a part (S11), a stray place marker, and identifiers that are
    /// not of their form.
    pub fn build(parts: &Parts<'_>) -> Result<Self, MessageError> {
        check::parts(parts)?;
        let text = Body::new(Form::Text, parts.text);
        let html = Body::new(Form::Html, parts.html);
        let boundary = boundary(parts);

        let mut head = Vec::with_capacity(1024);
        write_shared_fields(parts, &mut head);
        header::unfolded("MIME-Version", "1.0", &mut head);
        let content_type = format!("multipart/alternative; boundary=\"{boundary}\"");
        header::unfolded("Content-Type", &content_type, &mut head);
        head.extend_from_slice(b"\r\n");
        let body_at = head.len();
        write_part_start(&boundary, "text/plain; charset=utf-8", &text, &mut head);

        let mut between = b"\r\n".to_vec();
        write_part_start(&boundary, "text/html; charset=utf-8", &html, &mut between);
        let end = format!("\r\n--{boundary}--\r\n").into_bytes();

        let has_way_out = matches!(parts.stream, Stream::Digest(_) | Stream::Question);
        let places = [text.places(), html.places()].concat();
        let is_needed = |place: &Place| places.contains(place) || (has_way_out && *place == Place::UnsubscribeUrl);
        Ok(Self {
            from_domain: parts.from.address.domain().to_owned(),
            has_way_out,
            has_cfbl: parts.cfbl_address.is_some(),
            needed: Place::ALL.into_iter().filter(is_needed).collect(),
            head,
            body_at,
            text,
            between,
            html,
            end,
        })
    }

    /// Appends one reader's whole message to `out`: CRLF line ends, 7-bit, and no line of a part begins with a dot.
    ///
    /// # Errors
    /// A value that would break a header or is not what it should be (W), or that the message has a place for and that
    /// is empty. `out` is then as it was.
    pub fn splice(&self, reader: &Reader<'_>, out: &mut Vec<u8>) -> Result<(), MessageError> {
        check::reader(reader, &self.needed)?;
        self.write_personal_fields(reader, out);
        out.extend_from_slice(&self.head);
        self.text.splice(reader, out);
        out.extend_from_slice(&self.between);
        self.html.splice(reader, out);
        out.extend_from_slice(&self.end);
        Ok(())
    }

    /// Whether a reader must bring this.
    pub fn needs(&self, place: Place) -> bool {
        self.needed.contains(&place)
    }

    /// What the body of every reader's message begins with: to be hashed once when messages are signed.
    pub fn shared_body_start(&self) -> Vec<u8> {
        let mut start = self.head[self.body_at..].to_vec();
        self.text.write_start(&mut start);
        start
    }

    /// Bytes of the HTML part before transfer encoding, with this reader's links in it: ask with the longest (F9).
    pub fn html_bytes(&self, longest: &Reader<'_>) -> usize {
        self.html.decoded_bytes(longest)
    }

    /// The header fields that are a reader's own. They stand first, so that everything shared follows in one piece.
    fn write_personal_fields(&self, reader: &Reader<'_>, out: &mut Vec<u8>) {
        header::mailbox("To", reader.to, out);
        let message_id = format!("<{}@{}>", reader.message_id_local, self.from_domain);
        header::unfolded("Message-ID", &message_id, out);
        if self.has_way_out {
            let url = format!("<{}>", reader.unsubscribe_url);
            if reader.unsubscribe_mailto.is_empty() {
                header::tokens("List-Unsubscribe", [url.as_str()], out);
            } else {
                let mailto = format!("<{}>", reader.unsubscribe_mailto);
                header::tokens("List-Unsubscribe", [&format!("{url},"), &mailto].map(String::as_str), out);
            }
        }
        if self.has_cfbl && !reader.cfbl_feedback_id.is_empty() {
            header::unfolded("CFBL-Feedback-ID", reader.cfbl_feedback_id, out);
        }
    }
}

fn write_shared_fields(parts: &Parts<'_>, out: &mut Vec<u8>) {
    // RFC 5322 §3.3: English names whatever the locale, and a numeric zone (F3).
    header::unfolded("Date", &parts.date.format("%a, %d %b %Y %H:%M:%S %z").to_string(), out);
    header::mailbox("From", parts.from, out);
    if let Some(sender) = parts.sender.filter(|sender| sender.address != parts.from.address) {
        header::mailbox("Sender", sender, out);
    }
    if let Some(reply_to) = parts.reply_to {
        header::mailbox("Reply-To", reply_to, out);
    }
    header::text("Subject", parts.subject, out);
    match parts.stream {
        Stream::Digest(list) => write_list_fields(&list, out),
        Stream::Question => write_one_click(out),
        Stream::Transactional => {}
    }
    if let Some(FeedbackId { edition, newsletter, sender }) = parts.feedback_id {
        let value = format!("{edition}:{newsletter}:{}:{sender}", parts.stream.name());
        header::unfolded("Feedback-ID", &value, out);
    }
    if let Some(address) = parts.cfbl_address {
        header::tokens("CFBL-Address", [format!("{address};").as_str(), "report=arf"], out);
    }
    header::unfolded("Auto-Submitted", "auto-generated", out);
}

/// That the URL of List-Unsubscribe takes a POST (RFC 8058).
fn write_one_click(out: &mut Vec<u8>) {
    header::unfolded("List-Unsubscribe-Post", "List-Unsubscribe=One-Click", out);
}

fn write_list_fields(list: &List<'_>, out: &mut Vec<u8>) {
    header::named("List-ID", list.name, list.id, out);
    write_one_click(out);
    let urls = [
        ("List-Help", list.help),
        ("List-Subscribe", list.subscribe),
        ("List-Owner", list.owner),
        ("List-Archive", list.archive),
    ];
    for (name, url) in urls {
        if let Some(url) = url {
            header::tokens(name, [format!("<{url}>").as_str()], out);
        }
    }
    header::unfolded("List-Post", "NO", out);
}

fn write_part_start(boundary: &str, content_type: &str, body: &Body, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
    header::unfolded("Content-Type", content_type, out);
    header::unfolded("Content-Transfer-Encoding", body.transfer_encoding(), out);
    out.extend_from_slice(b"\r\n");
}

/// A boundary that is the same whenever the message is built, and differs from edition to edition.
///
/// It cannot occur in a part: neither quoted-printable nor base64 ever has an `_` behind a `=`.
pub(super) fn boundary(parts: &Parts<'_>) -> String {
    let mut hash = Sha256::new();
    for field in [parts.from.address.as_str(), parts.subject, &parts.date.to_rfc3339()] {
        hash.update(field.as_bytes());
        hash.update([0]);
    }
    format!("=_{}", HEXLOWER.encode(&hash.finalize()[..12]))
}
