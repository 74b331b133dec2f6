//! DKIM: the signatures that tell a mailbox provider whose mail this is (RFC 6376, 8301, 8463).
//!
//! Owns: the private key, made ([`generate`]) or read, and the DNS record it goes with ([`PrivateKey`]), the relaxed canonical forms of header and
//! body, and the DKIM-Signature fields put before a finished message ([`Signer`]). Leaves out: where keys lie and which
//! newsletter they sign for (the configuration says), and verifying. May fail: a key that is none, or is too weak.
//!
//! Takes values and gives bytes: the time of a signature is the message's Date, both algorithms are deterministic, and
//! so a retry is the same bytes (F3). Canonicalising is our own, because elsewhere it costs more than an Ed25519
//! signature does.

mod body;
mod generate;
mod header;
mod private_key;
mod signer;

pub use body::SharedBody;
pub use generate::{GenerateError, Kind, generate};
pub use private_key::{KeyError, PrivateKey};
pub use signer::{SignError, Signer, SigningKey, is_aligned};
