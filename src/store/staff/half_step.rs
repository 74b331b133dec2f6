use crate::store::database::OptionalRow;
use anyhow::Result;
use chrono::{DateTime, Utc};

use super::SecretDigest;
use crate::store::{Db, MemberId, time};

/// Something that was begun and waits for its other half. It is good once, and for some minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfStep {
    pub kind: HalfStepKind,
    /// `None` where it is not known yet who it is.
    pub member: Option<MemberId>,
    /// What the other half is held against.
    pub state: Vec<u8>,
}

/// What was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HalfStepKind {
    /// The password was right; the code is to come.
    Code,
    /// Signing in with a passkey.
    Passkey,
    /// Adding a passkey.
    NewPasskey,
}

impl HalfStepKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::NewPasskey => "new passkey",
        }
    }
}

impl HalfStep {
    /// Keeps it. Those whose time is over are forgotten with that.
    pub fn begin(&self, db: &Db, digest: &SecretDigest, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Result<()> {
        db.prepare_cached("DELETE FROM half_steps WHERE expires_at <= ?1")?.execute([time::seconds(now)])?;
        db.prepare_cached(
            "INSERT INTO half_steps (digest, kind, staff_id, state, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            digest,
            self.kind.as_str(),
            self.member.map(|member| member.0),
            &self.state,
            time::seconds(expires_at),
        ))?;
        Ok(())
    }

    /// `None` where it was taken, withdrawn, never begun, or its time is over.
    pub fn find(db: &Db, digest: &SecretDigest, kind: HalfStepKind, now: DateTime<Utc>) -> Result<Option<Self>> {
        let mut query = db.prepare_cached(
            "SELECT staff_id, state FROM half_steps WHERE digest = ?1 AND kind = ?2 AND expires_at > ?3",
        )?;
        let found = query.query_row((digest, kind.as_str(), time::seconds(now)), |row| {
            let member: Option<i64> = row.get(0)?;
            Ok(Self { kind, member: member.map(MemberId), state: row.get(1)? })
        });
        Ok(found.optional()?)
    }

    /// The same, and it is used up.
    pub fn take(db: &Db, digest: &SecretDigest, kind: HalfStepKind, now: DateTime<Utc>) -> Result<Option<Self>> {
        let found = Self::find(db, digest, kind, now)?;
        db.prepare_cached("DELETE FROM half_steps WHERE digest = ?1 AND kind = ?2")?
            .execute((digest, kind.as_str()))?;
        Ok(found)
    }

    /// All that somebody has begun is worth nothing any more.
    pub fn withdraw(db: &Db, member: MemberId) -> Result<()> {
        db.prepare_cached("DELETE FROM half_steps WHERE staff_id = ?1")?.execute([member.0])?;
        Ok(())
    }
}
