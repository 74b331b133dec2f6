use std::sync::Arc;

use anyhow::Result;
use axum::http::HeaderValue;

use super::failure::Failure;
use super::sign_up::Reception;
use super::style::Style;
use crate::catalogue::Catalogue;
use crate::config::{Language, Newsletter, Publisher};
use crate::publishing::Press;
use crate::store::{Db, Store, newsletter_slug};
use crate::token::{Purpose, Token, TokenError};

/// What every page needs; one per router, clones share it.
#[derive(Clone, Debug)]
pub(super) struct Site(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    press: Press,
    style: Style,
    policy: HeaderValue,
    framed_policy: HeaderValue,
    archive_policy: HeaderValue,
    reception: Reception,
}

impl Site {
    pub fn new(press: Press) -> Self {
        let style = Style::of(&press.config().publisher);
        // The one script there is works for forms that ask for work.
        let script = if press.config().sign_up.proof_of_work { "script-src 'self'; " } else { "" };
        let policy = header(&format!(
            "default-src 'none'; style-src '{}'; {script}form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            style.hash
        ));
        let framed_policy = header(&format!(
            "default-src 'none'; style-src '{}'; {script}form-action 'self'; base-uri 'none'; frame-ancestors *",
            style.hash
        ));
        // A demo's pictures come from this very machine.
        let local =
            if press.config().web.public_url.is_loopback() { " http://127.0.0.1:* http://localhost:*" } else { "" };
        let archive_policy = header(&format!(
            "default-src 'none'; img-src https:{local}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
             frame-ancestors 'none'"
        ));
        let reception = Reception::new(&press.config().sign_up);
        Self(Arc::new(Parts { press, style, policy, framed_policy, archive_policy, reception }))
    }

    pub fn press(&self) -> &Press {
        &self.0.press
    }

    pub fn reception(&self) -> &Reception {
        &self.0.reception
    }

    pub fn publisher(&self) -> &Publisher {
        &self.0.press.config().publisher
    }

    pub fn style(&self) -> &Style {
        &self.0.style
    }

    /// The Content-Security-Policy of griot's own pages.
    pub fn policy(&self, is_framed: bool) -> &HeaderValue {
        if is_framed { &self.0.framed_policy } else { &self.0.policy }
    }

    /// The Content-Security-Policy of an edition, which brings its images and inline styles.
    pub fn archive_policy(&self) -> &HeaderValue {
        &self.0.archive_policy
    }

    /// The public address of a page of ours; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        self.press().config().web.link(path)
    }

    /// The publisher's website as one says it: the host without `www.`, or the publisher's name where the host is an
    /// address and no name.
    pub fn website(&self) -> &str {
        match self.publisher().website.as_url().host() {
            Some(url::Host::Domain(name)) => name.strip_prefix("www.").unwrap_or(name),
            _ => self.publisher().name.as_str(),
        }
    }

    /// A mailbox that somebody reads.
    pub fn contact(&self) -> Option<&str> {
        let newsletter = self.press().config().newsletters.first()?;
        let mailbox = newsletter.reply_to.as_ref().unwrap_or(&newsletter.from);
        Some(mailbox.address.as_str())
    }

    /// When a newsletter comes, as a sentence.
    pub fn cadence(&self, words: &Catalogue, newsletter: &Newsletter) -> String {
        words.when_it_comes(&newsletter.schedule, newsletter.timezone.zone(), self.press().now())
    }

    /// Opens the token of a link, before anything else is done.
    pub fn open(&self, purpose: Purpose, token: &str) -> Result<Token, Failure> {
        self.press().keys().verify(purpose, token, self.press().now()).map_err(|error| match error {
            TokenError::Expired => Failure::PastItsTime,
            // One answer for all of them: it tells nobody how near a guess came (W, enumeration).
            TokenError::Malformed | TokenError::UnknownKey | TokenError::Forged => Failure::BadLink,
        })
    }

    /// Runs `work` on the store, where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, &Press) -> Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let press = self.press().clone();
        Ok(self.press().store().blocking(move |store| work(store, &press)).await?)
    }

    /// Makes a reader's changes in a transaction that they share with others (see [`Store::write_together`]); returns once
    /// they are durable.
    pub async fn change<T: Send + 'static>(
        &self,
        changes: impl FnOnce(&Db, &Press) -> Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.ask(|store, press| {
            let press = press.clone();
            store.write_together(move |db| changes(db, &press))
        })
        .await
    }

    /// The configured newsletter behind the number in a token.
    pub async fn newsletter(&self, number: u32) -> Result<Option<&Newsletter>, Failure> {
        let id = self.ask(move |store, _| store.read(|db| newsletter_slug(db, number))).await?;
        Ok(id.and_then(|id| self.press().config().newsletter(&id)))
    }

    /// What a newsletter's own texts are written in.
    pub fn language_of<'a>(&'a self, newsletter: &'a Newsletter) -> &'a Language {
        self.press().config().language_of(newsletter)
    }

    /// What a newsletter is called; one that is no longer configured has its publisher's name left.
    pub fn name_of(&self, words: &Catalogue, newsletter: Option<&Newsletter>) -> String {
        match newsletter {
            Some(newsletter) => newsletter.name.to_string(),
            None => words.tell("the-newsletter-of", &[("publisher", self.publisher().name.as_str().into())]),
        }
    }
}

/// For policies put together above: their parts are ASCII, and visible.
fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("a policy is visible ASCII")
}
