//! What a call says, as JSON. docs/webhooks-out.md tells receivers of it: fields are added, and none is ever taken away.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::config::{Webhook, WebhookEvent};
use crate::store::{DeliveryCounts, Happening, News, SentEdition, SubscriberId, ToldReader};

/// The type of a call that only shows whether calls arrive.
pub(super) const PING: &str = "ping";

/// In the order of the specification.
#[derive(Serialize)]
struct Envelope<'a> {
    r#type: &'a str,
    timestamp: DateTime<Utc>,
    data: Value,
}

/// What is told to one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Payload {
    pub event: WebhookEvent,
    pub json: String,
    /// The reader it is about.
    pub subscriber: Option<SubscriberId>,
}

/// What a webhook is told of this; `None` where it did not ask for it.
pub(super) fn payload(webhook: &Webhook, news: &News) -> Result<Option<Payload>> {
    let (event, newsletters, data, subscriber) = match &news.what {
        Happening::Subscribed { reader, newsletter, by } => {
            let data = json!({ "subscriber": told(reader), "newsletter": newsletter, "by": by });
            (WebhookEvent::Subscribed, std::slice::from_ref(newsletter), data, Some(reader.id))
        }
        Happening::Left { reader, newsletter, by, edition } => {
            let data = json!({
                "subscriber": told(reader), "newsletter": newsletter, "by": by, "edition": or_null(edition),
            });
            (WebhookEvent::Left, std::slice::from_ref(newsletter), data, Some(reader.id))
        }
        Happening::Bounced { reader, newsletters, class, reason, status, edition } => {
            let data = json!({
                "subscriber": told(reader), "newsletters": newsletters, "class": class, "reason": reason,
                "status": or_null(status), "edition": or_null(edition),
            });
            (WebhookEvent::Bounced, newsletters.as_slice(), data, Some(reader.id))
        }
        Happening::EditionSent(sent) => {
            let newsletter = std::slice::from_ref(&sent.name.newsletter);
            (WebhookEvent::EditionSent, newsletter, edition(sent, news.at), None)
        }
    };
    let is_about = webhook.newsletters.is_empty() || newsletters.iter().any(|id| webhook.is_about(id));
    if !webhook.wants(event) || !is_about {
        return Ok(None);
    }
    Ok(Some(Payload { event, json: enveloped(event.as_str(), news.at, data)?, subscriber }))
}

/// What a test says.
pub(super) fn ping(webhook: &Webhook, now: DateTime<Utc>) -> Result<String> {
    enveloped(PING, now, json!({ "webhook": webhook.id }))
}

pub(super) fn enveloped(kind: &str, timestamp: DateTime<Utc>, data: Value) -> Result<String> {
    Ok(serde_json::to_string(&Envelope { r#type: kind, timestamp, data })?)
}

fn told(reader: &ToldReader) -> Value {
    json!({ "id": reader.id.0, "email": reader.email, "name": reader.name })
}

fn edition(sent: &SentEdition, ended_at: DateTime<Utc>) -> Value {
    let DeliveryCounts { recipients, accepted, failed, skipped, unknown, .. } = sent.counts;
    json!({
        "edition": sent.name.to_string(), "newsletter": sent.name.newsletter, "number": sent.name.number,
        "subject": sent.subject, "state": if sent.is_cancelled { "cancelled" } else { "sent" },
        "started_at": sent.started_at, "finished_at": ended_at,
        "recipients": recipients, "accepted": accepted, "failed": failed, "skipped": skipped, "unknown": unknown,
    })
}

fn or_null(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
