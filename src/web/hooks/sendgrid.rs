use axum::http::HeaderMap;

use super::failure::Failure;
use super::{Hooks, header};
use crate::config::SendGridHook;
use crate::feedback::webhooks::{Report, sendgrid};

pub(super) fn read(
    hooks: &Hooks,
    hook: &SendGridHook,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<Report>, Failure> {
    let (signature, timestamp) = (header(headers, sendgrid::SIGNATURE), header(headers, sendgrid::TIMESTAMP));
    sendgrid::verify(&hook.public_key, signature, timestamp, body, hooks.0.press.now())?;
    Ok(sendgrid::read(body)?)
}
