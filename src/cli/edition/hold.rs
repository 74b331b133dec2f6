use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::{Output, Station};

/// Hold up an edition that is being sent
#[derive(Debug, Args)]
pub struct Pause {
    #[arg(value_name = "EDITION")]
    edition: String,
    /// Why, for who looks at it later
    #[arg(long, value_name = "TEXT", default_value = "paused on the command line")]
    reason: String,
}

/// Let a paused edition go on
#[derive(Debug, Args)]
pub struct Resume {
    #[arg(value_name = "EDITION")]
    edition: String,
}

/// End an edition for good: who has it keeps it, nobody else gets it
#[derive(Debug, Args)]
pub struct Cancel {
    #[arg(value_name = "EDITION")]
    edition: String,
    /// Why, for who looks at it later
    #[arg(long, value_name = "TEXT", default_value = "cancelled on the command line")]
    reason: String,
}

impl Pause {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.pause(&press.edition(&self.edition)?, &self.reason)?;
        writeln!(out, "Paused {} · griot edition resume {} lets it go on", edition.name, edition.name)?;
        Ok(())
    }
}

impl Resume {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.resume(&press.edition(&self.edition)?)?;
        let name = &edition.name;
        writeln!(out, "Resumed {name} · a running daemon goes on with it, or griot send {name}")?;
        Ok(())
    }
}

impl Cancel {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let edition = press.cancel(&press.edition(&self.edition)?, &self.reason)?;
        writeln!(out, "Cancelled {}", edition.name)?;
        Ok(())
    }
}
