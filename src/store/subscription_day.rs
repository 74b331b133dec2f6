use crate::store::database;
use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};

use super::{Db, EndedBy, NewsletterNumber, SubscriberId, time};

const DAY: i64 = 86_400;

/// What happened to a newsletter's readers on one day (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionDay {
    pub day: NaiveDate,
    /// Confirmed, or imported as such.
    pub joined: u64,
    /// By themselves.
    pub left: u64,
    /// Told their provider that it is spam.
    pub complained: u64,
    /// By an operator, or erased.
    pub removed: u64,
}

/// What may happen to a subscription that is confirmed, or makes it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Joined,
    Left,
    Complained,
    Removed,
}

impl Turn {
    pub(super) fn of_end(by: EndedBy) -> Self {
        match by {
            EndedBy::OneClick | EndedBy::Page | EndedBy::Mail => Self::Left,
            EndedBy::Complaint => Self::Complained,
            // Whoever else ends it is one of ours.
            _ => Self::Removed,
        }
    }

    /// Counts that it happened to so many readers.
    pub(super) fn count(self, db: &Db, newsletter: NewsletterNumber, many: u64, now: DateTime<Utc>) -> Result<()> {
        if many == 0 {
            return Ok(());
        }
        let of = |turn: Self| if self == turn { many } else { 0 };
        db.prepare_cached(
            "INSERT INTO subscription_days (newsletter_id, day, joined, departed, complained, removed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (newsletter_id, day)
             DO UPDATE SET joined = subscription_days.joined + excluded.joined,
                           departed = subscription_days.departed + excluded.departed,
                           complained = subscription_days.complained + excluded.complained,
                           removed = subscription_days.removed + excluded.removed",
        )?
        .execute((
            newsletter,
            time::seconds(now).div_euclid(DAY),
            of(Self::Joined),
            of(Self::Left),
            of(Self::Complained),
            of(Self::Removed),
        ))
        .context("counting who came and who left")?;
        Ok(())
    }

    /// Counts that a reader's confirmed subscriptions go with them.
    pub(super) fn count_erased(db: &Db, subscriber: SubscriberId, now: DateTime<Utc>) -> Result<()> {
        // Through newsletters, because subscriptions are kept by newsletter first and there are few of them.
        let mut query = db.prepare_cached(
            "SELECT n.id FROM newsletters AS n CROSS JOIN subscriptions AS t
             ON t.newsletter_id = n.id AND t.subscriber_id = ?1 AND t.state = 'confirmed'",
        )?;
        let newsletters: Vec<NewsletterNumber> =
            query.query_map([subscriber.0], |row| row.get(0))?.collect::<database::Result<_>>()?;
        newsletters.into_iter().try_for_each(|newsletter| Self::Removed.count(db, newsletter, 1, now))
    }
}

impl SubscriptionDay {
    /// The days since this one on which anything happened, in order.
    pub fn since(db: &Db, newsletter: NewsletterNumber, day: NaiveDate) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT day, joined, departed, complained, removed FROM subscription_days
             WHERE newsletter_id = ?1 AND day >= ?2 ORDER BY day",
        )?;
        let first = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp().div_euclid(DAY);
        let rows = query.query_map((newsletter, first), |row| {
            Ok(Self {
                day: time::from_seconds(row.get::<i64>(0)? * DAY).date_naive(),
                joined: row.get(1)?,
                left: row.get(2)?,
                complained: row.get(3)?,
                removed: row.get(4)?,
            })
        })?;
        rows.map(|row| row.context("reading who came and who left")).collect()
    }

    /// How many subscriptions to a newsletter are confirmed, of whoever: those who have paused or may not be mailed are
    /// among them. A row for each day, and not one for each reader, is read.
    pub fn confirmed(db: &Db, newsletter: NewsletterNumber) -> Result<u64> {
        let mut query = db.prepare_cached(
            "SELECT coalesce(max(CAST(sum(joined) - sum(departed) - sum(complained) - sum(removed) AS BIGINT), 0), 0)
             FROM subscription_days WHERE newsletter_id = ?1",
        )?;
        Ok(query.query_row([newsletter], |row| row.get(0))?)
    }

    /// A day on which nothing happened.
    pub fn none(day: NaiveDate) -> Self {
        Self { day, joined: 0, left: 0, complained: 0, removed: 0 }
    }

    /// Adds what happened on another day.
    pub fn add(&mut self, other: &Self) {
        self.joined += other.joined;
        self.left += other.left;
        self.complained += other.complained;
        self.removed += other.removed;
    }

    /// Who went, for whatever reason.
    pub fn lost(&self) -> u64 {
        self.left + self.complained + self.removed
    }
}
