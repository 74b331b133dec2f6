//! What readers ask for on the pages before we know that an address is theirs: to sign up, for the link to their
//! preferences, for another address. Whoever asks gets the same answer; what we know goes by mail, to the address alone.

use std::net::IpAddr;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use crate::address::EmailAddress;
use crate::store::{
    AddressChange, Asked, Consent, Db, Erasure, Letter, LetterKind, NewsletterNumber, PastEdition, Subscriber,
    SubscriberId, Subscription, SubscriptionState, Suppression, newsletter_number,
};

/// So many confirmations an address gets until one of them is answered (rule W).
const MOST_CONFIRMATIONS: u32 = 3;
/// So many addresses one reader may try in a day.
const MOST_ADDRESSES: u32 = 3;

/// A form that was filled in.
#[derive(Clone, Debug)]
pub struct SignUp {
    pub email: EmailAddress,
    /// Empty where none was given.
    pub name: String,
    /// Ids of configured newsletters; never empty.
    pub newsletters: Vec<String>,
    /// The words on the form.
    pub wording: String,
    pub page: String,
    /// BCP 47.
    pub language: String,
    pub from: Option<IpAddr>,
    /// Whether they let their opening be counted.
    pub agrees_to_opens: bool,
}

impl Press {
    /// Takes a sign-up: what is new waits to be confirmed, and a letter tells the reader. Nothing comes of it where the
    /// address is suppressed, or has had its letters for today; nobody can tell from here which it was.
    pub fn sign_up(&self, db: &Db, sign_up: &SignUp) -> Result<()> {
        let now = self.now();
        if Suppression::reason_for(db, &sign_up.email)?.is_some() {
            return Ok(());
        }
        let mut numbers = Vec::with_capacity(sign_up.newsletters.len());
        for id in &sign_up.newsletters {
            numbers.push(newsletter_number(db, id)?);
        }
        let Some(&first) = numbers.first() else { return Ok(()) };
        let known = Subscriber::find_by_email(db, &sign_up.email)?;
        let subscriber = match known {
            Some(known) => known,
            None => {
                let added = Subscriber::find_or_add(db, &sign_up.email, &sign_up.name, now)?;
                Subscriber::set_language(db, added.id, &sign_up.language)?;
                added
            }
        };
        let mut asked = Vec::new();
        for (number, id) in numbers.into_iter().zip(&sign_up.newsletters) {
            let tie = Subscription::find(db, number, subscriber.id)?;
            if tie.is_some_and(|tie| tie.state == SubscriptionState::Confirmed) {
                continue;
            }
            Subscription::begin(db, number, subscriber.id, SubscriptionState::Pending, "form", now)?;
            if sign_up.agrees_to_opens {
                Subscription::agree_to_opens(db, number, subscriber.id, true, "form", now)?;
            }
            asked.push(id.as_str());
        }
        if asked.is_empty() {
            return self.queue_once_a_day(db, LetterKind::Already, subscriber.id, first, now);
        }
        self.vitals().sign_ups.inc();
        let evidence = Asked {
            newsletters: &asked,
            wording: &sign_up.wording,
            page: &sign_up.page,
            from: self.kept(sign_up.from),
        };
        Consent::ask(db, subscriber.id, &evidence, now)?;
        // Whoever has confirmed one today and asks for more has a button for it in their preferences.
        let kind = if has_confirmed(db, subscriber.id)? {
            let today = Letter::count_since(db, subscriber.id, LetterKind::Confirm, now - TimeDelta::days(1))?;
            if today > 0 { LetterKind::Link } else { LetterKind::Confirm }
        } else {
            let so_far = Letter::count_since(db, subscriber.id, LetterKind::Confirm, DateTime::UNIX_EPOCH)?;
            if so_far >= MOST_CONFIRMATIONS {
                return Ok(());
            }
            LetterKind::Confirm
        };
        self.queue_once_a_day(db, kind, subscriber.id, first, now)
    }

    /// Confirms what waits: one newsletter, or all of them where none is named. Answers the ids of those that wait no more,
    /// which are none where nothing waited.
    pub fn confirm(
        &self,
        db: &Db,
        newsletter: Option<NewsletterNumber>,
        subscriber: SubscriberId,
        from: Option<IpAddr>,
    ) -> Result<Vec<String>> {
        let now = self.now();
        let mut confirmed = Vec::new();
        for tie in Subscription::named(db, newsletter, subscriber)? {
            let number = newsletter_number(db, &tie.newsletter)?;
            if Subscription::confirm(db, number, subscriber, "form", now)? {
                self.queue_welcome(db, number, subscriber, &tie.newsletter)?;
                confirmed.push(tie.newsletter);
            }
        }
        if !confirmed.is_empty() {
            Consent::confirm(db, subscriber, self.kept(from), now)?;
            if let Some(reader) = Subscriber::find(db, subscriber)? {
                Erasure::load(db, now)?.lift(db, &reader.email)?;
            }
        }
        Ok(confirmed)
    }

