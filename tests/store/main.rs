//! The store: what it holds to, and how it is upgraded.

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod check;
mod deliveries;
mod guarded;
mod keys;
mod relocation;
mod retention;
mod schemas;
mod traces;
mod upgrade;
