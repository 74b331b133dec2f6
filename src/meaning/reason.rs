use std::fmt;

use serde::Serialize;

use super::Status;

/// Why a message was refused, by the names that bounce tools in the field share (those of Sisimai).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// There is no such mailbox.
    UserUnknown,
    /// There is no such domain, or it has no mail server.
    HostUnknown,
    /// The mailbox has moved.
    HasMoved,
    /// The host or domain takes no mail at all.
    NotAccept,
    /// The mailbox is full.
    MailboxFull,
    /// The mailbox is disabled for now.
    Suspend,
    /// Refused by a rule of the recipient, or after the message was taken.
    Filtered,
    /// The sender's address is refused.
    Rejected,
    /// The sending host is refused.
    Blocked,
    /// The sending host or domain has a bad name.
    BadReputation,
    /// The sending host has no reverse DNS name, or a wrong one.
    RequirePtr,
    /// SPF, DKIM or DMARC failed.
    AuthFailure,
    /// It breaks a rule of the receiving host.
    PolicyViolation,
    /// The receiving host misses a login, TLS or a permission.
    SecurityError,
    /// TLS could not be begun.
    FailedStartTls,
    /// It was taken for spam.
    SpamDetected,
    /// It was taken for a virus.
    VirusDetected,
    /// Its content or headers are refused.
    ContentError,
    /// It breaks a rule of RFC 5322.
    NotCompliantRfc,
    /// It is too large.
    MesgTooBig,
    /// It is over a limit of the recipient.
    ExceedLimit,
    /// Too many messages or connections at once.
    TooManyConn,
    /// Too many messages in too short a time.
    Speeding,
    /// The host is not responsible for the recipient's domain.
    NoRelaying,
    /// It could not be delivered in days.
    Expired,
    /// No connection, no route, or a loop.
    NetworkError,
    /// The receiving host is out of order.
    SystemError,
    /// The disk of the receiving host is full.
    SystemFull,
    /// A program of the recipient's failed.
    MailerError,
    /// The receiving host did not understand a command.
    SyntaxError,
    /// It is not known yet why.
    OnHold,
    /// No reason is told, or none that is known.
    Undefined,
    /// It arrived: no failure.
    Delivered,
    /// A report of a reader or provider: a complaint, for one.
    Feedback,
    /// The recipient is away.
    Vacation,
}

impl Reason {
    pub const ALL: [Self; 35] = [
        Self::UserUnknown,
        Self::HostUnknown,
        Self::HasMoved,
        Self::NotAccept,
        Self::MailboxFull,
        Self::Suspend,
        Self::Filtered,
        Self::Rejected,
        Self::Blocked,
        Self::BadReputation,
        Self::RequirePtr,
        Self::AuthFailure,
        Self::PolicyViolation,
        Self::SecurityError,
        Self::FailedStartTls,
        Self::SpamDetected,
        Self::VirusDetected,
        Self::ContentError,
        Self::NotCompliantRfc,
        Self::MesgTooBig,
        Self::ExceedLimit,
        Self::TooManyConn,
        Self::Speeding,
        Self::NoRelaying,
        Self::Expired,
        Self::NetworkError,
        Self::SystemError,
        Self::SystemFull,
        Self::MailerError,
        Self::SyntaxError,
        Self::OnHold,
        Self::Undefined,
        Self::Delivered,
        Self::Feedback,
        Self::Vacation,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserUnknown => "userunknown",
            Self::HostUnknown => "hostunknown",
            Self::HasMoved => "hasmoved",
            Self::NotAccept => "notaccept",
            Self::MailboxFull => "mailboxfull",
            Self::Suspend => "suspend",
            Self::Filtered => "filtered",
            Self::Rejected => "rejected",
            Self::Blocked => "blocked",
            Self::BadReputation => "badreputation",
            Self::RequirePtr => "requireptr",
            Self::AuthFailure => "authfailure",
            Self::PolicyViolation => "policyviolation",
            Self::SecurityError => "securityerror",
            Self::FailedStartTls => "failedstarttls",
            Self::SpamDetected => "spamdetected",
            Self::VirusDetected => "virusdetected",
            Self::ContentError => "contenterror",
            Self::NotCompliantRfc => "notcompliantrfc",
            Self::MesgTooBig => "mesgtoobig",
            Self::ExceedLimit => "exceedlimit",
            Self::TooManyConn => "toomanyconn",
            Self::Speeding => "speeding",
            Self::NoRelaying => "norelaying",
            Self::Expired => "expired",
            Self::NetworkError => "networkerror",
            Self::SystemError => "systemerror",
            Self::SystemFull => "systemfull",
            Self::MailerError => "mailererror",
            Self::SyntaxError => "syntaxerror",
            Self::OnHold => "onhold",
            Self::Undefined => "undefined",
            Self::Delivered => "delivered",
            Self::Feedback => "feedback",
            Self::Vacation => "vacation",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// A status that stands for the reason where a report states none, numbered as Sisimai does: 900 and more is no
    /// registered detail, so that nobody takes it for a statement of the remote host.
    pub fn status(self, is_permanent: bool) -> Option<Status> {
        let detail = match self {
            Self::UserUnknown => 911,
            Self::HostUnknown => 912,
            Self::HasMoved => 916,
            Self::NotAccept => 932,
            Self::MailboxFull => 922,
            Self::Suspend => 921,
            Self::Filtered => 910,
            Self::Rejected => 918,
            Self::Blocked => 971,
            Self::BadReputation => 975,
            Self::RequirePtr => 974,
            Self::AuthFailure => 973,
            Self::PolicyViolation => 972,
            Self::SecurityError => 970,
            Self::FailedStartTls => 976,
            Self::SpamDetected => 980,
            Self::VirusDetected => 971,
            Self::ContentError => 960,
            Self::NotCompliantRfc => 960,
            Self::MesgTooBig => 934,
            Self::ExceedLimit => 923,
            Self::TooManyConn => 945,
            Self::Speeding => 945,
            Self::NoRelaying => 909,
            Self::Expired => 947,
            Self::NetworkError => 944,
            Self::SystemError => 930,
            Self::SystemFull => 931,
            Self::MailerError => 939,
            Self::SyntaxError => 902,
            Self::OnHold => 901,
            Self::Undefined => 900,
            Self::Delivered | Self::Feedback | Self::Vacation => return None,
        };
        Some(Status::new(if is_permanent { 5 } else { 4 }, 0, detail))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
