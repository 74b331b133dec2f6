//! Bounces in words: what a mail system wrote for people, and whom each piece of it is about.
//!
//! There is no reader for each mail system here. All of them write an address and near it what was said about it; what
//! differs is where the returned message begins, and that some put the words in front.

use super::address::{self, Found};
use super::mail::{Headers, Kind, Mail};
use super::ses;
use super::signs::Signs;
use super::words;
use super::{Finding, MAX_RECIPIENTS};
use crate::meaning::{Class, Command, Meaning, Reason, judge};

/// Lines and octets of a notice that are looked at.
const MAX_LINES: usize = 2_000;
const MAX_LINE: usize = 2_000;
/// Octets kept of what is said about one recipient.
const MAX_ABOUT: usize = 4 << 10;

/// What is written for people, taken apart.
#[derive(Debug, Default)]
pub(super) struct Notice {
    /// Up to the returned message.
    pub text: String,
    /// The headers of the returned message, from wherever it stood.
    pub returned: Headers,
    /// What stands before the first recipient, and what nobody of them is named for.
    general: String,
    about: Vec<(String, String)>,
}

impl Notice {
    pub fn read(mail: &Mail) -> Self {
        let text = mail.text();
        let (text, rest) = split_returned(&text);
        let mut returned = mail.part(Kind::Returned).map(|part| Headers::of_text(&part.text)).unwrap_or_default();
        if returned.is_empty() {
            returned = ses::returned(mail).unwrap_or_else(|| Headers::of_text(rest));
        }
        Self { text: text.to_owned(), returned, ..Self::default() }
    }

    /// Sorts its lines by the recipient they are about. `is_other`: an address of somebody who is no recipient.
    pub fn sort(&mut self, is_other: impl Fn(&str) -> bool) {
        let mut sorted = self.sorted(&is_other, true);
        if sorted.about.is_empty() {
            sorted = self.sorted(&is_other, false);
        }
        (self.general, self.about) = (sorted.general, sorted.about);
    }

    /// `at_start`: only an address at the beginning of a line names a recipient, as most systems write it.
    fn sorted(&self, is_other: &impl Fn(&str) -> bool, at_start: bool) -> Notice {
        let mut notice = Notice::default();
        let mut current: Option<usize> = None;
        let mut pending = String::new();
        for line in self.text.lines().take(MAX_LINES) {
            let line = &line[..line.floor_char_boundary(MAX_LINE)];
            let found = address::find(line);
            // Exchange sums up the message before, and whom it was for by its own account.
            if line.contains("did not reach the following recipient") {
                (current, notice.about) = (None, Vec::new());
            }
            let is_senders = mentions_sender(line);
            let named = found
                .iter()
                .find(|found| !is_other(found.address) && !is_senders && (!at_start || is_at_start(line, found)));
            if let Some(found) = named {
                let known = notice.about.iter().position(|(address, _)| address::same(address, found.address));
                current = known.or_else(|| {
                    let has_room = notice.about.len() < MAX_RECIPIENTS;
                    has_room.then(|| notice.about.push((found.address.to_owned(), String::new())))?;
                    Some(notice.about.len() - 1)
                });
            }
            // Sendmail's transcript: the dialog stands above the line that tells whom it was about.
            if let (Some(known), Some(found)) = (current, named)
                && is_conclusion(line, found)
            {
                let dialog = std::mem::take(&mut pending);
                push(&mut notice.about[known].1, &dialog);
                push(&mut notice.about[known].1, line);
                current = None;
                continue;
            }
            if is_transcript(line) && named.is_none() {
                push(&mut pending, line);
                if current.is_none() {
                    continue;
                }
            }
            let kept = match current {
                Some(current) => &mut notice.about[current].1,
                None => &mut notice.general,
            };
            push(kept, line);
        }
        push(&mut notice.general, &pending);
        notice
    }

    /// Whether it holds the fields of RFC 3464 as plain text.
    pub fn has_fields(&self) -> bool {
        let lower = self.text.to_ascii_lowercase();
        lower.contains("final-recipient:") && (lower.contains("action:") || lower.contains("status:"))
    }

    /// Whether what it says is to be believed, by its mail's headers and its own form.
    pub fn is_bounce(&self, mail: &Mail, signs: Signs) -> bool {
        // In text, headers of a message may be a person's quotation.
        let in_text = signs.is_daemon && !self.returned.is_empty();
        let brings_message = in_text || mail.part(Kind::Returned).is_some();
        signs.is_bounce(brings_message, self.has_reply(), self.opens_like_one())
    }

    /// Whether a line of it is a refusal by SMTP.
    fn has_reply(&self) -> bool {
        self.text.lines().take(MAX_LINES).any(|line| {
            let line = line.trim_start_matches(['<', ' ', '\t', '>']).as_bytes();
            line.len() > 3
                && line[0] == b'5'
                && line[1..3].iter().all(u8::is_ascii_digit)
                && matches!(line[3], b' ' | b'-')
        })
    }

