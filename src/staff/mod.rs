//! Who may work at the desk: invitations, passwords, codes, passkeys, sessions; and which programs, by tokens.
//!
//! Owns: what makes a sign-in valid, how long one lasts, when an account is locked, who may change whose, and the secrets
//! behind it. Leaves out: HTTP, which is `desk`'s, and the rows, which are the store's. May fail: the store, and the
//! system's random bytes.

mod accounts;
mod door;
mod passkey;
mod password;
mod second_factor;
mod secret;
mod tokens;

pub use accounts::{
    INVITATION_DAYS, accept_invitation, change_password, change_role, close, close_another, end_sessions, invite,
    open_again, take_factors, take_factors_of_another,
};
pub use door::{Entry, Visitor, session, sign_in, sign_out};
pub use passkey::{Ceremony, Passkeys};
pub use password::{Password, Weakness};
pub use second_factor::{CodeSecret, add_code, enter_code, remove_code, renew_recovery_codes};
pub use secret::Opaque;
pub use tokens::{NewToken, add_token, revoke_token, token};
