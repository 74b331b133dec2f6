use std::io::{IsTerminal, Write, stdin};

use anyhow::{Result, bail};
use clap::Args;

use super::super::failure::Misuse;
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
        if !self.yes && !self.is_meant(out)? {
            bail!("{} is kept", subscriber.email);
        }
        let now = press.now();
        store.write(|db| subscriber.erase(db, now))?;
        writeln!(out, "{} is erased; the account of past editions keeps their number only", subscriber.email)?;
        Ok(())
    }

    fn is_meant(&self, out: &mut Output) -> Result<bool> {
        if !stdin().is_terminal() {
            return Err(Misuse("nobody can be asked here; add --yes if you mean it".to_owned()).into());
        }
        write!(out, "Erase {} for good? This can't be undone. [y/N] ", self.email)?;
        out.flush()?;
        let mut answer = String::new();
        stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}