    /// Sends the link to their preferences to whoever is known by this address, once a day.
    pub fn send_link(&self, db: &Db, email: &EmailAddress) -> Result<()> {
        let Some(subscriber) = Subscriber::find_by_email(db, email)? else { return Ok(()) };
        if Suppression::reason_for(db, email)?.is_some() {
            return Ok(());
        }
        let tie = Subscription::of(db, subscriber.id)?
            .into_iter()
            .find(|tie| self.config().newsletter(&tie.newsletter).is_some());
        let Some(tie) = tie else { return Ok(()) };
        let number = newsletter_number(db, &tie.newsletter)?;
        self.queue_once_a_day(db, LetterKind::Link, subscriber.id, number, self.now())
    }

    /// Asks at the new address whether it is to take the place of the old one.
    pub fn ask_new_address(&self, db: &Db, subscriber: SubscriberId, email: EmailAddress) -> Result<()> {
        let now = self.now();
        let asked = Letter::count_since(db, subscriber, LetterKind::Address, now - TimeDelta::days(1))?;
        if asked >= MOST_ADDRESSES || Suppression::reason_for(db, &email)?.is_some() {
            return Ok(());
        }
        let voice = self.voice(db, subscriber)?;
        Letter::queue(db, LetterKind::Address, subscriber, voice, email.as_str(), now)?;
        AddressChange { subscriber, email, asked_at: now }.ask(db)
    }

    /// Whoever reads the mail at the new address wants it: it is theirs, and the old one is told. `None` where nothing
    /// was asked for, or something else meanwhile; `false` where another reader has it.
    pub fn take_new_address(&self, db: &Db, subscriber: SubscriberId, asked_at: DateTime<Utc>) -> Result<Option<bool>> {
        let Some(change) = AddressChange::of(db, subscriber)?.filter(|change| change.asked_at == asked_at) else {
            return Ok(None);
        };
        let Some(reader) = Subscriber::find(db, subscriber)? else { return Ok(None) };
        let made = change.make(db)?;
        if made {
            let voice = self.voice(db, subscriber)?;
            Letter::queue(db, LetterKind::Moved, subscriber, voice, reader.email.as_str(), self.now())?;
        }
        Ok(Some(made))
    }

    fn queue_welcome(&self, db: &Db, number: NewsletterNumber, subscriber: SubscriberId, id: &str) -> Result<()> {
        let is_wanted = self.config().newsletter(id).is_some_and(|newsletter| newsletter.welcome);
        if is_wanted && !PastEdition::list(db, id, 1)?.is_empty() {
            Letter::queue(db, LetterKind::Welcome, subscriber, number, "", self.now())?;
        }
        Ok(())
    }

    fn queue_once_a_day(
        &self,
        db: &Db,
        kind: LetterKind,
        subscriber: SubscriberId,
        newsletter: NewsletterNumber,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if Letter::count_since(db, subscriber, kind, now - TimeDelta::days(1))? > 0 {
            return Ok(());
        }
        Letter::queue(db, kind, subscriber, newsletter, "", now)
    }

    /// In whose name a letter to a reader is sent that is about no newsletter: of one they know, or else the first.
    fn voice(&self, db: &Db, subscriber: SubscriberId) -> Result<NewsletterNumber> {
        let known = Subscription::of(db, subscriber)?.into_iter().map(|tie| tie.newsletter);
        let configured = self.config().newsletters.iter().map(|newsletter| newsletter.id.as_str().to_owned());
        let mut ids = known.filter(|id| self.config().newsletter(id).is_some()).chain(configured);
        newsletter_number(db, &ids.next().unwrap_or_default())
    }

    /// The IP address where one is kept.
    fn kept(&self, from: Option<IpAddr>) -> Option<IpAddr> {
        from.filter(|_| !self.config().sign_up.keep_ip.is_zero())
    }
}

fn has_confirmed(db: &Db, subscriber: SubscriberId) -> Result<bool> {
    Ok(Subscription::of(db, subscriber)?.iter().any(|tie| tie.confirmed_at.is_some()))
}
