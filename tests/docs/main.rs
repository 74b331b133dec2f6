//! The documentation keeps its word: what it shows runs, what it links to is there, and what is generated is up to date.

#[path = "../support/mod.rs"]
mod support;

mod blocks;
mod commands;
mod configuration;
mod example;
mod generated;
mod links;
mod markdown;
mod merged;
mod relays;
mod schema;
mod shell;
mod station;
mod types;
