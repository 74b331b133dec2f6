use anyhow::Result;

use super::SecretDigest;
use crate::store::{Db, MemberId};

/// The codes that stand for a second factor that was lost.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryCode;

impl RecoveryCode {
    /// Those that are good from now on; the ones before are not.
    pub fn replace(db: &Db, member: MemberId, digests: &[SecretDigest]) -> Result<()> {
        db.prepare_cached("DELETE FROM recovery_codes WHERE staff_id = ?1")?.execute([member.0])?;
        let mut add = db.prepare_cached("INSERT INTO recovery_codes (staff_id, digest) VALUES (?1, ?2)")?;
        digests.iter().try_for_each(|digest| add.execute((member.0, digest)).map(drop))?;
        Ok(())
    }

    /// Uses one up. `false` where it is none of theirs, or was used before.
    pub fn spend(db: &Db, member: MemberId, digest: &SecretDigest) -> Result<bool> {
        let spent = db
            .prepare_cached("DELETE FROM recovery_codes WHERE staff_id = ?1 AND digest = ?2")?
            .execute((member.0, digest))?;
        Ok(spent == 1)
    }

    /// How many are left.
    pub fn count(db: &Db, member: MemberId) -> Result<u32> {
        let mut query = db.prepare_cached("SELECT count(*) FROM recovery_codes WHERE staff_id = ?1")?;
        Ok(query.query_row([member.0], |row| row.get(0))?)
    }
}
