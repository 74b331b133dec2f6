use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use super::caller::{Answer, Caller, Message};
use super::payload::{self, payload};
use super::retry::{next_try, wait_until};
use crate::config::Webhook;
use crate::delivery::Clock;
use crate::store::{Db, Store, WebhookCall, WebhookStanding};

/// Rows of each journal that are read at once.
const BATCH: u32 = 500;
/// When a call is made again whose process ended with it: more than a call may take.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(1);
const GONE: &str = "it answered 410 Gone";

/// Tells one webhook what happens. Its calls are made one at a time, in the order they fall due.
#[derive(Clone, Debug)]
pub struct Teller {
    webhook: Webhook,
    caller: Caller,
    store: Store,
    clock: Clock,
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub is_taken: bool,
    /// A part of a sentence: `it answered 204 No Content`.
    pub told: String,
    /// The beginning of the answer's text; may be empty.
    pub said: String,
}

impl Teller {
    /// Names `website` to the server. Fails before the process has a rustls crypto provider.
    pub fn new(webhook: &Webhook, website: &str, store: &Store, clock: Clock) -> Result<Self> {
        let caller = Caller::new(webhook, website)?;
        Ok(Self { webhook: webhook.clone(), caller, store: store.clone(), clock })
    }

    pub fn id(&self) -> &str {
        self.webhook.id.as_str()
    }

    /// Writes down what is new, and makes the call that is due first. Whether there may be more to do at once.
    pub async fn tell(&self) -> Result<bool> {
        let more = self.gather().await?;
        Ok(self.make_call().await? || more)
    }

    /// Makes calls of what is new in the journals, and moves on in them, in one transaction. Whether there may be more.
    pub async fn gather(&self) -> Result<bool> {
        let (webhook, now) = (self.webhook.clone(), (self.clock)());
        self.store.blocking(move |store| gather(store, &webhook, now)).await
    }

    /// Makes the call that is due first. `false` where none is.
    async fn make_call(&self) -> Result<bool> {
        let (id, now) = (self.webhook.id.clone(), (self.clock)());
        let claimed = self.store.blocking(move |store| {
            if !store.read(|db| WebhookCall::is_due(db, id.as_str(), now))? {
                return Ok(None);
            }
            store.write(|db| WebhookCall::claim(db, id.as_str(), now, now + CLAIMED_FOR))
        });
        let Some(call) = claimed.await? else { return Ok(false) };
        let message = Message { id: &call.message_id, body: &call.payload };
        let answer = self.caller.call(message, (self.clock)()).await?;
        self.settle(call, answer).await?;
        Ok(true)
    }

    async fn settle(&self, call: WebhookCall, answer: Answer) -> Result<()> {
        let (webhook, now) = (self.webhook.clone(), (self.clock)());
        self.store.blocking(move |store| store.write(|db| settle(db, &webhook, &call, &answer, now))).await
    }

    /// Makes a call that says nothing but that calls arrive. It is not written down, and never made again.
    pub async fn try_out(&self) -> Result<Tried> {
        let now = (self.clock)();
        let (id, body) = (WebhookCall::new_message_id()?, payload::ping(&self.webhook, now)?);
        let (answer, said) = self.caller.call_aloud(Message { id: &id, body: &body }, now).await?;
        let (is_taken, told) = match answer {
            Answer::Taken(status) => (true, format!("it answered {status}")),
            Answer::Gone => (false, GONE.to_owned()),
            Answer::Failed { reason, .. } => (false, reason),
        };
        info!(webhook = self.id(), host = self.webhook.host(), is_taken, told, "a webhook was tried out");
        Ok(Tried { is_taken, told, said })
    }
}

fn gather(store: &Store, webhook: &Webhook, now: DateTime<Utc>) -> Result<bool> {
    let (id, url) = (webhook.id.as_str(), webhook.url.as_str());
    let nothing_to_do = store.read(|db| match WebhookStanding::find(db, id)? {
        Some(standing) if standing.is_at(url) => {
            Ok(standing.switched_off_at.is_some() || standing.told.is_present(db)?)
        }
        _ => Ok(false),
    })?;
    if nothing_to_do {
        return Ok(false);
    }
    store.write(|db| {
        let standing = WebhookStanding::begin(db, id, url)?;
        let (news, told) = standing.told.news(db, BATCH)?;
        for one in &news {
            if let Some(payload) = payload(webhook, one)? {
                WebhookCall::queue(db, id, payload.event.as_str(), &payload.json, payload.subscriber, now)?;
            }
        }
        standing.move_to(db, told)?;
        Ok(told != standing.told)
    })
}

/// What an answer changes. The line in the log names no reader, and of the URL only the host.
fn settle(db: &Db, webhook: &Webhook, call: &WebhookCall, answer: &Answer, now: DateTime<Utc>) -> Result<()> {
    let (id, host) = (webhook.id.as_str(), webhook.host());
    let WebhookCall { event, attempts, .. } = call;
    match answer {
        Answer::Taken(_) => {
            WebhookCall::mark_done(db, call.id, now)?;
            WebhookStanding::succeeded(db, id, now)?;
            info!(webhook = id, event, attempts, "a webhook was told");
        }
        Answer::Gone => {
            WebhookCall::give_up_all(db, id, GONE, now)?;
            WebhookStanding::failed(db, id, GONE, None, now)?;
            WebhookStanding::switch_off(db, id, now)?;
            warn!(
                webhook = id,
                host, event, "a webhook answered 410 Gone and is switched off until its url is another"
            );
        }
        Answer::Failed { reason, after } => {
            let again_at = next_try(*attempts, call.id.unsigned_abs(), *after, now);
            WebhookCall::mark_failed(db, call.id, reason, again_at, now)?;
            WebhookStanding::failed(db, id, reason, wait_until(*after, now), now)?;
            let is_final = again_at.is_none();
            warn!(webhook = id, host, event, attempts, problem = reason, is_final, "a webhook could not be told");
        }
    }
    Ok(())
}
