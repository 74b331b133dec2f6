//! From a status, a reply code and words to a meaning.

use std::borrow::Cow;

use super::phrases::{Told, told};
use super::{Class, Meaning, Reason, Status};

/// Octets of a text that are looked at: the reply of a server, a diagnostic, a paragraph of a notice.
const MAX_TEXT: usize = 6 << 10;

/// The SMTP command that a refusal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// MAIL and what comes before it: nothing about the recipient was known yet.
    Mail,
    Rcpt,
    /// DATA, BDAT or the final dot: whoever refuses here took the recipient before.
    Data,
}

impl Command {
    /// Where a text says which command was answered: Postfix, Exim, qmail, Sendmail's transcript, Yahoo, GMX.
    pub fn told(text: &str) -> Option<Self> {
        let text = plain(text);
        let last = |marks: &[&str]| marks.iter().filter_map(|mark| text.rfind(mark)).max();
        let data = [
            "end of data",
            "reply to data",
            "after data",
            ">>> data",
            ">>> .",
            "final data",
            "data command",
            "text command",
            "[data]",
        ];
        let rcpt = [
            "after rcpt",
            "reply to rcpt",
            ">>> rcpt",
            "smtp:rcpt",
            "our rcpt",
            "rcpt command",
            "[rcpt_to]",
            "does not like recipient",
            "rcpt to command",
            "rcpt to:<",
        ];
        let mail = [
            "after mail",
            "reply to mail",
            ">>> mail",
            "our mail from",
            "mail command",
            "[mail_from]",
            "sender was rejected",
            "mail from command",
        ];
        let found = [(last(&mail), Self::Mail), (last(&rcpt), Self::Rcpt), (last(&data), Self::Data)];
        found
            .into_iter()
            .filter_map(|(at, command)| Some((at?, command)))
            .max_by_key(|(at, _)| *at)
            .map(|(_, found)| found)
    }
}

/// What a refusal means, by its enhanced status and reply code where they are stated, by its words, and by the command
/// that it answers, where that is known.
///
/// What the words themselves state (`550 5.1.1 …`, `#5.1.1`) goes before a status that says less (`5.0.0`). The reason
/// goes by clear words first, then by the status, then by vague words, then by what is left of the numbers.
pub fn judge(status: Option<Status>, reply: Option<u16>, text: &str, command: Option<Command>) -> Meaning {
    let words = plain(text);
    let said = Said::find(&words);
    let reply = reply.or(said.reply);
    let status = match (status, said.status) {
        // A reply of the remote host goes before what the reporting one made of it.
        (Some(stated), Some(in_words))
            if weight(in_words) > weight(stated) || said.is_reply && weight(in_words) >= weight(stated) =>
        {
            Some(in_words)
        }
        (Some(stated), _) => Some(stated),
        (None, in_words) => in_words,
    };
    let command = command.or_else(|| Command::told(text));
    let reason = reason(status, reply, &words, command);
    // Exim says so of errors that were all temporary.
    let is_given_up = words.contains("retry timeout exceeded");
    let is_permanent = status.map_or(reply.map_or(!is_given_up, |code| code >= 500), Status::is_permanent);
    Meaning { class: class(reason, status, reply), reason, status: status.or(reason.status(is_permanent)), reply }
}

/// What a reply means: its code, its enhanced status (or nothing), the text behind them, and the command that it answers
/// if that is known. Where it is not, vague words are taken for the milder thing.
pub fn of_reply(code: u16, enhanced: &str, text: &str, command: Option<Command>) -> Meaning {
    judge(enhanced.parse().ok(), (code != 0).then_some(code), text, command)
}

/// The class of a refusal: the one place where it is decided (rules B).
///
/// Hard is what ends a subscription. It takes a reason that says so, no status that says it may work again, and none
/// that blames the sender.
fn class(reason: Reason, status: Option<Status>, reply: Option<u16>) -> Class {
    use Reason::*;
    let is_temporary =
        status.is_some_and(|status| !status.is_permanent()) || reply.is_some_and(|code| (400..500).contains(&code));
    // Whatever the words: the sender is not let in, or the message is not liked.
    let blames_us =
        status.is_some_and(|status| matches!((status.subject, status.detail), (6 | 7, _) | (3, 4) | (2, 3)));
    match reason {
        Delivered | Feedback => Class::None,
        Vacation => Class::Vacation,
        _ if is_temporary => Class::Soft,
        UserUnknown | HostUnknown | HasMoved | NotAccept if blames_us => Class::Ours,
        UserUnknown | HostUnknown | HasMoved | NotAccept => Class::Hard,
        // The mailbox, whatever the status: nothing we could do better.
        MailboxFull | Suspend => Class::Soft,
        Blocked | BadReputation | RequirePtr | AuthFailure | PolicyViolation | SecurityError | FailedStartTls
        | SpamDetected | VirusDetected | ContentError | NotCompliantRfc | MesgTooBig | TooManyConn | Speeding
        | NoRelaying | Rejected | SyntaxError => Class::Ours,
        Filtered | ExceedLimit | Expired | NetworkError | SystemError | SystemFull | MailerError | OnHold
        | Undefined => {
            if blames_us {
                Class::Ours
            } else {
                Class::Soft
            }
        }
    }
}

