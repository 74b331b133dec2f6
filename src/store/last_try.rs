use crate::store::database::OptionalRow;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, EditionId, time};

/// Whether an edition that is being sent moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastTry {
    /// When a try last ended; `None` where none has.
    pub ended_at: Option<DateTime<Utc>>,
    /// What its relays said when they took nothing, and when they first did; no try has ended since.
    pub trouble: Option<(String, DateTime<Utc>)>,
}

impl LastTry {
    pub fn of(db: &Db, edition: EditionId) -> Result<Self> {
        let mut query =
            db.prepare_cached("SELECT ended_at, trouble, troubled_at FROM last_tries WHERE edition_id = ?1")?;
        let found = query.query_row([edition.0], |row| {
            let trouble: String = row.get(1)?;
            let since = time::maybe_from_seconds(row.get(2)?);
            Ok(Self {
                ended_at: time::maybe_from_seconds(row.get(0)?),
                trouble: since.filter(|_| !trouble.is_empty()).map(|since| (trouble, since)),
            })
        });
        Ok(found.optional()?.unwrap_or_default())
    }

    /// A try ended: its relays take something.
    pub(super) fn note(db: &Db, edition: EditionId, at: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO last_tries (edition_id, ended_at) VALUES (?1, ?2)
             ON CONFLICT (edition_id) DO UPDATE SET ended_at = excluded.ended_at, trouble = '', troubled_at = NULL",
        )?
        .execute((edition.0, time::seconds(at)))
        .context("noting when a try ended")?;
        Ok(())
    }

    /// None of its relays takes anything. What they say now goes before what they said, and the time stays.
    pub fn note_trouble(db: &Db, edition: EditionId, said: &str, at: DateTime<Utc>) -> Result<()> {
        db.prepare_cached(
            "INSERT INTO last_tries (edition_id, trouble, troubled_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (edition_id)
             DO UPDATE SET trouble = excluded.trouble, troubled_at = coalesce(last_tries.troubled_at, excluded.troubled_at)",
        )?
        .execute((edition.0, said, time::seconds(at)))
        .context("noting that no relay takes an edition")?;
        Ok(())
    }
}
