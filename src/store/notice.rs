use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, EditionId, time};
use crate::address::EmailAddress;

/// That an editor is told of a draft, once.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    pub edition: EditionId,
    pub editor: &'a EmailAddress,
}

impl Notice<'_> {
    pub fn is_taken(&self, db: &Db) -> Result<bool> {
        let mut query = db.prepare_cached("SELECT 1 FROM notices WHERE edition_id = ?1 AND email = ?2")?;
        Ok(query.exists((self.edition.0, self.editor.as_str()))?)
    }

    /// Takes it on before it is sent; `false` where somebody did already.
    pub fn take(&self, db: &Db, now: DateTime<Utc>) -> Result<bool> {
        let taken = db
            .prepare_cached(
                "INSERT INTO notices (edition_id, email, told_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute((self.edition.0, self.editor.as_str(), time::seconds(now)))
            .context("noting that an editor is told of a draft")?;
        Ok(taken == 1)
    }

    /// Gives it back: it was surely not sent, and is to be tried again.
    pub fn give_back(&self, db: &Db) -> Result<()> {
        db.prepare_cached("DELETE FROM notices WHERE edition_id = ?1 AND email = ?2")?
            .execute((self.edition.0, self.editor.as_str()))?;
        Ok(())
    }
}
