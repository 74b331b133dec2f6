use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::draft::goes_out;
use super::{Output, Station};
use crate::store::EditionState;

/// Approve an edition: its content is frozen and it may go out
#[derive(Debug, Args)]
pub struct Approve {
    /// An edition such as `weekly-brief/12`, or a newsletter for its present one
    #[arg(value_name = "EDITION")]
    edition: String,
}

impl Approve {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let before = press.edition(&self.edition)?;
        let edition = press.approve(&before)?;
        let newsletter = press.newsletter(&edition.name.newsletter)?;
        if before.state == EditionState::Draft {
            let when = goes_out(newsletter, &edition, press.now());
            writeln!(out, "Approved {} · {when} · griot send {} sends it now", edition.name, edition.name)?;
        } else {
            writeln!(out, "{} was approved before; it is {}", edition.name, edition.state)?;
        }
        Ok(())
    }
}
