use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Db, Subscriber, SubscriberId, time};
use crate::address::EmailAddress;

/// For a letter to be read and answered.
const KEPT: TimeDelta = TimeDelta::days(7);

/// The address a subscriber wants instead of theirs; it is nobody's until somebody there has confirmed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressChange {
    pub subscriber: SubscriberId,
    pub email: EmailAddress,
    pub asked_at: DateTime<Utc>,
}

impl AddressChange {
    /// Takes the place of one that was asked for before.
    pub fn ask(&self, db: &Db) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO address_changes (subscriber_id, email, asked_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (subscriber_id) DO UPDATE SET email = excluded.email, asked_at = excluded.asked_at",
        )?
        .execute((self.subscriber.0, self.email.as_str(), time::seconds(self.asked_at)))
        .with_context(|| format!("keeping the new address of {}", self.subscriber))?;
        Ok(())
    }

    pub fn of(db: &Db, subscriber: SubscriberId) -> Result<Option<Self>> {
        let row: Option<(String, i64)> = db
            .prepare_cached("SELECT email, asked_at FROM address_changes WHERE subscriber_id = ?1")?
            .query_row([subscriber.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        row.map(|(email, asked_at)| {
            Ok(Self { subscriber, email: EmailAddress::parse(&email)?, asked_at: time::from_seconds(asked_at) })
        })
        .transpose()
    }

    /// When it is forgotten, unless it was confirmed.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.asked_at + KEPT
    }

    /// Makes it their address. `false` where another subscriber has it.
    pub fn make(&self, db: &Db) -> Result<bool> {
        let taken = Subscriber::find_by_email(db, &self.email)?.is_some_and(|other| other.id != self.subscriber);
        if !taken {
            db.prepare_cached("UPDATE subscribers SET email = ?2 WHERE id = ?1")?
                .execute((self.subscriber.0, self.email.as_str()))
                .with_context(|| format!("changing the address of {}", self.subscriber))?;
            db.execute("DELETE FROM address_changes WHERE subscriber_id = ?1", [self.subscriber.0])?;
        }
        Ok(!taken)
    }

    pub fn forget(db: &Db, now: DateTime<Utc>) -> Result<()> {
        db.execute("DELETE FROM address_changes WHERE asked_at < ?1", [time::seconds(now - KEPT)])?;
        Ok(())
    }
}
