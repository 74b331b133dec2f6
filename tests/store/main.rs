//! The store: what it holds to, and how it is upgraded.

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod check;
mod deliveries;
mod keys;
mod retention;
mod traces;
mod upgrade;
