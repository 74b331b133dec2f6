//! `/metrics`: numbers for Prometheus, in the text form of OpenMetrics. docs/metrics.md tells what each means.
//!
//! A scrape reads counts and small tables, and what the process counted in memory: never deliveries, attempts or clicks,
//! so it costs the same however much was sent. It names newsletters, feeds, relays and mail providers, and nobody.

mod exposition;
mod machine;
mod page;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::client::{Peer, client_address};
use super::failure::Failure;
use super::site::Site;
use crate::config::MetricsAccess;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn show(State(site): State<Site>, request: Request) -> Result<Response, Failure> {
    let web = &site.press().config().web;
    let client = client_address(web, request.extensions().get::<Peer>(), request.headers());
    match web.may_read_metrics(client, bearer(request.headers())) {
        MetricsAccess::Granted => {}
        MetricsAccess::NeedsToken => {
            return Ok((StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response());
        }
        // No page for who must not know that there is one.
        MetricsAccess::Refused => return Err(Failure::NoSuchPage),
    }
    let text = site.ask(|_, press| exposition::exposition(press)).await?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
