//! The whole story of one reader, in order.

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::saying::time::utc;
use crate::store::{
    Attempt, Db, PastDelivery, PastFeedback, Subscriber, Subscription, SubscriptionChange, Suppression,
    SuppressionChange,
};

/// What an operator is told who asks about a reader.
#[derive(Clone, Debug)]
pub struct ReaderStory {
    pub subscriber: Subscriber,
    pub subscriptions: Vec<Subscription>,
    /// What befell them, oldest first.
    pub moments: Vec<Moment>,
    /// Why they are never mailed, if they are not.
    pub suppressed: Option<String>,
}

impl ReaderStory {
    pub fn of(db: &Db, subscriber: Subscriber) -> Result<Self> {
        let id = subscriber.id;
        let mut moments: Vec<Moment> = Vec::new();
        moments.extend(SubscriptionChange::of(db, id)?.iter().map(Moment::of_change));
        moments.extend(Attempt::for_subscriber(db, id)?.iter().map(Moment::of_attempt));
        moments.extend(PastDelivery::without_tries(db, id)?.iter().map(Moment::of_delivery));
        moments.extend(PastFeedback::of(db, id)?.iter().map(Moment::of_feedback));
        moments.extend(SuppressionChange::of(db, &subscriber.email)?.iter().map(Moment::of_suppression));
        // Stable: within a second what was tried stands before what came of it.
        moments.sort_by_key(|moment| moment.at);
        let suppressed = Suppression::reason_for(db, &subscriber.email)?;
        Ok(Self { subscriptions: Subscription::of(db, id)?, subscriber, moments, suppressed })
    }
}

/// Something that befell the subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: DateTime<Utc>,
    /// The newsletter or edition it is about.
    pub what: String,
    pub word: String,
    pub told: String,
}

impl Moment {
    fn of_change(change: &SubscriptionChange) -> Self {
        let from = if change.edition.is_empty() { String::new() } else { format!(", from {}", change.edition) };
        Self {
            at: change.changed_at,
            what: change.newsletter.clone(),
            word: change.state.clone(),
            told: format!("by {}{from}", change.changed_by),
        }
    }

    fn of_attempt(attempt: &Attempt) -> Self {
        let mut told = format!("try {}", attempt.number);
        for part in [&attempt.code.to_string(), &attempt.enhanced, &attempt.reply] {
            if !part.is_empty() && part != "0" && !attempt.reply.starts_with(part.as_str()) || part == &attempt.reply {
                told = format!("{told} {part}");
            }
        }
        Self {
            at: attempt.finished_at,
            what: attempt.edition.clone(),
            word: attempt.outcome.clone(),
            told: told.trim_end().to_owned(),
        }
    }

    /// One that is so long ago that nothing else is known of it.
    fn of_delivery(delivery: &PastDelivery) -> Self {
        let tries = if delivery.attempts == 1 { "try" } else { "tries" };
        Self {
            at: delivery.changed_at,
            what: delivery.edition.clone(),
            word: delivery.state.clone(),
            told: format!("after {} {tries}, of which no more is kept", delivery.attempts),
        }
    }

    fn of_feedback(feedback: &PastFeedback) -> Self {
        let PastFeedback { class, reason, status, source, diagnostic, .. } = feedback;
        let status = if status.is_empty() { String::new() } else { format!(" {status}") };
        // What it did to the subscription or the address stands in the story by itself.
        let said = if diagnostic.is_empty() { String::new() } else { format!(": {diagnostic}") };
        Self {
            at: feedback.received_at,
            what: feedback.edition.clone(),
            word: class.clone(),
            told: format!("{reason}{status}, by {source}{said}"),
        }
    }

    fn of_suppression(change: &SuppressionChange) -> Self {
        let word = if change.change == "added" { "suppressed" } else { "let be mailed again" };
        Self { at: change.changed_at, what: change.who.clone(), word: word.to_owned(), told: change.reason.clone() }
    }
}

/// How a subscription came, and how it went.
pub fn history(tie: &Subscription) -> String {
    let mut told = format!("by {} on {}", tie.source, utc(tie.created_at));
    if let Some(at) = tie.confirmed_at {
        told = format!("{told}, confirmed {}", utc(at));
    }
    if let Some(at) = tie.ended_at {
        told = format!("{told}, ended {} by {}", utc(at), tie.ended_by);
    }
    told
}
