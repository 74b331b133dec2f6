//! What came back about deliveries, and what was done about it.

use std::fmt;

use serde::Serialize;

use super::{EditionId, SubscriberId};
use crate::meaning::Meaning;

/// One thing that a report says about one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// The address the report names, as it stands there; empty where it names none.
    pub recipient: String,
    /// Whose delivery it is about, shown by a MAC of ours (VERP and its like).
    pub delivery: Option<(EditionId, SubscriberId)>,
    /// The Message-ID of the message it is about, without `<>`; empty where it is not told.
    pub message_id: String,
    /// The recipient's address is vouched for by who told it, as in a signed webhook. An address in the body of a mail
    /// is not: anybody could have written it.
    pub is_vouched: bool,
    pub meaning: Meaning,
    /// What the remote host said, on one line of at most [`Feedback::MAX_DIAGNOSTIC`] characters.
    pub diagnostic: String,
}

impl Feedback {
    pub const MAX_DIAGNOSTIC: usize = 400;
}

/// The door through which something came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A reply of the relay while an edition was sent.
    Relay,
    /// `griot bounces read`.
    Command,
    Lmtp,
    Imap,
    Ses,
    SendGrid,
    Mailgun,
    Postmark,
    /// The webhook of our own.
    Generic,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Command => "command",
            Self::Lmtp => "lmtp",
            Self::Imap => "imap",
            Self::Ses => "ses",
            Self::SendGrid => "sendgrid",
            Self::Mailgun => "mailgun",
            Self::Postmark => "postmark",
            Self::Generic => "generic",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
