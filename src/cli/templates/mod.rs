//! `griot templates …`: a publisher's own templates and words.

mod check;
mod eject;

use anyhow::Result;
use clap::Subcommand;

use super::{Output, Station};

/// Change how messages look and what they say: templates and words of your own
#[derive(Debug, Subcommand)]
pub enum Templates {
    Eject(eject::Eject),
    Check(check::Check),
}

impl Templates {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Eject(command) => command.run(station, out),
            Self::Check(command) => command.run(station, out),
        }
    }
}
