use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::output::plain;
use super::{Output, Station, WHO, named};
use crate::staff::take_factors;

/// Take away somebody's code and passkeys, where what they are on is lost
///
/// Their password alone signs them in then, until they set up a code or a passkey again.
#[derive(Debug, Args)]
pub struct Reset {
    name: String,
}

impl Reset {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let now = press.now();
        press.store().write(|db| take_factors(db, WHO, &named(db, &self.name)?, now))?;
        writeln!(out, "{} signs in with the password alone from now on", plain(&self.name))?;
        Ok(())
    }
}
