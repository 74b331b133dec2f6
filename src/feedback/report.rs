//! Delivery status reports (RFC 3464), also where their MIME is broken and their fields stand in plain text.

use super::address;
use super::mail::{Headers, Kind, Mail};
use super::prose::{Notice, is_unknown};
use super::signs::Signs;
use super::{Finding, MAX_RECIPIENTS};
use crate::meaning::{Class, Command, Meaning, Reason, Status, judge};

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
    // Where the fields name something else than an address, the words may know better.
    let sole = notice.sole();
    let mut reports: Vec<Report> = Vec::new();
    // A receipt of a mail system's that says the message was deleted is a report, too.
    let is_report = |kind| kind == Kind::Status || kind == Kind::Receipt && signs.is_daemon;
    for part in mail.parts.iter().filter(|part| signs.may_report() && is_report(part.kind)) {
        blocks(&part.text, sole, &mut reports);
    }
    if reports.is_empty() && notice.has_fields() && notice.is_bounce(mail, signs) {
        blocks(&notice.text, sole, &mut reports);
    }
    if reports.is_empty() {
        return None;
    }
    Some(reports.into_iter().map(|report| finding(report, notice, signs)).collect())
}

/// Fields come in groups with empty lines between them; one that names a recipient is about it.
fn blocks(text: &str, sole: Option<&str>, reports: &mut Vec<Report>) {
    for group in groups(text) {
        let fields = Headers::of_fields(&group);
        let recipient = ["original-recipient", "final-recipient", "x-actual-recipient", "x-failed-recipient"];
        // What was written on the envelope goes before what a gateway made of it, if it is an address at all.
        let named: Vec<String> =
            recipient.iter().filter_map(|name| fields.get(name)).filter_map(address::of_field).collect();
        let best = named.iter().find(|name| address::is_address(name)).or(named.first()).cloned();
        let (Some(mut recipient), true) = (best, reports.len() < MAX_RECIPIENTS) else { continue };
        if !address::is_address(&recipient)
            && let Some(told) = sole
        {
            recipient = told.to_owned();
        }
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

/// The groups of lines between empty ones; a second recipient begins another where the empty line is missing.
fn groups(text: &str) -> Vec<String> {
    let mut groups = vec![String::new()];
    let mut has_recipient = false;
    for line in text.lines() {
        let starts = |name: &str| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let is_recipient = starts("final-recipient:");
        if (line.trim().is_empty() || is_recipient && has_recipient)
            && groups.last().is_some_and(|last| !last.is_empty())
        {
            groups.push(String::new());
            has_recipient = false;
        }
        has_recipient |= is_recipient;
        if let Some(last) = groups.last_mut().filter(|_| !line.trim().is_empty()) {
            last.push_str(line);
            last.push('\n');
        }
    }
    groups
}

fn finding(report: Report, notice: &Notice, signs: Signs) -> Finding {
    let action = report.action.split([' ', ';', '(']).next().unwrap_or_default();
    let told = notice.about(&report.recipient);
    let gist = notice.gist();
    // Of several recipients, the last command answered is not everybody's.
    let command = if notice.sole().is_some() { Command::told(&notice.text) } else { Command::told(&told) };
    let mut said = report.diagnostic;
    let mut meaning = judge(report.status, None, &said, command.filter(|_| !said.is_empty()));
    // A diagnostic that says nothing: the paragraph for people often holds what the remote host said.
    if is_unknown(&meaning) || said.is_empty() {
        let told = [&told, &gist].into_iter().find(|text| !is_unknown(&judge(report.status, None, text, command)));
        if let Some(told) = told {
            meaning = judge(report.status, None, told, command);
            said = if said.is_empty() { told.clone() } else { said };
        }
    }
    let mut meaning = notice.soften(meaning);
    if matches!(action, "delivered" | "deliverable" | "relayed" | "expanded")
        || report.status.is_some_and(|status| status.class == 2)
    {
        let status = report.status.or(meaning.status);
        meaning = Meaning { class: Class::None, reason: Reason::Delivered, status, ..meaning };
    } else if action == "delayed" || action.is_empty() && (signs.is_delay || notice.is_delay()) {
        // Some name no action, and say it in the subject.
        meaning.class = Class::Delayed;
    }
    Finding { recipient: report.recipient, meaning, diagnostic: said }
}
