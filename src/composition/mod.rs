//! From a drafted edition to the bytes of every reader's message.
//!
//! Owns: the places that stand for a reader's own links ([`place`]), and the message itself ([`message`]). Leaves out:
//! which stories are told, and who gets them.

pub mod message;
pub mod place;
