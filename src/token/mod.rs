//! Tokens: what a link says about its reader, sealed so that nobody can make one up (rule W).
//!
//! Owns: the secrets and what is sealed with them: link tokens ([`Token`]), the short ones that count clicks
//! and opens, the local part of a Message-ID and that of
//! the address bounces come back to. Leaves out: where secrets come from, and what a page does with a token. What may
//! fail: secrets that are too short, and tokens that were altered, made for another purpose, or are past their time.

mod keys;
mod link;
mod message_id;
mod seal;
mod verp;

pub use keys::{Keys, KeysError, Secret};
pub use link::{Purpose, Token, TokenError};