    /// Whether it begins as bounces do.
    fn opens_like_one(&self) -> bool {
        let start = self.text.trim_start_matches(|c: char| !c.is_alphabetic());
        words::begins("openings", &start[..start.floor_char_boundary(100)].to_lowercase())
    }

    /// Whether it says that the message is still being tried.
    pub fn is_delay(&self) -> bool {
        words::any("delay texts", &self.text[..self.text.floor_char_boundary(4_000)].to_lowercase())
    }

    /// What it says about a recipient, or nothing.
    pub fn about(&self, recipient: &str) -> String {
        let about = self.about.iter().find(|(address, _)| address::same(address, recipient));
        about.map(|(_, text)| text.clone()).unwrap_or_default()
    }

    /// What it says about everybody.
    pub fn gist(&self) -> String {
        if self.general.trim().is_empty() {
            self.text[..self.text.floor_char_boundary(MAX_ABOUT)].to_owned()
        } else {
            self.general.clone()
        }
    }

    /// The only recipient it names.
    pub fn sole(&self) -> Option<&str> {
        match self.about.as_slice() {
            [(address, _)] => Some(address),
            _ => None,
        }
    }

    /// What the notice says to all goes before a hard judgement of its parts, if it is milder: full, or disabled.
    pub fn soften(&self, meaning: Meaning) -> Meaning {
        if meaning.class != Class::Hard {
            return meaning;
        }
        let general = judge(None, None, &self.general, None);
        match general.reason {
            Reason::MailboxFull | Reason::Suspend | Reason::SystemFull => {
                let general = judge(meaning.status, meaning.reply, &self.general, None);
                Meaning { class: Class::Soft, reason: general.reason, ..meaning }
            }
            _ => meaning,
        }
    }

    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.about.iter().map(|(address, _)| address.as_str())
    }
}

fn push(kept: &mut String, line: &str) {
    if kept.len() < MAX_ABOUT {
        kept.push_str(line);
        kept.push('\n');
    }
}

/// `550 5.1.1 <user@example.org>... User unknown`
fn is_conclusion(line: &str, found: &Found<'_>) -> bool {
    let before = line[..found.start].trim_start();
    let is_code = before.len() >= 4 && before.as_bytes()[..3].iter().all(u8::is_ascii_digit);
    is_code && line[found.end..].trim_start_matches('>').starts_with("...")
}

/// A line of an SMTP dialog, or of what a mail system made of it.
fn is_transcript(line: &str) -> bool {
    let line = line.trim_start();
    let is_code = line.len() >= 4 && line.as_bytes()[..3].iter().all(u8::is_ascii_digit) && line.as_bytes()[3] == b' ';
    line.starts_with(">>>") || line.starts_with("<<<") || is_code
}

/// Whether an address begins a line, but for marks, a label, or the reply in front of it.
fn is_at_start(line: &str, found: &Found<'_>) -> bool {
    let before = line[..found.start].to_lowercase();
    let before = before
        .trim_end_matches(|c: char| " <\"'([*>:-=;`|\t".contains(c))
        .trim_start_matches(|c: char| " \t<>*-=|#•·:.\"'([+".contains(c));
    let before = before.strip_suffix("rfc822").unwrap_or(before).trim_end_matches([';', ':', ' ']);
    if before.is_empty() || words::of("labels").contains(&before) {
        return true;
    }
    // `550 5.1.1 <user@example.org>... User unknown`, and a number in a list.
    before.len() <= 14 && before.chars().all(|c| c.is_ascii_digit() || " .-#)".contains(c))
}

/// A line about who sent the message names no recipient.
fn mentions_sender(line: &str) -> bool {
    let lower = line.trim_start_matches([' ', '\t', '>', '*', '-', '|']).to_lowercase();
    words::begins("no recipient", &lower) || words::any("others", &lower)
}

/// What was written, and the returned message behind it.
fn split_returned(text: &str) -> (&str, &str) {
    const MARKS: [char; 8] = ['\n', ' ', '\t', '-', '=', '*', '#', '>'];
    let mut at = 0;
    let mut has_said = false;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        let behind = &text[at + line.len()..];
        if has_said && starts_message(line) {
            return (&text[..at], &text[at..]);
        }
        if has_said && line.len() < 200 && words::any("returned", &line.to_lowercase()) {
            let behind = behind.trim_start_matches(MARKS);
            let near = &behind[..behind.floor_char_boundary(4_000)];
            // A line across the page is a mark whatever follows; in a sentence the same words may mean less.
            let mark = line.trim();
            let is_heading = mark.starts_with(['-', '=', '*', '_']) || mark.ends_with(':') && mark.len() < 40;
            if is_heading || Headers::of_text(near).is_returned() {
                return (&text[..at], behind);
            }
        }
        has_said |= line.contains(char::is_alphabetic);
        at += line.len();
    }
    (text, "")
}

