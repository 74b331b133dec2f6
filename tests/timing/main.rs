//! Deliveries where fractions of a second count. A busy machine would be taken for a slow relay, so `./check` runs them
//! when nothing else does.

#[path = "../support/mod.rs"]
mod support;

mod lost;
mod rates;
