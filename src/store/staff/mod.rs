//! Who works at the desk: accounts, invitations, factors, sessions, the API's tokens, and the record of what they did.
//!
//! Secrets are never kept, only digests of them; the passwords among them are hashed further right, in `staff`.

mod api_token;
mod audit;
mod half_step;
mod invitation;
mod member;
mod passkey;
mod recovery_code;
mod role;
mod scope;
mod session;

pub use api_token::ApiToken;
pub use audit::AuditEntry;
pub use half_step::{HalfStep, HalfStepKind};
pub use invitation::Invitation;
pub use member::{Member, MemberId};
pub use passkey::Passkey;
pub use recovery_code::RecoveryCode;
pub use role::Role;
pub use scope::Scope;
pub use session::Session;

/// SHA-256 of a secret of at least 100 random bits, which needs no slow hash.
pub type SecretDigest = [u8; 32];
