//! Asking an old list whether it still wants the newsletter: in waves that the daemon sends, and that stop by themselves.

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use super::post::Wording;
use crate::catalogue::{Argument, Catalogue};
use crate::composition::Composed;
use crate::config::Newsletter;
use crate::delivery::Reply;
use crate::meaning::{self, Command};
use crate::store::{
    About, Asked, Consent, Db, Feedback, Letter, LetterKind, PassTerms, PermissionPass, Source, Subscriber,
    SubscriberId, Subscription, SubscriptionState, newsletter_number, newsletter_slug,
};

/// Where the evidence says that somebody agreed who said yes in answer to the letter.
const BY_LETTER: &str = "letter";
/// What stands in a letter's detail where it is the second.
const AGAIN: &str = "again";
/// A time to answer in that is no time, and one that nobody remembers the letter by.
const ANSWER_WITHIN: std::ops::RangeInclusive<i64> = 3..=90;
const MOST_OF_A_WAVE: u32 = 50_000;

/// What a round did to one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassRound {
    pub newsletter: String,
    /// Asked for the first time.
    pub asked: usize,
    pub reminded: usize,
    /// Their time was over.
    pub unanswered: usize,
    /// Why it stopped by itself, if it did.
    pub stopped: Option<String>,
}

impl Press {
    /// Begins to ask a newsletter's imported list, or goes on by these terms. The daemon does the rest.
    pub fn begin_pass(&self, newsletter: &Newsletter, terms: PassTerms) -> Result<()> {
        self.check_terms(terms)?;
        let now = self.now();
        self.store().write(|db| {
            let number = newsletter_number(db, newsletter.id.as_str())?;
            PermissionPass::begin(db, number, terms, now)
        })
    }

    /// Refuses what would be no question, or no waves.
    pub fn check_terms(&self, terms: PassTerms) -> Result<()> {
        let days = terms.answer_within.num_days();
        if !ANSWER_WITHIN.contains(&days) {
            bail!("the time to answer can be 3 to 90 days, and not {days}");
        }
        if terms.wave == 0 || terms.wave > MOST_OF_A_WAVE {
            bail!("a wave of {} is too small or too large; 1 to {MOST_OF_A_WAVE} letters can be sent", terms.wave);
        }
        if terms.every < TimeDelta::hours(1) {
            bail!("waves less than an hour apart are none: what bounces must have time to come back");
        }
        if terms.remind_after.is_some_and(|after| after < TimeDelta::days(1) || after >= terms.answer_within) {
            bail!(
                "a reminder can go out a day after the letter at the earliest, and before the time to answer is over"
            );
        }
        Ok(())
    }

    /// One round: ends what nobody answered, stops what goes wrong, and asks who is due. Answers what was done.
    pub fn keep_passes(&self) -> Result<Vec<PassRound>> {
        let now = self.now();
        let passes = self.store().read(PermissionPass::all)?;
        let mut rounds = Vec::new();
        for pass in passes {
            let round = self.store().write(|db| self.keep_pass(db, &pass, now))?;
            if round.asked + round.reminded > 0 {
                self.wake_post();
            }
            if round != (PassRound { newsletter: round.newsletter.clone(), ..PassRound::default() }) {
                rounds.push(round);
            }
        }
        Ok(rounds)
    }

    fn keep_pass(&self, db: &Db, pass: &PermissionPass, now: DateTime<Utc>) -> Result<PassRound> {
        let slug = newsletter_slug(db, pass.newsletter)?.unwrap_or_default();
        let mut round = PassRound { newsletter: slug.clone(), ..PassRound::default() };
        round.unanswered = pass.end_unanswered(db, now)?;
        // One that is not configured any more waits until it is again. An operator may have stopped it this moment.
        let Some(newsletter) = self.config().newsletter(&slug) else { return Ok(round) };
        let Some(pass) = PermissionPass::find(db, pass.newsletter)?.filter(|pass| pass.stopped_at.is_none()) else {
            return Ok(round);
        };
        if let Some(reason) = pass.trouble(db, now)? {
            PermissionPass::stop(db, pass.newsletter, &reason, now)?;
            round.stopped = Some(reason);
            return Ok(round);
        }
        for subscriber in pass.next_reminders(db, now)? {
            Letter::queue(db, LetterKind::Ask, subscriber, pass.newsletter, AGAIN, now)?;
            round.reminded += 1;
        }
        if pass.is_due(now) {
            for subscriber in pass.next_wave(db, &slug, now)? {
                self.ask(db, newsletter, &pass, subscriber, now)?;
                round.asked += 1;
            }
        }
        Ok(round)
    }

