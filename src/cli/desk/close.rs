use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;

use super::super::output::plain;
use super::{Output, Station, WHO};
use crate::store::{AuditEntry, Member};

/// Close somebody's account: they are signed out everywhere, and can't sign in
#[derive(Debug, Args)]
pub struct Close {
    name: String,
}

impl Close {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let now = press.now();
        press.store().write(|db| {
            let Some(member) = Member::named(db, &self.name)? else {
                bail!("nobody at the desk is called {:?}; `griot desk list` shows who there is", self.name);
            };
            Member::set_closed(db, member.id, Some(now))?;
            AuditEntry::add(db, WHO, "closed the account of", &member.name, "", now)
        })?;
        writeln!(out, "Closed the account of {} · griot desk invite opens it again", plain(&self.name))?;
        Ok(())
    }
}
