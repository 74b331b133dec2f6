use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    USER_AGENT, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::client::{Peer, client_address};
use super::failure::Failure;
use super::guard::{self, ROBOTS};
use super::site::Site;
use crate::store::{EditionId, LinkId, SubscriberId};
use crate::tally::{Client, Tally, Target, is_machine};

/// A transparent image of one pixel: the smallest one that every mail program shows.
const PIXEL: &[u8; 43] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\
                           \x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
/// By which browsers say that nobody has clicked yet.
const AHEAD: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Clicks and opens; clones share what is counted.
#[derive(Clone)]
struct Counted {
    site: Site,
    tally: Tally,
    /// Of every answer that is no page.
    headers: Arc<HeaderMap>,
}

/// The links that are counted. They stand outside the guard of the pages, which would cost several times what is done
/// here: nothing waits for the store but the first one to follow a link, and there is no form.
pub(super) fn router(site: Site, tally: Tally) -> Router {
    let headers = Arc::new(headers(&site));
    Router::new()
        .route("/r/{token}", get(follow).fallback(only_get))
        .route("/r/{token}/{reader}", get(follow_as).fallback(only_get))
        .route("/o/{token}", get(open).fallback(only_get))
        .with_state(Counted { site, tally, headers })
}

/// A link in a message: counts, and leads on. Nothing else changes here, whoever or whatever follows it (C).
async fn follow(
    State(counted): State<Counted>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // Its body is nobody's, and can't be held while something is waited for.
    let asked = request.into_parts().0;
    let followed = async {
        let Path(token) = path.map_err(|_| Failure::BadLink)?;
        let target = counted.target(&token).await?;
        counted.lead_on(target, None, &asked)
    };
    let answer = followed.await;
    counted.answer("/r/{token}", &asked, answer)
}

/// The same with a reader's token beside it, the same one beside every link of an edition.
async fn follow_as(
    State(counted): State<Counted>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let asked = request.into_parts().0;
    let followed = async {
        let Path((token, reader)) = path.map_err(|_| Failure::BadLink)?;
        let target = counted.target(&token).await?;
        let keys = counted.site.press().keys();
        let reader = keys.open_reader(target.edition.0, &reader).map_err(|_| Failure::BadLink)?;
        counted.lead_on(target, Some(SubscriberId(reader)), &asked)
    };
    let answer = followed.await;
    counted.answer("/r/{token}/{reader}", &asked, answer)
}

/// The image that counts that an edition was opened.
async fn open(State(counted): State<Counted>, path: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let asked = request.into_parts().0;
    let opened = || {
        let Path(token) = path.map_err(|_| Failure::BadLink)?;
        let edition = counted.site.press().keys().open_open(&token).map_err(|_| Failure::BadLink)?;
        if !looks_only(&asked) {
            counted.tally.open(EditionId(edition));
        }
        let mut response = PIXEL.as_slice().into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
        Ok(response)
    };
    let answer = opened();
    counted.answer("/o/{token}", &asked, answer)
}

async fn only_get(State(counted): State<Counted>, request: Request) -> Response {
    let mut response = counted.answer("/r/{token}", &request.into_parts().0, Err(Failure::WrongMethod));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET,HEAD"));
    response
}

impl Counted {
    /// The token is opened before anything else is done (W).
    async fn target(&self, token: &str) -> Result<Arc<Target>, Failure> {
        // One answer for all of them: it tells nobody how near a guess came.
        let link = self.site.press().keys().open_link(token).map_err(|_| Failure::BadLink)?;
        self.tally.target(LinkId(link)).await?.ok_or(Failure::NoSuchPage)
    }

    fn lead_on(
        &self,
        target: Arc<Target>,
        subscriber: Option<SubscriberId>,
        asked: &Parts,
    ) -> Result<Response, Failure> {
        // A URL has no character that a header may not have; this is what makes sure of it.
        let location = HeaderValue::from_str(&target.url).map_err(|_| Failure::NoSuchPage)?;
        let peer = asked.extensions.get::<Peer>();
        let client = Client {
            address: client_address(&self.site.press().config().web, peer, &asked.headers),
            user_agent: user_agent(&asked.headers),
            is_machine: looks_only(asked),
        };
        self.tally.follow(target, subscriber, client);
        let mut response = StatusCode::FOUND.into_response();
        response.headers_mut().insert(LOCATION, location);
        Ok(response)
    }

    fn answer(&self, route: &str, asked: &Parts, answer: Result<Response, Failure>) -> Response {
        let response = match answer {
            Ok(mut response) => {
                let own = self.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
                response.headers_mut().extend(own);
                response
            }
            Err(failure) => guard::page_of(&self.site, route, &asked.headers, failure),
        };
        // There are too many of them for the log of an ordinary day.
        tracing::debug!(method = %asked.method, route, status = response.status().as_u16(), "answered");
        response
    }
}

/// The headers of rule W for what is no page.
fn headers(site: &Site) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(CACHE_CONTROL, "no-store");
    set(REFERRER_POLICY, "no-referrer");
    set(ROBOTS, "noindex, nofollow");
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    if site.press().config().web.public_url.is_https() {
        set(STRICT_TRANSPORT_SECURITY, guard::HSTS);
    }
    headers
}

fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether nobody reads what is asked for here (C).
fn looks_only(asked: &Parts) -> bool {
    asked.method == Method::HEAD
        || is_machine(user_agent(&asked.headers))
        || AHEAD.iter().any(|name| asked.headers.contains_key(*name))
}
