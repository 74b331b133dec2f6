//! What readers chose of a subscription besides to have it: platforms they do without, a pause, and whether their
//! opening is counted. Changes none of its states.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::subscription::record_change;
use super::{Db, NewsletterNumber, SubscriberId, Subscription, time};

impl Subscription {
    /// Takes the platforms the reader does without, by their ids; none of them brings all back. Of an id that the
    /// newsletter does not carry nothing comes. `false` where there is no such subscription, or nothing changes.
    pub fn choose_platforms<'a>(
        db: &Db,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        without: impl IntoIterator<Item = &'a str>,
    ) -> Result<bool> {
        let mut without: Vec<&str> = without.into_iter().filter(|id| !id.is_empty() && !id.contains(',')).collect();
        without.sort_unstable();
        without.dedup();
        let changed = db
            .prepare_cached(
                "UPDATE subscriptions SET without = ?3
                 WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND without <> ?3",
            )?
            .execute((newsletter, subscriber.0, without.join(",")))
            .with_context(|| format!("choosing platforms for {subscriber}"))?;
        Ok(changed == 1)
    }

    /// Lets no edition come before `until`, or with `None` lets them come again. `false` where there is no subscription
    /// that lasts, or nothing changes.
    pub fn pause(
        db: &Db,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        until: Option<DateTime<Utc>>,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let changed = db
            .prepare_cached(
                "UPDATE subscriptions SET paused_until = ?3
                 WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND state <> 'ended' AND paused_until IS DISTINCT FROM ?3",
            )?
            .execute((newsletter, subscriber.0, time::maybe_seconds(until)))
            .with_context(|| format!("pausing the subscription of {subscriber}"))?;
        if changed == 1 {
            let what = if until.is_some() { "paused" } else { "resumed" };
            record_change(db, newsletter, subscriber, what, by, now)?;
        }
        Ok(changed == 1)
    }

    /// Whether the reader lets their opening be counted. The first time they agreed stays on record. `false` where there
    /// is no subscription that lasts, or nothing changes.
    pub fn agree_to_opens(
        db: &Db,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        agrees: bool,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let changed = db
            .prepare_cached(
                "UPDATE subscriptions SET opens_agreed_at = ?3
                 WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND state <> 'ended'
                   AND (opens_agreed_at IS NULL) = (CAST(?3 AS BIGINT) IS NOT NULL)",
            )?
            .execute((newsletter, subscriber.0, agrees.then(|| time::seconds(now))))
            .with_context(|| format!("whether the opening of {subscriber} is counted"))?;
        if changed == 1 {
            let what = if agrees { "opens agreed to" } else { "opens refused" };
            record_change(db, newsletter, subscriber, what, by, now)?;
        }
        Ok(changed == 1)
    }
}

/// The ids in a column `without`.
pub(super) fn platforms(without: &str) -> Vec<String> {
    without.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::address::EmailAddress;
    use crate::store::{EndedBy, Subscriber, SubscriptionChange, SubscriptionState, newsletter_number};

    #[test]
    fn choices_are_kept_and_only_what_changes_is_on_record() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let until = now + TimeDelta::days(14);
        store
            .write(|db| {
                let brief = newsletter_number(db, "weekly-brief")?;
                let ada = Subscriber::find_or_add(db, &EmailAddress::parse("ada@example.org")?, "Ada", now)?.id;
                assert!(!Subscription::choose_platforms(db, brief, ada, ["beatline"])?);
                Subscription::begin(db, brief, ada, SubscriptionState::Confirmed, "import", now)?;
                assert!(Subscription::choose_platforms(db, brief, ada, ["b", "a", "", "b", "x,y"])?);
                assert!(!Subscription::choose_platforms(db, brief, ada, ["a", "b"])?);
                assert!(Subscription::pause(db, brief, ada, Some(until), "page", now)?);
                assert!(!Subscription::pause(db, brief, ada, Some(until), "page", now)?);
                assert!(Subscription::agree_to_opens(db, brief, ada, true, "page", now)?);
                assert!(!Subscription::agree_to_opens(db, brief, ada, true, "page", until)?);
                let chosen = Subscription::find(db, brief, ada)?.unwrap();
                assert_eq!((chosen.paused_until, chosen.opens_agreed_at), (Some(until), Some(now)));
                assert_eq!(
                    (chosen.without, chosen.state),
                    (vec!["a".into(), "b".into()], SubscriptionState::Confirmed)
                );
                assert!(Subscription::pause(db, brief, ada, None, "page", now)?);
                assert!(Subscription::agree_to_opens(db, brief, ada, false, "page", now)?);
                assert!(Subscription::agree_to_opens(db, brief, ada, true, "page", now)?);
                assert!(Subscription::end(db, brief, ada, EndedBy::Page, None, now)?);
                assert!(!Subscription::pause(db, brief, ada, Some(until), "page", now)?);
                let told: Vec<String> = SubscriptionChange::of(db, ada)?.into_iter().map(|c| c.state).collect();
                let opens = ["opens agreed to", "resumed", "opens refused", "opens agreed to"];
                assert_eq!(told, [&["confirmed", "paused"][..], &opens, &["ended"]].concat());
                // Who comes back agrees anew.
                Subscription::begin(db, brief, ada, SubscriptionState::Confirmed, "form", now)?;
                let again = Subscription::find(db, brief, ada)?.unwrap();
                assert_eq!((again.paused_until, again.opens_agreed_at, again.without.len()), (None, None, 2));
                Ok(())
            })
            .unwrap();
    }
}
