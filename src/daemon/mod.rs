//! The daemon: polls, keeps the schedule, sends, serves the pages, until it is asked to stop.
//!
//! Owns: the clockwork ([`keep_schedule`]), the loops and their orderly end. Leaves out what each step does, which is
//! `publishing`'s. A step that fails is logged and tried again at the next round: one newsletter, feed or edition in
//! trouble stops no other.

mod alerts;
mod lead;
mod pages;
mod rounds;
mod safekeeping;
mod schedule;
mod service;

pub use schedule::keep_schedule;
pub use service::run;
