use serde::Deserialize;

use super::problem::{Problem, Step};
use super::{Percent, Period, Webhook, WebhookId};
use crate::address::EmailAddress;

/// `[alerts]`: whom griot tells that something is wrong, and from when on it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// Who gets a letter; nobody, if empty.
    pub to: Vec<EmailAddress>,
    /// The `[[webhook]]` that is called. Invariant once it is checked: it is configured.
    pub webhook: Option<WebhookId>,
    /// An edition is late that does not go out for so long after its time.
    pub late: Period,
    /// A feed is dead that failed for so long.
    pub feed: Period,
    /// This share of complaints of what was delivered lately is too much; none is, if zero.
    pub complaints: Percent,
    /// Less of the disk free than this is too little; nothing is, if zero.
    pub disk: Percent,
    /// A certificate is near its end that ends within this time.
    pub certificate: Period,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            webhook: None,
            late: Period::from_minutes(15),
            feed: Period::from_hours(24),
            complaints: Percent::from_thousandths(1),
            disk: Percent::from_thousandths(100),
            certificate: Period::from_hours(14 * 24),
        }
    }
}

impl Alerts {
    pub(super) fn check(&self, webhooks: &[Webhook]) -> Result<(), Problem> {
        let Some(wanted) = &self.webhook else { return Ok(()) };
        if webhooks.iter().any(|webhook| webhook.id == *wanted) {
            return Ok(());
        }
        let known: Vec<&str> = webhooks.iter().map(|webhook| webhook.id.as_str()).collect();
        let advice = match known.as_slice() {
            [] => "add a [[webhook]] with this id, or take the key out".to_owned(),
            _ => format!("the webhooks are: {}", known.join(", ")),
        };
        Err(Problem::new(format!("there is no webhook `{wanted}`"), advice)
            .at([Step::Key("alerts"), Step::Key("webhook")]))
    }
}
