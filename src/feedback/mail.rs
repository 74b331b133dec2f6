//! A mail taken apart: its headers, and the parts that may tell something, decoded.
//!
//! Owns: as much of MIME (RFC 2045 to 2047) as reports need, read leniently, because half of what comes back was
//! written by programs that know no MIME, and some of it is cut off. Leaves out: attachments, and what a returned
//! message says behind its headers. Nothing fails; every length is bounded.

use super::decode::{self, words};

/// What is looked at of a mail. Reports stand in front of what they return.
const MAX_OCTETS: usize = 8 << 20;
const MAX_PARTS: usize = 40;
const MAX_DEPTH: usize = 6;
/// Octets of a part that are decoded.
const MAX_PART: usize = 128 << 10;
const MAX_HEADERS: usize = 300;
/// Octets of one header's value.
const MAX_VALUE: usize = 4 << 10;

/// A block of headers, or of fields written like headers.
#[derive(Debug, Default, Clone)]
pub(super) struct Headers(Vec<(String, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Html,
    /// message/delivery-status (RFC 3464).
    Status,
    /// message/feedback-report (RFC 5965).
    Complaint,
    /// message/disposition-notification (RFC 8098): a receipt.
    Receipt,
    /// The message that was sent, or its headers.
    Returned,
}

#[derive(Debug)]
pub(super) struct Part {
    pub kind: Kind,
    pub text: String,
}

#[derive(Debug, Default)]
pub(super) struct Mail {
    pub headers: Headers,
    pub parts: Vec<Part>,
}

impl Headers {
    /// Reads header lines up to the first empty line, and gives what follows it.
    ///
    /// A line that is no header ends the block too, as where somebody cut a mail or put text into it.
    fn read(octets: &[u8]) -> (Self, &[u8]) {
        let mut found: Vec<(String, Vec<u8>)> = Vec::new();
        let mut rest = octets;
        while !rest.is_empty() {
            let (line, after) = split_line(rest);
            if line.is_empty() {
                rest = after;
                break;
            }
            if line[0] == b' ' || line[0] == b'\t' {
                // A line of nothing but spaces is a fold that some programs write.
                if let Some((_, value)) = found.last_mut() {
                    append(value, b" ");
                    append(value, line.trim_ascii());
                } else if line.trim_ascii().is_empty() {
                    rest = after;
                    break;
                }
            } else if let Some((name, value)) = split_field(line) {
                if found.len() < MAX_HEADERS {
                    let mut kept = Vec::new();
                    append(&mut kept, value.trim_ascii());
                    found.push((name, kept));
                }
            } else if let Some((_, value)) = found.last_mut().filter(|(_, value)| value.ends_with(b";")) {
                // A parameter on a line of its own that somebody forgot to indent.
                append(value, b" ");
                append(value, line.trim_ascii());
            } else if !(found.is_empty() && (line.starts_with(b"From ") || line.starts_with(b">From "))) {
                break;
            }
            rest = after;
        }
        let headers = found.into_iter().map(|(name, value)| (name, words(&decode::to_text(&value, "")))).collect();
        (Self(headers), rest)
    }

    pub fn of_mail(mail: &[u8]) -> Self {
        Self::read(&mail[..mail.len().min(MAX_OCTETS)]).0
    }

    /// The fields of a report, leniently: what stands between them and is none is left out.
    pub fn of_fields(text: &str) -> Self {
        let is_field = |line: &&str| line.starts_with([' ', '\t']) || split_field(line.as_bytes()).is_some();
        let lines: Vec<&str> = text.lines().filter(is_field).collect();
        Self::read(lines.join("\n").as_bytes()).0
    }

    /// Whether these may be a message's, not a sentence that happens to hold a colon.
    pub fn is_returned(&self) -> bool {
        let known = ["from", "to", "subject", "date", "message-id", "received", "return-path", "mime-version"];
        known.iter().filter(|name| self.get(name).is_some()).count() >= 2
    }

    pub fn of_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        Self(pairs.take(MAX_HEADERS).map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }

    pub fn of_text(text: &str) -> Self {
        Self::read(text.trim_start_matches(['\r', '\n']).as_bytes()).0
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value in lower case, or nothing.
    pub fn lower(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_lowercase()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn append(value: &mut Vec<u8>, more: &[u8]) {
    let room = MAX_VALUE.saturating_sub(value.len());
    value.extend_from_slice(&more[..more.len().min(room)]);
}

/// The line without its end, and what follows it.
fn split_line(octets: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match octets.iter().position(|&octet| octet == b'\n') {
        Some(end) => (&octets[..end], &octets[end + 1..]),
        None => (octets, &octets[octets.len()..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// `Name: value`, the name in lower case.
fn split_field(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|&octet| octet == b':')?;
    let name = line[..colon].trim_ascii_end();
    let is_name = !name.is_empty() && name.len() <= 80 && name.iter().all(|octet| (33..127).contains(octet));
    is_name.then(|| (String::from_utf8_lossy(name).to_ascii_lowercase(), &line[colon + 1..]))
}

/// A value with parameters (RFC 2045 §5.1): the value in lower case, and one parameter of it.
pub(super) fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (found, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        if name.trim_matches([' ', ';', '\t']).eq_ignore_ascii_case(wanted) {
            return Some(found.trim().to_owned());
        }
        rest = next;
    }
}

impl Mail {
    pub fn read(octets: &[u8]) -> Self {
        let octets = &octets[..octets.len().min(MAX_OCTETS)];
        let start = octets.iter().position(|octet| !octet.is_ascii_whitespace()).unwrap_or(octets.len());
        let (headers, body) = Headers::read(&octets[start..]);
        let mut parts = Vec::new();
        walk(&headers, body, 0, &mut parts);
        Self { headers, parts }
    }

    pub fn part(&self, kind: Kind) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind == kind)
    }

    /// What was written for people, as plain text. HTML counts only where nothing plain is there.
    pub fn text(&self) -> String {
        let of = |kind: Kind| {
            let texts = self.parts.iter().filter(|part| part.kind == kind && !part.text.trim().is_empty());
            texts.map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n\n")
        };
        let plain = of(Kind::Text);
        if plain.is_empty() { decode::without_tags(&of(Kind::Html)) } else { plain }
    }
}

fn walk(headers: &Headers, body: &[u8], depth: usize, parts: &mut Vec<Part>) {
    let full_type = headers.get("content-type").unwrap_or("text/plain");
    let media_type = full_type.split([';', ' ']).next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.starts_with("multipart/")
        && depth < MAX_DEPTH
        && let Some(boundary) = parameter(full_type, "boundary").filter(|boundary| !boundary.is_empty())
    {
        let before = parts.len();
        let preamble = split_parts(body, boundary.as_bytes(), |part| {
            let (headers, body) = Headers::read(part);
            walk(&headers, body, depth + 1, parts);
        });
        // A report whose boundaries are missing, or that stands before the first of them.
        let has_text = parts[before..].iter().any(|part| matches!(part.kind, Kind::Text | Kind::Html | Kind::Status));
        if !has_text && !preamble.trim_ascii().is_empty() {
            keep(Kind::Text, &Headers::default(), preamble, parts);
        }
        return;
    }
    let kind = match media_type.as_str() {
        "message/delivery-status" | "message/global-delivery-status" => Kind::Status,
        "message/feedback-report" => Kind::Complaint,
        "message/disposition-notification" | "message/global-disposition-notification" => Kind::Receipt,
        "message/rfc822"
        | "message/global"
        | "message/rfc822-headers"
        | "text/rfc822-headers"
        | "text/rfc822"
        | "message/global-headers"
        | "text/rfc822-header"
        | "message/news" => Kind::Returned,
        "text/html" => Kind::Html,
        // A type that nobody registered, as old programs wrote: whatever is not an attachment is text.
        other if other.starts_with("text") || other.starts_with("message/") || !other.contains('/') => Kind::Text,
        _ => return,
    };
    keep(kind, headers, body, parts);
}

fn keep(kind: Kind, headers: &Headers, body: &[u8], parts: &mut Vec<Part>) {
    if parts.len() >= MAX_PARTS {
        return;
    }
    let encoding = headers.lower("content-transfer-encoding");
    let charset = parameter(headers.get("content-type").unwrap_or_default(), "charset").unwrap_or_default();
    let octets = decode::transfer(&body[..body.len().min(MAX_PART)], encoding.trim());
    let mut text = decode::to_text(&octets, &charset);
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    parts.push(Part { kind, text });
}

/// Hands over each part between boundaries, and gives what stands before the first. A missing end is the mail's end.
fn split_parts<'a>(body: &'a [u8], boundary: &[u8], mut take: impl FnMut(&'a [u8])) -> &'a [u8] {
    let mut rest = body;
    let mut start = None;
    let mut preamble = body;
    let mut count = 0;
    loop {
        let at = body.len() - rest.len();
        if rest.is_empty() {
            if let Some(start) = start {
                take(&body[start..]);
            }
            return preamble;
        }
        let (line, after) = split_line(rest);
        if let Some(end) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary))
            && (end.trim_ascii().is_empty() || end.trim_ascii() == b"--")
        {
            match start {
                Some(start) => take(&body[start..at]),
                None => preamble = &body[..at],
            }
            count += 1;
            if end.trim_ascii() == b"--" || count > MAX_PARTS {
                return preamble;
            }
            start = Some(body.len() - after.len());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(mail: &str) -> Vec<(Kind, String)> {
        Mail::read(mail.as_bytes()).parts.into_iter().map(|part| (part.kind, part.text.trim().to_owned())).collect()
    }

    #[test]
    fn takes_a_report_apart() {
        let mail = "Subject: =?utf-8?Q?Zustellung_fehlgeschlagen?=\nContent-Type: multipart/report;\n\tboundary=\"=_1\"\n\n\
            --=_1\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nEmpf=E4n=\nger\n\
            --=_1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n--=_1\n\
            Content-Type: message/rfc822\n\nSubject: hello\n\nBody\n--=_1--\n";
        assert_eq!(Mail::read(mail.as_bytes()).headers.get("subject"), Some("Zustellung fehlgeschlagen"));
        let expected = [
            (Kind::Text, "Empfänger"),
            (Kind::Status, "Reporting-MTA: dns; mx"),
            (Kind::Returned, "Subject: hello\n\nBody"),
        ];
        assert_eq!(parts(mail), expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn what_is_cut_off_or_lacks_its_boundaries_is_read_as_far_as_it_goes() {
        let cut = "Content-Type: multipart/report; boundary=a\n\n--a\n\nhello\n--a\nContent-Type: message/delivery-status\n\nAction: fai";
        assert_eq!(parts(cut), [(Kind::Text, "hello".to_owned()), (Kind::Status, "Action: fai".to_owned())]);
        let none = "Content-Type: multipart/report; boundary=a\n\nUser unknown\n";
        assert_eq!(parts(none), [(Kind::Text, "User unknown".to_owned())]);
        assert_eq!(parts(""), [(Kind::Text, String::new())]);
    }

    #[test]
    fn many_parts_and_deep_nesting_come_to_an_end() {
        let many = format!("Content-Type: multipart/mixed; boundary=a\n\n{}", "--a\n\nx\n".repeat(10_000));
        assert!(parts(&many).len() <= MAX_PARTS);
        let deep: String =
            (0..1_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        assert!(parts(&deep).len() <= MAX_PARTS);
    }

    #[test]
    fn parameters_may_be_quoted_or_not() {
        let value = "multipart/report; report-type=delivery-status; Boundary=\"a;b=c\"; x=";
        assert_eq!(parameter(value, "boundary").as_deref(), Some("a;b=c"));
        assert_eq!(parameter(value, "report-type").as_deref(), Some("delivery-status"));
        assert_eq!(parameter("text/plain", "charset"), None);
        assert_eq!(parameter("text/plain; charset", "charset"), None);
    }
}
