//! The store: what it holds to, and how it is upgraded.

#[path = "../support/mod.rs"]
mod support;

mod check;
mod deliveries;
mod upgrade;
