//! What a refusal means: how bad it is, and why.
//!
//! Owns: the words for both ([`Class`], [`Reason`]), the status codes of RFC 3463, and the rule table from a status, a
//! reply code and what a mail server says in words to a [`Meaning`]. Leaves out: where the words come from, which is a
//! relay's reply (`delivery`) or a report (`feedback`), and what is done about it, which is the store's. Nothing fails.

mod action;
mod advice;
mod class;
mod judge;
mod phrases;
mod proof;
mod reason;
mod status;

pub use action::Action;
pub use class::Class;
pub use judge::{Command, judge, of_reply};
pub use proof::Proof;
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
