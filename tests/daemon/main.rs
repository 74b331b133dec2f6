//! The daemon: its clockwork, its log, whom it tells, its end, and what is left where it is killed.

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod clicks_kill;
mod failover;
mod faults;
mod health;
mod kill;
mod log;
mod metrics;
mod schedule;
mod stop;
mod webhooks;
