use crate::store::database;
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
        let key = keys::first_secret(db, now)?;
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

    /// Whether the other one's digests are made in the same way.
    pub(super) fn has_the_key_of(&self, other: &Self) -> bool {
        self.key == other.key
    }

    pub(super) fn digest(&self, email: &EmailAddress) -> Result<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).context("the signing key has an unusable length")?;
        mac.update(b"griot erasure\0");
        mac.update(email.key().as_bytes());
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

/// What stands in the place of an erased address where an operator wrote it.
const BLOT: &str = "(erased)";

/// Takes an address away where it stands in somebody's words: mail that waits for review, the record of what was done,
/// reasons, letters about it, and what webhooks are told.
pub(super) fn blot_out(db: &Db, email: &EmailAddress) -> Result<()> {
    let address = email.as_str().to_ascii_lowercase();
    for (table, holds) in [
        ("reviews", "instr(lower(CAST(mail AS TEXT)), ?1) > 0 OR instr(lower(sender || ' ' || subject), ?1) > 0"),
        ("letters", "lower(detail) = ?1"),
        ("address_changes", "lower(email) = ?1"),
        ("webhook_calls", "instr(lower(payload), '\"' || ?1 || '\"') > 0"),
    ] {
        db.execute(&format!("DELETE FROM {table} WHERE {holds}"), [&address])
            .with_context(|| format!("taking an erased address out of {table}"))?;
    }
    for (table, column) in [
        ("audit", "subject"),
        ("audit", "detail"),
        ("editions", "reason"),
        ("backups", "problem"),
        ("letters", "problem"),
    ] {
        let mut query =
            db.prepare(&format!("SELECT id, {column} FROM {table} WHERE instr(lower({column}), ?1) > 0"))?;
        let rows: Vec<(i64, String)> =
            query.query_map([&address], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<database::Result<_>>()?;
        for (id, text) in rows {
            db.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1"), (id, without(&text, &address)))?;
        }
    }
    Ok(())
}

/// The text with a blot wherever the address stands, in whatever case.
fn without(text: &str, address: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    let is_of_longer = |c: char| c.is_ascii_alphanumeric() || "-_+".contains(c);
    for (at, found) in lower.match_indices(address) {
        let (before, after) = (&lower[..at], &lower[at + found.len()..]);
        // Another address that ends in this one, or one at a longer domain.
        if before.ends_with(|c| is_of_longer(c) || c == '.') || after.starts_with(is_of_longer) {
            continue;
        }
        left.push_str(&text[from..at]);
        left.push_str(BLOT);
        from = at + found.len();
    }
    left + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_no_address_in_whatever_case_and_nothing_else_out() {
        let text = "é Ada@Example.org wrote; ada@example.org, too";
        assert_eq!(without(text, "ada@example.org"), "é (erased) wrote; (erased), too");
        let others = "miranda@example.org, o.ada@example.org, ada@example.organic";
        assert_eq!(without(others, "ada@example.org"), others);
    }
}
