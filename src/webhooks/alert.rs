use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::payload::enveloped;
use crate::store::{Alert, Db, WebhookCall};

/// What befell an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertEvent {
    Raised,
    Cleared,
}

impl AlertEvent {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "alert.raised",
            Self::Cleared => "alert.cleared",
        }
    }
}

/// Has the webhook called that is told of alerts, whatever events it asks for.
pub fn queue_alert(db: &Db, webhook: &str, event: AlertEvent, alert: &Alert, now: DateTime<Utc>) -> Result<()> {
    let data = json!({
        "kind": alert.kind, "subject": alert.subject, "severity": alert.severity, "title": alert.title,
        "what": alert.what, "todo": alert.todo, "raised_at": alert.raised_at, "cleared_at": alert.cleared_at,
    });
    WebhookCall::queue(db, webhook, event.as_str(), &enveloped(event.as_str(), now, data)?, None, now)
}
