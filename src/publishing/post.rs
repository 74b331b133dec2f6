//! Letters that readers set in motion on the pages: queued in the transaction that makes them necessary, sent as soon as
//! the relay takes them.

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use tracing::{info, warn};

use super::Press;
use crate::address::{EmailAddress, Mailbox};
use crate::catalogue::{Argument, Catalogue};
use crate::composition::{self, Composed, Link, Note, Plain, WebUrl};
use crate::config::{Cadence, Language, Newsletter};
use crate::delivery::{Outgoing, Verdict};
use crate::store::{
    AddressChange, Db, Edition, Letter, LetterKind, PastEdition, Store, StoryOverride, Subscriber, Subscription,
    SubscriptionState, Suppression, newsletter_slug, record_asked,
};

/// Letters taken at once, and of them under way at once.
const BATCH: usize = 64;
const UNDER_WAY: usize = 8;
/// When a letter is tried again whose process ended meanwhile.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(15);
/// After a try that failed; the last goes for all further ones.
const AGAIN_AFTER: [TimeDelta; 5] =
    [TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(15), TimeDelta::hours(1), TimeDelta::hours(4)];
/// A letter that could not be sent for so long is not wanted any more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(2);
/// Headlines of the last edition in a welcome.
const WELCOME_HEADLINES: usize = 10;

/// A letter as it goes out.
struct Ready {
    message: Outgoing,
    /// Its id.
    newsletter: String,
}

/// What a letter says. The title is a message, which may name the newsletter.
pub(super) struct Wording {
    pub title: &'static str,
    pub texts: Vec<String>,
    /// Label and URL.
    pub button: Option<(String, String)>,
    pub links: Vec<Link>,
    pub after: String,
    pub after_url: Option<String>,
}

impl Wording {
    /// A sentence, and what else can be done.
    fn new(title: &'static str, text: String, after: String) -> Self {
        Self { title, texts: vec![text], button: None, links: Vec::new(), after, after_url: None }
    }
}

impl Press {
    /// Says that a letter may have been queued.
    pub fn wake_post(&self) {
        self.0.post.notify_one();
    }

    /// Returns at the next [`Press::wake_post`].
    pub async fn post_is_woken(&self) {
        self.0.post.notified().await;
    }

    /// Sends letters that are due, at most a batch of them. Answers how many there were.
    pub async fn send_letters(&self) -> Result<usize> {
        let now = self.now();
        let letters = self
            .store()
            .blocking(move |store| store.write(|db| Letter::claim_due(db, now, now + CLAIMED_FOR, BATCH)))
            .await?;
        let taken = letters.len();
        let sent = stream::iter(letters).map(|letter| self.send_queued(letter)).buffer_unordered(UNDER_WAY);
        sent.for_each(|outcome| async {
            if let Err(error) = outcome {
                // It is due again by itself.
                warn!(error = format!("{error:#}"), "a letter could not be sent; trying again");
            }
        })
        .await;
        Ok(taken)
    }

    async fn send_queued(&self, letter: Letter) -> Result<()> {
        let id = letter.id;
        let (attempts, queued_at, kind) = (letter.attempts, letter.queued_at, letter.kind.as_str());
        let question = (letter.kind == LetterKind::Ask).then_some((letter.subscriber, letter.newsletter));
        let write = move |press: &Press| {
            let press = press.keeping_to(letter.key)?;
            press.store().read(|db| press.write_letter(db, &letter))
        };
        let ready = self.blocking(write).await?;
        let Some(Ready { message, newsletter }) = ready else {
            return self.settle(move |db, _| Letter::mark_failed(db, id, "it is not wanted any more", None)).await;
        };
        let to = message.recipient.masked();
        let verdict = self.0.relays.send_one(&self.newsletter(&newsletter)?.relays, &message).await;
        let (problem, refusal) = match verdict {
            Verdict::Accepted(_) => {
                info!(kind, %to, "a letter went out");
                self.vitals().letters.inc();
                let sent = move |db: &Db, now| {
                    if let Some((subscriber, newsletter)) = question {
                        record_asked(db, newsletter, subscriber, now)?;
                    }
                    Letter::mark_sent(db, id, now)
                };
                return self.settle(sent).await;
            }
            Verdict::Failed(reply) => (reply.to_string(), Some(reply)),
            Verdict::Deferred(reply) => (reply.to_string(), None),
            // The same bytes go out again, under the same Message-ID.
            Verdict::Unknown(reason) => (reason, None),
            Verdict::Trouble(trouble) => (trouble.to_string(), None),
        };
        let (press, is_final) = (self.clone(), refusal.is_some());
        warn!(kind, %to, problem, is_final, "a letter did not go out");
        self.settle(move |db, now| {
            let after = AGAIN_AFTER[(attempts.max(1) as usize - 1).min(AGAIN_AFTER.len() - 1)];
            let again_at = Some(now + after).filter(|at| !is_final && *at - queued_at < GIVEN_UP_AFTER);
            if let Some(asked) = question.filter(|_| again_at.is_none()) {
                press.ask_failed(db, asked, refusal.as_ref(), now)?;
            }
            Letter::mark_failed(db, id, &problem, again_at)
        })
        .await
    }

