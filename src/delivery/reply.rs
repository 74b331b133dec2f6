use std::fmt;

use crate::meaning::Status;

/// Longer replies are cut for the record.
const MAX_TEXT: usize = 400;

/// What the relay answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Three digits; 0 where no SMTP reply was involved.
    pub code: u16,
    /// RFC 3463 status, such as `5.1.1`; empty where none was given.
    pub enhanced: String,
    /// One line, bounded, without the code.
    pub text: String,
    /// It refuses the recipient, not the message.
    pub is_to_rcpt: bool,
}

/// The command a reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Connecting, greeting, EHLO, STARTTLS.
    Connect,
    Auth,
    Reset,
    Mail,
    Rcpt,
    Data,
    FinalDot,
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 250 to the final dot (S1).
    Accepted(Reply),
    /// Not now, for this recipient.
    Deferred(Reply),
    /// Never, for this recipient.
    Failed(Reply),
    /// The connection was lost after the final dot may have arrived (S6).
    Unknown(String),
    /// The relay, not the recipient: the delivery goes back as it was, and nobody is failed for it (S2).
    Trouble(Trouble),
}

/// Why the relay takes nothing at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Down, cut off or silent: try again soon.
    Unreachable(String),
    /// 421: it closes this connection, and looks at nothing that was sent behind what it answered so.
    Closing(String),
    /// 454 or another 4yz that is not about the recipient: try again more slowly (S3).
    Throttled(String),
    /// It refuses our login or our TLS, or lacks what we need: somebody has to look.
    Refused(String),
    /// It refuses the sender of this edition, or its messages whoever they are for: somebody has to look.
    Unsendable(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason)
            | Self::Closing(reason)
            | Self::Throttled(reason)
            | Self::Refused(reason)
            | Self::Unsendable(reason) => f.write_str(reason),
        }
    }
}

impl Reply {
    /// From the code and the text after it, which may begin with an enhanced status.
    pub fn new(code: u16, text: &str) -> Self {
        let mut line = String::with_capacity(text.len());
        // What steers a terminal separates words, too: the text ends up on an operator's screen.
        for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let first = line.find(' ').unwrap_or(line.len());
        let mut enhanced = String::new();
        if line[..first].parse::<Status>().is_ok() {
            enhanced.push_str(&line[..first]);
            line.drain(..line.len().min(first + 1));
        }
        if let Some((end, _)) = line.char_indices().nth(MAX_TEXT) {
            line.truncate(end);
        }
        Self { code, enhanced, text: line, is_to_rcpt: false }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.code.to_string(), &self.enhanced, &self.text];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join(" "))
    }
}

impl Verdict {
    /// What a refusal (4yz or 5yz) at a stage means (S2, S3): an unknown code goes by its first digit.
    pub fn of_refusal(stage: Stage, reply: Reply) -> Self {
        let is_permanent = reply.code / 100 == 5;
        match stage {
            // 421: the service is closing the connection, whatever was asked.
            _ if reply.code == 421 => Self::Trouble(Trouble::Closing(format!("the relay says {reply}"))),
            Stage::Connect if is_permanent => Self::Trouble(Trouble::Refused(format!("the relay refuses us: {reply}"))),
            Stage::Auth if is_permanent => Self::Trouble(Trouble::Refused(format!(
                "the relay refused the password; check the user in smtp.url and the password ({reply})"
            ))),
            Stage::Mail if is_permanent => {
                Self::Trouble(Trouble::Unsendable(format!("the relay refuses the sender: {reply}")))
            }
            Stage::Connect | Stage::Auth | Stage::Reset | Stage::Mail => {
                Self::Trouble(Trouble::Throttled(format!("the relay says {reply}")))
            }
            // 454 after DATA is how SES throttles (S3).
            Stage::Data | Stage::FinalDot if reply.code == 454 => {
                Self::Trouble(Trouble::Throttled(format!("the relay says {reply}")))
            }
            // 552 to RCPT means "too many recipients" and is temporary (RFC 5321 §4.5.3.1.10).
            Stage::Rcpt if reply.code == 552 => Self::Deferred(reply),
            Stage::Rcpt | Stage::Data | Stage::FinalDot => {
                let reply = Reply { is_to_rcpt: stage == Stage::Rcpt, ..reply };
                if is_permanent { Self::Failed(reply) } else { Self::Deferred(reply) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_keeps_the_enhanced_status_and_bounds_the_text() {
        let reply = Reply::new(550, "5.1.1 no such\r\n5.1.1 mailbox");
        assert_eq!((reply.enhanced.as_str(), reply.text.as_str()), ("5.1.1", "no such 5.1.1 mailbox"));
        assert_eq!(reply.to_string(), "550 5.1.1 no such 5.1.1 mailbox");
        assert_eq!(Reply::new(250, "Ok: queued as 4711").enhanced, "");
        assert_eq!(Reply::new(550, "5.1.1\u{7}\u{1b}[31mno\0 such\u{85}one").to_string(), "550 5.1.1 [31mno such one");
        assert_eq!(Reply::new(550, &"é".repeat(1000)).text.chars().count(), MAX_TEXT);
    }

    #[test]
    fn s2_tells_the_recipients_fault_from_the_relays() {
        let verdict = |stage, code| Verdict::of_refusal(stage, Reply::new(code, ""));
        assert!(matches!(verdict(Stage::Rcpt, 550), Verdict::Failed(_)));
        assert!(matches!(verdict(Stage::Rcpt, 451), Verdict::Deferred(_)));
        assert!(matches!(verdict(Stage::Rcpt, 552), Verdict::Deferred(_)));
        assert!(matches!(verdict(Stage::FinalDot, 552), Verdict::Failed(_)));
        assert!(matches!(verdict(Stage::FinalDot, 599), Verdict::Failed(_)));
        assert!(matches!(verdict(Stage::Mail, 550), Verdict::Trouble(Trouble::Unsendable(_))));
        for stage in [Stage::Connect, Stage::Auth] {
            assert!(matches!(verdict(stage, 550), Verdict::Trouble(Trouble::Refused(_))), "{stage:?}");
        }
        for stage in [Stage::Connect, Stage::Auth, Stage::Mail] {
            assert!(matches!(verdict(stage, 451), Verdict::Trouble(Trouble::Throttled(_))), "{stage:?}");
        }
        for stage in [Stage::Rcpt, Stage::Data, Stage::FinalDot] {
            assert!(matches!(verdict(stage, 421), Verdict::Trouble(Trouble::Closing(_))), "{stage:?}");
        }
        assert!(matches!(verdict(Stage::FinalDot, 454), Verdict::Trouble(Trouble::Throttled(_))));
    }
}
