use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use crate::address::EmailAddress;
use crate::store::{AddressChange, Edition, EditionId, EditionName, NewsletterNumber, SubscriberId};
use crate::token::{Purpose, Token};

/// Unconfirmed subscriptions are forgotten after this many days (rule C ▲), and so is their link.
pub const CONFIRM_DAYS: u32 = 7;

/// Every link that leads a reader to us, made in one place.
impl Press {
    /// Ends one subscription; never expires. The edition is on record as what made the reader leave.
    pub fn unsubscribe_url(
        &self,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        edition: Option<EditionId>,
    ) -> String {
        let edition = edition.and_then(|edition| u32::try_from(edition.0).ok());
        self.sealed(
            "unsubscribe",
            Token { purpose: Purpose::Unsubscribe, newsletter, subscriber: subscriber.0, edition, expires_at: None },
        )
    }

    /// Where what bounces comes back to: an address that names the delivery by this local part, or else the sender's.
    pub(super) fn return_address(&self, local: &str, sender: &EmailAddress) -> Result<EmailAddress> {
        match &self.config().bounces.domain {
            Some(domain) => Ok(EmailAddress::parse(&format!("{local}@{domain}"))?),
            None => Ok(sender.clone()),
        }
    }

    /// The other way out: a message that says who leaves, in its address or else in its subject. Empty where no mailbox
    /// for it is configured.
    pub fn unsubscribe_mailto(&self, edition: EditionId, subscriber: SubscriberId) -> String {
        let who = || self.keys().unsubscribe_local(edition.0, subscriber.0);
        match (&self.config().unsubscribe.mailto, &self.config().bounces.domain) {
            (Some(address), _) => format!("mailto:{address}?subject=unsubscribe%20{}", who()),
            (None, Some(domain)) => format!("mailto:{}@{domain}?subject=unsubscribe", who()),
            (None, None) => String::new(),
        }
    }

    /// Everything a reader gets, on one page.
    pub fn preferences_url(&self, subscriber: SubscriberId) -> String {
        self.sealed(
            "preferences",
            Token {
                purpose: Purpose::Preferences,
                newsletter: 0,
                subscriber: subscriber.0,
                edition: None,
                expires_at: None,
            },
        )
    }

    /// Confirms one subscription, or with 0 all that wait, for as long as they wait.
    pub fn confirm_url(
        &self,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        asked_at: DateTime<Utc>,
    ) -> String {
        self.sealed(
            "confirm",
            Token {
                purpose: Purpose::Confirm,
                newsletter,
                subscriber: subscriber.0,
                edition: None,
                expires_at: Some(asked_at + TimeDelta::days(CONFIRM_DAYS.into())),
            },
        )
    }

    /// Makes the address of a change the subscriber's, for as long as it waits.
    pub fn address_url(&self, change: &AddressChange) -> String {
        self.sealed(
            "confirm-address",
            Token {
                purpose: Purpose::Address,
                newsletter: 0,
                subscriber: change.subscriber.0,
                edition: None,
                expires_at: Some(change.expires_at()),
            },
        )
    }

    /// An edition in the browser, the same for everybody: its permalink, or where its newsletter is in no archive, a link
    /// that opens it to who has it.
    pub fn online_url(&self, edition: &Edition) -> Result<String> {
        if self.newsletter(&edition.name.newsletter)?.archive {
            return Ok(self.permalink(&edition.name));
        }
        let page = format!("archive/{}", edition.name);
        let token = Token {
            purpose: Purpose::Online,
            newsletter: edition.newsletter,
            subscriber: 0,
            edition: u32::try_from(edition.id.0).ok(),
            expires_at: None,
        };
        Ok(self.sealed(&page, token))
    }

    /// Where an edition stands in the archive.
    pub fn permalink(&self, edition: &EditionName) -> String {
        self.config().web.link(&format!("/archive/{edition}"))
    }

    /// A picture whose fetching tells that an edition was opened, and not by whom.
    pub fn open_url(&self, edition: &Edition) -> String {
        self.sealed(
            "o",
            Token {
                purpose: Purpose::Open,
                newsletter: edition.newsletter,
                subscriber: 0,
                edition: u32::try_from(edition.id.0).ok(),
                expires_at: None,
            },
        )
    }

    fn sealed(&self, page: &str, token: Token) -> String {
        self.config().web.link(&format!("/{page}/{}", self.keys().sign(&token)))
    }
}
