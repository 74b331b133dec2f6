use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension;

use super::{Db, time};
use crate::address::EmailAddress;

/// An address that is never mailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub email: EmailAddress,
    pub reason: String,
    pub created_at: DateTime<Utc>,
}

impl Suppression {
    /// Adds it; the first reason stays.
    pub fn add(&self, db: &Db) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO suppressions (email, reason, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (email) DO NOTHING",
        )?
        .execute((self.email.as_str(), &self.reason, time::seconds(self.created_at)))
        .with_context(|| format!("suppressing {}", self.email.masked()))?;
        Ok(())
    }

    pub fn reason_for(db: &Db, email: &EmailAddress) -> Result<Option<String>> {
        let mut query = db.prepare_cached("SELECT reason FROM suppressions WHERE email = ?1")?;
        Ok(query.query_row([email.as_str()], |row| row.get(0)).optional()?)
    }
}
