use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::output::plain;
use super::{Output, Station};
use crate::store::{Suppressed, Suppression};

/// Never mail an address again, or anybody at a domain
///
/// What is on its way goes out still; what is queued is skipped.
#[derive(Debug, Args)]
pub struct Add {
    /// An address, or a domain such as `@example.org`
    #[arg(value_name = "ADDRESS|@DOMAIN")]
    who: Suppressed,
    /// Why, for who asks later
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    reason: String,
}

impl Add {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let suppression = Suppression { who: self.who, reason: self.reason, created_at: press.now() };
        let Suppression { who, reason, .. } = &suppression;
        let told = if press.store().write(|db| suppression.add(db))? { "is" } else { "was already" };
        writeln!(out, "{who} {told} suppressed: {}", plain(reason))?;
        Ok(())
    }
}
