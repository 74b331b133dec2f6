use anyhow::Result;
use serde_json::{Value, json};

use crate::config::Timezone;
use crate::store::{
    AddressChange, Attempt, Consent, Db, PastClick, PastDelivery, PastFeedback, PermissionAsk, SentLetter, Subscriber,
    Subscription, SubscriptionChange, Suppression, SuppressionChange, ToldCall,
};

/// Everything that is kept of one person, for them (GDPR art. 15 and 20) and for the operator who answers them.
pub fn personal_data(db: &Db, subscriber: &Subscriber) -> Result<Value> {
    let id = subscriber.id;
    Ok(json!({
        "email": subscriber.email,
        "name": subscriber.name,
        "created_at": subscriber.created_at,
        "timezone": subscriber.timezone.map_or("", Timezone::name),
        "language": subscriber.language,
        "suppressed": Suppression::reason_for(db, &subscriber.email)?,
        "subscriptions": Subscription::of(db, id)?,
        "changes": SubscriptionChange::of(db, id)?,
        "consents": Consent::of(db, id)?,
        "asked": PermissionAsk::of(db, id)?,
        "deliveries": PastDelivery::latest(db, id, usize::MAX >> 1)?,
        "attempts": Attempt::for_subscriber(db, id)?,
        "letters": SentLetter::of(db, id)?,
        "address_change": AddressChange::of(db, id)?.map(|change| change.email),
        "clicks": PastClick::of(db, id)?,
        "feedback": PastFeedback::of(db, id)?,
        "suppressions": SuppressionChange::of(db, &subscriber.email)?,
        "webhooks": ToldCall::of(db, id)?,
    }))
}
