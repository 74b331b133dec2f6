//! What search engines are told: where everything stands (sitemaps.org), and where they need not look (RFC 9309).

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::{feed, public_newsletters};
use crate::store::PastEdition;
use crate::templates::Sample;
use crate::templates::page;
use crate::web::answer::public;
use crate::web::failure::Failure;
use crate::web::site::Site;

/// URLs in a sitemap at most, by its protocol.
const URLS: usize = 50_000;
/// Pages of one reader, or of one link. What a bot opens by such a link is nobody's opening.
const CLOSED: [&str; 8] =
    ["/archive?", "/archive/*/*/", "/confirm", "/health", "/o/", "/preferences", "/r/", "/unsubscribe/"];

page! {
    #[derive(askama::Template)]
    "pages/sitemap.xml" => struct Sitemap {
        places: Vec<Place>,
    }
}

#[derive(Debug, Serialize)]
struct Place {
    url: String,
    /// Empty where it is not known.
    changed: String,
}

/// `/sitemap.xml`: the pages that everybody may read; the newest editions, where there are too many.
pub(in crate::web) async fn sitemap(State(site): State<Site>) -> Result<Response, Failure> {
    let place = |path: &str| Place { url: site.link(path), changed: String::new() };
    let mut places = vec![place("/"), place("/archive")];
    let ids: Vec<String> = public_newsletters(&site).map(|newsletter| newsletter.id.to_string()).collect();
    places.extend(ids.iter().map(|id| place(&format!("/archive/{id}"))));
    let limit = URLS.saturating_sub(places.len());
    let past = site
        .ask(move |store, _| {
            store.read(|db| {
                let mut past = Vec::new();
                for id in &ids {
                    past.extend(PastEdition::list(db, id, limit)?);
                }
                Ok(past)
            })
        })
        .await?;
    let mut past = past;
    past.sort_by_key(|past| std::cmp::Reverse(past.dated_at));
    past.truncate(limit);
    let edition =
        |past: &PastEdition| Place { url: site.press().permalink(&past.name), changed: feed::instant(past.dated_at) };
    places.extend(past.iter().map(edition));
    Ok(public("application/xml; charset=utf-8", site.press().templates().render(&Sitemap { places })))
}

/// `/robots.txt`.
pub(in crate::web) async fn rules(State(site): State<Site>) -> Response {
    // Paths begin at the host, whatever public_url ends with.
    let public_url = site.press().config().web.public_url.as_url();
    let base = public_url.path().trim_end_matches('/');
    let closed: String = CLOSED.iter().map(|path| format!("Disallow: {base}{path}\n")).collect();
    public("text/plain; charset=utf-8", format!("User-agent: *\n{closed}Sitemap: {}\n", site.link("/sitemap.xml")))
}

pub(super) fn sample() -> Sample {
    let place =
        |path: &str, changed: &str| Place { url: format!("https://brief.example{path}"), changed: changed.to_owned() };
    Sample::of(&Sitemap { places: vec![place("/", ""), place("/archive/weekly-brief/1", "2026-11-23T12:00:00Z")] })
}
