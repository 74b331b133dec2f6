//! The webhook of our own, for everything that knows of bounces and has no webhook here: signed JSON, read strictly.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    Own, Refused, Report, check_hmac, check_time, complaint, delayed, delivery_of, feedback, malformed, unix_time,
    unsubscribe, words,
};
use crate::meaning::Status;
use crate::store::Feedback;

pub const SIGNATURE: &str = "Griot-Signature";
pub const TIMESTAMP: &str = "Griot-Timestamp";

/// Who tries again signs again.
const AGE: TimeDelta = TimeDelta::minutes(10);

/// Characters of an id at most.
const MAX_ID: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    id: String,
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    kind: Kind,
    recipient: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    reply: Option<u16>,
    #[serde(default)]
    diagnostic: String,
    #[serde(default)]
    return_path: String,
    #[serde(default)]
    message_id: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Bounce,
    Delay,
    Complaint,
    Unsubscribe,
}

/// Whether somebody who knows the secret signed this body; nothing of it is parsed before.
pub fn verify(
    secret: &SecretString,
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
    let mac = signature.strip_prefix("v1=").and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok());
    let mac = mac.ok_or(Refused::Signature)?;
    check_hmac(secret.expose_secret().as_bytes(), &[timestamp.as_bytes(), b".", body], &mac)?;
    check_time(unix_time(timestamp), now, AGE)
}

/// What a verified body says: all of it, or nothing.
pub fn read(body: &[u8], own: &Own<'_>) -> Result<Report, Refused> {
    let request: Request = serde_json::from_slice(body).map_err(|error| malformed(&error.to_string()))?;
    if request.id.is_empty() || request.id.chars().count() > MAX_ID {
        return Err(malformed(&format!("id has 1 to {MAX_ID} characters")));
    }
    let events = request.events.iter().enumerate();
    let feedback: Result<Vec<Feedback>, Refused> = events.map(|(index, event)| event.feedback(index, own)).collect();
    Ok(Report { id: request.id, feedback: feedback? })
}

impl Event {
    fn feedback(&self, index: usize, own: &Own<'_>) -> Result<Feedback, Refused> {
        let malformed = |what: &str| malformed(&format!("events[{index}]: {what}"));
        let status = self.status.as_deref().unwrap_or_default();
        if self.status.is_some() && status.parse::<Status>().is_err() {
            return Err(malformed("status is not like \"5.1.1\" (RFC 3463)"));
        }
        if self.reply.is_some_and(|reply| !(200..600).contains(&reply)) {
            return Err(malformed("reply is not between 200 and 599"));
        }
        if self.recipient.is_empty() && self.return_path.is_empty() {
            return Err(malformed("it names neither a recipient nor a return_path"));
        }
        let said = || words::meaning_of(self.reply.unwrap_or_default(), status, &self.diagnostic);
        let meaning = match self.kind {
            Kind::Bounce => said(),
            Kind::Delay => delayed(said()),
            Kind::Complaint => complaint(),
            Kind::Unsubscribe => unsubscribe(),
        };
        let feedback = feedback(&self.recipient, &self.message_id, meaning, &self.diagnostic);
        Ok(Feedback { delivery: delivery_of(&self.return_path, own), ..feedback })
    }
}
