//! The command line and the configuration.

#[path = "../support/mod.rs"]
mod support;

mod brief;
mod check;
mod config;
mod init;
mod init_questions;
mod manners;
