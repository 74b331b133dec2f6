//! Delivery: from a queued row to the relay's answer, and back into the row.
//!
//! Owns: the connections to the relays ([`Relays`]), what a reply means ([`Verdict`]), when to try again
//! ([`next_attempt`]), at which hours ([`Hours`]) and how fast, and the engine that claims, sends and records until
//! nothing is left to do now ([`Engine`]). Leaves out: what a message says (it is handed the bytes) and which edition
//! goes when ([`Job`] tells). May fail: a relay that is down or refuses us holds the deliveries back and fails none.

mod allotment;
mod directory;
mod dispatch;
mod domains;
mod draws;
mod engine;
mod figures;
mod freezing;
mod gate;
mod hours;
mod job;
mod lane;
mod ledger;
mod memory;
mod meter;
mod note;
mod pace;
mod relays;
mod reply;
mod retry;
mod shares;
mod smtp;
mod stop;
mod supply;
mod tempo;
mod trouble;
mod worker;

use chrono::{DateTime, Utc};

use crate::address::EmailAddress;

pub use engine::{Engine, Rights, Run};
pub use figures::{Figures, RelayFigures, RelayState};
pub use hours::Hours;
pub use job::{Compose, Job, Vary};
pub use memory::Memory;
pub use meter::{Meter, TryCounts};
pub use relays::Relays;
pub use reply::{Reply, Stage, Trouble, Verdict};
pub use retry::next_attempt;
pub use smtp::{Probed, Stumble, certificate_end, probe, read_reply, tls_config};
pub use stop::Stop;

/// Where the engine gets the time from: handed down by who may read a clock.
pub type Clock = fn() -> DateTime<Utc>;

/// A finished message on its way: what stands in the envelope, and the bytes.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// MAIL FROM: where what bounces comes back to.
    pub sender: EmailAddress,
    pub recipient: EmailAddress,
    /// What a bounce names the delivery by (RFC 3461 §4.4); empty for a message that is no delivery.
    pub envelope_id: String,
    /// CRLF lines, 7-bit, no dot stuffed yet (S11).
    pub bytes: Vec<u8>,
}
