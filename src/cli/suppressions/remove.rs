use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;

use super::{Output, Station};
use crate::store::{Suppressed, Suppression};

/// Let an address or a domain be mailed again
///
/// A subscription that ended by a complaint or by the reader stays ended: only the reader begins it again.
#[derive(Debug, Args)]
pub struct Remove {
    /// An address, or a domain such as `@example.org`
    #[arg(value_name = "ADDRESS|@DOMAIN")]
    who: Suppressed,
    /// Why; it is kept, because somebody will ask
    #[arg(long, value_name = "TEXT", required = true)]
    reason: String,
}

impl Remove {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let (who, reason) = (&self.who, self.reason.trim());
        if reason.is_empty() {
            bail!("--reason is empty; say why {who} may be mailed again");
        }
        if !press.store().write(|db| Suppression::remove(db, who, reason, press.now()))? {
            bail!("{who} is not suppressed; `griot suppressions list` shows who is");
        }
        writeln!(out, "{who} may be mailed again")?;
        Ok(())
    }
}
