//! Notifications of Amazon SES that come by mail: JSON in plain text, where a topic has a mail address for subscriber.
//!
//! Anybody can write such a mail, so it vouches for nothing: what shows that it is about a message of ours is the MAC
//! in the return path that it repeats.

use serde::Deserialize;

use super::mail::{Headers, Mail};
use super::{Finding, MAX_RECIPIENTS};
use crate::meaning::{Class, Meaning, Reason, judge};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    notification_type: String,
    #[serde(default)]
    bounce: Bounce,
    #[serde(default)]
    complaint: Complaint,
    #[serde(default)]
    delivery: Delivery,
    #[serde(default)]
    mail: Sent,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Bounce {
    bounce_type: String,
    bounced_recipients: Vec<Recipient>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Complaint {
    complaint_feedback_type: Option<String>,
    complained_recipients: Vec<Recipient>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Delivery {
    recipients: Vec<String>,
    smtp_response: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Recipient {
    email_address: String,
    status: String,
    diagnostic_code: String,
}

/// The message it is about.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Sent {
    source: String,
    headers: Vec<Header>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Header {
    name: String,
    value: String,
}

fn parse(mail: &Mail) -> Option<Notification> {
    let from = mail.headers.lower("from");
    if !from.contains("sns.amazonaws.com") && !from.contains("amazonses.com") {
        return None;
    }
    // Sendmail breaks lines that are too long by this.
    let text = mail.text().replace("!\n ", "");
    let start = text.find('{').filter(|start| text[*start..].contains("notificationType"))?;
    // What follows the JSON says how to end the subscription.
    let mut json = serde_json::Deserializer::from_str(&text[start..]).into_iter();
    json.next()?.ok()
}

/// The headers of the message that such a notification is about.
pub(super) fn returned(mail: &Mail) -> Option<Headers> {
    let sent = parse(mail)?.mail;
    let path = ("Return-Path".to_owned(), sent.source);
    Some(Headers::of_pairs(sent.headers.into_iter().map(|header| (header.name, header.value)).chain([path])))
}

pub(super) fn read(mail: &Mail) -> Option<Vec<Finding>> {
    let notification = parse(mail)?;
    let findings: Vec<_> = match notification.notification_type.as_str() {
        "Bounce" => {
            let is_transient = notification.bounce.bounce_type == "Transient";
            notification
                .bounce
                .bounced_recipients
                .into_iter()
                .take(MAX_RECIPIENTS)
                .map(|one| bounce(one, is_transient))
                .collect()
        }
        "Complaint" => {
            let kind = notification.complaint.complaint_feedback_type.unwrap_or_default();
            let class = if kind == "not-spam" { Class::None } else { Class::Complaint };
            let meaning = Meaning { class, reason: Reason::Feedback, status: None, reply: None };
            let recipients = notification.complaint.complained_recipients.into_iter().take(MAX_RECIPIENTS);
            let diagnostic = format!("feedback-type: {kind}, from Amazon SES");
            recipients
                .map(|one| Finding {
                    recipient: one.email_address,
                    meaning: meaning.clone(),
                    diagnostic: diagnostic.clone(),
                })
                .collect()
        }
        "Delivery" => {
            let said = notification.delivery.smtp_response;
            let mut words = said.split_whitespace();
            let reply = words.next().and_then(|code| code.parse().ok());
            let status = words.next().and_then(|status| status.parse().ok());
            let meaning = Meaning { class: Class::None, reason: Reason::Delivered, status, reply };
            let recipients = notification.delivery.recipients.into_iter().take(MAX_RECIPIENTS);
            recipients
                .map(|recipient| Finding { recipient, meaning: meaning.clone(), diagnostic: said.clone() })
                .collect()
        }
        _ => return None,
    };
    (!findings.is_empty()).then_some(findings)
}

fn bounce(one: Recipient, is_transient: bool) -> Finding {
    let mut meaning = judge(one.status.parse().ok(), None, &one.diagnostic_code, None);
    if is_transient && meaning.class == Class::Hard {
        meaning.class = Class::Soft;
    }
    Finding { recipient: one.email_address, meaning, diagnostic: one.diagnostic_code }
}
