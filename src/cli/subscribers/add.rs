use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Output, Station};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::publishing::{Joined, Joining};
use crate::sheet::folded;

/// Subscribe one reader; they are asked to confirm by a letter
#[derive(Debug, Args)]
pub struct Add {
    #[arg(value_name = "EMAIL")]
    email: EmailAddress,
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: String,
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// Where they live, such as `Africa/Lagos`; the newsletter's own zone where it is left out
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Timezone>,
    /// They have agreed to be mailed and you can show it: no letter is sent
    #[arg(long)]
    confirmed: bool,
}

impl Add {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let newsletter = press.newsletter(&self.newsletter)?;
        let joining = Joining {
            email: self.email.clone(),
            name: folded(&self.name),
            timezone: self.timezone,
            is_confirmed: self.confirmed,
            source: "command line",
        };
        match press.join(newsletter, &joining)? {
            Joined::Suppressed(reason) => bail!("{} is suppressed ({reason}) and is never mailed", self.email),
            Joined::Went(went) => {
                bail!("{} {went}; leave --confirmed out, so that the reader is asked", self.email)
            }
            Joined::Already => {
                let zone = self.timezone.map_or_else(String::new, |zone| format!(" · their time zone is {zone} now"));
                writeln!(out, "{} gets {} already{zone}", self.email, newsletter.id)?;
            }
            Joined::Confirmed(_) => writeln!(out, "{} gets {} from now on", self.email, newsletter.id)?,
            Joined::Pending(subscriber) => {
                press.send_confirmation(newsletter, &subscriber).await.with_context(|| {
                    format!("{} is pending, but could not be asked; run this again to ask", self.email)
                })?;
                writeln!(out, "{} was asked to confirm {}", self.email, newsletter.id)?;
            }
        }
        Ok(())
    }
}
