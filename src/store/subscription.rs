use std::fmt;
use std::str::FromStr;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::subscription_day::Turn;
use super::{Db, EditionId, NewsletterNumber, SubscriberId, choices, time};

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// Asked for, not confirmed yet: gets nothing but the confirmation.
    Pending,
    Confirmed,
    Ended,
}

impl SubscriptionState {
    const ALL: [Self; 3] = [Self::Pending, Self::Confirmed, Self::Ended];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SubscriptionState {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == word);
        known.ok_or_else(|| format!("{word:?} is not pending, confirmed or ended"))
    }
}

/// How a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// RFC 8058: the mail program's own button.
    OneClick,
    /// The button of the page.
    Page,
    /// A message to the address of List-Unsubscribe.
    Mail,
    /// The reader told their provider that it is spam.
    Complaint,
    CommandLine,
    /// An operator at the desk.
    Desk,
    /// A program, by a token of the API.
    Api,
    /// An old list was asked, and they did not answer in time.
    NeverAnswered,
}

impl EndedBy {
    const ALL: [Self; 7] =
        [Self::OneClick, Self::Page, Self::Mail, Self::Complaint, Self::CommandLine, Self::Desk, Self::Api];

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == word)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneClick => "one-click",
            Self::Page => "page",
            Self::Mail => "mail",
            Self::Complaint => "complaint",
            Self::CommandLine => "command line",
            Self::Desk => "desk",
            Self::Api => "api",
            Self::NeverAnswered => "never answered",
        }
    }
}

/// A subscriber's tie to one newsletter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subscription {
    pub newsletter: String,
    pub state: SubscriptionState,
    /// Where it came from: `import`, `import from Mailchimp`, `command line`, `form`.
    pub source: String,
    pub created_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Empty while it lasts.
    pub ended_by: String,
    /// The edition whose link was used, as `weekly-brief/12`; empty where none was.
    pub ended_edition: String,
    /// No edition that is frozen before then is for them.
    pub paused_until: Option<DateTime<Utc>>,
    /// Ids of the platforms they do without, sorted.
    pub without: Vec<String>,
    /// Since when they let their opening be counted.
    pub opens_agreed_at: Option<DateTime<Utc>>,
    /// What the reader said of why they left, if anything.
    pub ended_reason: String,
}

/// One thing that befell a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubscriptionChange {
    pub newsletter: String,
    pub state: String,
    pub changed_by: String,
    pub edition: String,
    pub changed_at: DateTime<Utc>,
}

/// Of `t`: it came by an import, and no form or hand has begun it since.
pub(super) const IS_IMPORTED: &str = "substr(t.source, 1, 6) = 'import'";

const COLUMNS: &str = "n.slug, t.state, t.source, t.created_at, t.confirmed_at, t.ended_at, t.ended_by, \
                       coalesce(en.slug || '/' || e.number, ''), t.paused_until, t.without, t.opens_agreed_at, \
                       t.ended_reason";
const TABLES: &str = "newsletters AS n
                      CROSS JOIN subscriptions AS t ON t.newsletter_id = n.id
                      LEFT JOIN editions AS e ON e.id = t.ended_edition_id
                      LEFT JOIN newsletters AS en ON en.id = e.newsletter_id";