    async fn settle(&self, change: impl FnOnce(&Db, DateTime<Utc>) -> Result<()> + Send + 'static) -> Result<()> {
        let now = self.now();
        self.store().blocking(move |store: &Store| store.write_together(move |db| change(db, now))).await
    }

    /// The message of a letter; `None` where it is not wanted any more: the reader has answered it, left or was erased
    /// meanwhile, or must not be mailed.
    fn write_letter(&self, db: &Db, letter: &Letter) -> Result<Option<Ready>> {
        let Some(subscriber) = Subscriber::find(db, letter.subscriber)? else { return Ok(None) };
        let slug = newsletter_slug(db, letter.newsletter)?.context("a letter in the name of no newsletter")?;
        let Some(newsletter) = self.config().newsletter(&slug).or(self.config().newsletters.first()) else {
            return Ok(None);
        };
        let words = self.words_for(&subscriber, newsletter);
        let composed = match letter.kind {
            LetterKind::Confirm => self.confirm_letter(db, letter, newsletter, &words)?,
            LetterKind::Already => {
                let text = words.tell("already-text", &[("publisher", self.config().publisher.name.as_str().into())]);
                Some(self.way_to_preferences(letter, newsletter, &words, "already-title", text)?)
            }
            LetterKind::Link => {
                let text = words.say("link-letter-text");
                Some(self.way_to_preferences(letter, newsletter, &words, "link-letter-title", text)?)
            }
            LetterKind::Welcome => self.welcome(db, letter, newsletter, &words)?,
            LetterKind::Address => self.address_letter(db, letter, newsletter, &words)?,
            LetterKind::Moved => Some(self.moved(&subscriber, newsletter, &words)?),
            LetterKind::Ask => self.ask_letter(db, letter, newsletter, &words)?,
        };
        let Some(composed) = composed else { return Ok(None) };
        let address = match letter.kind {
            LetterKind::Address | LetterKind::Moved => EmailAddress::parse(&letter.detail)?,
            _ => subscriber.email.clone(),
        };
        if Suppression::reason_for(db, &address)?.is_some() {
            return Ok(None);
        }
        // The name may be anybody's invention until the address is shown to be theirs.
        let name = if letter.kind == LetterKind::Welcome { subscriber.name.clone() } else { String::new() };
        let to = Mailbox { name, address };
        let identity = format!("letter {}", letter.id);
        let leave_url = match letter.kind {
            LetterKind::Ask => self.unsubscribe_url(letter.newsletter, letter.subscriber, None),
            _ => String::new(),
        };
        let message =
            self.letter_to(newsletter, (subscriber.id, &to), &composed, &identity, &leave_url, letter.queued_at)?;
        Ok(Some(Ready { message, newsletter: newsletter.id.to_string() }))
    }

    /// In the language of the pages they signed up on, else in the newsletter's.
    pub(super) fn words_for(&self, subscriber: &Subscriber, newsletter: &Newsletter) -> Catalogue {
        let language = Language::parse(&subscriber.language);
        self.catalogues().of(language.as_ref().unwrap_or_else(|_| self.config().language_of(newsletter)))
    }

    /// Of all that waits, so that one letter is enough however many were asked for.
    fn confirm_letter(
        &self,
        db: &Db,
        letter: &Letter,
        newsletter: &Newsletter,
        words: &Catalogue,
    ) -> Result<Option<Composed>> {
        let ties = Subscription::of(db, letter.subscriber)?;
        let pending = ties.iter().filter(|tie| tie.state == SubscriptionState::Pending);
        let pending: Vec<&Newsletter> = pending.filter_map(|tie| self.config().newsletter(&tie.newsletter)).collect();
        let Some(&first) = pending.first() else { return Ok(None) };
        let view = match pending.as_slice() {
            [one] => self.newsletter_view(one),
            // How often all of them come can't be said in a few words.
            several => {
                let names: Vec<&str> = several.iter().map(|newsletter| newsletter.name.as_str()).collect();
                composition::Newsletter { name: Plain::new(&words.listed(&names)), cadence: Cadence::Irregular }
            }
        };
        let newsletter = if pending.len() == 1 { first } else { newsletter };
        let url = self.confirm_url(0, letter.subscriber, letter.queued_at);
        let publisher = self.publisher_speaking(newsletter, words)?;
        self.confirmation(publisher, view, &url).map(Some)
    }

