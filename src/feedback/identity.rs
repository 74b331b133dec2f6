//! Whom it is about, shown by a MAC of ours; never by an address alone, which anybody can write.

use chrono::DateTime;

use super::Own;
use super::address;
use super::mail::{Headers, Kind, Mail};
use crate::store::{EditionId, SubscriberId};
use crate::token::{Keys, Purpose};

pub(super) type Delivery = (EditionId, SubscriberId);

/// How many words are tried: each costs a MAC.
const MAX_TRIES: usize = 400;

/// How many of those who are no recipients are told apart.
const MAX_SENDERS: usize = 50;

/// Where a mail says to whom it came, as relays and mail stores write it.
const RECIPIENT_HEADERS: [&str; 9] = [
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "original-recipient",
    "x-rcpt-to",
    "to",
    "cc",
];

/// What is known of the message that a mail is about.
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub delivery: Option<Delivery>,
    pub message_id: String,
}

impl Identity {
    /// `returned`: the headers of the returned message, wherever they stood.
    pub fn find(mail: &Mail, returned: &Headers, own: &Own<'_>) -> Self {
        let message_id = returned.get("message-id").unwrap_or_default().trim();
        let message_id = message_id.strip_prefix('<').and_then(|id| id.split('>').next()).unwrap_or(message_id);
        Self {
            delivery: own.keys.and_then(|keys| delivery(mail, returned, keys)),
            message_id: message_id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(998).collect(),
        }
    }
}

fn delivery(mail: &Mail, returned: &Headers, keys: &Keys) -> Option<Delivery> {
    let mut tries = Tries { keys, left: MAX_TRIES };
    let envelope = RECIPIENT_HEADERS.iter().flat_map(|name| mail.headers.all(name));
    envelope
        .chain(envelope_ids(&mail.headers))
        .find_map(|value| tries.verp(value))
        .or_else(|| fields(mail).find_map(|fields| envelope_ids(&fields).find_map(|value| tries.verp(value))))
        .or_else(|| {
            let names = ["return-path", "cfbl-feedback-id", "x-envelope-from", "x-sender", "x-mail-from", "errors-to"];
            let mut values = names.iter().flat_map(|name| returned.all(name)).chain(envelope_ids(returned));
            values.find_map(|value| tries.verp(value))
        })
        .or_else(|| returned.all("received").find_map(|value| tries.verp(value.split_once("envelope-from")?.1)))
        .or_else(|| returned.all("list-unsubscribe").find_map(|value| tries.unsubscribe(value)))
}

/// The fields of the reports in a mail.
fn fields(mail: &Mail) -> impl Iterator<Item = Headers> {
    let reports = mail.parts.iter().filter(|part| matches!(part.kind, Kind::Status | Kind::Complaint));
    reports.map(|part| Headers::of_text(&part.text))
}

/// RFC 3464 §2.2.1, and the names that relays give it; in a complaint the return path itself (RFC 5965 §3.2).
fn envelope_ids(fields: &Headers) -> impl Iterator<Item = &str> {
    let is_wanted =
        |name: &str| name.ends_with("envelope-id") || matches!(name, "original-mail-from" | "cfbl-feedback-id");
    fields.iter().filter(move |(name, _)| is_wanted(name)).map(|(_, value)| value)
}

/// A text of ours in a mail to an address, or with a subject, that asks to leave.
pub(super) fn unsubscribe(mail: &Mail, keys: &Keys) -> Option<Delivery> {
    let mut tries = Tries { keys, left: MAX_TRIES };
    let mut values = RECIPIENT_HEADERS.iter().chain(&["subject"]).flat_map(|name| mail.headers.all(name));
    values.find_map(|value| tries.mailto(value))
}

/// Whether an address is a return address of ours: then it is nobody's mailbox.
pub(super) fn is_own(text: &str, own: &Own<'_>) -> bool {
    let local = text.rsplit_once('@').map_or(text, |(local, _)| local);
    own.keys.is_some_and(|keys| keys.read_verp(local).or_else(|| keys.read_unsubscribe(local)).is_some())
}

struct Tries<'a> {
    keys: &'a Keys,
    left: usize,
}

impl Tries<'_> {
    fn first<T>(
        &mut self,
        words: impl Iterator<Item = impl AsRef<str>>,
        read: impl Fn(&Keys, &str) -> Option<T>,
    ) -> Option<T> {
        for word in words {
            self.left = self.left.checked_sub(1)?;
            if let Some(found) = read(self.keys, word.as_ref()) {
                return Some(found);
            }
        }
        None
    }

    /// Forwarders wrap an address into one of theirs, between all kinds of marks.
    fn verp(&mut self, value: &str) -> Option<Delivery> {
        self.first(sealed(value, 'b'), |keys, word| keys.read_verp(word)).map(ids)
    }

    fn mailto(&mut self, value: &str) -> Option<Delivery> {
        self.first(sealed(value, 'u'), |keys, word| keys.read_unsubscribe(word)).map(ids)
    }

    /// The token of the link, or what stands in the mailto beside it.
    fn unsubscribe(&mut self, value: &str) -> Option<Delivery> {
        let value = &value.replace("%20", " ");
        let tokens = value.split(['<', '>', '/', '?', '&', ' ', ',']).filter(|word| word.len() > 30);
        let found = self.first(tokens, |keys, word| {
            // Such a token never expires, so any time will do.
            let token = keys.verify(Purpose::Unsubscribe, word, DateTime::UNIX_EPOCH).ok()?;
            Some((i64::from(token.edition?), token.subscriber))
        });
        found.map(ids).or_else(|| self.mailto(value))
    }
}

/// The words of a text that are shaped like what [`Keys::verp_local`] and its like make.
fn sealed(value: &str, mark: char) -> impl Iterator<Item = &str> {
    let words = value.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
    words.filter(move |word| word.starts_with([mark, mark.to_ascii_uppercase()]) && word.split('.').count() == 4)
}

fn ids((edition, subscriber): (i64, i64)) -> Delivery {
    (EditionId(edition), SubscriberId(subscriber))
}

/// The addresses of the returned message's sender and of who was told about it: they are not who it could not reach.
pub(super) fn senders(mail: &Mail, returned: &Headers) -> Vec<String> {
    let of = |headers: &Headers, names: &[&str]| {
        let values = names.iter().flat_map(|name| headers.all(name).map(str::to_owned).collect::<Vec<_>>());
        values
            .flat_map(|value| address::of_header(&value).map(str::to_lowercase).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let mut senders = of(&mail.headers, &["to", "from", "delivered-to", "reply-to", "sender", "return-path", "cc"]);
    senders.extend(of(returned, &["return-path", "from", "reply-to", "sender", "errors-to"]));
    senders.truncate(MAX_SENDERS);
    senders
}
