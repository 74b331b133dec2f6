//! Postmark's webhooks: one record a request. Nothing is signed; a login or a secret header shows that it is Postmark.

use data_encoding::BASE64;
use secrecy::ExposeSecret;
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::json::{self, number, text};
use super::{Refused, Report, at_most_soft, complaint, definite, delayed, feedback, ours, unsubscribe, words};
use crate::config::{Credential, PostmarkHook};
use crate::meaning::{Class, Meaning, Reason};

/// Whether a request shows what it must; nothing of its body is read before. `authorization` is the header of this
/// name, `secret` the header that the configuration names; empty where they are missing. In constant time (rule W).
pub fn verify(hook: &PostmarkHook, authorization: &[u8], secret: &[u8]) -> Result<(), Refused> {
    let login = hook.login.as_ref().map(|login| bool::from(basic(login).as_bytes().ct_eq(authorization)));
    let header = hook.header.as_ref().map(|header| bool::from(header.secret.expose_secret().as_bytes().ct_eq(secret)));
    match (login, header) {
        (Some(true), None | Some(true)) | (None, Some(true)) => Ok(()),
        _ => Err(Refused::Credential),
    }
}

/// The header of a login (RFC 7617 §2). The scheme's name may be in any case; Postmark writes it so.
fn basic(login: &Credential) -> String {
    let pair = format!("{}:{}", login.name, login.secret.expose_secret());
    format!("Basic {}", BASE64.encode(pair.as_bytes()))
}

/// What a verified body says.
pub fn read(body: &[u8]) -> Result<Vec<Report>, Refused> {
    let record = json::parse(body)?;
    let kind = text(&record, "/RecordType");
    let (meaning, recipient, id) = match kind {
        "Bounce" => (bounce(&record), text(&record, "/Email"), own_id(&record)?),
        "SpamComplaint" => (Some(complaint()), text(&record, "/Email"), own_id(&record)?),
        "SubscriptionChange" => (change(&record), text(&record, "/Recipient"), id_of_change(&record)),
        "" => return Err(Refused::Missing("RecordType")),
        _ => return Ok(Vec::new()),
    };
    let Some(meaning) = meaning else { return Ok(Vec::new()) };
    let told = [text(&record, "/Details"), text(&record, "/Description")];
    let diagnostic = told.into_iter().find(|told| !told.is_empty()).unwrap_or_default();
    // Neither the envelope sender nor our Message-ID is told: MessageID is a number of Postmark's own.
    let feedback = feedback(recipient, "", meaning, diagnostic);
    Ok(vec![Report { id: format!("{kind} {id}"), feedback: vec![feedback] }])
}

fn own_id(record: &Value) -> Result<String, Refused> {
    match number(record, "/ID") {
        0 => Err(Refused::Missing("ID")),
        id => Ok(id.to_string()),
    }
}

/// A change has no id, and is known by who changed and when.
fn id_of_change(record: &Value) -> String {
    ["/MessageID", "/Recipient", "/ChangedAt"].map(|at| text(record, at)).join(" ")
}

/// By the type; by its number where it has no name. `None` for what is no bounce at all.
fn bounce(record: &Value) -> Option<Meaning> {
    let said = words::meaning_of(0, "", text(record, "/Details"));
    let kind = text(record, "/Type");
    Some(match (kind, number(record, "/TypeCode")) {
        ("HardBounce", _) | ("", 1) => match said.class {
            // Where the words say nothing, Postmark's do; some refusals of the sender are among these too.
            Class::Soft if said.reason == Reason::Undefined => {
                Meaning { reply: said.reply, ..definite(Class::Hard, Reason::UserUnknown) }
            }
            _ => said,
        },
        ("BadEmailAddress", _) | ("", 100_000) => definite(Class::Hard, Reason::UserUnknown),
        ("Transient", _) | ("", 2) => delayed(said),
        ("Unsubscribe", _) | ("", 16) => unsubscribe(),
        ("AutoResponder", _) | ("", 64) => definite(Class::Vacation, Reason::Vacation),
        ("AddressChange", _) | ("", 128) => definite(Class::None, Reason::HasMoved),
        ("DnsError", _) | ("", 256) => Meaning { reason: Reason::NetworkError, ..at_most_soft(said) },
        ("SpamNotification", _) | ("", 512) => ours(said, Reason::SpamDetected),
        ("VirusNotification", _) | ("", 8_192) => ours(said, Reason::VirusDetected),
        ("ChallengeVerification", _) | ("", 16_384) => definite(Class::Challenge, Reason::Undefined),
        ("SpamComplaint", _) | ("", 100_001) => complaint(),
        ("Unconfirmed" | "SMTPApiError", _) | ("", 100_003 | 100_007) => ours(said, Reason::Undefined),
        ("Blocked", _) | ("", 100_006) => ours(said, Reason::Blocked),
        ("DMARCPolicy", _) | ("", 100_009) => ours(said, Reason::AuthFailure),
        ("Subscribe" | "OpenRelayTest" | "InboundError" | "TemplateRenderingFailed", _)
        | ("", 32 | 1_024 | 100_008 | 100_010) => return None,
        // SoftBounce, ManuallyDeactivated, Unknown, and what Postmark comes up with.
        _ => at_most_soft(said),
    })
}

/// Who left by Postmark's own link. A suppression after a bounce is told with more detail by the bounce itself, and
/// what somebody at Postmark's desk suppressed says nothing of the reader.
fn change(record: &Value) -> Option<Meaning> {
    if record.get("SuppressSending").and_then(Value::as_bool) != Some(true) {
        return None;
    }
    match (text(record, "/SuppressionReason"), text(record, "/Origin")) {
        ("SpamComplaint", _) => Some(complaint()),
        ("ManualSuppression", "Recipient") => Some(unsubscribe()),
        _ => None,
    }
}
