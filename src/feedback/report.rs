//! Delivery status reports (RFC 3464), also where their MIME is broken and their fields stand in plain text.

use super::address;
use super::mail::{Headers, Kind, Mail};
use super::prose::Notice;
use super::signs::Signs;
use super::{Finding, MAX_RECIPIENTS};
use crate::meaning::{Class, Meaning, Reason, Status, judge};

/// What one recipient's fields say.
#[derive(Debug, Default)]
struct Report {
    recipient: String,
    action: String,
    status: Option<Status>,
    diagnostic: String,
}

/// The findings of a report, or nothing if a mail holds none that names a recipient.
pub(super) fn read(mail: &Mail, notice: &Notice, signs: Signs) -> Option<Vec<Finding>> {
    let mut reports: Vec<Report> = Vec::new();
    for part in mail.parts.iter().filter(|part| part.kind == Kind::Status) {
        blocks(&part.text, &mut reports);
    }
    if reports.is_empty() && notice.has_fields() {
        blocks(&notice.text, &mut reports);
    }
    if reports.is_empty() {
        return None;
    }
    Some(reports.into_iter().map(|report| finding(report, notice, signs)).collect())
}

/// Fields come in groups with empty lines between them; one with a recipient's name or an action is about a recipient.
fn blocks(text: &str, reports: &mut Vec<Report>) {
    for block in paragraphs(text) {
        let fields = Headers::of_fields(block);
        let recipient = ["original-recipient", "final-recipient", "x-actual-recipient", "x-failed-recipient"];
        // What was written on the envelope goes before what a gateway made of it, if it is an address at all.
        let named: Vec<String> =
            recipient.iter().filter_map(|name| fields.get(name)).filter_map(address::of_field).collect();
        let best = named.iter().find(|name| address::is_address(name)).or(named.first()).cloned();
        let (Some(recipient), true) = (best, reports.len() < MAX_RECIPIENTS) else { continue };
        let said =
            ["diagnostic-code", "x-notes-diagnostic", "x-display-diagnostic", "x-supplementary-info", "x-diagnostic"];
        let diagnostic: Vec<&str> = said.iter().flat_map(|name| fields.all(name)).map(without_type).collect();
        let status = fields.get("status").unwrap_or_default();
        let status = status.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| word.parse().ok());
        reports.push(Report { recipient, action: fields.lower("action"), status, diagnostic: diagnostic.join(" ") });
    }
}

/// `smtp; 550 …` without its type (RFC 3464 §2.3.6), but for types that say something themselves.
fn without_type(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if !kind.trim().contains(' ') && !kind.eq_ignore_ascii_case("x-unix") => rest.trim(),
        _ => value.trim(),
    }
}

/// The groups of lines between empty ones.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(['\n', ' ', '\t']);
        if rest.is_empty() {
            return None;
        }
        let end = rest.find("\n\n").unwrap_or(rest.len());
        let (paragraph, after) = rest.split_at(end);
        rest = after;
        Some(paragraph)
    })
}

fn finding(report: Report, notice: &Notice, signs: Signs) -> Finding {
    let action = report.action.split([' ', ';', '(']).next().unwrap_or_default();
    let mut said = report.diagnostic;
    let told = notice.about(&report.recipient);
    let mut meaning = judge(report.status, None, &said);
    // A diagnostic that says nothing: the paragraph for people often holds what the remote host said.
    if matches!(meaning.reason, Reason::OnHold | Reason::Undefined) || said.is_empty() {
        let told = if told.is_empty() { notice.gist() } else { told };
        let from_told = judge(report.status, None, &told);
        if !matches!(from_told.reason, Reason::OnHold | Reason::Undefined) {
            meaning = from_told;
            said = if said.is_empty() { told } else { said };
        }
    }
    match action {
        "delivered" | "relayed" | "expanded" => {
            meaning.class = Class::None;
            meaning.reason = Reason::Delivered;
            meaning.status = report.status.or(meaning.status);
        }
        "delayed" => meaning.class = Class::Delayed,
        // Some name no action, and say it in the subject.
        "" if signs.is_delay => meaning.class = Class::Delayed,
        _ => {}
    }
    if report.status.is_some_and(|status| status.class == 2) {
        meaning = Meaning { class: Class::None, reason: Reason::Delivered, ..meaning };
    }
    Finding { recipient: report.recipient, meaning, diagnostic: said }
}
