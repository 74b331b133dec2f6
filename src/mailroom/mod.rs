//! The mailroom: the doors that what comes back comes through, each of which lets go of a mail only when it is kept.
//!
//! Owns: the queue that doors share ([`Queue`]); the listener for mail servers ([`Lmtp`]), the reader of IMAP mailboxes
//! ([`Mailbox`]), and the formats that mail lies about in ([`Maildir`], [`Mbox`]). Leaves out: what a mail means (`feedback`) and what is done about it
//! (`publishing`), and the webhooks' HTTP, which is `web`'s. A door that finds the queue full, or the store out of
//! order, makes the sender wait and come again; nothing is dropped.

mod doors;
mod imap;
mod lmtp;
mod maildir;
mod mbox;
mod queue;

pub use doors::Doors;
pub use imap::Mailbox;
pub use lmtp::Lmtp;
pub use maildir::{Maildir, MaildirMail};
pub use mbox::{Mbox, is_mbox};
pub use queue::{NotTaken, Queue};
