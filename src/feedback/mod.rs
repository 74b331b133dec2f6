//! Feedback: what came back, from bytes to what they say.
//!
//! Owns: one pure function from a mail to what it says about whom ([`read`]), whatever mail system wrote it. Leaves
//! out: the doors it comes through (`mailroom`, `web`), and what is done about it (`store`, `publishing`). Nothing
//! fails: a mail that is not understood gives nothing, and somebody has to look at it.
//!
//! What may be long is bounded, and time is linear in the mail: a complaint and a report are read by their fields, and
//! only a mail that shows to come from a mail system is read by its words.

mod address;
mod complaint;
mod decode;
mod identity;
mod mail;
mod notice;
mod prose;
mod report;
mod ses;
mod signs;
pub mod webhooks;
mod words;

use crate::meaning::{Class, Meaning, Reason};
use crate::store::Feedback;
use crate::token::Keys;
use identity::{Delivery, Identity};
use mail::{Kind, Mail};
use prose::Notice;
use signs::Signs;

/// How many recipients a report may be about; reports of more were made by nobody who means well.
const MAX_RECIPIENTS: usize = 200;

/// How we know our own: what a report must carry to be believed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own<'a> {
    /// What sealed the return addresses of our messages; without it nothing is shown to be about a message of ours.
    pub keys: Option<&'a Keys>,
}

/// What a mail says about one recipient.
#[derive(Debug)]
struct Finding {
    recipient: String,
    meaning: Meaning,
    diagnostic: String,
}

/// What a mail says, one for each recipient it is about. Nothing where it is not understood.
pub fn read(mail: &[u8], own: &Own<'_>) -> Vec<Feedback> {
    let mail = unwrapped(Mail::read(mail));
    let signs = Signs::read(&mail.headers);
    let mut notice = Notice::read(&mail);
    let mut identity = Identity::find(&mail, &notice.returned, own);
    let findings = complaint::read(&mail, &notice.returned).or_else(|| ses::read(&mail)).or_else(|| {
        if let Some((delivery, finding)) = unsubscribe(&mail, signs, own) {
            identity.delivery = Some(delivery);
            return Some(vec![finding]);
        }
        let senders = identity::senders(&mail, &notice.returned);
        let is_sender = |address: &str| senders.iter().any(|sender| address::same(sender, address));
        notice.sort(|address| is_sender(address) || identity::is_own(address, own));
        // Whom a bounce is about is no sender of it, unless nobody else is named and they stand where recipients do.
        if notice.recipients().next().is_none() {
            // Whoever writes to themselves is sender and recipient.
            notice.sort(|address| identity::is_own(address, own));
        }
        report::read(&mail, &notice, signs)
            .or_else(|| notice::read(&mail, &notice.text, signs).map(|finding| vec![finding]))
            .or_else(|| prose::read(&mail, &notice, signs))
    });
    let findings = findings.unwrap_or_default();
    findings.into_iter().take(MAX_RECIPIENTS).map(|finding| feedback(finding, &identity, own)).collect()
}

/// The report inside, where a mail system passed on another's as the message it returns.
fn unwrapped(mail: Mail) -> Mail {
    let Some(inner) = mail.part(Kind::Returned).filter(|_| mail.part(Kind::Status).is_none()) else { return mail };
    if !Signs::read(&mail.headers).is_daemon {
        return mail;
    }
    let inner = Mail::read(inner.text.as_bytes());
    let signs = Signs::read(&inner.headers);
    if signs.is_report && signs.is_daemon { inner } else { mail }
}

/// A mail by which a reader leaves, if no program wrote it.
fn unsubscribe(mail: &Mail, signs: Signs, own: &Own<'_>) -> Option<(Delivery, Finding)> {
    if signs.is_automatic
        || signs.is_null_path
        || signs.is_daemon
        || signs.is_report
        || mail.part(Kind::Receipt).is_some()
    {
        return None;
    }
    let delivery = identity::unsubscribe(mail, own.keys?)?;
    let from = mail.headers.get("from").and_then(|from| address::of_header(from).next()).unwrap_or_default();
    let meaning = Meaning { class: Class::Unsubscribe, reason: Reason::Feedback, status: None, reply: None };
    Some((delivery, Finding { recipient: from.to_owned(), meaning, diagnostic: "unsubscribe by mail".to_owned() }))
}

fn feedback(finding: Finding, identity: &Identity, own: &Own<'_>) -> Feedback {
    let recipient = if identity::is_own(&finding.recipient, own) { String::new() } else { finding.recipient };
    Feedback {
        recipient,
        delivery: identity.delivery,
        message_id: identity.message_id.clone(),
        is_vouched: false,
        meaning: finding.meaning,
        diagnostic: one_line(&finding.diagnostic),
    }
}

/// Words with one space between them, at most [`Feedback::MAX_DIAGNOSTIC`] characters.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if line.len() > Feedback::MAX_DIAGNOSTIC * 4 {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(Feedback::MAX_DIAGNOSTIC));
    }
    line.chars().take(Feedback::MAX_DIAGNOSTIC).collect()
}

/// From and Subject of a mail, for a list of mails: empty where it has none.
pub fn title(mail: &[u8]) -> (String, String) {
    let headers = mail::Headers::of_mail(mail);
    let of = |name| one_line(headers.get(name).unwrap_or_default());
    (of("from"), of("subject"))
}