impl Subscription {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let word: String = row.get(1)?;
        Ok(Self {
            newsletter: row.get(0)?,
            // The CHECK on the column admits no other word.
            state: word.parse().unwrap_or(SubscriptionState::Ended),
            source: row.get(2)?,
            created_at: time::from_seconds(row.get(3)?),
            confirmed_at: time::maybe_from_seconds(row.get(4)?),
            ended_at: time::maybe_from_seconds(row.get(5)?),
            ended_by: row.get(6)?,
            ended_edition: row.get(7)?,
            paused_until: time::maybe_from_seconds(row.get(8)?),
            without: choices::platforms(row.text(9)?),
            opens_agreed_at: time::maybe_from_seconds(row.get(10)?),
            ended_reason: row.get(11)?,
        })
    }

    /// Every subscription of a subscriber, ended ones too.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE t.subscriber_id = ?1 ORDER BY n.id"))?;
        let rows = query.query_map([subscriber.0], Self::from_row)?;
        rows.map(|row| row.context("reading a subscription")).collect()
    }

    /// The newsletters a subscriber has a tie to that has not ended.
    pub(super) fn newsletters_of(db: &Db, subscriber: SubscriberId) -> Result<Vec<NewsletterNumber>> {
        // Through newsletters, because subscriptions are kept by newsletter first and there are few of them.
        let mut query = db.prepare_cached(
            "SELECT n.id FROM newsletters AS n
             JOIN subscriptions AS t ON t.newsletter_id = n.id AND t.subscriber_id = ?1 AND t.state <> 'ended'
             ORDER BY n.id",
        )?;
        let rows = query.query_map([subscriber.0], |row| row.get(0))?;
        rows.map(|row| row.context("reading a subscription")).collect()
    }

    pub fn find(db: &Db, newsletter: NewsletterNumber, subscriber: SubscriberId) -> Result<Option<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE n.id = ?1 AND t.subscriber_id = ?2"))?;
        Ok(query.query_row((newsletter, subscriber.0), Self::from_row).optional()?)
    }

    /// The subscription to the newsletter that is named, if there is one; every one where none is named.
    pub fn named(db: &Db, newsletter: Option<NewsletterNumber>, subscriber: SubscriberId) -> Result<Vec<Self>> {
        match newsletter {
            Some(newsletter) => Ok(Self::find(db, newsletter, subscriber)?.into_iter().collect()),
            None => Self::of(db, subscriber),
        }
    }

    /// Begins a subscription, or begins an ended one again, because the reader (or, for `source` "command line", the
    /// operator) asks for it. A confirmed one stays as it is: asking again takes nothing away. One that begins again is
    /// not paused, and what was agreed to before counts no more.
    pub fn begin(
        db: &Db,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        state: SubscriptionState,
        source: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let before: Option<String> = db
            .prepare_cached("SELECT state FROM subscriptions WHERE newsletter_id = ?1 AND subscriber_id = ?2")?
            .query_row((newsletter, subscriber.0), |row| row.get(0))
            .optional()?;
        if before.as_deref() == Some(SubscriptionState::Confirmed.as_str()) {
            return Ok(());
        }
        let confirmed_at = (state == SubscriptionState::Confirmed).then(|| time::seconds(now));
        db.prepare_cached(
            "INSERT INTO subscriptions (newsletter_id, subscriber_id, state, source, created_at, confirmed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (newsletter_id, subscriber_id) DO UPDATE
             SET state = excluded.state, source = excluded.source, created_at = excluded.created_at,
                 confirmed_at = excluded.confirmed_at, ended_at = NULL, ended_by = '', ended_edition_id = NULL,
                 ended_reason = '', paused_until = NULL,
                 opens_agreed_at = iif(subscriptions.state = 'pending', subscriptions.opens_agreed_at, NULL)",
        )?
        .execute((newsletter, subscriber.0, state.as_str(), source, time::seconds(now), confirmed_at))
        .with_context(|| format!("subscribing {subscriber}"))?;
        // Whoever asks again before they have confirmed has more time to do so, and that is all.
        if before.as_deref() != Some(state.as_str()) {
            record_change(db, newsletter, subscriber, state.as_str(), source, now)?;
        }
        if state == SubscriptionState::Confirmed {
            Turn::Joined.count(db, newsletter, 1, now)?;
        }
        Ok(())
    }

    /// Confirms a pending subscription. `false` where there is none pending.
    pub fn confirm(
        db: &Db,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let changed = db
            .prepare_cached(
                "UPDATE subscriptions SET state = 'confirmed', confirmed_at = ?3
                 WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND state = 'pending'",
            )?
            .execute((newsletter, subscriber.0, time::seconds(now)))?;
        if changed == 1 {
            record_change(db, newsletter, subscriber, SubscriptionState::Confirmed.as_str(), by, now)?;
            Turn::Joined.count(db, newsletter, 1, now)?;
        }
        Ok(changed == 1)
    }

    /// Forgets subscriptions nobody confirmed since `before`, and subscribers who have no other (rule C ▲). Where one had
    /// ended before somebody asked for it anew, it has ended again: what the reader wanted is not forgotten. Those of an
    /// imported list wait until they were asked ([`super::PermissionPass`]).
    pub fn forget_unconfirmed(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        let waited = format!("t.state = 'pending' AND t.created_at < ?1 AND NOT {IS_IMPORTED}");
        let restored = db.execute(
            &format!(
                "UPDATE subscriptions AS t SET state = 'ended', ended_at = c.changed_at, ended_by = c.changed_by,
                                           ended_edition_id = c.edition_id
             FROM subscription_changes AS c
             WHERE {waited}
               AND c.id = (SELECT max(id) FROM subscription_changes AS last
                           WHERE last.subscriber_id = t.subscriber_id AND last.newsletter_id = t.newsletter_id
                             AND last.state = 'ended')"
            ),
            [time::seconds(before)],
        )?;
        let forgotten =
            db.execute(&format!("DELETE FROM subscriptions AS t WHERE {waited}"), [time::seconds(before)])?;
        if restored + forgotten > 0 {
            db.execute(
                "DELETE FROM subscribers WHERE created_at < ?1
                   AND NOT EXISTS (SELECT 1 FROM newsletters AS n CROSS JOIN subscriptions AS t
                                   ON t.newsletter_id = n.id AND t.subscriber_id = subscribers.id)",
                [time::seconds(before)],
            )?;
        }
        Ok(restored + forgotten)
    }

    /// Ends a subscription, at once and until the reader asks again. `false` where it had ended or never was: the
    /// first end stays on record.
    pub fn end(
        db: &Db,
        newsletter: NewsletterNumber,
        subscriber: SubscriberId,
        by: EndedBy,
        edition: Option<EditionId>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let edition = edition.map(|edition| edition.0);
        let was_confirmed: Option<bool> = db
            .prepare_cached(
                "UPDATE subscriptions SET state = 'ended', ended_at = ?3, ended_by = ?4, ended_edition_id = ?5
                 WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND state <> 'ended' RETURNING confirmed_at IS NOT NULL",
            )?
            .query_row((newsletter, subscriber.0, time::seconds(now), by.as_str(), edition), |row| row.get(0))
            .optional()
            .with_context(|| format!("ending the subscription of {subscriber}"))?;
        if let Some(was_confirmed) = was_confirmed {
            record_end(db, newsletter, subscriber, by, edition, was_confirmed, now)?;
            Turn::of_end(by).count(db, newsletter, was_confirmed.into(), now)?;
        }
        Ok(was_confirmed.is_some())
    }

    /// Keeps what a reader said of why they left.
    pub fn tell_reason(db: &Db, newsletter: NewsletterNumber, subscriber: SubscriberId, reason: &str) -> Result<()> {
        db.prepare_cached(
            "UPDATE subscriptions SET ended_reason = ?3
             WHERE newsletter_id = ?1 AND subscriber_id = ?2 AND state = 'ended'",
        )?
        .execute((newsletter, subscriber.0, reason))?;
        Ok(())
    }
}

