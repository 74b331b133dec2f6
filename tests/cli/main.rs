//! The command line, the configuration, and what the README says of both.

#[path = "../support/mod.rs"]
mod support;

mod brief;
mod check;
mod config;
mod init;
mod init_questions;
mod manners;
mod readme;
