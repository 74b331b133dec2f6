//! What the made-up publisher serves: a feed per platform, each in another format, story pages and pictures.
//!
//! Owns: the paths below `/harmattan`, `/beatline`, `/north-star`, `/outlets`, `/events` and `/images`, and conditional
//! GET on the feeds (RFC 9110 §13). Leaves out: what the stories say ([`super::stories`]) and how pictures are drawn
//! ([`super::pictures`]). A path that names nothing is a 404; there is nothing else to fail.

mod formats;
mod pages;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, NaiveDateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::page::missing;
use super::pictures::{self, Size};
use super::stories::{Newsroom, Platform, Story};

/// The publisher and where it is served.
#[derive(Debug)]
struct Site {
    press: Arc<Newsroom>,
    /// Scheme and host, no closing slash.
    base: String,
}

/// Feeds, story pages and pictures; every link in the feeds begins with `base` (scheme and host, no closing slash).
pub fn router(press: Arc<Newsroom>, base: &str) -> Router {
    let router = Router::new()
        .route("/harmattan/feed", get(async |site, headers| feed(site, "harmattan", headers)))
        .route("/beatline/atom.xml", get(async |site, headers| feed(site, "beatline", headers)))
        .route("/north-star/feed.json", get(async |site, headers| feed(site, "north-star", headers)))
        .route("/outlets/{id}", get(outlet))
        .route("/events", get(async |State(site): State<Arc<Site>>| pages::events(&site.press)))
        .route("/images/{platform}/{file}", get(async |site, path| picture(site, path, Size::Lead).await))
        .route("/images/small/{platform}/{file}", get(async |site, path| picture(site, path, Size::Thumbnail).await));
    // Each platform by name, so that no other path is taken from whoever shares the server.
    let router = press.platforms.iter().fold(router, |router, Platform { id, .. }| {
        let (of_front, of_story) = (id.clone(), id.clone());
        router
            .route(&format!("/{id}"), get(async move |site| front(site, &of_front)))
            .route(&format!("/{id}/{{slug}}"), get(async move |site, slug| story(site, &of_story, slug)))
    });
    router.with_state(Arc::new(Site { press, base: base.trim_end_matches('/').to_owned() }))
}

impl Site {
    fn story_url(&self, platform: &Platform, slug: &str) -> String {
        format!("{}/{}/{slug}", self.base, platform.id)
    }

    fn picture_url(&self, platform: &Platform, story: &Story, size: Size) -> String {
        format!("{}{}", self.base, picture_path(platform, story, size))
    }
}

/// For our own pages, which may be reached under another name than `base`.
fn picture_path(platform: &Platform, story: &Story, size: Size) -> String {
    let folder = match size {
        Size::Lead => "images",
        Size::Thumbnail => "images/small",
    };
    format!("/{folder}/{}/{}.png", platform.id, story.slug)
}

fn feed(State(site): State<Arc<Site>>, id: &str, headers: HeaderMap) -> Response {
    let Some(platform) = site.press.platform(id) else {
        return missing("no such feed");
    };
    let (kind, rendered) = match id {
        "beatline" => ("application/atom+xml; charset=utf-8", formats::atom(&site, platform)),
        "north-star" => ("application/feed+json; charset=utf-8", formats::json(&site, platform)),
        _ => ("application/rss+xml; charset=utf-8", formats::rss(&site, platform)),
    };
    let body = match rendered {
        Ok(body) => body,
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
    };
    let tag = format!("\"{}\"", &HEXLOWER.encode(&Sha256::digest(&body))[..16]);
    let changed_at = platform.updated_at();
    let modified = changed_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let validators = [(header::ETAG, tag.clone()), (header::LAST_MODIFIED, modified)];
    if is_unchanged(&headers, &tag, changed_at) {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    (validators, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

async fn outlet(State(site): State<Arc<Site>>, Path(id): Path<String>) -> Response {
    let Some(outlet) = site.press.outlets.iter().find(|outlet| outlet.id == id) else {
        return missing("no such feed");
    };
    match formats::headlines(&site, outlet) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
    }
}

/// Whether the client's copy still stands; If-None-Match outranks If-Modified-Since (RFC 9110 §13.2.2).
fn is_unchanged(headers: &HeaderMap, tag: &str, changed_at: DateTime<Utc>) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(tags) = text(header::IF_NONE_MATCH) {
        return tags.split(',').map(|t| t.trim().trim_start_matches("W/")).any(|t| t == tag || t == "*");
    }
    text(header::IF_MODIFIED_SINCE)
        .and_then(|date| NaiveDateTime::parse_from_str(date, "%a, %d %b %Y %H:%M:%S GMT").ok())
        .is_some_and(|date| changed_at <= date.and_utc())
}

fn front(State(site): State<Arc<Site>>, id: &str) -> Response {
    match site.press.platform(id) {
        Some(platform) => pages::front(&site.press, platform),
        None => missing("There is no page of this name."),
    }
}

fn story(State(site): State<Arc<Site>>, id: &str, Path(slug): Path<String>) -> Response {
    match site.press.platform(id).and_then(|platform| Some((platform, platform.story(&slug)?))) {
        Some((platform, story)) => pages::story(&site.press, platform, story),
        None => missing("There is no story of this name."),
    }
}

async fn picture(State(site): State<Arc<Site>>, Path((id, file)): Path<(String, String)>, size: Size) -> Response {
    let slug = file.strip_suffix(".png").unwrap_or_default();
    let Some(story) = site.press.platform(&id).and_then(|platform| platform.story(slug)) else {
        return missing("There is no picture of this name.");
    };
    let (motif, slug) = (story.picture.motif, story.slug.clone());
    match tokio::task::spawn_blocking(move || pictures::png(motif, &id, &slug, size)).await {
        Ok(png) => ([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "public, max-age=3600")], png)
            .into_response(),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("The picture was not drawn: {error}.\n")).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_copy_stands_by_tag_or_by_date_and_the_tag_decides() {
        let changed_at = "2026-03-06T07:00:00Z".parse().unwrap();
        let unchanged = |headers: &HeaderMap| is_unchanged(headers, "\"a1\"", changed_at);
        assert!(unchanged(&asked(header::IF_NONE_MATCH, "\"zz\", W/\"a1\"")));
        assert!(!unchanged(&asked(header::IF_NONE_MATCH, "\"zz\"")));
        assert!(unchanged(&asked(header::IF_MODIFIED_SINCE, "Fri, 06 Mar 2026 07:00:00 GMT")));
        assert!(!unchanged(&asked(header::IF_MODIFIED_SINCE, "Fri, 06 Mar 2026 06:59:59 GMT")));
        assert!(!unchanged(&asked(header::IF_MODIFIED_SINCE, "last week")));
        let mut both = asked(header::IF_MODIFIED_SINCE, "Fri, 06 Mar 2026 07:00:00 GMT");
        both.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"zz\""));
        assert!(!unchanged(&both));
        assert!(!unchanged(&HeaderMap::new()));
    }
}
