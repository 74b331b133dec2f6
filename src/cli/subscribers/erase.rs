use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;

use super::super::question::is_meant;
use super::{Output, Station, find};
use crate::address::EmailAddress;

/// Forget a subscriber for good: nothing stays but a digest that keeps imports from bringing the address back
#[derive(Debug, Args)]
pub struct Erase {
    #[arg(value_name = "EMAIL")]
    email: EmailAddress,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Erase {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        let subscriber = store.read(|db| find(db, &self.email))?;
        let question = format!("Erase {} for good? This can't be undone.", self.email);
        if !self.yes && !is_meant(&question, out)? {
            bail!("{} is kept", subscriber.email);
        }
        let now = press.now();
        store.write(|db| subscriber.erase(db, now))?;
        // Where somebody reads just now, the daemon does it within the hour.
        store.empty_the_log()?;
        writeln!(out, "{} is erased; the account of past editions keeps their number only", subscriber.email)?;
        Ok(())
    }
}
