//! What comes from where the publisher was before.

mod stories;

use anyhow::Result;
use clap::Subcommand;

use super::{Output, Station};

/// Take in what the publisher had before griot
#[derive(Debug, Subcommand)]
pub enum Import {
    Stories(stories::Stories),
}

impl Import {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Stories(command) => command.run(station, out).await,
        }
    }
}
