use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::failure::Failure;
use crate::config::PostmarkHook;
use crate::feedback::webhooks::{Report, postmark};

/// Whether Postmark sent it; nothing of the body is needed for it.
pub(super) fn check(hook: &PostmarkHook, headers: &HeaderMap) -> Result<(), Failure> {
    let bytes = |name: &str| headers.get(name).map(|value| value.as_bytes()).unwrap_or_default();
    let secret = hook.header.as_ref().map(|header| bytes(&header.name)).unwrap_or_default();
    Ok(postmark::verify(hook, bytes(AUTHORIZATION.as_str()), secret)?)
}

pub(super) fn read(body: &[u8]) -> Result<Vec<Report>, Failure> {
    Ok(postmark::read(body)?)
}