    /// Leads to the reader's preferences.
    fn way_to_preferences(
        &self,
        letter: &Letter,
        newsletter: &Newsletter,
        words: &Catalogue,
        title: &'static str,
        text: String,
    ) -> Result<Composed> {
        let button = Some((words.say("already-button"), self.preferences_url(letter.subscriber)));
        let wording = Wording { button, ..Wording::new(title, text, words.say("letter-not-you")) };
        self.note(newsletter, words, wording)
    }

    /// With the last edition, if there is one by now and it may be shown.
    fn welcome(
        &self,
        db: &Db,
        letter: &Letter,
        newsletter: &Newsletter,
        words: &Catalogue,
    ) -> Result<Option<Composed>> {
        let tie = Subscription::find(db, letter.newsletter, letter.subscriber)?;
        if tie.is_none_or(|tie| tie.state != SubscriptionState::Confirmed) {
            return Ok(None);
        }
        let Some(last) = PastEdition::list(db, newsletter.id.as_str(), 1)?.pop() else { return Ok(None) };
        let mut texts = vec![words.tell("welcome-text", &[("newsletter", newsletter.name.as_str().into())])];
        let zone = newsletter.timezone.zone();
        if let Some(next) = newsletter.schedule.next_after(letter.queued_at, zone) {
            let date = words.full_date(next.with_timezone(&zone).date_naive());
            texts.push(words.tell("confirmed-next", &[("date", Argument::words(date))]));
        }
        texts.push(words.say("welcome-last"));
        let Some(edition) = Edition::find_by_name(db, &last.name)? else { return Ok(None) };
        let links = headlines_of(db, &edition)?;
        let button = Some((words.say("welcome-button"), self.online_url(&edition)?));
        let after_url = Some(self.unsubscribe_url(letter.newsletter, letter.subscriber, None));
        let after = words.say("welcome-leave");
        self.note(newsletter, words, Wording { title: "welcome-title", texts, button, after, after_url, links })
            .map(Some)
    }

    fn address_letter(
        &self,
        db: &Db,
        letter: &Letter,
        newsletter: &Newsletter,
        words: &Catalogue,
    ) -> Result<Option<Composed>> {
        let change = AddressChange::of(db, letter.subscriber)?;
        let Some(change) = change.filter(|change| change.email.as_str() == letter.detail) else { return Ok(None) };
        let text = words.tell("address-text", &[("address", change.email.as_str().into())]);
        let button = Some((words.say("address-button"), self.address_url(&change)));
        let wording = Wording { button, ..Wording::new("address-title", text, words.say("address-not-you")) };
        self.note(newsletter, words, wording).map(Some)
    }

    fn moved(&self, subscriber: &Subscriber, newsletter: &Newsletter, words: &Catalogue) -> Result<Composed> {
        let text = words.tell("moved-text", &[("address", subscriber.email.masked().into())]);
        let contact = newsletter.reply_to.as_ref().unwrap_or(&newsletter.from).address.to_string();
        let after = words.tell("moved-not-you", &[("contact", contact.into())]);
        self.note(newsletter, words, Wording::new("moved-title", text, after))
    }

    pub(super) fn note(&self, newsletter: &Newsletter, words: &Catalogue, wording: Wording) -> Result<Composed> {
        let title = words.tell(wording.title, &[("newsletter", newsletter.name.as_str().into())]);
        let button =
            wording.button.map(|(label, url)| Ok::<_, anyhow::Error>((label, WebUrl::parse(&url)?))).transpose()?;
        let note = Note {
            publisher: self.publisher_speaking(newsletter, words)?,
            theme: self.theme(),
            newsletter: self.newsletter_view(newsletter),
            title,
            texts: wording.texts,
            button,
            links: wording.links,
            after: wording.after,
            after_url: wording.after_url.map(|url| WebUrl::parse(&url)).transpose()?,
        };
        Ok(note.compose(self.templates()))
    }
}

fn headlines_of(db: &Db, edition: &Edition) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    for (mut story, _) in edition.stories(db)?.into_iter().take(WELCOME_HEADLINES) {
        StoryOverride::find(db, story.id)?.apply(&mut story);
        // A story whose address is broken is left out.
        if let Ok(url) = WebUrl::parse(&story.url) {
            links.push(Link { title: Plain::new(&story.headline), url });
        }
    }
    Ok(links)
}
