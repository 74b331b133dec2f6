//! From a status, a reply code and words to a meaning.

use super::{Class, Meaning, Reason, Status, phrases};

/// Octets of a text that are looked at: the reply of a server, a diagnostic, a paragraph of a notice.
const MAX_TEXT: usize = 6 << 10;

/// What a refusal means, by its enhanced status and reply code where they are stated, and by its words.
///
/// What the words themselves state (`550 5.1.1 …`, `#5.1.1`) goes before a status that says nothing (`5.0.0`). The
/// reason goes by the words first, then by the status, then by the reply code.
pub fn judge(status: Option<Status>, reply: Option<u16>, text: &str) -> Meaning {
    let text = plain(text);
    let said = Said::find(&text);
    let reply = reply.or(said.reply);
    let status = match (status, said.status) {
        (Some(stated), Some(said)) if is_vague(stated) && !is_vague(said) => Some(said),
        (Some(stated), _) => Some(stated),
        (None, said) => said,
    };
    // A temporary reply cannot carry a permanent status, nor the other way round: the status is what hosts get wrong.
    let reason = reason(status, reply, &text);
    let is_permanent = status.map_or(reply.is_none_or(|code| code >= 500), Status::is_permanent);
    Meaning {
        class: class(reason, status, reply, &text),
        reason,
        status: status.or(reason.status(is_permanent)),
        reply,
    }
}

/// What a reply of the relay means: its code, its enhanced status (or nothing), and the text behind them.
pub fn of_reply(code: u16, enhanced: &str, text: &str) -> Meaning {
    judge(enhanced.parse().ok(), (code != 0).then_some(code), text)
}

/// The class of a refusal, and nothing milder than it says: the one place where it is decided (rules B).
///
/// Hard is what ends a subscription. It takes a reason that says so, no status that says it may work again, and none
/// that blames the sender.
fn class(reason: Reason, status: Option<Status>, reply: Option<u16>, _text: &str) -> Class {
    use Reason::*;
    let is_temporary = match status {
        Some(status) => !status.is_permanent(),
        None => reply.is_some_and(|code| code < 500),
    };
    let code = status.map(|status| (status.subject, status.detail));
    match reason {
        Delivered | Feedback => Class::None,
        Vacation => Class::Vacation,
        _ if is_temporary || reply.is_some_and(|code| (400..500).contains(&code)) => Class::Soft,
        UserUnknown | HostUnknown | HasMoved | NotAccept => match code {
            // Whatever the words: the sender is not let in, or the message is not liked.
            Some((7 | 6, _) | (3, 4) | (2, 3)) => Class::Ours,
            // Disabled, or full: it may be there again.
            Some((2, 1 | 2)) => Class::Soft,
            _ => Class::Hard,
        },
        MailboxFull => Class::Soft,
        Blocked | BadReputation | RequirePtr | AuthFailure | PolicyViolation | SecurityError | FailedStartTls
        | SpamDetected | VirusDetected | ContentError | NotCompliantRfc | MesgTooBig | TooManyConn | Speeding
        | NoRelaying | Rejected | SyntaxError => Class::Ours,
        Suspend | Filtered | ExceedLimit | Expired | NetworkError | SystemError | SystemFull | MailerError | OnHold
        | Undefined => match code {
            Some((7 | 6, _) | (3, 4) | (2, 3)) => Class::Ours,
            _ => Class::Soft,
        },
    }
}

fn reason(status: Option<Status>, reply: Option<u16>, text: &str) -> Reason {
    phrases::reason(text)
        .or_else(|| status.and_then(of_status))
        .or_else(|| reply.and_then(of_code))
        .unwrap_or(if text.len() > 3 { Reason::OnHold } else { Reason::Undefined })
}

