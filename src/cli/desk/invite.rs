use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::output::plain;
use super::{Output, Station, WHO};
use crate::address::EmailAddress;
use crate::staff::{INVITATION_DAYS, invite};
use crate::store::Role;

/// Print a one-time link by which somebody chooses a password for the desk
///
/// Who has an account already keeps it, with the role given here, and chooses a new password.
#[derive(Debug, Args)]
pub struct Invite {
    /// The name they sign in with
    name: String,
    /// viewer sees editions and results, editor makes and sends them, operator sees and changes everything
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// Where their tests are sent to
    #[arg(long, value_name = "ADDRESS")]
    email: Option<EmailAddress>,
}

impl Invite {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let role = self.role;
        let email = self.email.as_ref().map_or("", EmailAddress::as_str);
        let secret = invite(press.store(), WHO, &self.name, email, role, press.now())?;
        let link = press.config().web.link(&format!("/desk/invitation/{}", secret.as_str()));
        writeln!(out, "{link}")?;
        let name = plain(&self.name);
        writeln!(out, "For {name}, {role} · good once, for {INVITATION_DAYS} days · a daemon serves the desk")?;
        Ok(())
    }
}
