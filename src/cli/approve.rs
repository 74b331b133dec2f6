use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::draft::goes_out;
use super::{Output, Station};
use crate::saying::time::moment;
use crate::store::EditionState;

/// Approve an edition: its content is frozen and it may go out
#[derive(Debug, Args)]
pub struct Approve {
    /// An edition such as `weekly-brief/12`, or a newsletter for its present one
    #[arg(value_name = "EDITION")]
    edition: String,
    /// It goes out then, and not with its run: `2026-11-27 08:00` in the newsletter's zone, or RFC 3339
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl Approve {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let before = press.edition(&self.edition)?;
        let newsletter = press.newsletter(&before.name.newsletter)?;
        let edition = match &self.at {
            Some(at) => press.schedule(&before, moment(at, newsletter.timezone.zone())?)?,
            None => press.approve(&before)?,
        };
        if before.state == EditionState::Draft || self.at.is_some() {
            let when = goes_out(newsletter, &edition, press.now());
            writeln!(out, "Approved {} · {when} · griot send {} sends it now", edition.name, edition.name)?;
        } else {
            writeln!(out, "{} was approved before; it is {}", edition.name, edition.state)?;
        }
        Ok(())
    }
}
