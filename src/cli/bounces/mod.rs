//! `griot bounces …`: what came back, and what griot made of it.

mod read;
mod review;

use anyhow::Result;
use clap::Subcommand;

use super::{Output, Station};

/// Read what came back, and look at what was not understood
#[derive(Debug, Subcommand)]
pub enum Bounces {
    Read(read::Read),
    Review(review::Review),
}

impl Bounces {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Read(command) => command.run(station, out),
            Self::Review(command) => command.run(station, out),
        }
    }
}
