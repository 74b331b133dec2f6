//! What was taken in already, so that a mail that is read twice counts once.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Db, time};

/// Something that came through a door, by a digest of its bytes or of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received([u8; 16]);

impl Received {
    pub fn digest(bytes: &[u8]) -> Self {
        let whole: [u8; 32] = Sha256::digest(bytes).into();
        let mut half = [0; 16];
        half.copy_from_slice(&whole[..16]);
        Self(half)
    }

    /// Remembers it. `false` where it had come before.
    pub fn remember(self, db: &Db, now: DateTime<Utc>) -> Result<bool> {
        let added = db
            .prepare_cached(
                "INSERT INTO received (digest, received_at) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
            )?
            .execute((self.0.as_slice(), time::seconds(now)))
            .context("remembering what came in")?;
        Ok(added == 1)
    }

    /// Forgets what came before a time: who has kept it so long will not send it again.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute("DELETE FROM received WHERE received_at < ?1", [time::seconds(before)])?)
    }
}
