//! The keys that seal links, as they are now: another process may make a new one at any time.

use std::sync::{Arc, PoisonError};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use tracing::info;

use super::Press;
use crate::store::{LinkKey, Store, signing_secrets};
use crate::token::{Keys, Secret};

/// Every key that verifies; the newest signs.
pub(super) fn load(store: &Store, now: DateTime<Utc>) -> Result<Arc<Keys>> {
    let secrets = signing_secrets(store, now)?;
    let mut secrets = secrets.iter().rev().map(|(id, bytes)| Secret { id: *id, bytes });
    let newest = secrets.next().context("the store holds no signing key")?;
    Ok(Arc::new(Keys::new(newest, secrets)?))
}

impl Press {
    pub fn keys(&self) -> Arc<Keys> {
        match &self.1 {
            Some(kept) => Arc::clone(kept),
            None => Arc::clone(&self.0.keys.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Takes over the keys that were made or retired since; those of an edition stay what they are. Asked again and again
    /// by a process that runs for long.
    pub fn know_keys(&self) -> Result<()> {
        let there_are = self.store().read(LinkKey::verifying)?;
        if there_are != self.keys().ids() {
            let keys = load(self.store(), self.now())?;
            info!(signing = keys.signing_id(), "the keys have changed");
            *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        }
        Ok(())
    }

    /// The same press, making links and Message-IDs with this key however long it takes: what is tried again is the same
    /// bytes (F3). Without one, it is the first key there was; in the place of one that is retired it is the newest.
    pub(super) fn keeping_to(&self, key: Option<u8>) -> Result<Self> {
        if key.is_some_and(|key| self.keys().signing_with(key).is_none()) {
            // Another process may have just made it.
            self.know_keys()?;
        }
        let keys = self.keys();
        let kept = keys.signing_with(key.unwrap_or(LinkKey::FIRST)).map_or(keys, Arc::new);
        Ok(Self(Arc::clone(&self.0), Some(kept)))
    }
}