/// Whether a message begins here, by the headers that only messages on their way have.
fn starts_message(text: &str) -> bool {
    let names = [
        "received:",
        "return-path:",
        "message-id:",
        "dkim-signature:",
        "x-received:",
        "delivered-to:",
        "x-google-",
        "mime-version:",
    ];
    let start = text[..text.floor_char_boundary(16)].to_ascii_lowercase();
    names.iter().any(|name| start.starts_with(name))
}

/// The findings of a bounce in words; nothing where it names no failure.
pub(super) fn read(mail: &Mail, notice: &Notice, signs: Signs) -> Option<Vec<Finding>> {
    if !notice.is_bounce(mail, signs) {
        return None;
    }
    let failed = mail.headers.all("x-failed-recipients").flat_map(address::of_header);
    let mut recipients: Vec<String> = failed.map(str::to_owned).take(MAX_RECIPIENTS).collect();
    if recipients.is_empty() {
        recipients = notice.recipients().map(str::to_owned).collect();
    }
    if recipients.is_empty() {
        recipients = bare_names(mail, notice);
    }
    if recipients.is_empty() {
        let of_returned =
            ["x-original-to", "x-envelope-to", "envelope-to", "delivered-to", "to"].iter().find_map(|name| {
                let all: Vec<_> = address::of_header(notice.returned.get(name)?).map(str::to_owned).collect();
                (all.len() == 1).then_some(all)
            });
        recipients = of_returned.unwrap_or_default();
    }
    if recipients.is_empty() {
        recipients.push(String::new());
    }
    let subject = mail.headers.get("subject").unwrap_or_default();
    let findings: Vec<_> = recipients
        .into_iter()
        .map(|recipient| {
            let about = notice.about(&recipient);
            let (meaning, said) = weigh(&about, notice, subject);
            let mut meaning = notice.soften(meaning);
            if signs.is_delay || notice.is_delay() {
                meaning = delayed(meaning);
            }
            Finding { recipient, meaning, diagnostic: said }
        })
        .collect();
    // Neither whom nor why, or no word of a failure at all: not understood.
    let says_so =
        signs.is_machine || signs.is_bounce_subject || signs.is_report || signs.names_failed || notice.opens_like_one();
    let is_nothing = |finding: &Finding| (finding.recipient.is_empty() || !says_so) && is_unknown(&finding.meaning);
    (!findings.iter().all(is_nothing)).then_some(findings)
}

/// AOL names local parts only, one a line, below a sentence that ends with a colon: the domain is its own.
fn bare_names(mail: &Mail, notice: &Notice) -> Vec<String> {
    let Some(domain) = mail.headers.get("from").and_then(|from| address::of_header(from).next()?.rsplit_once('@'))
    else {
        return Vec::new();
    };
    let begins = |line: &str| line.trim_end().ends_with(':') && line.contains("recipient");
    let lines = notice.text.lines().skip_while(|line| !begins(line)).skip(1);
    let names = lines.map(str::trim).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    let names: Vec<&str> = names.take(MAX_RECIPIENTS).collect();
    let are_names =
        names.iter().all(|name| name.len() < 40 && name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)));
    if are_names { names.iter().map(|name| format!("{name}@{}", domain.1)).collect() } else { Vec::new() }
}

/// What is said about a recipient, from what stands nearest to what stands farthest, until it says something.
fn weigh(about: &str, notice: &Notice, subject: &str) -> (Meaning, String) {
    let first = about.split("\n\n").find(|text| text.trim().len() > 3).unwrap_or_default();
    let everything = notice.sole().map_or("", |_| &notice.text);
    let command = Command::told(about).or_else(|| Command::told(everything));
    let all = format!("{about}\n{}\n{subject}", notice.gist());
    let near = judge(None, None, about, command);
    let stated = near.status.filter(|status| status.detail < 900);
    for said in [first, about, &all] {
        let meaning = judge(None, None, said, command);
        if !is_unknown(&meaning) {
            return (judge(stated, near.reply, said, command), said.to_owned());
        }
    }
    if about.trim().is_empty() { (judge(None, None, &all, command), all) } else { (near, about.to_owned()) }
}

/// Late, so not permanent, whatever its status was made up from.
fn delayed(meaning: Meaning) -> Meaning {
    let is_made_up = meaning.status.is_some_and(|status| status.detail >= 900);
    let status = if is_made_up { meaning.reason.status(false) } else { meaning.status };
    Meaning { class: Class::Delayed, status, ..meaning }
}

pub(super) fn is_unknown(meaning: &Meaning) -> bool {
    matches!(meaning.reason, Reason::OnHold | Reason::Undefined)
}
