use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Store, time};

/// The secrets that sign tokens, with their key ids, oldest first; the first is made when there is none. Nothing is written
/// otherwise, so that no command waits for another that writes for long.
pub fn signing_secrets(store: &Store, now: DateTime<Utc>) -> Result<Vec<(u8, Vec<u8>)>> {
    let kept = store.read(all)?;
    if kept.is_empty() { store.write(|db| secrets_within(db, now)) } else { Ok(kept) }
}

/// Whether one has been made yet.
pub fn has_signing_secret(store: &Store) -> Result<bool> {
    Ok(!store.read(all)?.is_empty())
}

/// The same within a transaction that writes.
pub(super) fn secrets_within(db: &Db, now: DateTime<Utc>) -> Result<Vec<(u8, Vec<u8>)>> {
    // Another process may have been first.
    let kept = all(db)?;
    if !kept.is_empty() {
        return Ok(kept);
    }
    let mut fresh = [0u8; 32];
    getrandom::fill(&mut fresh).context("the system gave no random bytes for a key")?;
    db.execute("INSERT INTO keys (id, secret, created_at) VALUES (1, ?1, ?2)", (&fresh[..], time::seconds(now)))?;
    all(db)
}

fn all(db: &Db) -> Result<Vec<(u8, Vec<u8>)>> {
    let mut query = db.prepare("SELECT id, secret FROM keys ORDER BY id")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| row.context("reading a key")).collect()
}
