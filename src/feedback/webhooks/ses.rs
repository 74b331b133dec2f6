//! What Amazon SES tells through SNS: notifications (`notificationType`) and published events (`eventType`).

use serde_json::Value;

use super::json::{list, text};
use super::{Own, Report, at_most_soft, complaint, definite, delayed, delivery_of, feedback, ours, words};
use crate::meaning::{Class, Meaning, Reason};
use crate::store::Feedback;

/// What a verified message says. Nothing where it is none of ours, such as the greeting that SES sends to a new topic.
pub fn read(id: &str, message: &str, own: &Own<'_>) -> Option<Report> {
    let event: Value = serde_json::from_str(message).ok()?;
    let kind = match text(&event, "/notificationType") {
        "" => text(&event, "/eventType"),
        kind => kind,
    };
    let feedback: Vec<Feedback> = match kind {
        "Bounce" => {
            let recipients = list(&event, "/bounce/bouncedRecipients").iter();
            recipients.map(|recipient| about(recipient, bounce(&event, recipient), &event, own)).collect()
        }
        "Complaint" => {
            let meaning = complaint_of(&event);
            let recipients = list(&event, "/complaint/complainedRecipients");
            // SES lists everybody at the domain who may have been it. A message of ours has one recipient.
            let told = |recipient| {
                let feedback = about(recipient, meaning.clone(), &event, own);
                Feedback { is_vouched: recipients.len() == 1, ..feedback }
            };
            recipients.iter().map(told).collect()
        }
        "DeliveryDelay" => {
            let recipients = list(&event, "/deliveryDelay/delayedRecipients").iter();
            recipients.map(|recipient| about(recipient, delay(&event, recipient), &event, own)).collect()
        }
        // SES took it for a virus, and sent nothing.
        "Reject" => {
            let recipient = event.pointer("/mail/destination/0").and_then(Value::as_str).unwrap_or_default();
            let meaning = definite(Class::Ours, Reason::VirusDetected);
            vec![with_mail(feedback(recipient, "", meaning, text(&event, "/reject/reason")), &event, own)]
        }
        _ => Vec::new(),
    };
    (!feedback.is_empty()).then(|| Report { id: id.to_owned(), feedback })
}

fn about(recipient: &Value, meaning: Meaning, event: &Value, own: &Own<'_>) -> Feedback {
    let told = [
        text(recipient, "/diagnosticCode"),
        text(event, "/bounce/bounceSubType"),
        text(event, "/complaint/complaintFeedbackType"),
        text(event, "/deliveryDelay/delayType"),
    ];
    let diagnostic = told.into_iter().find(|told| !told.is_empty()).unwrap_or_default();
    with_mail(feedback(text(recipient, "/emailAddress"), "", meaning, diagnostic), event, own)
}

/// What SES knows of the message: its envelope sender, and its headers where the topic is told them.
fn with_mail(feedback: Feedback, event: &Value, own: &Own<'_>) -> Feedback {
    let header = |name: &str| {
        let is_it = |header: &&Value| text(header, "/name").eq_ignore_ascii_case(name);
        list(event, "/mail/headers").iter().find(is_it).map(|header| text(header, "/value")).unwrap_or_default()
    };
    let message_id = header("Message-ID").trim().trim_start_matches('<').trim_end_matches('>');
    let delivery = delivery_of(text(event, "/mail/source"), own);
    let delivery = delivery.or_else(|| delivery_of(header("CFBL-Feedback-ID").trim(), own));
    Feedback { delivery, message_id: words::one_line(message_id), ..feedback }
}

fn bounce(event: &Value, recipient: &Value) -> Meaning {
    let (status, said) = (text(recipient, "/status"), text(recipient, "/diagnosticCode"));
    let meaning = words::meaning_of(0, status, said);
    let has_reply = words::is_reply(0, status, said);
    match (text(event, "/bounce/bounceType"), text(event, "/bounce/bounceSubType")) {
        // SES has seen this address bounce hard, for somebody else's mail.
        ("Permanent", "Suppressed") => Meaning { class: Class::Hard, reason: Reason::UserUnknown, ..meaning },
        // On the list of this account, after a bounce or a complaint or because somebody put it there: not told which.
        ("Permanent", "OnAccountSuppressionList") => definite(Class::Soft, Reason::OnHold),
        ("Permanent", "General") if !has_reply => definite(Class::Hard, Reason::UserUnknown),
        // Which address it was could not be read.
        ("Permanent", "NoEmail") => at_most_soft(meaning),
        ("Permanent", _) => meaning,
        ("Transient", "MailboxFull") => Meaning { reason: Reason::MailboxFull, ..at_most_soft(meaning) },
        ("Transient", "MessageTooLarge") => ours(meaning, Reason::MesgTooBig),
        ("Transient", "ContentRejected" | "AttachmentRejected") => ours(meaning, Reason::ContentError),
        // No report at all came with it: that is how SES tells of an answer while somebody is away.
        ("Transient", "General") if !has_reply => definite(Class::Vacation, Reason::Vacation),
        _ => at_most_soft(meaning),
    }
}

fn complaint_of(event: &Value) -> Meaning {
    match text(event, "/complaint/complaintFeedbackType") {
        "not-spam" | "auth-failure" => definite(Class::None, Reason::Feedback),
        "virus" => definite(Class::Ours, Reason::VirusDetected),
        _ => complaint(),
    }
}

fn delay(event: &Value, recipient: &Value) -> Meaning {
    let meaning = delayed(words::meaning_of(0, text(recipient, "/status"), text(recipient, "/diagnosticCode")));
    let reason = match text(event, "/deliveryDelay/delayType") {
        "MailboxFull" => Reason::MailboxFull,
        "IPFailure" => Reason::Blocked,
        "InternalFailure" | "RecipientServerError" => Reason::SystemError,
        "SpamDetected" => Reason::SpamDetected,
        "TransientCommunicationFailure" => Reason::NetworkError,
        _ => return meaning,
    };
    Meaning { reason, ..meaning }
}
