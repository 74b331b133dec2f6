//! What is automatic and no bounce: away messages, challenges, receipts, and reports about authentication.

use super::address;
use super::mail::{Kind, Mail};
use super::signs::Signs;
use super::{Finding, mail::Headers};
use crate::meaning::{Class, Meaning, Reason};

/// Programs that hold mail back until its sender has shown to be a person.
const CHALLENGES: &[&str] = &[
    "spamarrest",
    "spam arrest",
    "boxbe",
    "tmda",
    "mailblocks",
    "active spam killer",
    "bluebottle",
    "sender verification required",
    "challenge-response",
    "challenge/response",
    "confirm that you are not a spammer",
    "confirm you are human",
    "prove you are human",
    "verify that you are human",
    "verify you are a human",
    "you are a human",
    "to verify that your message",
    "please confirm your message",
    "confirm your message",
    "confirm your e-mail to",
    "waiting for verification",
    "verify your email to",
    "verify your message",
    "confirm delivery of your message",
    "request for confirmation of your message",
    "message is being held because your address",
    "not on my approved senders",
    "approved sender list",
    "one-time verification",
    "to deliver your message, please",
    "click on the link below to deliver",
    "authenticate yourself",
    "antispam-bestätigung",
    "antispamuol",
    "uol antispam",
    "anti-spam uol",
    "confirmação de envio",
];

/// What mailboxes say whose owner is away or gone; the subject says no more than the body then.
const AWAY: &[&str] = &[
    "out of the office",
    "out of office",
    "i am away",
    "i'm away",
    "i am on vacation",
    "on annual leave",
    "i am currently away",
    "limited access to email",
    "limited access to my email",
    "will be back",
    "i will return",
    "i'll be back",
    "will respond when i return",
    "will reply to your",
    "this is an automated reply",
    "this is an automatic reply",
    "this is an automated response",
    "automatic reply",
    "autoreply",
    "auto-reply",
    "no longer with the company",
    "no longer works here",
    "no longer work",
    "is no longer employed",
    "has left the company",
    "left the company",
    "nicht im büro",
    "nicht im buero",
    "im urlaub",
    "abwesenheit",
    "ich bin ab",
    "wieder erreichbar",
    "nicht mehr im unternehmen",
    "nicht mehr bei",
    "absent du bureau",
    "je suis absent",
    "en congé",
    "ne travaille plus",
    "fuera de la oficina",
    "de vacaciones",
    "ya no trabaja",
    "fora do escritório",
    "de férias",
    "fuori ufficio",
    "in ferie",
    "non lavora più",
    "в отпуске",
    "больше не работает",
    "不在にして",
    "休暇",
    "退職",
];

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
        return finding(Class::None, Reason::Feedback, &format!("receipt: {disposition}"));
    }
    let lower = subject.to_lowercase();
    if lower.starts_with("report domain:") || (lower.contains("report-id:") && lower.contains("submitter:")) {
        return finding(Class::None, Reason::Feedback, "a report about authentication");
    }
    let is_machine = signs.is_automatic || signs.is_null_path || signs.is_answer;
    if signs.is_report || signs.names_failed || signs.is_daemon && signs.is_bounce_subject || !is_machine {
        return None;
    }
    // A newsletter of a program is automatic too, and nobody's answer.
    let near = &text[..text.floor_char_boundary(2_000)].to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| near.contains(phrase) || lower.contains(phrase));
    if !signs.is_daemon && says(CHALLENGES) {
        return finding(Class::Challenge, Reason::Feedback, subject);
    }
    let is_list = headers.get("list-id").is_some() || headers.get("list-unsubscribe").is_some();
    let submitted = headers.lower("auto-submitted");
    let is_answer = signs.is_answer || submitted.trim_start().starts_with("auto-replied") && !signs.is_daemon;
    let has_returned = mail.part(Kind::Returned).is_some();
    if !is_list && !signs.is_bounce_subject && (is_answer && !has_returned || says(AWAY) && !signs.is_daemon) {
        return finding(Class::Vacation, Reason::Vacation, subject);
    }
    None
}
