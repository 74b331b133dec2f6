use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;

use super::{Output, Station, find};
use crate::address::EmailAddress;
use crate::store::{Subscription, SubscriptionState, newsletter_number};

/// Confirm a pending subscription for a reader who said yes by other means
#[derive(Debug, Args)]
pub struct Confirm {
    #[arg(value_name = "EMAIL")]
    email: EmailAddress,
    /// Only the subscription to this newsletter; every pending one where it is left out
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
}

impl Confirm {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        if let Some(newsletter) = &self.newsletter {
            press.newsletter(newsletter)?;
        }
        let is_wanted = |tie: &Subscription| self.newsletter.as_ref().is_none_or(|wanted| *wanted == tie.newsletter);
        let (ties, confirmed) = store.write(|db| {
            let subscriber = find(db, &self.email)?.id;
            let ties: Vec<Subscription> = Subscription::of(db, subscriber)?.into_iter().filter(is_wanted).collect();
            let mut confirmed = Vec::new();
            for tie in ties.iter().filter(|tie| tie.state == SubscriptionState::Pending) {
                let number = newsletter_number(db, &tie.newsletter)?;
                if Subscription::confirm(db, number, subscriber, "command line", press.now())? {
                    confirmed.push(tie.newsletter.clone());
                }
            }
            Ok((ties, confirmed))
        })?;
        for newsletter in &confirmed {
            writeln!(out, "{} is confirmed for {newsletter}", self.email)?;
        }
        if confirmed.is_empty() {
            match ties.iter().find(|tie| tie.state == SubscriptionState::Confirmed) {
                Some(tie) => writeln!(out, "{} was confirmed for {} already", self.email, tie.newsletter)?,
                None => bail!(
                    "{} has no pending subscription{}; `griot subscribers add` begins one",
                    self.email,
                    self.newsletter.map(|newsletter| format!(" to {newsletter}")).unwrap_or_default()
                ),
            }
        }
        Ok(())
    }
}
