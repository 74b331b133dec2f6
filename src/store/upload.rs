use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::{Db, MemberId, time};

/// How long a file waits for who sent it.
pub const UPLOAD_WAITS: TimeDelta = TimeDelta::hours(1);

/// A file of readers that was shown, and waits for the word to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub member: MemberId,
    /// Its id in the configuration.
    pub newsletter: String,
    /// They have agreed to be mailed, and whoever sent it can show it.
    pub is_confirmed: bool,
    pub file_name: String,
    pub bytes: Vec<u8>,
}

impl Upload {
    /// The same for the same file, sent by the same person for the same.
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.member.0.to_be_bytes());
        for part in [self.newsletter.as_bytes(), self.file_name.as_bytes(), &[u8::from(self.is_confirmed)], &self.bytes]
        {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    /// Keeps it, and forgets those whose time is over.
    pub fn keep(&self, db: &Db, now: DateTime<Utc>) -> Result<[u8; 32]> {
        Self::forget(db, now)?;
        let digest = self.digest();
        db.execute(
            "INSERT INTO uploads (digest, staff_id, newsletter, confirmed, file_name, bytes, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (digest) DO UPDATE SET created_at = excluded.created_at",
            (
                digest,
                self.member.0,
                &self.newsletter,
                self.is_confirmed,
                &self.file_name,
                &self.bytes,
                time::seconds(now),
            ),
        )
        .context("keeping a file that was sent to the desk")?;
        Ok(digest)
    }

    /// The one somebody sent, while it waits.
    pub fn find(db: &Db, digest: &[u8], member: MemberId, now: DateTime<Utc>) -> Result<Option<Self>> {
        let mut query = db.prepare(
            "SELECT newsletter, confirmed, file_name, bytes FROM uploads
             WHERE digest = ?1 AND staff_id = ?2 AND created_at > ?3",
        )?;
        let found = query.query_row((digest, member.0, time::seconds(now - UPLOAD_WAITS)), |row| {
            Ok(Self {
                member,
                newsletter: row.get(0)?,
                is_confirmed: row.get(1)?,
                file_name: row.get(2)?,
                bytes: row.get(3)?,
            })
        });
        Ok(found.optional()?)
    }

    /// It is done with.
    pub fn remove(db: &Db, digest: &[u8]) -> Result<()> {
        db.execute("DELETE FROM uploads WHERE digest = ?1", [digest])?;
        Ok(())
    }

    pub fn forget(db: &Db, now: DateTime<Utc>) -> Result<()> {
        db.execute("DELETE FROM uploads WHERE created_at <= ?1", [time::seconds(now - UPLOAD_WAITS)])?;
        Ok(())
    }
}