/// What a status says by itself (RFC 3463, and the IANA registry of RFC 5248), where it says anything.
fn of_status(status: Status) -> Option<Reason> {
    use Reason::*;
    let is_permanent = status.is_permanent();
    Some(match (status.subject, status.detail) {
        (1, 1 | 3 | 10) => UserUnknown,
        (1, 2) => HostUnknown,
        (1, 6) => HasMoved,
        (1, 7 | 8) => Rejected,
        (1, 9) => SystemError,
        (2, 1) if is_permanent => Filtered,
        (2, 1) => Suspend,
        (2, 2) => MailboxFull,
        (2, 3) => ExceedLimit,
        (2, 4) => Filtered,
        (3, 1) => SystemFull,
        (3, 0 | 2 | 3 | 5) => SystemError,
        (3, 4) => MesgTooBig,
        (4, 1 | 7) => Expired,
        (4, 2 | 3 | 4 | 5 | 6) => NetworkError,
        (5, 3) => TooManyConn,
        (5, 1 | 2 | 4 | 5) => SyntaxError,
        (6, _) => ContentError,
        (7, 8 | 9) => SecurityError,
        (7, 13) => Suspend,
        (7, 17 | 18 | 19) => Filtered,
        (7, 20..=23 | 26 | 27 | 29 | 30 | 515) => AuthFailure,
        (7, 24) => AuthFailure,
        (7, 25) => RequirePtr,
        (7, 10 | 11) => FailedStartTls,
        (7, 28) => Speeding,
        (7, 1) if is_permanent => Filtered,
        (7, 500..=799) => Blocked,
        (7, _) => SecurityError,
        _ => return None,
    })
}

/// What a reply code says by itself (RFC 5321 §4.2.3). Most say nothing about why.
fn of_code(code: u16) -> Option<Reason> {
    Some(match code {
        421 | 450 | 451 => return None,
        422 | 522 => Reason::MailboxFull,
        452 => Reason::SystemFull,
        500..=504 => Reason::SyntaxError,
        521 | 556 => Reason::NotAccept,
        525 => Reason::Suspend,
        530 | 534 | 535 | 538 => Reason::SecurityError,
        551 => Reason::HasMoved,
        552 => Reason::MailboxFull,
        _ => return None,
    })
}

fn is_vague(status: Status) -> bool {
    status.detail == 0
}

/// Lower case, one space between words, no more than is looked at.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_TEXT));
    for word in text.split_whitespace() {
        if out.len() >= MAX_TEXT {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().take(MAX_TEXT).flat_map(char::to_lowercase));
    }
    out
}

/// What a text states in numbers.
#[derive(Debug, Default, PartialEq)]
struct Said {
    status: Option<Status>,
    reply: Option<u16>,
}

impl Said {
    /// The first reply code with a status behind it, else the first of each that stands where one would.
    fn find(text: &str) -> Self {
        let mut best = Self::default();
        let mut before = "";
        for word in text.split([' ', '(', ')', '<', '>', '[', ']', ';', '"', ',']).filter(|word| !word.is_empty()) {
            let (reply, after) = reply_code(word, before);
            let status = status(after);
            if let (Some(reply), Some(status)) = (reply, status) {
                return Self { status: Some(status), reply: Some(reply) };
            }
            if let Some(status) = status {
                let follows_code = before.parse().ok().filter(|code| (400..600).contains(code));
                if let Some(code) = follows_code.filter(|code| code / 100 == u16::from(status.class)) {
                    return Self { status: Some(status), reply: Some(code) };
                }
                best.status = best.status.or(Some(status));
            }
            best.reply = best.reply.or(reply);
            before = word;
        }
        best
    }
}

/// `550`, `550-5.1.1`, `smtp;550`: the code, and what follows it in the same word.
fn reply_code<'a>(word: &'a str, before: &str) -> (Option<u16>, &'a str) {
    let bare = word.trim_start_matches(['#', ':', '\'']);
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &bare[digits..];
    let code = (digits == 3).then(|| bare[..3].parse::<u16>().ok()).flatten().filter(|code| {
        (400..560).contains(code) && (rest.is_empty() || rest.starts_with(['-', ':', '_']) || rest == ".")
    });
    // Numbers of other things: `port 465`, `500 messages`, `error 452`.
    let is_other = matches!(before, "port" | "line" | "lines" | "size" | "id" | "p.o." | "over" | "of" | "than");
    match code {
        Some(code) if !is_other => (Some(code), rest.trim_start_matches('-')),
        _ => (None, bare),
    }
}

/// `5.1.1` at the start of a word, also as `#5.1.1` and `5.1.1:`; an IP address or a version is none.
fn status(word: &str) -> Option<Status> {
    let word = word.trim_start_matches(['#', ':', '\'']).trim_end_matches([':', '.', '\'', ',', '-']);
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(word.len());
    if !(word[end..].is_empty() || word[end..].starts_with(['_', '-', ':', '/'])) {
        return None;
    }
    word[..end].parse().ok().filter(|status: &Status| status.class != 2)
}
