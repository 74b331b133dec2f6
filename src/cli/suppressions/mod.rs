//! `griot suppressions …`: who is never mailed, and why.
//!
//! Owns: the commands, and the files they read and write. Leaves out: whom a bounce or a complaint suppresses, which is
//! the store's.

mod add;
mod export;
mod import;
mod list;
mod remove;

use anyhow::Result;
use clap::Subcommand;

use super::{Output, Station};

/// See and change who is never mailed
#[derive(Debug, Subcommand)]
pub enum Suppressions {
    List(list::List),
    Add(add::Add),
    Remove(remove::Remove),
    Import(import::Import),
    Export(export::Export),
}

impl Suppressions {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::List(command) => command.run(station, out),
            Self::Add(command) => command.run(station, out),
            Self::Remove(command) => command.run(station, out),
            Self::Import(command) => command.run(station, out),
            Self::Export(command) => command.run(station, out),
        }
    }
}
