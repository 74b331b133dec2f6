//! What may go into a message, looked at before a byte is written (rules F8, S11, W).

use super::parts::{FeedbackId, List, MessageError, Parts, Reader, Stream};
use crate::address::Mailbox;
use crate::composition::place::{Piece, Place};

/// Characters of a URL in a header. With the field's name it stays within a line of 998 (F1).
const MAX_URL: usize = 900;
/// Octets of a list id (RFC 2919 §3).
const MAX_LIST_ID: usize = 255;

pub(super) fn parts(parts: &Parts<'_>) -> Result<(), MessageError> {
    mailbox("From name", parts.from)?;
    parts.sender.map_or(Ok(()), |sender| mailbox("Sender name", sender))?;
    parts.reply_to.map_or(Ok(()), |reply_to| mailbox("Reply-To name", reply_to))?;
    one_line("subject", parts.subject)?;
    if parts.subject.is_empty() {
        return Err(MessageError::NoSubject);
    }
    if let Stream::Digest(list) = &parts.stream {
        self::list(list)?;
    }
    if let Some(id) = &parts.feedback_id {
        feedback_id(id)?;
    }
    body("text", parts.text)?;
    body("HTML", parts.html)
}

/// `needed` are the places that the message has and those its headers ask for.
pub(super) fn reader(reader: &Reader<'_>, needed: &[Place]) -> Result<(), MessageError> {
    mailbox("To name", reader.to)?;
    identifier("Message-ID", reader.message_id_local)?;
    if !reader.cfbl_feedback_id.is_empty() {
        identifier("CFBL-Feedback-ID", reader.cfbl_feedback_id)?;
    }
    if !reader.reader_token.is_empty() {
        identifier(name(Place::ReaderToken), reader.reader_token)?;
    }
    if let Some(place) = needed.iter().find(|place| reader.value(**place).is_empty()) {
        return Err(MessageError::Missing(name(*place)));
    }
    for place in [Place::UnsubscribeUrl, Place::PreferencesUrl, Place::OnlineUrl] {
        url(name(place), reader.value(place), &["https://", "http://"])?;
    }
    url("unsubscribe address", reader.unsubscribe_mailto, &["mailto:"])?;
    one_line(name(Place::SubscribedOn), reader.subscribed_on)
}

fn name(place: Place) -> &'static str {
    match place {
        Place::UnsubscribeUrl => "unsubscribe URL",
        Place::PreferencesUrl => "preferences URL",
        Place::OnlineUrl => "online URL",
        Place::ReaderToken => "token",
        Place::SubscribedOn => "date of subscription",
    }
}

fn mailbox(field: &'static str, mailbox: &Mailbox) -> Result<(), MessageError> {
    // The address is a domain type that holds nothing harmful; the name is an open field.
    one_line(field, &mailbox.name)
}

fn one_line(field: &'static str, value: &str) -> Result<(), MessageError> {
    if value.chars().any(char::is_control) { Err(MessageError::ControlCharacter(field)) } else { Ok(()) }
}

/// An empty one passes: whether it may be empty is asked elsewhere.
fn url(field: &'static str, value: &str, schemes: &[&str]) -> Result<(), MessageError> {
    let is_url = schemes.iter().any(|scheme| value.starts_with(scheme))
        && value.len() <= MAX_URL
        && value.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'));
    if value.is_empty() || is_url { Ok(()) } else { Err(MessageError::NotAUrl(field)) }
}

fn list(list: &List<'_>) -> Result<(), MessageError> {
    one_line("newsletter's name", list.name)?;
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let labels = list.id.split('.').filter(|label| is_label(label)).count();
    if list.id.len() > MAX_LIST_ID || labels < 2 || labels != list.id.split('.').count() {
        return Err(MessageError::BadListId(list.id.to_owned()));
    }
    for (field, value) in [
        ("help URL", list.help),
        ("subscribe URL", list.subscribe),
        ("owner URL", list.owner),
        ("archive URL", list.archive),
    ] {
        url(field, value.unwrap_or_default(), &["https://", "http://", "mailto:"])?;
    }
    Ok(())
}

fn feedback_id(id: &FeedbackId<'_>) -> Result<(), MessageError> {
    for part in [id.edition, id.newsletter, id.sender] {
        if !is_identifier(part) {
            return Err(MessageError::BadFeedbackId(part.to_owned()));
        }
    }
    if !(5..=15).contains(&id.sender.len()) {
        return Err(MessageError::BadFeedbackId(id.sender.to_owned()));
    }
    Ok(())
}

fn identifier(field: &'static str, value: &str) -> Result<(), MessageError> {
    if is_identifier(value) { Ok(()) } else { Err(MessageError::BadIdentifier(field)) }
}

/// Dot-atoms (RFC 5322 §3.2.3) of the characters that nobody needs to quote, short enough for a line.
fn is_identifier(value: &str) -> bool {
    value.len() <= 64
        && value
            .split('.')
            .all(|atom| !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
}

fn body(part: &'static str, pieces: &[Piece<'_>]) -> Result<(), MessageError> {
    for piece in pieces {
        let Piece::Text(text) = piece else { continue };
        if text.contains('\0') {
            return Err(MessageError::Nul(part));
        }
        // A marker that `split` left alone would reach a reader as text.
        if text.contains(['\u{E000}', '\u{E001}']) {
            return Err(MessageError::StrayMarker(part));
        }
    }
    Ok(())
}