fn reason(status: Option<Status>, reply: Option<u16>, words: &str, command: Option<Command>) -> Reason {
    use Reason::*;
    let by_status = status.and_then(of_status);
    let told = told(words);
    match (told, by_status) {
        // Whom it was for had not been told yet: it is about the sender.
        (Some(Told::Clearly(UserUnknown | HostUnknown) | Told::Perhaps(_)), _) if command == Some(Command::Mail) => {
            Rejected
        }
        (Some(Told::Clearly(UserUnknown | HostUnknown) | Told::Perhaps(_)), Some(Rejected)) => Rejected,
        // The status knows more than words that fit both.
        (Some(Told::Clearly(UserUnknown | HostUnknown) | Told::Perhaps(_)), Some(HasMoved)) => HasMoved,
        (Some(Told::Clearly(MesgTooBig)), Some(ExceedLimit)) => ExceedLimit,
        (Some(Told::Clearly(reason)), _) => reason,
        (Some(Told::Perhaps(UserUnknown | HostUnknown)), Some(reason @ (UserUnknown | HostUnknown))) => reason,
        (Some(Told::Perhaps(reason)), _) => {
            let is_about_policy = status.is_some_and(|status| matches!(status.subject, 6 | 7));
            let is_sure = command == Some(Command::Rcpt) && !is_about_policy;
            match reason {
                // A host that answers says it of another than its own, and perhaps of ours.
                HostUnknown if reply.is_some() => NetworkError,
                HostUnknown => reason,
                _ if is_sure => reason,
                _ => Filtered,
            }
        }
        (_, Some(reason)) => reason,
        (Some(Told::Vaguely(reason)), None) => reason,
        (None, None) => status.and_then(of_subject).or_else(|| reply.and_then(of_code)).unwrap_or(if words.len() > 3 {
            OnHold
        } else {
            Undefined
        }),
    }
}

/// What a status says by itself (RFC 3463, and the registry of RFC 5248), where it says anything for certain.
fn of_status(status: Status) -> Option<Reason> {
    use Reason::*;
    Some(match (status.subject, status.detail) {
        (1, 1 | 3 | 10) => UserUnknown,
        (1, 2) => HostUnknown,
        (1, 6) => HasMoved,
        (1, 7 | 8) => Rejected,
        (2, 2) => MailboxFull,
        (1, 90) => Speeding,
        (2, 3 | 121 | 122) => ExceedLimit,
        (3, 1) => SystemFull,
        (3, 4) => MesgTooBig,
        (4, 1 | 7 | 300 | 316) => Expired,
        (4, 2 | 3 | 5 | 6 | 14 | 312) => NetworkError,
        (5, 3) => TooManyConn,
        (5, 1 | 2 | 4 | 5) => SyntaxError,
        (6, _) if status.detail != 0 => ContentError,
        (7, 10 | 11) => FailedStartTls,
        (7, 13) => Suspend,
        (7, 17..=19) => Filtered,
        (7, 20..=24 | 26 | 27 | 29 | 30 | 509 | 515) => AuthFailure,
        (7, 25) => RequirePtr,
        (7, 28) => Speeding,
        (7, 500..=799) => Blocked,
        _ => return None,
    })
}

/// What a status says where nothing else was said.
fn of_subject(status: Status) -> Option<Reason> {
    use Reason::*;
    Some(match (status.subject, status.detail) {
        (2, 1) if status.is_permanent() => Filtered,
        (2, 1) => Suspend,
        (2, _) => Filtered,
        (3, _) => SystemError,
        (4, _) => NetworkError,
        (5, _) => SyntaxError,
        (6, _) => ContentError,
        (7, 1) => Filtered,
        (7, _) => SecurityError,
        _ => return None,
    })
}

/// What a reply code says by itself (RFC 5321 §4.2.3). Most say nothing about why.
fn of_code(code: u16) -> Option<Reason> {
    Some(match code {
        422 | 522 | 552 => Reason::MailboxFull,
        452 => Reason::SystemFull,
        500..=504 => Reason::SyntaxError,
        556 => Reason::NotAccept,
        525 => Reason::Suspend,
        530 | 534 | 535 | 538 => Reason::SecurityError,
        _ => return None,
    })
}

