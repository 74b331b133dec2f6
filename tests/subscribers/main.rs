//! Subscribers on the command line: added, imported, listed, exported, suppressed.

#[path = "../support/mod.rs"]
mod support;

mod add;
mod address_corpus;
mod ask;
mod export;
mod import;
mod list;
mod moving;
mod suppressions;
