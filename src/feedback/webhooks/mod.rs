//! Webhooks: what a mail provider posts, from the bytes of a request to what it says.
//!
//! Owns: for each provider, who may speak (signatures, timestamps) and what its events mean. What is definite, such as
//! a complaint, goes before the words of the remote host, which `meaning` reads; where the provider leaves a doubt,
//! nothing is hard. Leaves out: HTTP, fetching, and remembering what was taken in: each [`Report`] has an id for that.
//! What may fail: a request that is not shown to be the provider's, is out of its time or makes no sense; the
//! [`Refused`] tells which, in words that hold no secret. Deliveries, opens and clicks say nothing.

pub mod generic;
pub mod mailgun;
pub mod postmark;
pub mod sendgrid;
pub mod ses;
pub mod sns;

mod json;
mod words;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Own;
use crate::meaning::{Class, Meaning, Reason};
use crate::store::{EditionId, Feedback, SubscriberId};

/// How far a provider's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// One thing a provider tells, about one recipient or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it is known by when it comes a second time; unique for the provider.
    pub id: String,
    pub feedback: Vec<Feedback>,
}

/// Why a request is not believed, or not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("the signature does not match")]
    Signature,
    #[error("the timestamp is too old, or in the future; if it is neither, set this machine's clock")]
    Timestamp,
    #[error("the login or the secret header does not match")]
    Credential,
    #[error("the topic is not allowed; the topics are in [hooks.ses]")]
    Topic,
    #[error("the signing certificate is not at a host of Amazon SNS")]
    CertificateUrl,
    #[error("the signing certificate cannot be used: {0}")]
    Certificate(&'static str),
    #[error("the link to confirm the subscription does not lead to Amazon SNS")]
    SubscribeUrl,
    #[error("it cannot be read: {0}")]
    Malformed(String),
}

/// The text may hold what the request says, so it is bounded.
fn malformed(text: &str) -> Refused {
    Refused::Malformed(words::one_line(text))
}

/// A timestamp is neither older than `age` nor ahead of our clock.
fn check_time(at: Option<DateTime<Utc>>, now: DateTime<Utc>, age: TimeDelta) -> Result<(), Refused> {
    match at {
        Some(at) if at >= now - age && at <= now + AHEAD => Ok(()),
        _ => Err(Refused::Timestamp),
    }
}

/// Seconds since 1970, as in headers. Nothing but digits, so that one time is written in one way.
fn unix_time(text: &str) -> Option<DateTime<Utc>> {
    let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    DateTime::from_timestamp(text.parse().ok().filter(|_| is_number)?, 0)
}

/// In constant time wherever the two differ (rule W).
fn check_hmac(key: &[u8], message: &[&[u8]], mac: &[u8]) -> Result<(), Refused> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Refused::Signature)?;
    message.iter().for_each(|part| hmac.update(part));
    hmac.verify_slice(mac).map_err(|_| Refused::Signature)
}

/// Whose delivery an envelope sender of ours names.
fn delivery_of(envelope_sender: &str, own: &Own<'_>) -> Option<(EditionId, SubscriberId)> {
    let local = envelope_sender.rsplit_once('@').map_or(envelope_sender, |(local, _)| local);
    let (edition, subscriber) = own.keys?.read_verp(local.trim_start_matches('<'))?;
    Some((EditionId(edition), SubscriberId(subscriber)))
}

/// About an address that a signed request names.
fn feedback(recipient: &str, message_id: &str, meaning: Meaning, diagnostic: &str) -> Feedback {
    Feedback {
        recipient: words::one_line(recipient),
        delivery: None,
        message_id: words::one_line(message_id.trim().trim_start_matches('<').trim_end_matches('>')),
        is_vouched: true,
        meaning,
        diagnostic: words::one_line(diagnostic),
    }
}

/// A meaning that the provider states, without a reply of a remote host.
fn definite(class: Class, reason: Reason) -> Meaning {
    Meaning { class, reason, status: reason.status(class == Class::Hard), reply: None }
}

fn complaint() -> Meaning {
    definite(Class::Complaint, Reason::Feedback)
}

fn unsubscribe() -> Meaning {
    definite(Class::Unsubscribe, Reason::Feedback)
}

/// For what the provider does not call permanent, whatever a remote host said.
fn at_most_soft(meaning: Meaning) -> Meaning {
    match meaning.class {
        Class::Hard => Meaning { class: Class::Soft, ..meaning },
        _ => meaning,
    }
}

/// For what is still being tried.
fn delayed(meaning: Meaning) -> Meaning {
    Meaning { class: Class::Delayed, ..meaning }
}

/// Our fault, or the provider's: nobody is punished for it. A better reason that a remote host gave stays.
fn ours(meaning: Meaning, reason: Reason) -> Meaning {
    let reason = if meaning.reason == Reason::Undefined { reason } else { meaning.reason };
    Meaning { class: Class::Ours, reason, ..meaning }
}
