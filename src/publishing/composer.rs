use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::Press;
use crate::address::{EmailAddress, Mailbox};
use crate::catalogue::Catalogue;
use crate::composition::message::{FeedbackId, List, Parts, Reader, SizeVerdict, Skeleton, Stream};
use crate::composition::{Composed, Place, place};
use crate::config::Newsletter;
use crate::delivery::Outgoing;
use crate::dkim::{SharedBody, Signer};
use crate::store::{Claimed, Edition, EditionId, EditionName, NewsletterNumber, SubscriberId, Variant};

/// Makes the message of each reader of one edition: built once, spliced and signed per reader.
#[derive(Debug)]
pub struct Composer {
    press: Press,
    /// Of the edition itself, which nearly every reader gets.
    plate: Plate,
    /// Of its variants by their numbers, each built when the first of its readers comes.
    variants: RwLock<HashMap<u32, Arc<Plate>>>,
    signer: Signer,
    date: DateTime<Utc>,
    sender: EmailAddress,
    zone: chrono_tz::Tz,
    words: Catalogue,
    edition: EditionId,
    name: EditionName,
    newsletter: NewsletterNumber,
    online_url: String,
    /// Octets of the message made last: so much room is made for the next one at once.
    length: AtomicUsize,
    /// Octets of its signatures, which are as long for every reader: so much room is left for them.
    signatures: AtomicUsize,
}

/// What messages are printed from.
#[derive(Debug)]
struct Plate {
    skeleton: Skeleton,
    shared_body: SharedBody,
    /// Whether its links say who follows them.
    names_reader: bool,
}

/// For whom a message is made.
struct For<'a> {
    to: &'a Mailbox,
    subscriber: SubscriberId,
    subscribed_at: DateTime<Utc>,
}

impl Press {
    /// The composer of an edition with these parts. `date` is when it was approved, so that a retry is the same bytes
    /// (F3).
    pub(super) fn composer_of(&self, edition: &Edition, parts: &Composed, date: DateTime<Utc>) -> Result<Composer> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        // What is not approved has no key of its own yet.
        let press = if edition.approved_at.is_some() { self.keeping_to(edition.key)? } else { self.clone() };
        Ok(Composer {
            online_url: press.online_url(edition)?,
            press,
            plate: self.plate(&edition.name, parts, date)?,
            variants: RwLock::default(),
            signer: self.config().signer(newsletter),
            date,
            sender: newsletter.sender.as_ref().unwrap_or(&newsletter.from).address.clone(),
            zone: newsletter.timezone.zone(),
            words: self.words_of(newsletter),
            edition: edition.id,
            name: edition.name.clone(),
            newsletter: edition.newsletter,
            length: AtomicUsize::new(0),
            signatures: AtomicUsize::new(0),
        })
    }

    fn plate(&self, edition: &EditionName, parts: &Composed, date: DateTime<Utc>) -> Result<Plate> {
        let newsletter = self.newsletter(&edition.newsletter)?;
        let zone = newsletter.timezone.zone();
        let list_id = newsletter.list_id();
        let preferences = self.config().web.link("/");
        let archive = self.config().web.link(&format!("/archive/{}", newsletter.id));
        let owner = newsletter.owner.as_ref().map(|owner| format!("mailto:{owner}"));
        let number = edition.number.to_string();
        let feedback_sender = feedback_sender(newsletter);
        let skeleton = Skeleton::build(&Parts {
            from: &newsletter.from,
            sender: newsletter.sender.as_ref(),
            reply_to: newsletter.reply_to.as_ref(),
            subject: &parts.subject,
            date: date.with_timezone(&zone).fixed_offset(),
            text: &place::split(&parts.text),
            html: &place::split(&parts.html),
            stream: Stream::Digest(List {
                name: &newsletter.name,
                id: &list_id,
                help: Some(&preferences),
                subscribe: Some(&preferences),
                owner: owner.as_deref(),
                archive: newsletter.archive.then_some(archive.as_str()),
            }),
            feedback_id: Some(FeedbackId {
                edition: &number,
                newsletter: newsletter.id.as_str(),
                sender: &feedback_sender,
            }),
            cfbl_address: self.config().bounces.cfbl.as_ref(),
        })
        .with_context(|| format!("building the message of {edition}"))?;
        Ok(Plate {
            shared_body: SharedBody::new(&skeleton.shared_body_start()),
            names_reader: skeleton.needs(Place::ReaderToken),
            skeleton,
        })
    }
}

