use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::Timezone;
use crate::store::{self, Subscription, SubscriptionState};

/// A page of subscribers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"subscribers": [{
    "id": 7, "email": "ada@example.com", "name": "Ada", "subscriptions": {"weekly-brief": "confirmed"},
    "timezone": "", "language": "", "created_at": "2026-11-23T08:00:00Z"
}], "next": 7}))]
pub(in crate::api) struct Subscribers {
    pub subscribers: Vec<Subscriber>,
    /// The cursor of the next page; null on the last.
    pub next: Option<i64>,
}

/// A reader, and their tie to each newsletter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 7, "email": "ada@example.com", "name": "Ada", "subscriptions": {"weekly-brief": "confirmed"},
    "timezone": "", "language": "", "created_at": "2026-11-23T08:00:00Z"
}))]
pub(in crate::api) struct Subscriber {
    id: i64,
    email: String,
    name: String,
    /// By newsletter.
    subscriptions: BTreeMap<String, State>,
    /// Empty: the newsletter's.
    timezone: String,
    /// Empty: the newsletter's.
    language: String,
    created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SubscriptionState, example = "confirmed")]
pub(in crate::api) enum State {
    Pending,
    Confirmed,
    Ended,
}

impl From<State> for SubscriptionState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Confirmed => Self::Confirmed,
            State::Ended => Self::Ended,
        }
    }
}

impl From<SubscriptionState> for State {
    fn from(state: SubscriptionState) -> Self {
        match state {
            SubscriptionState::Pending => Self::Pending,
            SubscriptionState::Confirmed => Self::Confirmed,
            SubscriptionState::Ended => Self::Ended,
        }
    }
}

impl Subscriber {
    pub fn of(found: &store::Subscriber, ties: &[Subscription]) -> Self {
        Self {
            id: found.id.0,
            email: found.email.as_str().to_owned(),
            name: found.name.clone(),
            subscriptions: ties.iter().map(|tie| (tie.newsletter.clone(), tie.state.into())).collect(),
            timezone: found.timezone.map_or("", Timezone::name).to_owned(),
            language: found.language.clone(),
            created_at: found.created_at,
        }
    }
}
