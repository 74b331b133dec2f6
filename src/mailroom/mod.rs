//! The mailroom: the doors that what comes back comes through, each of which lets go of a mail only when it is kept.
//!
//! Owns: the queue that doors share ([`Queue`]). Leaves out: what a mail means (`feedback`) and what is done about it
//! (`publishing`), and the webhooks' HTTP, which is `web`'s. A door that finds the queue full, or the store out of
//! order, makes the sender wait and come again; nothing is dropped.

mod queue;

pub use queue::{NotTaken, Queue};
