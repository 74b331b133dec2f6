//! SendGrid's Event Webhook: a list of events, signed with ECDSA over the timestamp and the raw body.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::json::{self, text};
use super::{
    Refused, Report, at_most_soft, check_time, complaint, definite, delayed, feedback, malformed, ours, unix_time,
    unsubscribe, words,
};
use crate::config::EcPublicKey;
use crate::meaning::{Class, Meaning, Reason};

pub const SIGNATURE: &str = "X-Twilio-Email-Event-Webhook-Signature";
pub const TIMESTAMP: &str = "X-Twilio-Email-Event-Webhook-Timestamp";

/// SendGrid tries again for a day and does not say whether it signs anew. A replay within it is known by its events' ids.
const AGE: TimeDelta = TimeDelta::hours(25);

/// Whether SendGrid signed this body; nothing of it is parsed before.
pub fn verify(
    key: &EcPublicKey,
    signature: &str,
    timestamp: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    if signature.is_empty() {
        return Err(Refused::Missing(SIGNATURE));
    }
    if timestamp.is_empty() {
        return Err(Refused::Missing(TIMESTAMP));
    }
    let signature = BASE64.decode(signature.as_bytes()).map_err(|_| Refused::Signature)?;
    let signed = [timestamp.as_bytes(), body].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.as_der());
    key.verify(&signed, &signature).map_err(|_| Refused::Signature)?;
    check_time(unix_time(timestamp), now, AGE)
}

/// What the events of a verified body say.
pub fn read(body: &[u8]) -> Result<Vec<Report>, Refused> {
    let Value::Array(events) = json::parse(body)? else {
        return Err(malformed("it is not a list of events"));
    };
    Ok(events.iter().filter_map(report).collect())
}

fn report(event: &Value) -> Option<Report> {
    let meaning = meaning(event)?;
    let told = [text(event, "/reason"), text(event, "/response"), text(event, "/status")];
    let diagnostic = told.into_iter().find(|told| !told.is_empty()).unwrap_or_default();
    // The envelope sender is not told, so that the address and the Message-ID have to do.
    let feedback = feedback(text(event, "/email"), text(event, "/smtp-id"), meaning, diagnostic);
    Some(Report { id: id(event), feedback: vec![feedback] })
}

/// Old events have no id of their own; those are known by everything they say.
fn id(event: &Value) -> String {
    match text(event, "/sg_event_id") {
        "" => HEXLOWER.encode(&Sha256::digest(event.to_string())),
        id => id.to_owned(),
    }
}

fn meaning(event: &Value) -> Option<Meaning> {
    let (status, reason, response) = (text(event, "/status"), text(event, "/reason"), text(event, "/response"));
    Some(match text(event, "/event") {
        "bounce" if text(event, "/type") == "blocked" => blocked(status, reason),
        "bounce" => bounced(status, reason, text(event, "/bounce_classification")),
        "blocked" => blocked(status, reason),
        "dropped" => dropped(reason),
        "deferred" => delayed(words::meaning_of(0, status, if response.is_empty() { reason } else { response })),
        "spamreport" => complaint(),
        "unsubscribe" | "group_unsubscribe" => unsubscribe(),
        _ => return None,
    })
}

fn bounced(status: &str, reason: &str, classification: &str) -> Meaning {
    let meaning = words::meaning_of(0, status, reason);
    match classification {
        "Invalid Address" if meaning.reason == Reason::Undefined => {
            Meaning { class: Class::Hard, reason: Reason::UserUnknown, ..meaning }
        }
        "" | "Invalid Address" | "Mailbox Unavailable" | "Unclassified" => meaning,
        // Content, reputation, volume, a technical failure: nothing about the address.
        _ => at_most_soft(meaning),
    }
}

/// Refused for the sender's sake or for the moment: SendGrid goes on sending to the address.
fn blocked(status: &str, reason: &str) -> Meaning {
    let meaning = at_most_soft(words::meaning_of(0, status, reason));
    if meaning.reason == Reason::Undefined { ours(meaning, Reason::Blocked) } else { meaning }
}

/// Never sent, because of what SendGrid knows already.
fn dropped(reason: &str) -> Meaning {
    match reason {
        "Bounced Address" => definite(Class::Hard, Reason::UserUnknown),
        "Spam Reporting Address" => complaint(),
        "Unsubscribed Address" => unsubscribe(),
        // What is wrong with the address is not told.
        "Invalid" => definite(Class::Soft, Reason::UserUnknown),
        "Spam Content" => definite(Class::Ours, Reason::SpamDetected),
        _ => definite(Class::Ours, Reason::Undefined),
    }
}
