//! Past editions, for everybody: lists of them, each of them, a feed of each newsletter, a search over all, and what
//! search engines are told.
//!
//! Leaves out what belongs to one reader: no page here names anybody. Editions of a newsletter that is not in the
//! archive are on none of these pages; who has one opens it by the token of its link.

mod edition;
mod feed;
mod listing;
mod robots;
mod search;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde::Serialize;

use super::failure::Failure;
use super::site::Site;
use super::speaker::Speaker;
use crate::catalogue::Catalogue;
use crate::config::Newsletter;
use crate::store::PastEdition;
use crate::templates::Sample;

pub(super) use edition::{show as show_edition, show_to_bearer as show_edition_to_bearer};
pub(super) use listing::show_newsletter;
pub(super) use robots::{rules as robots, sitemap};

/// A past edition in a list.
#[derive(Debug, Serialize)]
struct Past {
    subject: String,
    /// As its date line has it.
    date: String,
    /// RFC 3339, in UTC.
    datetime: String,
    url: String,
    /// Of its subject.
    language: String,
}

impl Past {
    fn new(site: &Site, words: &Catalogue, newsletter: &Newsletter, past: &PastEdition) -> Self {
        Self {
            subject: past.subject.clone(),
            date: words.date(past.dated_at.with_timezone(&newsletter.timezone.zone()).date_naive()),
            datetime: feed::instant(past.dated_at),
            url: site.press().permalink(&past.name),
            language: site.language_of(newsletter).as_str().to_owned(),
        }
    }
}

/// `/archive`: every list, or with a question, what is found.
pub(super) async fn show(
    State(site): State<Site>,
    speaker: Speaker,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let pairs = query.unwrap_or_default();
    let question = url::form_urlencoded::parse(pairs.as_bytes()).find(|(name, _)| name == "q");
    match question.map(|(_, question)| question.trim().to_owned()).filter(|question| !question.is_empty()) {
        Some(question) => search::show(&site, &speaker.0, question).await,
        None => listing::show(&site, &speaker.0).await,
    }
}

/// The newsletters whose editions everybody may read.
fn public_newsletters(site: &Site) -> impl Iterator<Item = &Newsletter> {
    site.press().config().newsletters.iter().filter(|newsletter| newsletter.archive)
}

/// The newsletter with this id, if everybody may read its editions.
fn public_newsletter<'a>(site: &'a Site, id: &str) -> Result<&'a Newsletter, Failure> {
    public_newsletters(site).find(|newsletter| newsletter.id.as_str() == id).ok_or(Failure::NoSuchPage)
}

/// Made-up pages, which a publisher's templates are tried with.
pub(super) fn samples(words: &Catalogue) -> Vec<Sample> {
    let mut samples = vec![robots::sample(), search::sample(words, true), search::sample(words, false)];
    samples.extend(listing::samples(words));
    samples.extend(edition::samples(words));
    samples.extend(feed::samples());
    samples
}

impl Past {
    fn sample(number: u32) -> Self {
        Self {
            subject: "The <strike> & the \"market\"".to_owned(),
            date: "23 November 2026".to_owned(),
            datetime: "2026-11-23T12:00:00Z".to_owned(),
            url: format!("https://brief.example/archive/weekly-brief/{number}"),
            language: "en".to_owned(),
        }
    }
}
