use anyhow::Result;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::Response;
use chrono::SecondsFormat;

use super::answer::{public, public_page, rendered};
use super::failure::Failure;
use super::site::Site;
use crate::composition::words;
use crate::config::{Line, Newsletter};
use crate::store::{Edition, EditionName, PastEdition};

/// Editions listed on a page: ten years of a weekly.
const LISTED: usize = 520;
/// Entries in a feed.
const IN_FEED: usize = 30;

#[derive(Template)]
#[template(path = "pages/archive.html")]
struct Archive<'a> {
    site: &'a Site,
    title: &'static str,
    shelves: Vec<Shelf<'a>>,
}

#[derive(Template)]
#[template(path = "pages/atom.xml")]
struct Atom<'a> {
    site: &'a Site,
    updated: String,
    shelf: Shelf<'a>,
}

/// What has gone out of one newsletter.
struct Shelf<'a> {
    name: &'a Line,
    description: Option<&'a Line>,
    cadence: String,
    page: String,
    atom: String,
    editions: Vec<Past>,
}

struct Past {
    subject: String,
    /// As its date line has it.
    date: String,
    /// RFC 3339, in UTC.
    datetime: String,
    url: String,
}

/// Past editions of every newsletter, newest first.
pub(super) async fn show(State(site): State<Site>) -> Result<Response, Failure> {
    let mut shelves = Vec::new();
    for newsletter in &site.press().config().newsletters {
        shelves.push(shelf(&site, newsletter, LISTED).await?);
    }
    Ok(public_page(&Archive { site: &site, title: "Past editions", shelves }))
}

/// `/archive/NEWSLETTER`, a page, or `/archive/NEWSLETTER.atom`, a feed (RFC 4287).
pub(super) async fn show_newsletter(State(site): State<Site>, Path(name): Path<String>) -> Result<Response, Failure> {
    let newsletter = |id: &str| site.press().config().newsletter(id).ok_or(Failure::NoSuchPage);
    if let Some(id) = name.strip_suffix(".atom") {
        let shelf = shelf(&site, newsletter(id)?, IN_FEED).await?;
        let now = || site.press().now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let updated = shelf.editions.first().map_or_else(now, |newest| newest.datetime.clone());
        let feed = rendered(&Atom { site: &site, updated, shelf });
        return Ok(public("application/atom+xml; charset=utf-8", feed));
    }
    let shelves = vec![shelf(&site, newsletter(&name)?, LISTED).await?];
    Ok(public_page(&Archive { site: &site, title: "Past editions", shelves }))
}

/// An edition as everybody may read it.
pub(super) async fn show_edition(
    State(site): State<Site>,
    Path((newsletter, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let name = EditionName::parse(&format!("{newsletter}/{number}")).ok_or(Failure::NoSuchPage)?;
    if name.number.to_string() != number {
        // "012" and "+12" read as 12; an edition has one address.
        return Err(Failure::NoSuchPage);
    }
    let found = site
        .ask(move |store, press| {
            let edition = store.read(|db| Edition::find_by_name(db, &name))?;
            edition
                .filter(Edition::is_public)
                .map(|edition| press.online_page(&edition, crate::composition::Around::default()))
                .transpose()
        })
        .await?;
    let mut response = public("text/html; charset=utf-8", found.ok_or(Failure::NoSuchPage)?);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, site.archive_policy().clone());
    Ok(response)
}

async fn shelf<'a>(site: &Site, newsletter: &'a Newsletter, limit: usize) -> Result<Shelf<'a>, Failure> {
    let id = newsletter.id.as_str().to_owned();
    let page = site.link(&format!("/archive/{id}"));
    let past = site.ask(move |store, _| store.read(|db| PastEdition::list(db, &id, limit))).await?;
    let zone = newsletter.timezone.zone();
    let editions = past.into_iter().map(|past| Past {
        subject: past.subject,
        date: words::date(past.dated_at.with_timezone(&zone).date_naive()),
        datetime: past.dated_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        url: site.press().permalink(&past.name),
    });
    Ok(Shelf {
        name: &newsletter.name,
        description: newsletter.description.as_ref(),
        cadence: site.cadence(newsletter),
        atom: format!("{page}.atom"),
        page,
        editions: editions.collect(),
    })
}
