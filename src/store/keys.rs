use crate::store::database::OptionalRow;
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};

use super::{Db, Store, time};

/// A key that seals links, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkKey {
    pub id: u8,
    pub created_at: DateTime<Utc>,
    /// Since when it verifies nothing any more.
    pub retired_at: Option<DateTime<Utc>>,
    /// Editions whose links were made with it.
    pub editions: u64,
    /// When the last of them was approved.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl LinkKey {
    /// The id of the first key of a store.
    pub const FIRST: u8 = 1;

    /// All there ever were, oldest first.
    pub fn list(db: &Db) -> Result<Vec<Self>> {
        let mut query = db.prepare(
            "SELECT k.id, k.created_at, k.retired_at, count(e.id), max(e.approved_at) FROM keys AS k
             LEFT JOIN editions AS e ON e.approved_at IS NOT NULL AND coalesce(e.key_id, ?1) = k.id
             GROUP BY k.id ORDER BY k.id",
        )?;
        let rows = query.query_map([Self::FIRST], |row| {
            Ok(Self {
                id: row.get(0)?,
                created_at: time::from_seconds(row.get(1)?),
                retired_at: time::maybe_from_seconds(row.get(2)?),
                editions: row.get(3)?,
                last_used_at: time::maybe_from_seconds(row.get(4)?),
            })
        })?;
        rows.map(|row| row.context("reading a key")).collect()
    }

    /// The ids of those that verify, in order.
    pub fn verifying(db: &Db) -> Result<Vec<u8>> {
        let mut query = db.prepare_cached("SELECT id FROM keys WHERE retired_at IS NULL ORDER BY id")?;
        let rows = query.query_map([], |row| row.get(0))?;
        rows.map(|row| row.context("reading a key")).collect()
    }

    /// Makes a new key, which signs from now on; all others go on verifying. Answers its id.
    pub fn rotate(db: &Db, now: DateTime<Utc>) -> Result<u8> {
        secrets_within(db, now)?;
        let newest: u8 = db.query_row("SELECT max(id) FROM keys", [], |row| row.get(0))?;
        let Some(id) = newest.checked_add(1) else {
            bail!("the store has had 255 keys, and a link names its key by one byte: there is room for no more");
        };
        add(db, id, now)?;
        Ok(id)
    }

    /// Has a key verify nothing any more: every link made with it is dead from now on. Refused for the one that signs, and
    /// while an edition is on its way that was made with it.
    pub fn retire(db: &Db, id: u8, now: DateTime<Utc>) -> Result<Self> {
        let all = Self::list(db)?;
        let Some(key) = all.iter().find(|key| key.id == id) else {
            bail!("there is no key {id}; `griot keys list` shows those there are");
        };
        if key.retired_at.is_some() {
            bail!("key {id} is retired already");
        }
        if all.iter().rfind(|key| key.retired_at.is_none()).is_some_and(|signing| signing.id == id) {
            bail!("key {id} signs; `griot keys rotate` makes another, and then this one can be retired");
        }
        let open: Option<String> = db.query_row(
            "SELECT min(n.slug || '/' || e.number) FROM editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE e.state IN ('approved', 'sending', 'paused') AND coalesce(e.key_id, ?2) = ?1",
            [id, Self::FIRST],
            |row| row.get(0),
        )?;
        if let Some(edition) = open {
            bail!("{edition} is on its way with links made with key {id}; let it end or cancel it first");
        }
        db.execute("UPDATE keys SET retired_at = ?2 WHERE id = ?1", (id, time::seconds(now)))
            .with_context(|| format!("retiring key {id}"))?;
        Ok(key.clone())
    }
}

/// The secrets that sign and verify tokens, with their key ids, oldest first; the first is made when there is none. Nothing
/// is written otherwise, so that no command waits for another that writes for long.
pub fn signing_secrets(store: &Store, now: DateTime<Utc>) -> Result<Vec<(u8, Vec<u8>)>> {
    let kept = store.read(all)?;
    if kept.is_empty() { store.write(|db| secrets_within(db, now)) } else { Ok(kept) }
}

/// Whether one has been made yet.
pub fn has_signing_secret(store: &Store) -> Result<bool> {
    Ok(!store.read(all)?.is_empty())
}

/// The secret of the very first key, which no rotation changes and no retirement takes away: the digests of erased readers
/// must answer for ever.
pub(super) fn first_secret(db: &Db, now: DateTime<Utc>) -> Result<Vec<u8>> {
    let first = || db.query_row("SELECT secret FROM keys ORDER BY id LIMIT 1", [], |row| row.get(0)).optional();
    if let Some(secret) = first()? {
        return Ok(secret);
    }
    secrets_within(db, now)?;
    first()?.context("the store holds no key")
}

/// The same within a transaction that writes.
fn secrets_within(db: &Db, now: DateTime<Utc>) -> Result<Vec<(u8, Vec<u8>)>> {
    // Another process may have been first.
    let kept = all(db)?;
    if !kept.is_empty() {
        return Ok(kept);
    }
    add(db, LinkKey::FIRST, now)?;
    all(db)
}

fn add(db: &Db, id: u8, now: DateTime<Utc>) -> Result<()> {
    let mut fresh = [0u8; 32];
    getrandom::fill(&mut fresh).context("the system gave no random bytes for a key")?;
    db.execute("INSERT INTO keys (id, secret, created_at) VALUES (?1, ?2, ?3)", (id, &fresh[..], time::seconds(now)))?;
    Ok(())
}

fn all(db: &Db) -> Result<Vec<(u8, Vec<u8>)>> {
    let mut query = db.prepare("SELECT id, secret FROM keys WHERE retired_at IS NULL ORDER BY id")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| row.context("reading a key")).collect()
}
