//! The tally: how often links are followed and editions opened.
//!
//! Owns: finding a link's target without waiting ([`Tally::target`]), counting into memory, telling readers from machines
//! (rule C), and the writer that adds what was counted to the store twice a second and at the end. Leaves out: HTTP, and
//! what the counts are good for. Nothing in the aggregate says who followed a link: a keyed hash of a client's address is
//! kept in memory for some seconds, to know a machine that follows every link, and written nowhere.
//!
//! May fail: the store. Readers are led on all the same, by what is in memory; counts wait there, up to a bound, until
//! they can be written down. A process that is killed loses what it counted since the last write.

mod agents;
mod counter;
mod sorter;
mod targets;
mod visits;
mod writer;

pub use agents::is_machine;
pub use counter::{Client, Tally};
pub use targets::Target;
