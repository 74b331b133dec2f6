use std::fmt;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::subscription_day::Turn;
use super::suppression::COVERS;
use super::{Db, Erasure, Subscription, SubscriptionState, Suppression, erasure, newsletter, time};
use crate::address::EmailAddress;
use crate::config::Timezone;

/// A row of `subscribers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriberId(pub i64);

impl fmt::Display for SubscriberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "subscriber {}", self.0)
    }
}

/// A person; what they read stands in their subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    pub id: SubscriberId,
    pub email: EmailAddress,
    pub name: String,
    pub created_at: DateTime<Utc>,
    /// Where they live; `None` is the newsletter's.
    pub timezone: Option<Timezone>,
    /// That of the pages they signed up on (BCP 47); empty is the newsletter's.
    pub language: String,
}

/// Which subscribers to list, a page at a time.
#[derive(Clone, Copy, Debug)]
pub struct SubscriberFilter<'a> {
    /// Those tied to this newsletter only …
    pub newsletter: Option<&'a str>,
    /// … and in this state.
    pub state: Option<SubscriptionState>,
    /// The last one of the page before.
    pub after: SubscriberId,
    pub limit: usize,
}

const COLUMNS: &str = "id, email, name, created_at, timezone, language";

impl Subscriber {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let email: String = row.get(1)?;
        Ok(Self {
            id: SubscriberId(row.get(0)?),
            email: EmailAddress::parse(&email).map_err(|error| database::Error::of_column(1, error))?,
            name: row.get(2)?,
            created_at: time::from_seconds(row.get(3)?),
            // A name that this release does not know, written by hand, costs nobody their brief.
            timezone: Timezone::find(&row.get::<String>(4)?),
            language: row.get(5)?,
        })
    }

    pub fn find(db: &Db, id: SubscriberId) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM subscribers WHERE id = ?1"))?;
        Ok(query.query_row([id.0], Self::from_row).optional()?)
    }

    /// Whatever the case of the letters.
    pub fn find_by_email(db: &Db, email: &EmailAddress) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM subscribers WHERE email = ?1"))?;
        Ok(query.query_row([email.as_str()], Self::from_row).optional()?)
    }

    /// The subscriber with this address, added where there is none; a name replaces an empty one only.
    pub fn find_or_add(db: &Db, email: &EmailAddress, name: &str, now: DateTime<Utc>) -> Result<Self> {
        db.prepare_cached(
            "INSERT INTO subscribers (email, name, created_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (email) DO UPDATE SET name = excluded.name WHERE subscribers.name = ''",
        )?
        .execute((email.as_str(), name, time::seconds(now)))
        .with_context(|| format!("adding {}", email.masked()))?;
        Self::find_by_email(db, email)?.with_context(|| format!("adding {}", email.masked()))
    }

    /// Takes the name the reader gives; an empty one takes the name away.
    pub fn rename(db: &Db, id: SubscriberId, name: &str) -> Result<()> {
        db.prepare_cached("UPDATE subscribers SET name = ?2 WHERE id = ?1")?
            .execute((id.0, name))
            .with_context(|| format!("renaming {id}"))?;
        Ok(())
    }

    /// Takes the zone the reader lives in; `None` goes back to the newsletter's.
    pub fn set_timezone(db: &Db, id: SubscriberId, timezone: Option<Timezone>) -> Result<()> {
        db.prepare_cached("UPDATE subscribers SET timezone = ?2 WHERE id = ?1")?
            .execute((id.0, timezone.map_or("", Timezone::name)))
            .with_context(|| format!("setting the time zone of {id}"))?;
        Ok(())
    }

    /// Takes the language of the pages they signed up on.
    pub fn set_language(db: &Db, id: SubscriberId, language: &str) -> Result<()> {
        db.prepare_cached("UPDATE subscribers SET language = ?2 WHERE id = ?1")?
            .execute((id.0, language))
            .with_context(|| format!("setting the language of {id}"))?;
        Ok(())
    }

    /// One page of subscribers with all their subscriptions, in the order they were added.
    pub fn list(db: &Db, filter: &SubscriberFilter<'_>) -> Result<Vec<(Self, Vec<Subscription>)>> {
        let page = format!(
            "SELECT {COLUMNS} FROM subscribers
             WHERE id > ?1 AND (CAST(?2 AS TEXT) IS NULL AND CAST(?3 AS TEXT) IS NULL OR EXISTS (
                 SELECT 1 FROM newsletters AS n
                 JOIN subscriptions AS t ON t.newsletter_id = n.id AND t.subscriber_id = subscribers.id
                 WHERE (?2 IS NULL OR n.slug = ?2) AND (?3 IS NULL OR t.state = ?3)))
             ORDER BY id LIMIT ?4"
        );
        let mut query = db.prepare_cached(&page)?;
        let state = filter.state.map(SubscriptionState::as_str);
        let rows = query.query_map((filter.after.0, filter.newsletter, state, filter.limit), Self::from_row)?;
        let mut listed = Vec::new();
        for row in rows {
            let subscriber = row.context("reading a subscriber")?;
            let subscriptions = Subscription::of(db, subscriber.id)?;
            listed.push((subscriber, subscriptions));
        }
        Ok(listed)
    }

    /// How many subscribers the newsletter with this id has that confirmed, have not paused and are not suppressed; none
    /// where it was never used.
    pub fn count_confirmed(db: &Db, newsletter: &str, now: DateTime<Utc>) -> Result<u64> {
        let Some(newsletter) = newsletter::known_number_of(db, newsletter)? else { return Ok(0) };
        // Suppressions are few beside readers: those are counted by an index, and these are looked up one by one.
        let wanted =
            "t.newsletter_id = ?1 AND t.state = 'confirmed' AND (t.paused_until IS NULL OR t.paused_until <= ?2)";
        let is_of_a_domain = Suppression::is_of_a_domain(db);
        let mut query = db.prepare_cached(&format!(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM suppressions WHERE {is_of_a_domain}) THEN NULL ELSE
                 (SELECT count(*) FROM subscriptions AS t WHERE {wanted})
                 - (SELECT count(*) FROM suppressions AS x CROSS JOIN subscribers AS s ON s.email = x.email
                        CROSS JOIN subscriptions AS t ON t.subscriber_id = s.id WHERE {wanted}) END"
        ))?;
        if let Some(readers) = query.query_row((newsletter, time::seconds(now)), |row| row.get(0))? {
            return Ok(readers);
        }
        let mut query = db.prepare_cached(&format!(
            "SELECT count(*) FROM subscriptions AS t JOIN subscribers AS s ON s.id = t.subscriber_id
             WHERE t.newsletter_id = ?1 AND t.state = 'confirmed'
               AND (t.paused_until IS NULL OR t.paused_until <= ?2)
               AND NOT EXISTS (SELECT 1 FROM suppressions AS x WHERE {COVERS})"
        ))?;
        Ok(query.query_row((newsletter, time::seconds(now)), |row| row.get(0))?)
    }

    /// Forgets the person: what stays is a keyed digest of the address and the bare account of past editions.
    pub fn erase(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        Erasure::load(db, now)?.record(db, &self.email, now)?;
        // Relays quote the address in their replies.
        db.execute(
            "UPDATE attempts SET reply = '' WHERE subscriber_id = ?1 AND edition_id IN (SELECT id FROM editions)",
            [self.id.0],
        )?;
        db.execute("UPDATE feedback SET domain = '', diagnostic = '' WHERE subscriber_id = ?1", [self.id.0])?;
        erasure::blot_out(db, &self.email)?;
        // A file that waits to be imported may name them.
        db.execute("DELETE FROM uploads", [])?;
        for table in ["suppressions", "suppression_changes"] {
            db.execute(&format!("DELETE FROM {table} WHERE email = ?1"), [self.email.as_str()])?;
        }
        Turn::count_erased(db, self.id, now)?;
        db.execute("DELETE FROM subscribers WHERE id = ?1", [self.id.0])
            .with_context(|| format!("erasing {}", self.email.masked()))?;
        Ok(())
    }
}
