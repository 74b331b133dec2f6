//! Delivery: from a queued row to the relay's answer, and back into the row.
//!
//! Owns: the connections to the relay ([`Transport`]), what a reply means ([`Verdict`]), when to try again
//! ([`next_attempt`]), and the engine that claims, sends and records until nothing is left to do now ([`Engine`]).
//! Leaves out: what a message says (it is handed the bytes) and which edition goes when. May fail: a relay that is
//! down or refuses us holds the deliveries back and fails none of them.

mod crew;
mod directory;
mod engine;
mod memory;
mod pace;
mod reply;
mod retry;
mod smtp;
mod transport;
mod worker;

use chrono::{DateTime, Utc};

use crate::address::EmailAddress;

pub use engine::{Engine, Run, Stop};
pub use memory::Memory;
pub use reply::{Reply, Stage, Trouble, Verdict};
pub use retry::next_attempt;
pub use transport::Transport;

/// Where the engine gets the time from: handed down by who may read a clock.
pub type Clock = fn() -> DateTime<Utc>;

/// A finished message on its way: what stands in the envelope, and the bytes.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// MAIL FROM: where what bounces comes back to.
    pub sender: EmailAddress,
    pub recipient: EmailAddress,
    /// CRLF lines, 7-bit, no dot stuffed yet (S11).
    pub bytes: Vec<u8>,
}
