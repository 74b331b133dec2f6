use axum::http::HeaderMap;

use super::failure::Failure;
use super::{Hooks, header};
use crate::config::GenericHook;
use crate::feedback::Own;
use crate::feedback::webhooks::{Report, generic};

pub(super) fn read(
    hooks: &Hooks,
    hook: &GenericHook,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<Report>, Failure> {
    let (signature, timestamp) = (header(headers, generic::SIGNATURE), header(headers, generic::TIMESTAMP));
    generic::verify(&hook.secret, signature, timestamp, body, hooks.0.press.now())?;
    Ok(vec![generic::read(body, &Own { keys: Some(&hooks.keys()) })?])
}
