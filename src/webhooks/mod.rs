//! Webhooks out: the publisher's other systems are told who subscribed, left or bounced for good, and what was sent.
//!
//! Owns: what a call says, its signature (Standard Webhooks), making it safely ([`Caller`]), when it is made again, and
//! a webhook's round ([`Teller`]): what is new in the journals becomes calls, and calls that are due are made. Leaves
//! out: the loop, which is the daemon's, and the journals, which are written by what happens.
//!
//! Nothing is written twice: no change knows of webhooks. A round reads the journals on from where the webhook was told,
//! and in one transaction writes its calls down and moves on; so each thing becomes one call, whatever is killed when. A
//! call may arrive twice, where its answer was lost. What may fail is a call, in as many ways as a network has; then it
//! waits by itself and holds up no other.

mod alert;
mod caller;
mod payload;
mod retry;
mod signature;
mod teller;

pub use alert::{AlertEvent, queue_alert};
pub use caller::{Answer, Caller, Message};
pub use teller::{Teller, Tried};
