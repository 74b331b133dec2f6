//! Mailgun's webhooks: one event a request, with an HMAC over a timestamp and a token inside the body.
//!
//! The signature says nothing about the rest of the body, so a token must count once: it is what the report is known
//! by. Whoever could read a request on its way could change it, which is why the page has to be https.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::json::{self, code, text};
use super::{
    Own, Refused, Report, at_most_soft, check_hmac, check_time, complaint, definite, delayed, delivery_of, feedback,
    ours, unix_time, unsubscribe, words,
};
use crate::meaning::{Class, Meaning, Reason};

/// Mailgun tries again for eight hours, and may send the first signature again. A replay within it is known by its token.
const AGE: TimeDelta = TimeDelta::hours(9);

/// What a request says, once its signature is shown to be Mailgun's.
pub fn read(key: &SecretString, body: &[u8], now: DateTime<Utc>, own: &Own<'_>) -> Result<Vec<Report>, Refused> {
    let request = json::parse(body)?;
    let (timestamp, token) = (text(&request, "/signature/timestamp"), text(&request, "/signature/token"));
    let signature = text(&request, "/signature/signature");
    if timestamp.is_empty() || token.is_empty() || signature.is_empty() {
        return Err(Refused::Missing("signature.timestamp, signature.token or signature.signature"));
    }
    let mac = HEXLOWER.decode(signature.as_bytes()).map_err(|_| Refused::Signature)?;
    check_hmac(key.expose_secret().as_bytes(), &[timestamp.as_bytes(), token.as_bytes()], &mac)?;
    // The two are signed as one text. A digit that moves from one to the other makes the time a wrong one by far.
    check_time(unix_time(timestamp), now, AGE)?;
    let Some(event) = request.get("event-data") else { return Err(Refused::Missing("event-data")) };
    let Some(meaning) = meaning(event) else { return Ok(Vec::new()) };
    let told = [
        "/delivery-status/message",
        "/delivery-status/description",
        "/reject/description",
        "/reject/reason",
        "/reason",
    ];
    let diagnostic = told.iter().map(|at| text(event, at)).find(|told| !told.is_empty()).unwrap_or_default();
    let mut feedback =
        feedback(text(event, "/recipient"), text(event, "/message/headers/message-id"), meaning, diagnostic);
    feedback.delivery = delivery_of(text(event, "/envelope/sender"), own);
    Ok(vec![Report { id: token.to_owned(), feedback: vec![feedback] }])
}

fn meaning(event: &Value) -> Option<Meaning> {
    Some(match text(event, "/event") {
        "failed" => failed(event),
        "rejected" => definite(Class::Ours, Reason::Undefined),
        "complained" => complaint(),
        "unsubscribed" => unsubscribe(),
        _ => return None,
    })
}

fn failed(event: &Value) -> Meaning {
    // From 600 on these are Mailgun's own.
    let code = code(event, "/delivery-status/code");
    let status = text(event, "/delivery-status/enhanced-code");
    let told = [text(event, "/delivery-status/message"), text(event, "/delivery-status/description")];
    let said = told.into_iter().find(|told| !told.is_empty()).unwrap_or_default();
    let meaning = words::meaning_of(code, status, said);
    if text(event, "/severity") == "temporary" {
        return delayed(meaning);
    }
    let bounce_type = text(event, "/delivery-status/bounce-type");
    match text(event, "/reason") {
        // Not tried, after an earlier bounce, which may have been of any kind.
        "suppress-bounce" if bounce_type == "hard" => definite(Class::Hard, Reason::UserUnknown),
        "suppress-bounce" => definite(Class::Soft, Reason::OnHold),
        "suppress-complaint" => complaint(),
        "suppress-unsubscribe" => unsubscribe(),
        "old" => Meaning { reason: Reason::Expired, ..at_most_soft(meaning) },
        "espblock" => ours(meaning, Reason::Blocked),
        _ if text(event, "/severity") != "permanent" => at_most_soft(meaning),
        _ if bounce_type == "soft" => at_most_soft(meaning),
        _ => meaning,
    }
}
