use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Member, SecretDigest, member};
use crate::store::{Db, MemberId, time};

/// `seen_at` is written so rarely: a page that is looked at costs no write.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(5);

/// Somebody signed in, on one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub digest: SecretDigest,
    pub created_at: DateTime<Utc>,
    /// When it was last used, within some minutes.
    pub seen_at: DateTime<Utc>,
    /// The IP address it began from.
    pub address: String,
    pub agent: String,
}

impl Session {
    pub fn begin(&self, db: &Db, member: MemberId) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO sessions (digest, staff_id, created_at, seen_at, address, agent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            self.digest,
            member.0,
            time::seconds(self.created_at),
            time::seconds(self.seen_at),
            &self.address,
            &self.agent,
        ))?;
        Ok(())
    }

    /// The session and whose it is; `None` for one that ended, or that began or was last used before these times.
    pub fn find(
        db: &Db,
        digest: &SecretDigest,
        (begun_after, seen_after): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Option<(Self, Member)>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {}, s.created_at, s.seen_at, s.address, s.agent
             FROM sessions AS s JOIN staff AS m ON m.id = s.staff_id
             WHERE s.digest = ?1 AND s.created_at > ?2 AND s.seen_at > ?3 AND m.closed_at IS NULL",
            member::COLUMNS
        ))?;
        let found = query.query_row((digest, time::seconds(begun_after), time::seconds(seen_after)), |row| {
            let session = Self {
                digest: *digest,
                created_at: time::from_seconds(row.get(member::WIDTH)?),
                seen_at: time::from_seconds(row.get(member::WIDTH + 1)?),
                address: row.get(member::WIDTH + 2)?,
                agent: row.get(member::WIDTH + 3)?,
            };
            Ok((session, Member::from_row(row)?))
        });
        Ok(found.optional()?)
    }

    /// Whether its use is to be written down.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now - self.seen_at >= SEEN_EVERY
    }

    pub fn touch(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("UPDATE sessions SET seen_at = ?2 WHERE digest = ?1")?
            .execute((self.digest, time::seconds(now)))?;
        Ok(())
    }

    /// Where somebody is signed in, the latest first.
    pub fn of(db: &Db, member: MemberId) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT digest, created_at, seen_at, address, agent FROM sessions WHERE staff_id = ?1
             ORDER BY seen_at DESC, created_at DESC",
        )?;
        let rows = query.query_map([member.0], |row| {
            Ok(Self {
                digest: row.get(0)?,
                created_at: time::from_seconds(row.get(1)?),
                seen_at: time::from_seconds(row.get(2)?),
                address: row.get(3)?,
                agent: row.get(4)?,
            })
        })?;
        rows.map(|row| row.context("reading who is signed in")).collect()
    }

    /// Ends one of somebody's sessions. `false` where it is none of theirs.
    pub fn end(db: &Db, member: MemberId, digest: &SecretDigest) -> Result<bool> {
        let ended = db
            .prepare_cached("DELETE FROM sessions WHERE digest = ?1 AND staff_id = ?2")?
            .execute((digest, member.0))?;
        Ok(ended == 1)
    }

    /// Ends a session, whosever it is.
    pub fn end_any(db: &Db, digest: &SecretDigest) -> Result<()> {
        db.prepare_cached("DELETE FROM sessions WHERE digest = ?1")?.execute([digest])?;
        Ok(())
    }

    /// Ends all of somebody's sessions, but for one.
    pub fn end_all(db: &Db, member: MemberId, but: Option<&SecretDigest>) -> Result<()> {
        db.prepare_cached("DELETE FROM sessions WHERE staff_id = ?1 AND digest IS DISTINCT FROM ?2")?
            .execute((member.0, but))?;
        Ok(())
    }

    /// Forgets those that can't be used any more.
    pub fn forget(db: &Db, (begun_before, seen_before): (DateTime<Utc>, DateTime<Utc>)) -> Result<()> {
        db.prepare_cached("DELETE FROM sessions WHERE created_at <= ?1 OR seen_at <= ?2")?
            .execute((time::seconds(begun_before), time::seconds(seen_before)))?;
        Ok(())
    }
}
