use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::output::plain;
use super::{Output, Station, WHO, named};
use crate::staff::close;

/// Close somebody's account: they are signed out everywhere, and can't sign in
#[derive(Debug, Args)]
pub struct Close {
    name: String,
}

impl Close {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let now = press.now();
        press.store().write(|db| close(db, WHO, &named(db, &self.name)?, now))?;
        writeln!(out, "Closed the account of {} · griot desk invite opens it again", plain(&self.name))?;
        Ok(())
    }
}
