use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Scope, SecretDigest};
use crate::store::{Db, time};

/// `used_at` is written so rarely: a request that only reads costs no write.
const USED_EVERY: TimeDelta = TimeDelta::minutes(5);

/// What a program is let in by at the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: i64,
    pub name: String,
    pub scopes: Vec<Scope>,
    /// A name of staff, or `the command line`.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, within some minutes.
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, name, scopes, created_by, created_at, expires_at, used_at, revoked_at";

impl ApiToken {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        let scopes: String = row.get(2)?;
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            // A scope of another release opens nothing in this one.
            scopes: scopes.split(' ').filter_map(|word| word.parse().ok()).collect(),
            created_by: row.get(3)?,
            created_at: time::from_seconds(row.get(4)?),
            expires_at: time::maybe_from_seconds(row.get(5)?),
            used_at: time::maybe_from_seconds(row.get(6)?),
            revoked_at: time::maybe_from_seconds(row.get(7)?),
        })
    }

    /// Keeps a new one under its digest; its number is given here. `None` where the name is or was another's.
    pub fn add(&self, db: &Db, digest: &SecretDigest) -> Result<Option<Self>> {
        let scopes = self.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        let mut query = db.prepare_cached(&format!(
            "INSERT INTO api_tokens (name, digest, scopes, created_by, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO NOTHING RETURNING {COLUMNS}"
        ))?;
        let (made, ends) = (time::seconds(self.created_at), time::maybe_seconds(self.expires_at));
        let added = query.query_row((&self.name, digest, scopes, &self.created_by, made, ends), Self::from_row);
        added.optional().context("keeping a token of the API")
    }

    /// The one of this digest, good or not.
    pub fn find(db: &Db, digest: &SecretDigest) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM api_tokens WHERE digest = ?1"))?;
        Ok(query.query_row([digest], Self::from_row).optional()?)
    }

    pub fn with_id(db: &Db, id: i64) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM api_tokens WHERE id = ?1"))?;
        Ok(query.query_row([id], Self::from_row).optional()?)
    }

    pub fn named(db: &Db, name: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM api_tokens WHERE name = ?1"))?;
        Ok(query.query_row([name], Self::from_row).optional()?)
    }

    /// All there ever were, by name.
    pub fn all(db: &Db) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM api_tokens ORDER BY name"))?;
        let rows = query.query_map([], Self::from_row)?;
        rows.map(|row| row.context("reading the tokens of the API")).collect()
    }

    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.state(now) == "good"
    }

    /// A word for where it stands.
    pub fn state(&self, now: DateTime<Utc>) -> &'static str {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(end)) if end <= now => "expired",
            (None, _) => "good",
        }
    }

    /// Whether its use is to be written down.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none_or(|used| now - used >= USED_EVERY)
    }

    pub fn touch(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("UPDATE api_tokens SET used_at = ?2 WHERE id = ?1")?
            .execute((self.id, time::seconds(now)))?;
        Ok(())
    }

    /// `false` where it is revoked already.
    pub fn revoke(&self, db: &Db, now: DateTime<Utc>) -> Result<bool> {
        let revoked = db
            .prepare_cached("UPDATE api_tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")?
            .execute((self.id, time::seconds(now)))?;
        Ok(revoked == 1)
    }
}