impl SubscriptionChange {
    /// A subscriber's whole story, oldest first.
    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT n.slug, c.state, c.changed_by, coalesce(en.slug || '/' || e.number, ''), c.changed_at
             FROM subscription_changes AS c
             JOIN newsletters AS n ON n.id = c.newsletter_id
             LEFT JOIN editions AS e ON e.id = c.edition_id
             LEFT JOIN newsletters AS en ON en.id = e.newsletter_id
             WHERE c.subscriber_id = ?1 ORDER BY c.id",
        )?;
        let rows = query.query_map([subscriber.0], |row| {
            Ok(Self {
                newsletter: row.get(0)?,
                state: row.get(1)?,
                changed_by: row.get(2)?,
                edition: row.get(3)?,
                changed_at: time::from_seconds(row.get(4)?),
            })
        })?;
        rows.map(|row| row.context("reading a change of a subscription")).collect()
    }
}

/// Puts on record that a subscriber of an old list was asked whether they still want it.
pub fn record_asked(db: &Db, newsletter: NewsletterNumber, subscriber: SubscriberId, now: DateTime<Utc>) -> Result<()> {
    record_change(db, newsletter, subscriber, "asked", "letter", now)
}

/// Puts on record that a subscription was changed to `what`, which is no end.
pub(super) fn record_change(
    db: &Db,
    newsletter: NewsletterNumber,
    subscriber: SubscriberId,
    what: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO subscription_changes (newsletter_id, subscriber_id, state, changed_by, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((newsletter, subscriber.0, what, by, time::seconds(now)))?;
    Ok(())
}

/// Puts on record that a subscription ended.
fn record_end(
    db: &Db,
    newsletter: NewsletterNumber,
    subscriber: SubscriberId,
    by: EndedBy,
    edition: Option<i64>,
    was_confirmed: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO subscription_changes (newsletter_id, subscriber_id, state, changed_by, edition_id, changed_at,
                                           was_confirmed)
         VALUES (?1, ?2, 'ended', ?3, ?4, ?5, ?6)",
    )?
    .execute((newsletter, subscriber.0, by.as_str(), edition, time::seconds(now), was_confirmed))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::EmailAddress;
    use crate::store::{Subscriber, newsletter_number};

    #[test]
    fn the_first_end_stays_on_record_and_only_asking_again_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let later = DateTime::from_timestamp(1_700_000_060, 0).unwrap();
        store
            .write(|db| {
                let brief = newsletter_number(db, "weekly-brief")?;
                let ada = Subscriber::find_or_add(db, &EmailAddress::parse("ada@example.org")?, "Ada", now)?.id;
                Subscription::begin(db, brief, ada, SubscriptionState::Pending, "form", now)?;
                assert!(Subscription::confirm(db, brief, ada, "form", now)?);
                assert!(!Subscription::confirm(db, brief, ada, "form", later)?);
                assert!(Subscription::end(db, brief, ada, EndedBy::OneClick, None, now)?);
                assert!(!Subscription::end(db, brief, ada, EndedBy::Page, None, later)?);
                let ended = Subscription::find(db, brief, ada)?.unwrap();
                assert_eq!((ended.state, ended.ended_at), (SubscriptionState::Ended, Some(now)));
                assert_eq!(ended.ended_by, "one-click");
                assert!(!Subscription::confirm(db, brief, ada, "form", later)?);
                Subscription::begin(db, brief, ada, SubscriptionState::Pending, "form", later)?;
                let states: Vec<String> = SubscriptionChange::of(db, ada)?.into_iter().map(|c| c.state).collect();
                assert_eq!(states, ["pending", "confirmed", "ended", "pending"]);
                Ok(())
            })
            .unwrap();
    }
}
