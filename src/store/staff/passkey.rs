use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::store::{Db, MemberId, time};

/// A key on somebody's device, by which they sign in (WebAuthn). What its bytes mean is known further right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The authenticator's name for it.
    pub id: Vec<u8>,
    pub member: MemberId,
    /// The account's name for authenticators; all of one person have the same.
    pub handle: Vec<u8>,
    pub name: String,
    pub public_key: Vec<u8>,
    pub use_state: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, staff_id, handle, name, public_key, use_state, created_at, used_at";

impl Passkey {
    fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            member: MemberId(row.get(1)?),
            handle: row.get(2)?,
            name: row.get(3)?,
            public_key: row.get(4)?,
            use_state: row.get(5)?,
            created_at: time::from_seconds(row.get(6)?),
            used_at: time::maybe_from_seconds(row.get(7)?),
        })
    }

    /// `false` where the authenticator's name for it is taken.
    pub fn add(&self, db: &Db) -> Result<bool> {
        let added = db
            .prepare_cached(
                "INSERT INTO passkeys (id, staff_id, handle, name, public_key, use_state, created_at, used_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
            )?
            .execute((
                &self.id,
                self.member.0,
                &self.handle,
                &self.name,
                &self.public_key,
                &self.use_state,
                time::seconds(self.created_at),
                time::maybe_seconds(self.used_at),
            ))?;
        Ok(added == 1)
    }

    /// The one of this id, where the account it is for goes by this handle.
    pub fn find(db: &Db, id: &[u8], handle: &[u8]) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM passkeys WHERE id = ?1 AND handle = ?2"))?;
        Ok(query.query_row((id, handle), Self::from_row).optional()?)
    }

    /// Somebody's, the oldest first.
    pub fn of(db: &Db, member: MemberId) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM passkeys WHERE staff_id = ?1 ORDER BY created_at, id"))?;
        let rows = query.query_map([member.0], Self::from_row)?;
        rows.map(|row| row.context("reading somebody's passkeys")).collect()
    }

    /// Writes down that it was used.
    pub fn mark_used(db: &Db, id: &[u8], use_state: &[u8], now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("UPDATE passkeys SET use_state = ?2, used_at = ?3 WHERE id = ?1")?.execute((
            id,
            use_state,
            time::seconds(now),
        ))?;
        Ok(())
    }

    /// `false` where it is none of theirs.
    pub fn remove(db: &Db, member: MemberId, id: &[u8]) -> Result<bool> {
        let removed =
            db.prepare_cached("DELETE FROM passkeys WHERE staff_id = ?1 AND id = ?2")?.execute((member.0, id))?;
        Ok(removed == 1)
    }

    pub fn remove_all(db: &Db, member: MemberId) -> Result<()> {
        db.prepare_cached("DELETE FROM passkeys WHERE staff_id = ?1")?.execute([member.0])?;
        Ok(())
    }
}
