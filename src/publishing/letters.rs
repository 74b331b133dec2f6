use anyhow::{Result, bail};
use chrono::{DateTime, Utc};

use super::links::CONFIRM_DAYS;
use super::{NO_EDITION, Press};
use crate::address::Mailbox;
use crate::composition::message::{Parts, Reader, Skeleton, Stream};
use crate::composition::{self, Composed, Confirmation, Goodbye, WebUrl, place};
use crate::config::Newsletter;
use crate::delivery::{Outgoing, Verdict};
use crate::dkim::SharedBody;
use crate::store::{Subscriber, SubscriberId, newsletter_number};

impl Press {
    /// Asks a reader to confirm a subscription. Errors where the relay does not take the letter.
    pub async fn send_confirmation(&self, newsletter: &Newsletter, subscriber: &Subscriber) -> Result<()> {
        let id = newsletter.id.clone();
        let number = self.store().blocking(move |store| store.write(|db| newsletter_number(db, id.as_str()))).await?;
        let confirm_url = self.confirm_url(number, subscriber.id, self.now());
        let (publisher, view) = (self.publisher_view(newsletter)?, self.newsletter_view(newsletter));
        let letter = self.confirmation(publisher, view, &confirm_url)?;
        // The link holds the time it expires at, so every letter asked for is a message of its own.
        self.send_letter(newsletter, subscriber, &letter, &confirm_url).await
    }

    /// The letter that asks; `name` is what is asked for.
    pub(super) fn confirmation(
        &self,
        publisher: composition::Publisher,
        newsletter: composition::Newsletter,
        confirm_url: &str,
    ) -> Result<Composed> {
        let letter = Confirmation {
            publisher,
            theme: self.theme(),
            newsletter,
            confirm_url: WebUrl::parse(confirm_url)?,
            days: CONFIRM_DAYS,
        };
        Ok(letter.compose(self.templates()))
    }

    /// Tells a reader that they have left, where they did not do it themselves.
    pub async fn send_goodbye(&self, newsletter: &Newsletter, subscriber: &Subscriber) -> Result<()> {
        let letter = Goodbye {
            publisher: self.publisher_view(newsletter)?,
            theme: self.theme(),
            newsletter: self.newsletter_view(newsletter),
            sign_up_url: self.sign_up_url()?,
        };
        let identity = format!("goodbye {}", self.now().timestamp());
        self.send_letter(newsletter, subscriber, &letter.compose(self.templates()), &identity).await
    }

    async fn send_letter(
        &self,
        newsletter: &Newsletter,
        subscriber: &Subscriber,
        letter: &Composed,
        identity: &str,
    ) -> Result<()> {
        let to = Mailbox { name: subscriber.name.clone(), address: subscriber.email.clone() };
        let message = self.letter_to(newsletter, (subscriber.id, &to), letter, identity, "", self.now())?;
        self.send_one(newsletter, &message).await
    }

    /// A letter as it is handed over. The same identity at the same time gives the same bytes. `leave_url` ends what it
    /// asks about by its header; empty for all that is no question.
    pub(super) fn letter_to(
        &self,
        newsletter: &Newsletter,
        (subscriber, to): (SubscriberId, &Mailbox),
        letter: &Composed,
        identity: &str,
        leave_url: &str,
        date: DateTime<Utc>,
    ) -> Result<Outgoing> {
        let message_id = data_encoding::HEXLOWER
            .encode(&self.keys().mac("griot letter", format!("{identity} {subscriber}").as_bytes()));
        let reader = Reader { unsubscribe_url: leave_url, ..Reader::new(to, &message_id) };
        let bytes = self.letter_bytes(newsletter, letter, &reader, date)?;
        let sender = &newsletter.sender.as_ref().unwrap_or(&newsletter.from).address;
        let sender = self.return_address(&self.keys().verp_local(NO_EDITION, subscriber.0), sender)?;
        Ok(Outgoing { sender, recipient: to.address.clone(), envelope_id: String::new(), bytes })
    }

    /// A letter as it goes over the wire, signed.
    pub(super) fn letter_bytes(
        &self,
        newsletter: &Newsletter,
        letter: &Composed,
        reader: &Reader<'_>,
        date: DateTime<Utc>,
    ) -> Result<Vec<u8>> {
        let skeleton = Skeleton::build(&Parts {
            from: &newsletter.from,
            sender: newsletter.sender.as_ref(),
            reply_to: newsletter.reply_to.as_ref(),
            subject: &letter.subject,
            date: date.with_timezone(&newsletter.timezone.zone()).fixed_offset(),
            text: &place::split(&letter.text),
            html: &place::split(&letter.html),
            stream: if reader.unsubscribe_url.is_empty() { Stream::Transactional } else { Stream::Question },
            feedback_id: None,
            cfbl_address: None,
        })?;
        let mut bytes = Vec::new();
        skeleton.splice(reader, &mut bytes)?;
        self.config().signer(newsletter).sign(&mut bytes, date, &SharedBody::default())?;
        Ok(bytes)
    }

    /// Sends one message now, ahead of whatever else is being sent.
    pub async fn send_one(&self, newsletter: &Newsletter, message: &Outgoing) -> Result<()> {
        let to = message.recipient.masked();
        match self.0.relays.send_one(&newsletter.relays, message).await {
            Verdict::Accepted(_) => Ok(()),
            Verdict::Deferred(reply) => {
                bail!("the relay did not take the message to {to} now: {reply}; try again later")
            }
            Verdict::Failed(reply) => bail!("the relay refused the message to {to}: {reply}"),
            Verdict::Unknown(reason) => bail!("it is not known whether the message to {to} went out: {reason}"),
            Verdict::Trouble(trouble) => bail!("the message to {to} was not sent: {trouble}"),
        }
    }
}
