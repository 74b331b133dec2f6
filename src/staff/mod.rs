//! Who may work at the desk: invitations, passwords, sessions.
//!
//! Owns: what makes a sign-in valid, how long one lasts, when an account is locked, and the secrets behind it. Leaves
//! out: HTTP, which is `desk`'s, and the rows, which are the store's. May fail: the store, and the system's random bytes.

mod door;
mod password;
mod secret;

pub use door::{
    Attempt, Entry, INVITATION_DAYS, accept_invitation, change_password, invite, session, sign_in, sign_out,
};
pub use password::{Password, Weakness};
pub use secret::Opaque;