/// How much a status says: `5.0.0` nothing, `5.3.0` something, `5.1.1` all.
fn weight(status: Status) -> u8 {
    u8::from(status.subject != 0) + 2 * u8::from(status.detail != 0)
}

/// Lower case, one space between words, no more than is looked at.
fn plain(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(without_local(word).chars().flat_map(char::to_lowercase));
    }
    out
}

/// Only the domain of an address tells anything: `no-such-user@example.org` may be any name.
fn without_local(word: &str) -> Cow<'_, str> {
    let Some(at) = word.rfind('@') else { return Cow::Borrowed(word) };
    let is_local = |c: char| c.is_alphanumeric() || "!#$%&*+-/=?^_`{|}~.".contains(c);
    let start = word[..at].rfind(|c| !is_local(c));
    let start = start.map_or(0, |start| start + word[start..].chars().next().map_or(1, char::len_utf8));
    if start == at { Cow::Borrowed(word) } else { Cow::Owned(format!("{}{}", &word[..start], &word[at..])) }
}

/// What a text states in numbers.
#[derive(Debug, Default, PartialEq)]
struct Said {
    status: Option<Status>,
    reply: Option<u16>,
    /// Both stand together, as in a server's reply.
    is_reply: bool,
}

impl Said {
    /// The first reply code with a status behind it, else the first of each that stands where one would.
    fn find(text: &str) -> Self {
        let mut best = Self::default();
        let mut before = "";
        let marks = [' ', '(', ')', '<', '>', '[', ']', ';', '"', ',', '=', '\''];
        for word in text.split(marks).filter(|word| !word.is_empty()) {
            let (reply, after) = reply_code(word, before);
            let status = status(after);
            let code_before = reply_code(before.trim_end_matches('-'), "").0;
            if let (Some(status), Some(code)) = (status, reply.or(code_before))
                && code / 100 == u16::from(status.class)
            {
                return Self { status: Some(status), reply: Some(code), is_reply: true };
            }
            best.status = best.status.or(status);
            best.reply = best.reply.or(reply);
            before = word;
        }
        best
    }
}

/// `550`, `550-5.1.1`, `:550`: the code, and what follows it in the same word.
fn reply_code<'a>(word: &'a str, before: &str) -> (Option<u16>, &'a str) {
    let bare = word.trim_start_matches(['#', ':']);
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &bare[digits..];
    let code = (digits == 3).then(|| bare[..3].parse::<u16>().ok()).flatten().filter(|code| {
        (400..560).contains(code) && (rest.is_empty() || rest.starts_with(['-', ':', '_']) || rest == ".")
    });
    // Numbers of other things: `port 465`, `over 500 messages`.
    let is_other = matches!(
        before,
        "port" | "line" | "lines" | "size" | "id" | "over" | "of" | "than" | "uid" | "in" | "pid" | "after"
    );
    match code {
        Some(code) if !is_other => (Some(code), rest.trim_start_matches('-')),
        _ => (None, bare),
    }
}

