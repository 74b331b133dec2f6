use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Output, Station, find};
use crate::address::EmailAddress;
use crate::store::{EndedBy, Subscription, newsletter_number};

/// End a subscription, for good unless the reader asks again; what was stays on record
#[derive(Debug, Args)]
pub struct Remove {
    #[arg(value_name = "EMAIL")]
    email: EmailAddress,
    /// Only the subscription to this newsletter; every one where it is left out
    #[arg(long, value_name = "NEWSLETTER")]
    newsletter: Option<String>,
    /// Tell the reader in a letter that they have left: for one who asked you, by mail or by telephone
    #[arg(long)]
    goodbye: bool,
}

impl Remove {
    pub async fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let store = press.store();
        let is_wanted = |tie: &Subscription| self.newsletter.as_ref().is_none_or(|wanted| *wanted == tie.newsletter);
        // A newsletter that left the configuration can still be left: only the store is asked.
        let (reader, ended) = store.write(|db| {
            let reader = find(db, &self.email)?;
            let subscriber = reader.id;
            let mut ended = Vec::new();
            for tie in Subscription::of(db, subscriber)?.into_iter().filter(is_wanted) {
                let number = newsletter_number(db, &tie.newsletter)?;
                let now = press.now();
                let is_first = Subscription::end(db, number, subscriber, EndedBy::CommandLine, None, now)?;
                ended.push((tie.newsletter, is_first));
            }
            Ok((reader, ended))
        })?;
        if ended.is_empty() {
            let newsletter = self.newsletter.as_deref().unwrap_or("any newsletter");
            bail!(
                "{} never subscribed to {newsletter}; `griot subscribers show {}` tells more",
                self.email,
                self.email
            );
        }
        for (newsletter, is_first) in ended {
            let word = if is_first { "no longer gets" } else { "had left" };
            writeln!(out, "{} {word} {newsletter}", self.email)?;
            // Who had left before was told then, and a newsletter that is gone has nobody to write in its name.
            if let Some(newsletter) = press.config().newsletter(&newsletter).filter(|_| self.goodbye && is_first) {
                press.send_goodbye(newsletter, &reader).await.with_context(|| {
                    format!("{} no longer gets {}, but the goodbye letter was not sent", self.email, newsletter.id)
                })?;
                writeln!(out, "Sent a goodbye letter to {}", self.email)?;
            }
        }
        Ok(())
    }
}