impl Composer {
    /// The message of a claimed delivery, in an empty buffer: the same bytes every time.
    pub fn message(&self, claimed: &Claimed, buffer: Vec<u8>) -> Result<Outgoing> {
        let to = Mailbox { name: claimed.name.clone(), address: claimed.email.clone() };
        let reader = For { to: &to, subscriber: claimed.subscriber, subscribed_at: claimed.subscribed_at };
        match claimed.variant {
            0 => self.message_for(&self.plate, &reader, buffer),
            number => {
                let plate = self.variant(number)?;
                self.message_for(&plate, &reader, buffer)
            }
        }
    }

    fn variant(&self, number: u32) -> Result<Arc<Plate>> {
        let known = |plates: &HashMap<u32, Arc<Plate>>| plates.get(&number).map(Arc::clone);
        if let Some(plate) = known(&self.variants.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(plate);
        }
        let variant = self.press.store().read(|db| Variant::find(db, self.edition, number))?;
        let variant = variant.with_context(|| {
            format!("variant {number} of {} is gone from the store; `griot store check` tells who gets it", self.name)
        })?;
        let Variant { subject, html, text } = variant;
        let parts = Composed { subject, preheader: String::new(), html, text };
        let plate = Arc::new(self.press.plate(&self.name, &parts, self.date)?);
        self.variants.write().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::clone(&plate));
        Ok(plate)
    }

    /// A message whose personal links belong to nobody: for a preview or a test.
    pub(super) fn sample(&self, to: &Mailbox, now: DateTime<Utc>) -> Result<Outgoing> {
        self.message_for(&self.plate, &For { to, subscriber: SubscriberId(0), subscribed_at: now }, Vec::new())
    }

    /// How the HTML part stands against Gmail's limit (F9), with links as long as they get.
    pub(super) fn size(&self) -> (usize, SizeVerdict) {
        let press = &self.press;
        let subscriber = SubscriberId(i64::MAX);
        let unsubscribe_url = press.unsubscribe_url(self.newsletter, subscriber, Some(self.edition));
        let to = Mailbox { name: String::new(), address: self.sender.clone() };
        let bytes = self.plate.skeleton.html_bytes(&Reader {
            unsubscribe_url: &unsubscribe_url,
            preferences_url: &press.preferences_url(subscriber),
            online_url: &self.online_url,
            reader_token: &self.reader_token(&self.plate, subscriber),
            subscribed_on: "30 September 2026",
            ..Reader::new(&to, "sample")
        });
        (bytes, SizeVerdict::of(bytes))
    }

    /// Empty where no link asks for it, so that it costs nothing then.
    fn reader_token(&self, plate: &Plate, subscriber: SubscriberId) -> String {
        if plate.names_reader { self.press.reader_token(self.edition, subscriber) } else { String::new() }
    }

    fn message_for(&self, plate: &Plate, reader: &For<'_>, mut bytes: Vec<u8>) -> Result<Outgoing> {
        let press = &self.press;
        let unsubscribe_url = press.unsubscribe_url(self.newsletter, reader.subscriber, Some(self.edition));
        let subscribed_on = self.words.date(reader.subscribed_at.with_timezone(&self.zone).date_naive());
        let keys = press.keys();
        let message_id = keys.message_id_local(self.newsletter, self.name.number, reader.subscriber.0);
        let envelope_id = keys.verp_local(self.edition.0, reader.subscriber.0);
        bytes.reserve(self.length.load(Relaxed) + 256);
        let room = self.signatures.load(Relaxed);
        bytes.resize(room, 0);
        plate.skeleton.splice(
            &Reader {
                unsubscribe_url: &unsubscribe_url,
                unsubscribe_mailto: &press.unsubscribe_mailto(self.edition, reader.subscriber),
                cfbl_feedback_id: &envelope_id,
                preferences_url: &press.preferences_url(reader.subscriber),
                online_url: &self.online_url,
                reader_token: &self.reader_token(plate, reader.subscriber),
                subscribed_on: &subscribed_on,
                ..Reader::new(reader.to, &message_id)
            },
            &mut bytes,
        )?;
        let signatures = self.signer.sign_behind(room, &mut bytes, self.date, &plate.shared_body)?;
        self.signatures.store(signatures, Relaxed);
        self.length.store(bytes.len(), Relaxed);
        let sender = press.return_address(&envelope_id, &self.sender)?;
        Ok(Outgoing { sender, recipient: reader.to.address.clone(), envelope_id, bytes })
    }
}

/// The SenderId of Feedback-ID: stable, 5 to 15 characters, from the domain mail comes from.
fn feedback_sender(newsletter: &Newsletter) -> String {
    let domain = newsletter.from.address.domain();
    let mut sender: String = domain.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    while sender.len() < 5 {
        sender.push('0');
    }
    sender
}
