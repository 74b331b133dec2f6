//! The message: composed once an edition, spliced once a reader.
//!
//! Owns: the headers and their encoding (rules F1–F8, S11, W), the two parts and theirs, and the splicing of a
//! reader's own values into bytes that are encoded already ([`Skeleton`]). Leaves out: what the parts say, how tokens
//! are made, signing, and the envelope. What may fail: a value that would break a header, and a link that is missing.
//!
//! A message is built once with holes, and each hole is filled by copying: the shared bytes never depend on a reader.
//! Nothing here reads a clock or draws a random number, so the same values give the same bytes on every retry (F3).

mod base64;
mod body;
mod check;
mod header;
mod parts;
mod quoted_printable;
#[cfg(test)]
mod reference;
mod skeleton;

pub use parts::{FeedbackId, List, MessageError, Parts, Reader, Stream};
pub use skeleton::{SizeVerdict, Skeleton};
