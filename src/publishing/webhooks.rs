use anyhow::{Context, Result};

use super::Press;
use crate::store::{WebhookCall, WebhookStanding};
use crate::webhooks::Teller;

impl Press {
    /// One for each configured webhook. What is known of others is forgotten, with what waited for them.
    pub fn tellers(&self) -> Result<Vec<Teller>> {
        let webhooks = &self.config().webhooks;
        let ids: Vec<&str> = webhooks.iter().map(|webhook| webhook.id.as_str()).collect();
        let forgotten = self.store().write(|db| WebhookStanding::keep_only(db, &ids))?;
        if forgotten > 0 {
            tracing::info!(forgotten, "webhooks that are configured no more are forgotten");
        }
        ids.into_iter().map(|id| self.teller(id)?.context("it was there just now")).collect()
    }

    /// `None` where no webhook has this id.
    pub fn teller(&self, id: &str) -> Result<Option<Teller>> {
        let website = self.config().publisher.website.as_str();
        let webhook = self.config().webhook(id);
        webhook.map(|webhook| Teller::new(webhook, website, self.store(), self.0.clock)).transpose()
    }

    /// Has all that was given up tried again. How many calls there are; an error where the webhook is switched off.
    pub fn take_up_again(&self, id: &str) -> Result<usize> {
        let now = self.now();
        self.store().write(|db| {
            let standing = WebhookStanding::find(db, id)?;
            anyhow::ensure!(
                standing.is_none_or(|standing| standing.switched_off_at.is_none()),
                "{id} answered 410 Gone and is switched off; give it another url, or take it out of the configuration"
            );
            WebhookCall::take_up_again(db, id, now)
        })
    }
}
