//! E-mail addresses: parsed once, carried as types, masked wherever they are shown to an operator's log.
//!
//! Owns: what griot accepts as an address ([`EmailAddress`]), an address with a display name ([`Mailbox`]),
//! and the masked form for logs. Leaves out: whether the domain exists, and what it says in DNS.

mod email_address;
mod mailbox;
mod spelling;

pub use email_address::{AddressError, EmailAddress};
pub use mailbox::{Mailbox, MailboxError};
