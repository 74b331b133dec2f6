use axum::extract::{Path, State};
use axum::response::Response;
use chrono::Datelike;
use serde::Serialize;

use super::{Past, feed, public_newsletter, public_newsletters};
use crate::catalogue::Catalogue;
use crate::config::Newsletter;
use crate::store::PastEdition;
use crate::templates::Sample;
use crate::templates::page;
use crate::web::failure::Failure;
use crate::web::frame::Frame;
use crate::web::site::Site;
use crate::web::speaker::Speaker;

/// Editions of each newsletter on the page of all: a quarter of a weekly.
const LATEST: usize = 13;
/// Editions on a newsletter's own page: twenty years of a weekly.
const LISTED: usize = 1040;
/// A longer list stands by years.
const BY_YEARS: usize = 26;

page! {
    #[derive(askama::Template)]
    "pages/archive.html" => struct Archive {
        frame: Frame,
        /// Where questions go; empty where there is nothing to search yet.
        search: String,
        question: String,
        shelves: Vec<Shelf>,
        /// The page of all newsletters; empty on that page itself.
        all: String,
    }
}

/// What has gone out of one newsletter.
#[derive(Debug, Serialize)]
struct Shelf {
    name: String,
    language: String,
    cadence: String,
    atom: String,
    feed_of: String,
    /// Its own page, where that shows more.
    page: String,
    all_of: String,
    is_empty: bool,
    years: Vec<Year>,
}

#[derive(Debug, Serialize)]
struct Year {
    /// Empty where the list is short.
    title: String,
    editions: Vec<Past>,
}

/// The latest editions of every newsletter, newest first.
pub(super) async fn show(site: &Site, words: &Catalogue) -> Result<Response, Failure> {
    let mut shelves = Vec::new();
    for newsletter in public_newsletters(site) {
        shelves.push(shelf(site, words, newsletter, LATEST).await?);
    }
    let title = words.say("past-editions");
    let about = words.tell("archive-description", &[("publisher", site.publisher().name.as_str().into())]);
    Ok(site.public_page(words, &archive(site, words, (title, about), shelves, String::new())))
}

/// `/archive/NEWSLETTER`, a page, or `/archive/NEWSLETTER.atom`, a feed.
pub(in crate::web) async fn show_newsletter(
    State(site): State<Site>,
    Speaker(words): Speaker,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    if let Some(id) = name.strip_suffix(".atom") {
        return feed::show(&site, public_newsletter(&site, id)?).await;
    }
    let newsletter = public_newsletter(&site, &name)?;
    let shelves = vec![shelf(&site, &words, newsletter, LISTED).await?];
    let title = words.tell("archive-of", &[("newsletter", newsletter.name.as_str().into())]);
    let about = newsletter.description.as_ref().map_or_else(|| title.clone(), ToString::to_string);
    Ok(site.public_page(&words, &archive(&site, &words, (title, about), shelves, site.link("/archive"))))
}

fn archive(
    site: &Site,
    words: &Catalogue,
    (title, about): (String, String),
    shelves: Vec<Shelf>,
    all: String,
) -> Archive {
    let has_some = shelves.iter().any(|shelf| !shelf.is_empty);
    let search = if has_some { site.link("/archive") } else { String::new() };
    Archive { frame: Frame::new(site, words, title).described(about), search, question: String::new(), shelves, all }
}

async fn shelf(site: &Site, words: &Catalogue, newsletter: &Newsletter, limit: usize) -> Result<Shelf, Failure> {
    let id = newsletter.id.as_str().to_owned();
    let page = site.link(&format!("/archive/{id}"));
    // One more tells whether there are more.
    let mut past = site.ask(move |store, _| store.read(|db| PastEdition::list(db, &id, limit + 1))).await?;
    let has_more = past.len() > limit;
    past.truncate(limit);
    let name = || [("newsletter", newsletter.name.as_str().into())];
    Ok(Shelf {
        name: newsletter.name.to_string(),
        language: site.language_of(newsletter).as_str().to_owned(),
        cadence: site.cadence(words, newsletter),
        atom: format!("{page}.atom"),
        feed_of: words.tell("archive-feed-of", &name()),
        page: if has_more { page } else { String::new() },
        all_of: words.tell("archive-all-of", &name()),
        is_empty: past.is_empty(),
        years: years(site, words, newsletter, &past),
    })
}

fn years(site: &Site, words: &Catalogue, newsletter: &Newsletter, past: &[PastEdition]) -> Vec<Year> {
    let zone = newsletter.timezone.zone();
    let year = |past: &PastEdition| past.dated_at.with_timezone(&zone).year();
    let is_long = past.len() > BY_YEARS;
    past.chunk_by(|one, next| !is_long || year(one) == year(next))
        .map(|editions| Year {
            title: if is_long { year(&editions[0]).to_string() } else { String::new() },
            editions: editions.iter().map(|past| Past::new(site, words, newsletter, past)).collect(),
        })
        .collect()
}

pub(super) fn samples(words: &Catalogue) -> Vec<Sample> {
    let url = |path: &str| format!("https://brief.example/archive{path}");
    let shelf = |years: Vec<Year>, page: String| Shelf {
        name: "The <Weekly> Brief".to_owned(),
        language: "en".to_owned(),
        cadence: "Every Friday at 08:00.".to_owned(),
        atom: url("/weekly-brief.atom"),
        feed_of: "Feed of The <Weekly> Brief".to_owned(),
        page,
        all_of: "All editions of The <Weekly> Brief".to_owned(),
        is_empty: years.is_empty(),
        years,
    };
    let year = |title: &str| Year { title: title.to_owned(), editions: vec![Past::sample(2), Past::sample(1)] };
    let full = Archive {
        frame: Frame::sample(words, false),
        search: url(""),
        question: String::new(),
        shelves: vec![shelf(vec![year("2026"), year("2025")], url("/weekly-brief")), shelf(Vec::new(), String::new())],
        all: url(""),
    };
    let bare = Archive {
        frame: Frame::sample(words, false),
        search: String::new(),
        question: String::new(),
        shelves: vec![shelf(vec![year("")], String::new())],
        all: String::new(),
    };
    vec![Sample::of(&full), Sample::of(&bare)]
}
