//! griot gathers what a publisher's platforms published, picks the week's top stories, and puts one curated brief in
//! every subscriber's inbox.
//!
//! The modules are listed from left to right as they depend on each other; imports point left only. ARCHITECTURE.md
//! tells the life of an edition through them.

pub mod address;
pub mod cli;
pub mod composition;
pub mod config;
pub mod delivery;
pub mod feeds;
pub mod store;
pub mod token;
