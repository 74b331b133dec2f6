use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::super::sheet::folded;
use super::{Output, Station};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::store::{
    Db, Erasure, NewsletterNumber, Subscriber, Subscription, SubscriptionState, Suppression, newsletter_number,
};

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
        let now = press.now();
        let state = if self.confirmed { SubscriptionState::Confirmed } else { SubscriptionState::Pending };
        let added = press.store().write(|db| {
            let number = newsletter_number(db, newsletter.id.as_str())?;
            let before = self.state_before(db, number)?;
            if before == Some(SubscriptionState::Confirmed) {
                if let Some(known) = Subscriber::find_by_email(db, &self.email)? {
                    self.set_timezone(db, &known)?;
                }
                return Ok(None);
            }
            if self.confirmed {
                self.check_consent(db, before, now)?;
            }
            let subscriber = Subscriber::find_or_add(db, &self.email, &folded(&self.name), now)?;
            self.set_timezone(db, &subscriber)?;
            Subscription::begin(db, number, subscriber.id, state, "command line", now)?;
            Ok(Some(subscriber))
        })?;
        match added {
            None => {
                let zone = self.timezone.map_or_else(String::new, |zone| format!(" · their time zone is {zone} now"));
                writeln!(out, "{} gets {} already{zone}", self.email, newsletter.id)?;
            }
            Some(_) if self.confirmed => writeln!(out, "{} gets {} from now on", self.email, newsletter.id)?,
            Some(subscriber) => {
                press.send_confirmation(newsletter, &subscriber).await.with_context(|| {
                    format!("{} is pending, but could not be asked; run this again to ask", self.email)
                })?;
                writeln!(out, "{} was asked to confirm {}", self.email, newsletter.id)?;
            }
        }
        Ok(())
    }

    /// Who left it out takes no zone away.
    fn set_timezone(&self, db: &Db, subscriber: &Subscriber) -> Result<()> {
        if self.timezone.is_some() { Subscriber::set_timezone(db, subscriber.id, self.timezone) } else { Ok(()) }
    }

    /// Where the subscription stands now; an error where the address must never be mailed.
    fn state_before(&self, db: &Db, newsletter: NewsletterNumber) -> Result<Option<SubscriptionState>> {
        if let Some(reason) = Suppression::reason_for(db, &self.email)? {
            bail!("{} is suppressed ({reason}) and is never mailed", self.email);
        }
        let Some(subscriber) = Subscriber::find_by_email(db, &self.email)? else { return Ok(None) };
        Ok(Subscription::find(db, newsletter, subscriber.id)?.map(|tie| tie.state))
    }

    /// Only the reader brings back a reader who went.
    fn check_consent(
        &self,
        db: &Db,
        before: Option<SubscriptionState>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<()> {
        let went = if before == Some(SubscriptionState::Ended) {
            format!("left {}", self.newsletter)
        } else if Erasure::load(db, now)?.covers(db, &self.email)? {
            "was erased at the reader's wish".to_owned()
        } else {
            return Ok(());
        };
        bail!("{} {went}; leave --confirmed out, so that the reader is asked", self.email)
    }
}
