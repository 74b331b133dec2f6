//! Stories chosen, and what editors decide of them.

#[path = "../support/mod.rs"]
mod support;

mod counts;
mod decisions;
mod events;
mod learning;
mod missed;
mod notice;
mod pause;
mod revisions;
mod selection_corpora;
mod signals;
mod words;
