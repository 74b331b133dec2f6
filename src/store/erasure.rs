use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Db, keys, time};
use crate::address::EmailAddress;

/// Erased addresses, known only by a keyed digest (GDPR art. 17: nothing can be read back from it).
#[derive(Debug)]
pub struct Erasure {
    key: Vec<u8>,
    /// None are kept: an import of a million rows then asks nothing a million times.
    any: bool,
}

impl Erasure {
    /// Prepares for many questions or one.
    pub fn load(db: &Db, now: DateTime<Utc>) -> Result<Self> {
        // Always the oldest key: a digest must answer for ever, whatever key signs tokens today.
        let (_, key) = keys::secrets_within(db, now)?.swap_remove(0);
        let any = db.query_row("SELECT EXISTS (SELECT 1 FROM erasures)", [], |row| row.get(0))?;
        Ok(Self { key, any })
    }

    pub fn covers(&self, db: &Db, email: &EmailAddress) -> Result<bool> {
        if !self.any {
            return Ok(false);
        }
        let mut query = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM erasures WHERE digest = ?1)")?;
        Ok(query.query_row([self.digest(email)?], |row| row.get(0))?)
    }

    pub(super) fn record(&self, db: &Db, email: &EmailAddress, now: DateTime<Utc>) -> Result<()> {
        db.execute(
            "INSERT INTO erasures (digest, erased_at) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
            (self.digest(email)?, time::seconds(now)),
        )
        .context("recording an erasure")?;
        Ok(())
    }

    /// The reader has come back by themselves, and shown that the address is theirs.
    pub fn lift(&self, db: &Db, email: &EmailAddress) -> Result<()> {
        if self.any {
            db.execute("DELETE FROM erasures WHERE digest = ?1", [self.digest(email)?])?;
        }
        Ok(())
    }

    fn digest(&self, email: &EmailAddress) -> Result<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).context("the signing key has an unusable length")?;
        mac.update(b"griot erasure\0");
        mac.update(email.key().as_bytes());
        Ok(mac.finalize().into_bytes().to_vec())
    }
}
