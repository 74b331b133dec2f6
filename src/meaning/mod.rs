//! What a refusal means: how bad it is, and why.
//!
//! Owns: the words for both ([`Class`], [`Reason`]), the status codes of RFC 3463, and the rule table from a status, a
//! reply code and what a mail server says in words to a [`Meaning`]. Leaves out: where the words come from, which is a
//! relay's reply (`delivery`) or a report (`feedback`), and what is done about it, which is the store's. Nothing fails.

mod class;
mod reason;
mod status;

pub use class::Class;
pub use reason::Reason;
pub use status::Status;

/// What was understood of a refusal, or of another message about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub class: Class,
    pub reason: Reason,
    /// RFC 3463, as stated; where none is stated, one that tells the reason ([`Reason::status`]). `None` where a
    /// status makes no sense, as in a complaint.
    pub status: Option<Status>,
    /// The SMTP reply code, as stated.
    pub reply: Option<u16>,
}

/// What a refusal means, from its reply code (0 where none is told), its enhanced status (empty where none is told) and
/// its words.
///
/// A stand-in for the rule table: it knows rule B's classes, and no words.
pub fn of_reply(code: u16, enhanced: &str, text: &str) -> Meaning {
    let status: Option<Status> = enhanced.parse().ok();
    let is_permanent = status.map_or(code / 100 == 5, Status::is_permanent);
    let (class, reason) = match status.map(|status| (status.class, status.subject, status.detail)) {
        Some((5, 1, 1 | 3 | 6 | 10)) => (Class::Hard, Reason::UserUnknown),
        Some((5, 1, 2)) => (Class::Hard, Reason::HostUnknown),
        Some((_, 2, 2)) => (Class::Soft, Reason::MailboxFull),
        Some((5, 7, _)) => (Class::Ours, Reason::PolicyViolation),
        Some((5, 6, _)) => (Class::Ours, Reason::ContentError),
        Some((5, 3, 4) | (5, 2, 3)) => (Class::Ours, Reason::MesgTooBig),
        None if code == 550 && text.to_ascii_lowercase().contains("user unknown") => (Class::Hard, Reason::UserUnknown),
        _ => (Class::Soft, Reason::Undefined),
    };
    let reply = (200..600).contains(&code).then_some(code);
    Meaning { class, reason, status: status.or_else(|| reason.status(is_permanent)), reply }
}
