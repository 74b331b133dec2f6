use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use crate::address::EmailAddress;
use crate::config::Newsletter;
use crate::meaning::Proof;
use crate::store::{AddressChange, Edition, EditionId, EditionName, LinkId, NewsletterNumber, SubscriberId};
use crate::token::{Purpose, Token};

/// Unconfirmed subscriptions are forgotten after this many days (rule C ▲), and so is their link.
pub const CONFIRM_DAYS: u32 = 7;

/// What the path of a link that is counted begins with.
pub(super) const CLICK_PATH: &str = "/r/";

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

    /// A way out like any other, sealed for a subscriber and a newsletter that cannot be: numbers begin at 1. Following it
    /// to its end changes nothing.
    pub fn nobodys_way_out(&self) -> String {
        self.unsubscribe_url(0, SubscriberId(0), None)
    }

    /// Where what bounces comes back to: an address that names the delivery by this local part, or else the sender's.
    pub(super) fn return_address(&self, local: &str, sender: &EmailAddress) -> Result<EmailAddress> {
        match &self.config().bounces.domain {
            Some(domain) => Ok(EmailAddress::parse(&format!("{local}@{domain}"))?),
            None => Ok(sender.clone()),
        }
    }

    /// The domain a proof is looked for at, as in ` for example.org`: SPF at that of the return address, the others at that
    /// of the author. Empty where it is no domain's.
    pub fn domain_of_proof(&self, newsletter: &Newsletter, proof: Proof) -> String {
        let sender = &newsletter.sender.as_ref().unwrap_or(&newsletter.from).address;
        let domain = match (proof, &self.config().bounces.domain) {
            (Proof::ReverseName, _) => return String::new(),
            (Proof::Spf, Some(domain)) => domain.to_string(),
            (Proof::Spf, None) => sender.domain().to_owned(),
            (Proof::Dkim | Proof::Dmarc | Proof::Several, _) => newsletter.from.address.domain().to_owned(),
        };
        format!(" for {domain}")
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
        self.confirm_url_until(newsletter, subscriber, asked_at + TimeDelta::days(CONFIRM_DAYS.into()))
    }

    /// The same, for as long as is said.
    pub(super) fn confirm_url_until(
        &self,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        expires_at: DateTime<Utc>,
    ) -> String {
        self.sealed(
            "confirm",
            Token {
                purpose: Purpose::Confirm,
                newsletter,
                subscriber: subscriber.0,
                edition: None,
                expires_at: Some(expires_at),
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

    /// Counts that a link is followed and leads there. For the readers of one edition all the same, so it may be part of
    /// what is frozen; [`Press::reader_token`] may follow as one more part of the path.
    pub fn click_url(&self, link: LinkId) -> String {
        self.config().web.link(&format!("{CLICK_PATH}{}", self.keys().seal_link(link.0)))
    }

    /// Who follows the links of an edition.
    pub fn reader_token(&self, edition: EditionId, subscriber: SubscriberId) -> String {
        self.keys().seal_reader(edition.0, subscriber.0)
    }

    /// The image that counts that an edition was opened: the same for all its readers. Only for those who let it be
    /// counted.
    pub fn open_url(&self, edition: EditionId) -> String {
        self.config().web.link(&format!("/o/{}", self.keys().seal_open(edition.0)))
    }

    fn sealed(&self, page: &str, token: Token) -> String {
        self.config().web.link(&format!("/{page}/{}", self.keys().sign(&token)))
    }
}
