use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::secret::Opaque;
use crate::store::{ApiToken, AuditEntry, Db, Scope, Store};

/// A token as somebody asks for it.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// `None`: until it is revoked.
    pub lasts: Option<TimeDelta>,
}

/// Makes a token for a program, for `who`. The secret is told here, and never again.
pub fn add_token(store: &Store, who: &str, new: &NewToken, now: DateTime<Utc>) -> Result<Opaque> {
    let name = new.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        bail!("{name:?} is no name for a token; use 1 to 80 characters");
    }
    let mut scopes = new.scopes.clone();
    scopes.sort();
    scopes.dedup();
    if scopes.is_empty() {
        bail!("a token without a scope opens nothing; choose at least one");
    }
    let secret = Opaque::new()?;
    let expires_at = new.lasts.map(|lasts| now + lasts);
    let detail = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    let token = ApiToken {
        id: 0,
        name,
        scopes,
        created_by: who.to_owned(),
        created_at: now,
        expires_at,
        used_at: None,
        revoked_at: None,
    };
    store.write(|db| {
        // A name is never given twice, so that the record stays true.
        if token.add(db, &secret.digest())?.is_none() {
            bail!("there is or was a token {} already; take another name", token.name);
        }
        AuditEntry::add(db, who, "made a token", &token.name, &detail, now)
    })?;
    Ok(secret)
}

/// Ends a token at once. Revoking it again is no error.
pub fn revoke_token(db: &Db, who: &str, token: &ApiToken, now: DateTime<Utc>) -> Result<()> {
    if token.revoke(db, now)? {
        AuditEntry::add(db, who, "revoked a token", &token.name, "", now)?;
    }
    Ok(())
}

/// The token of this secret, if it is good; that it is used is written down at most every five minutes.
pub fn token(store: &Store, secret: &Opaque, now: DateTime<Utc>) -> Result<Option<ApiToken>> {
    let digest = secret.digest();
    let found = store.read(|db| ApiToken::find(db, &digest)).context("looking up a token")?;
    let Some(token) = found.filter(|token| token.is_good(now)) else { return Ok(None) };
    if token.is_stale(now) {
        store.write(|db| token.touch(db, now))?;
    }
    Ok(Some(token))
}
