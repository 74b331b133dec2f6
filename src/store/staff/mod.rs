//! Who works at the desk: accounts, invitations, sessions, and the record of what they did.
//!
//! Secrets are never kept, only digests of them; the passwords among them are hashed further right, in `staff`.

mod audit;
mod invitation;
mod member;
mod role;
mod session;

pub use audit::AuditEntry;
pub use invitation::Invitation;
pub use member::{Member, MemberId};
pub use role::Role;
pub use session::Session;

/// SHA-256 of a secret of at least 128 random bits, which needs no slow hash.
pub type SecretDigest = [u8; 32];
