//! What is automatic and no bounce: away messages, challenges, receipts, and reports about authentication.

use super::address;
use super::mail::{Kind, Mail};
use super::signs::Signs;
use super::words;
use super::{Finding, mail::Headers};
use crate::meaning::{Class, Meaning, Reason};

/// A receipt, an answer or a challenge; `None` where it may be a report on a delivery.
pub(super) fn read(mail: &Mail, text: &str, signs: Signs) -> Option<Finding> {
    let headers = &mail.headers;
    let finding = |class, reason, diagnostic: &str| {
        let from = ["from", "reply-to"]
            .iter()
            .find_map(|name| address::of_header(headers.get(name)?).next().map(str::to_owned));
        let meaning = Meaning { class, reason, status: None, reply: None };
        Some(Finding { recipient: from.unwrap_or_default(), meaning, diagnostic: diagnostic.to_owned() })
    };
    let subject = headers.get("subject").unwrap_or_default();
    if let Some(receipt) = mail.part(Kind::Receipt) {
        let disposition = Headers::of_text(&receipt.text).lower("disposition");
        // Dovecot refuses mail by a receipt that says it was deleted.
        if !(signs.is_daemon && disposition.contains("deleted")) {
            return finding(Class::None, Reason::Feedback, &format!("receipt: {disposition}"));
        }
    }
    let lower = subject.to_lowercase();
    if lower.starts_with("report domain:") || (lower.contains("report-id:") && lower.contains("submitter:")) {
        return finding(Class::None, Reason::Feedback, "a report about authentication");
    }
    // What others tried on a server of ours, as Postfix tells its postmaster.
    if lower.starts_with("postfix smtp server: errors") {
        return finding(Class::None, Reason::Feedback, subject);
    }
    let is_machine = signs.is_automatic || signs.is_null_path || signs.is_answer;
    if signs.is_report || signs.names_failed || signs.is_daemon && signs.is_bounce_subject || !is_machine {
        return None;
    }
    // A newsletter of a program is automatic too, and nobody's answer.
    let near = &text[..text.floor_char_boundary(2_000)].to_lowercase();
    if !signs.is_daemon && (words::any("challenges", near) || words::any("challenges", &lower)) {
        return finding(Class::Challenge, Reason::Feedback, subject);
    }
    let is_list = headers.get("list-id").is_some() || headers.get("list-unsubscribe").is_some();
    let submitted = headers.lower("auto-submitted");
    let is_answer = signs.is_answer || submitted.trim_start().starts_with("auto-replied") && !signs.is_daemon;
    let has_returned = mail.part(Kind::Returned).is_some();
    if !is_list
        && (!signs.is_bounce_subject || signs.is_answer)
        && (is_answer && !has_returned || words::any("away", near) && !signs.is_daemon)
    {
        return finding(Class::Vacation, Reason::Vacation, subject);
    }
    None
}
