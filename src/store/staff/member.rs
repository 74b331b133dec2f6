use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::Role;
use crate::store::{Db, time};

/// A row of `staff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberId(pub i64);

/// Somebody who works at the desk.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub name: String,
    /// Where tests are sent to; empty where it is not known.
    pub email: String,
    pub role: Role,
    /// As a PHC string; empty where none was chosen yet.
    pub password: String,
    /// The secret of the second factor in Base32; empty where there is none.
    pub totp: String,
    /// The latest time step a code was taken of.
    pub totp_step: i64,
    /// Wrong passwords and codes in a row.
    pub failures: u32,
    pub locked_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Since then they may sign in no more.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Without what is secret.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

pub(super) const COLUMNS: &str = "m.id, m.name, m.email, m.role, m.password, m.totp, m.totp_step, m.failures, \
                                  m.locked_until, m.created_at, m.closed_at";
/// How many columns that are.
pub(super) const WIDTH: usize = 11;

impl Member {
    pub(super) fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: MemberId(row.get(0)?),
            name: row.get(1)?,
            email: row.get(2)?,
            // The CHECK on the column admits no other word; the least is meant for what a hand wrote.
            role: row.text(3)?.parse().unwrap_or(Role::Viewer),
            password: row.get(4)?,
            totp: row.get(5)?,
            totp_step: row.get(6)?,
            failures: row.get(7)?,
            locked_until: time::maybe_from_seconds(row.get(8)?),
            created_at: time::from_seconds(row.get(9)?),
            closed_at: time::maybe_from_seconds(row.get(10)?),
        })
    }

    /// A word for where the account stands.
    pub fn state(&self) -> &'static str {
        match (self.closed_at, self.password.is_empty()) {
            (Some(_), _) => "closed",
            (None, true) => "invited",
            (None, false) => "open",
        }
    }

    /// Adds somebody; they can do nothing before they have a password. `None` where the name is taken.
    pub fn add(db: &Db, name: &str, email: &str, role: Role, now: DateTime<Utc>) -> Result<Option<MemberId>> {
        let added = db
            .prepare_cached(
                "INSERT INTO staff (name, email, role, created_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (name) DO NOTHING RETURNING id",
            )?
            .query_row((name, email, role.as_str(), time::seconds(now)), |row| Ok(MemberId(row.get(0)?)))
            .optional()
            .with_context(|| format!("adding {name} to the staff"))?;
        Ok(added)
    }

    pub fn find(db: &Db, id: MemberId) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM staff AS m WHERE m.id = ?1"))?;
        Ok(query.query_row([id.0], Self::from_row).optional()?)
    }

    pub fn named(db: &Db, name: &str) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM staff AS m WHERE m.name = ?1"))?;
        Ok(query.query_row([name], Self::from_row).optional()?)
    }

    /// Everybody, by name; those whose account was closed last.
    pub fn all(db: &Db) -> Result<Vec<Self>> {
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM staff AS m ORDER BY m.closed_at IS NOT NULL, m.name"))?;
        let rows = query.query_map([], Self::from_row)?;
        rows.map(|row| row.context("reading who works at the desk")).collect()
    }

    /// How many may change who works here: operators who can sign in.
    pub fn count_operators(db: &Db) -> Result<u32> {
        let mut query = db.prepare_cached(
            "SELECT count(*) FROM staff WHERE role = 'operator' AND closed_at IS NULL AND password <> ''",
        )?;
        Ok(query.query_row([], |row| row.get(0))?)
    }

    pub fn set_role(db: &Db, id: MemberId, role: Role) -> Result<()> {
        db.prepare_cached("UPDATE staff SET role = ?2 WHERE id = ?1")?.execute((id.0, role.as_str()))?;
        Ok(())
    }

    pub fn set_email(db: &Db, id: MemberId, email: &str) -> Result<()> {
        db.prepare_cached("UPDATE staff SET email = ?2 WHERE id = ?1")?.execute((id.0, email))?;
        Ok(())
    }

    /// A new password, as its hash. It unlocks the account, and what was begun with the old one is worth nothing.
    pub fn set_password(db: &Db, id: MemberId, hash: &str) -> Result<()> {
        db.prepare_cached("UPDATE staff SET password = ?2, failures = 0, locked_until = NULL WHERE id = ?1")?
            .execute((id.0, hash))?;
        super::HalfStep::withdraw(db, id)
    }

    /// A second factor, or with an empty secret none any more. `step` is that of the code it was confirmed by.
    pub fn set_totp(db: &Db, id: MemberId, secret: &str, step: i64) -> Result<()> {
        db.prepare_cached("UPDATE staff SET totp = ?2, totp_step = ?3 WHERE id = ?1")?.execute((id.0, secret, step))?;
        super::HalfStep::withdraw(db, id)
    }

    /// Marks the code of a time step as used. `false` where one of it or of a later step was.
    pub fn spend_totp(db: &Db, id: MemberId, step: i64) -> Result<bool> {
        let spent = db
            .prepare_cached("UPDATE staff SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2")?
            .execute((id.0, step))?;
        Ok(spent == 1)
    }

    /// Counts a wrong password or code.
    pub fn count_failure(db: &Db, id: MemberId, locked_until: Option<DateTime<Utc>>) -> Result<()> {
        db.prepare_cached("UPDATE staff SET failures = failures + 1, locked_until = ?2 WHERE id = ?1")?
            .execute((id.0, time::maybe_seconds(locked_until)))?;
        Ok(())
    }

    pub fn forget_failures(db: &Db, id: MemberId) -> Result<()> {
        db.prepare_cached("UPDATE staff SET failures = 0, locked_until = NULL WHERE id = ?1 AND failures > 0")?
            .execute([id.0])?;
        Ok(())
    }

    /// Closes or opens an account again. Closing ends its sessions and invitations.
    pub fn set_closed(db: &Db, id: MemberId, at: Option<DateTime<Utc>>) -> Result<()> {
        db.prepare_cached("UPDATE staff SET closed_at = ?2 WHERE id = ?1")?.execute((id.0, time::maybe_seconds(at)))?;
        if at.is_some() {
            super::Session::end_all(db, id, None)?;
            super::Invitation::withdraw(db, id)?;
            super::HalfStep::withdraw(db, id)?;
        }
        Ok(())
    }
}
