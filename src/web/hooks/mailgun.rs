use super::Hooks;
use super::failure::Failure;
use crate::config::MailgunHook;
use crate::feedback::Own;
use crate::feedback::webhooks::{Report, mailgun};

pub(super) fn read(hooks: &Hooks, hook: &MailgunHook, body: &[u8]) -> Result<Vec<Report>, Failure> {
    Ok(mailgun::read(&hook.signing_key, body, hooks.0.press.now(), &Own { keys: Some(&hooks.keys()) })?)
}
