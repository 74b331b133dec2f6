use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::answer::is_known;
use super::failure::Failure;
use super::site::Site;
use super::speaker::Speaker;

/// For a request to arrive whole and be answered.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
pub(super) const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

pub(super) const HSTS: &str = "max-age=31536000";

/// Stands around every page: a time limit, a page for what failed, the headers of rule W, a line in the log.
pub(super) async fn protect(State(site): State<Site>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    // The pattern, not the path: a token never reaches the log.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    // Kept for what is answered when the request is gone.
    let asked = request.headers().clone();
    let answered = timeout(ANSWER_WITHIN, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| Failure::TooSlow.into_response());
    if let Some(failure) = Failure::of(&response) {
        let Speaker(words) = Speaker::of(&asked, &site);
        let mut page = failure.page(&site, &words);
        // What stands in the bare answer too, such as Allow.
        page.headers_mut().extend(extras(response.headers()));
        response = page;
    }
    if matches!(method, Method::GET | Method::HEAD) && is_known(&asked, &response) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    set_headers(&site, &route, &mut response);
    tracing::info!(
        %method,
        route = if route.is_empty() { "none" } else { &route },
        status = response.status().as_u16(),
        milliseconds = started.elapsed().as_millis() as u64,
        "answered"
    );
    response
}

/// The page for what failed on a route that stands outside [`protect`].
pub(super) fn page_of(site: &Site, route: &str, asked: &HeaderMap, failure: Failure) -> Response {
    let Speaker(words) = Speaker::of(asked, site);
    let mut page = failure.page(site, &words);
    set_headers(site, route, &mut page);
    page
}

fn extras(headers: &HeaderMap) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    headers.get(axum::http::header::ALLOW).map(|allow| (axum::http::header::ALLOW, allow.clone())).into_iter()
}

fn set_headers(site: &Site, route: &str, response: &mut Response) {
    let status = response.status();
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    // The one page that is made to stand in others'.
    let is_framed = route == "/embed";
    if !is_framed {
        set(X_FRAME_OPTIONS, "DENY");
    }
    set(REFERRER_POLICY, "no-referrer");
    if route.contains("{token}") {
        set(ROBOTS, "noindex, nofollow");
    }
    if site.press().config().web.public_url.is_https() {
        set(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    match status {
        StatusCode::SERVICE_UNAVAILABLE => drop(set(RETRY_AFTER, "120")),
        // Part of a request may still be on its way.
        StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE => drop(set(CONNECTION, "close")),
        _ => {}
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| site.policy(is_framed).clone());
}