    fn ask(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        pass: &PermissionPass,
        subscriber: SubscriberId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Some(reader) = Subscriber::find(db, subscriber)? else { return Ok(()) };
        let words = self.words_for(&reader, newsletter);
        let evidence = Asked {
            newsletters: &[newsletter.id.as_str()],
            wording: &self.question(newsletter, &words),
            page: BY_LETTER,
            from: None,
        };
        Consent::ask(db, subscriber, &evidence, now)?;
        Letter::queue(db, LetterKind::Ask, subscriber, pass.newsletter, "", now)
    }

    /// The letter; `None` where it is not wanted any more.
    pub(super) fn ask_letter(
        &self,
        db: &Db,
        letter: &Letter,
        newsletter: &Newsletter,
        words: &Catalogue,
    ) -> Result<Option<Composed>> {
        let tie = Subscription::find(db, letter.newsletter, letter.subscriber)?;
        let is_pending = tie.is_some_and(|tie| tie.state == SubscriptionState::Pending);
        let asked = PermissionPass::asked_at(db, letter.newsletter, letter.subscriber)?;
        let pass = PermissionPass::find(db, letter.newsletter)?;
        let (true, Some((asked_at, _)), Some(pass)) = (is_pending, asked, pass) else { return Ok(None) };
        let within = pass.terms.answer_within;
        let days = u32::try_from(within.num_days()).unwrap_or_default();
        let mut texts = vec![self.question(newsletter, words), self.where_signed_up(db, letter, newsletter, words)?];
        let title = if letter.detail == AGAIN {
            texts.push(words.say("ask-again"));
            "ask-again-title"
        } else {
            "ask-title"
        };
        texts.push(words.tell("ask-nothing", &[("days", Argument::words(words.days(days)))]));
        let url = self.confirm_url_until(letter.newsletter, letter.subscriber, asked_at + within);
        let wording = Wording {
            title,
            texts,
            button: Some((words.say("ask-button"), url)),
            links: Vec::new(),
            after: words.say("ask-no"),
            after_url: Some(self.unsubscribe_url(letter.newsletter, letter.subscriber, None)),
        };
        self.note(newsletter, words, wording).map(Some)
    }

    /// What is asked, and kept as the words that were agreed to.
    fn question(&self, newsletter: &Newsletter, words: &Catalogue) -> String {
        let publisher = ("publisher", self.config().publisher.name.as_str().into());
        words.tell("ask-text", &[publisher, ("newsletter", newsletter.name.as_str().into())])
    }

    /// When and where they signed up, as far as it is known.
    fn where_signed_up(&self, db: &Db, letter: &Letter, newsletter: &Newsletter, words: &Catalogue) -> Result<String> {
        let is_about = |consent: &Consent| {
            consent.page != BY_LETTER && consent.newsletters.iter().any(|id| id == newsletter.id.as_str())
        };
        let Some(consent) = Consent::of(db, letter.subscriber)?.into_iter().filter(is_about).max_by_key(|c| c.asked_at)
        else {
            return Ok(words.say("ask-from-unknown"));
        };
        let date = words.full_date(consent.asked_at.with_timezone(&newsletter.timezone.zone()).date_naive());
        let date = ("date", Argument::words(date));
        // A path is one of ours, and says nothing to who reads it.
        let place = consent.page.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
        Ok(if place.is_empty() || place.starts_with('/') {
            words.tell("ask-from-date", &[date])
        } else {
            words.tell("ask-from-place", &[date, ("place", place.into())])
        })
    }

    /// The letter will not go out: the relay refused it, which is a bounce like any other; or nobody took it in time, and
    /// it is as if nobody had been asked.
    pub(super) fn ask_failed(
        &self,
        db: &Db,
        letter: (SubscriberId, crate::store::NewsletterNumber),
        refusal: Option<&Reply>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (subscriber, newsletter) = letter;
        let Some(reply) = refusal else { return PermissionPass::take_back(db, newsletter, subscriber) };
        let command = if reply.is_to_rcpt { Command::Rcpt } else { Command::Data };
        let feedback = Feedback {
            recipient: String::new(),
            delivery: None,
            message_id: String::new(),
            is_vouched: true,
            meaning: meaning::of_reply(reply.code, &reply.enhanced, &reply.text, Some(command)),
            diagnostic: reply.text.clone(),
        };
        feedback.record(db, About { subscriber, edition: None }, Source::Relay, &self.config().bounces, now).map(drop)
    }
}