/// `5.1.1` at the start of a word, also as `#5.1.1` and `5.1.1:`; an IP address or a version is none.
fn status(word: &str) -> Option<Status> {
    let word = word.trim_start_matches(['#', ':']).trim_end_matches([':', '.', ',', '-', '!', '/']);
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(word.len());
    if !(word[end..].is_empty() || word[end..].starts_with(['_', '-', ':', '/'])) {
        return None;
    }
    word[..end].parse().ok().filter(|status: &Status| status.class != 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: u16, enhanced: &str, text: &str) -> (Class, Reason) {
        let meaning = of_reply(code, enhanced, text, Some(Command::Rcpt));
        (meaning.class, meaning.reason)
    }

    fn in_words(text: &str) -> (Class, Reason, String) {
        let meaning = judge(None, None, text, None);
        (meaning.class, meaning.reason, meaning.status.map(|status| status.to_string()).unwrap_or_default())
    }

    #[test]
    fn b_hard_is_what_says_that_there_is_no_such_mailbox_or_domain() {
        use Class::Hard;
        use Reason::{HasMoved, HostUnknown, NotAccept, UserUnknown};
        assert_eq!(of(550, "5.1.1", "The email account that you tried to reach does not exist."), (Hard, UserUnknown));
        assert_eq!(of(550, "", "No such user here"), (Hard, UserUnknown));
        assert_eq!(of(550, "5.1.10", "Recipient not found"), (Hard, UserUnknown));
        assert_eq!(
            of(550, "5.4.1", "5.4.1 [jo@example.org]: Recipient address rejected: Access denied"),
            (Hard, UserUnknown)
        );
        assert_eq!(of(550, "5.1.2", "what?"), (Hard, HostUnknown));
        assert_eq!(of(551, "5.1.6", "user unknown"), (Hard, HasMoved));
        assert_eq!(of(556, "", "what?"), (Hard, NotAccept));
        assert_eq!(of(550, "5.1.3", "what?"), (Hard, UserUnknown));
    }

    #[test]
    fn b_nothing_is_hard_that_may_work_again_or_blames_the_sender() {
        for (code, enhanced, text) in [
            (450, "4.1.1", "User unknown"),
            (550, "4.1.1", "User unknown"),
            (450, "", "User unknown"),
            (550, "5.7.1", "User unknown"),
            (550, "5.6.0", "No such user"),
            (550, "5.2.1", "The user is disabled: no such user"),
            (552, "5.2.2", "user unknown or over quota"),
            (550, "", "Sender address rejected: Domain not found"),
            (550, "", "<mail.example.org>: Helo command rejected: Host not found"),
            (553, "5.1.8", "Domain of sender address news@example.org does not exist"),
            (550, "", "no-such-user@example.org is not liked"),
            (550, "", "This host does not accept mail from dialup users"),
            (550, "", "This domain does not accept messages from your network"),
            (521, "", "go away"),
            (550, "", ""),
            (554, "", "Transaction failed"),
        ] {
            assert_ne!(of(code, enhanced, text).0, Class::Hard, "{code} {enhanced} {text}");
        }
    }

    #[test]
    fn what_everybody_says_is_believed_only_in_answer_to_rcpt() {
        let meaning = |command| judge(None, None, "550 User unknown", command);
        assert_eq!(meaning(Some(Command::Rcpt)).class, Class::Hard);
        for command in [None, Some(Command::Data)] {
            assert_eq!((meaning(command).class, meaning(command).reason), (Class::Soft, Reason::Filtered));
        }
        assert_eq!(meaning(Some(Command::Mail)).reason, Reason::Rejected);
        assert_eq!(Command::told("said: 550 no (in reply to RCPT TO command)"), Some(Command::Rcpt));
        assert_eq!(Command::told(">>> RCPT TO:<a@b.c>\n<<< 250\n>>> DATA\n<<< 550 no"), Some(Command::Data));
        assert_eq!(Command::told("after MAIL FROM:<a@b.c> SIZE=3"), Some(Command::Mail));
        assert_eq!(Command::told("no"), None);
    }

    #[test]
    fn s2_ours_is_what_the_sender_can_mend() {
        for (enhanced, text, reason) in [
            (
                "5.7.26",
                "Unauthenticated email from example.org is not accepted due to domain's DMARC policy",
                Reason::AuthFailure,
            ),
            ("5.7.27", "SPF check failed", Reason::AuthFailure),
            ("5.7.25", "no PTR record", Reason::RequirePtr),
            ("5.7.1", "Our system has detected that this message is likely unsolicited mail", Reason::SpamDetected),
            ("5.7.1", "Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", Reason::Blocked),
            ("5.7.1", "Relay access denied", Reason::NoRelaying),
            ("5.3.4", "Message too big", Reason::MesgTooBig),
            ("", "Sender verify failed", Reason::Rejected),
        ] {
            assert_eq!(of(550, enhanced, text), (Class::Ours, reason), "{text}");
        }
        assert_eq!(of(421, "4.7.0", "Try again later").0, Class::Soft, "what is temporary is only counted");
    }

    #[test]
    fn finds_what_a_text_states_in_numbers() {
        assert_eq!(in_words("host mx said: 550-5.1.1 no such user").2, "5.1.1");
        assert_eq!(
            in_words("sorry, no mailbox here by that name. (#5.1.1)"),
            (Class::Hard, Reason::UserUnknown, "5.1.1".into())
        );
        assert_eq!(
            in_words("at 5.1.1.2 port 465, 500 messages: over quota").2,
            "5.0.922",
            "addresses and counts are none"
        );
        let meaning = judge("5.0.0".parse().ok(), None, "550 5.7.26 not authenticated", None);
        assert_eq!(
            meaning.status.map(|status| status.to_string()).as_deref(),
            Some("5.7.26"),
            "a vague status gives way"
        );
        let meaning = judge("5.1.1".parse().ok(), None, "552 5.0.0 no", None);
        assert_eq!(meaning.status.map(|status| status.to_string()).as_deref(), Some("5.1.1"), "a clear one does not");
    }
}
