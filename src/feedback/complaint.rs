//! Complaints: the reports of readers and providers (ARF, RFC 5965; authentication failures, RFC 6591; CFBL, RFC 9477).

use super::address;
use super::mail::{Headers, Kind, Mail};
use super::{Finding, MAX_RECIPIENTS};
use crate::meaning::{Class, Meaning, Reason};

pub(super) fn read(mail: &Mail, returned: &Headers) -> Option<Vec<Finding>> {
    if let Some(report) = mail.part(Kind::Complaint) {
        let fields = Headers::of_text(&report.text);
        return Some(findings(&fields, returned, mail));
    }
    hotmail(mail, returned)
}

fn findings(fields: &Headers, returned: &Headers, mail: &Mail) -> Vec<Finding> {
    let kind = fields.lower("feedback-type");
    let class = match kind.trim() {
        // Not a reader's opinion: what SPF, DKIM or DMARC said, or that it was no spam after all.
        "auth-failure" | "dmarc" | "not-spam" => Class::None,
        // What is not known is taken for what such reports are nearly always about.
        _ => Class::Complaint,
    };
    let named = ["original-rcpt-to", "removal-recipient", "original-recipient", "final-recipient"];
    let mut recipients = Vec::new();
    for name in named {
        recipients = fields.all(name).filter_map(address::of_field).take(MAX_RECIPIENTS).collect();
        if !recipients.is_empty() {
            break;
        }
    }
    if recipients.is_empty() {
        // Providers strike the reader's address out, or leave it where the message had it.
        let from_returned = ["x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "to"]
            .iter()
            .find_map(|name| returned.get(name));
        recipients.extend(from_returned.and_then(|value| address::of_header(value).next()).map(str::to_owned));
    }
    if recipients.is_empty() {
        recipients.push(String::new());
    }
    let diagnostic = format!("feedback-type: {}", if kind.is_empty() { "none" } else { kind.trim() });
    let agent = fields.get("user-agent").or_else(|| mail.headers.get("from")).unwrap_or_default();
    let diagnostic = format!("{diagnostic}, from {agent}");
    let finding = |recipient| Finding { recipient, meaning: meaning(class), diagnostic: diagnostic.clone() };
    recipients.into_iter().map(finding).collect()
}

/// Hotmail's junk mail reports bring the message, and name the reader in a header of it.
fn hotmail(mail: &Mail, returned: &Headers) -> Option<Vec<Finding>> {
    let recipient = returned.get("x-hmxmroriginalrecipient").and_then(address::of_field)?;
    let is_report = mail.headers.lower("subject").contains("complaint about message from");
    is_report
        .then(|| vec![Finding { recipient, meaning: meaning(Class::Complaint), diagnostic: "junk mail report".into() }])
}

fn meaning(class: Class) -> Meaning {
    Meaning { class, reason: Reason::Feedback, status: None, reply: None }
}
