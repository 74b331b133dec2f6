use crate::store::database::OptionalRow;
use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{Member, SecretDigest, member};
use crate::store::{Db, MemberId, time};

/// A one-time link by which somebody chooses their password.
#[derive(Clone, Copy, Debug)]
pub struct Invitation;

impl Invitation {
    /// Makes one; earlier ones of the same member are worth nothing any more.
    pub fn make(db: &Db, digest: &SecretDigest, member: MemberId, expires_at: DateTime<Utc>) -> Result<()> {
        Self::withdraw(db, member)?;
        db.prepare_cached("INSERT INTO invitations (digest, staff_id, expires_at) VALUES (?1, ?2, ?3)")?.execute((
            digest,
            member.0,
            time::seconds(expires_at),
        ))?;
        Ok(())
    }

    /// Whom it is for. `None` where it was used, withdrawn, never made, or its time is over.
    pub fn find(db: &Db, digest: &SecretDigest, now: DateTime<Utc>) -> Result<Option<Member>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {} FROM invitations AS i JOIN staff AS m ON m.id = i.staff_id
             WHERE i.digest = ?1 AND i.expires_at > ?2 AND m.closed_at IS NULL",
            member::COLUMNS
        ))?;
        Ok(query.query_row((digest, time::seconds(now)), Member::from_row).optional()?)
    }

    pub fn withdraw(db: &Db, member: MemberId) -> Result<()> {
        db.prepare_cached("DELETE FROM invitations WHERE staff_id = ?1")?.execute([member.0])?;
        Ok(())
    }
}
