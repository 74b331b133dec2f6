use anyhow::{Context, Result};

use super::{Db, EditionId, SubscriberId};
use crate::meaning::Meaning;

/// How many readers something came back about, of one edition, by what was said of them first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackCount {
    pub class: String,
    pub reason: String,
    /// Refused by the relay while the edition was sent: they never were accepted.
    pub refused: u64,
    /// Told afterwards.
    pub returned: u64,
}

impl FeedbackCount {
    /// Of an edition, the most frequent first.
    pub fn of(db: &Db, edition: EditionId) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT class, reason, refused, returned FROM feedback_counts WHERE edition_id = ?1
             ORDER BY refused + returned DESC, class, reason",
        )?;
        let rows = query.query_map([edition.0], |row| {
            Ok(Self { class: row.get(0)?, reason: row.get(1)?, refused: row.get(2)?, returned: row.get(3)? })
        })?;
        rows.map(|row| row.context("reading how much came back")).collect()
    }

    /// Counts what is about to be written down of a reader, unless the same was counted before: who bounced twice counts
    /// once.
    pub(super) fn add(
        db: &Db,
        edition: EditionId,
        subscriber: SubscriberId,
        meaning: &Meaning,
        is_refusal: bool,
    ) -> Result<()> {
        // + before what is no good way in: a reader has few rows, an edition may have many.
        let is_known: bool = db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM feedback WHERE subscriber_id = ?1 AND +edition_id = ?2 AND +class = ?3)",
            )?
            .query_row((subscriber.0, edition.0, meaning.class.as_str()), |row| row.get(0))?;
        if is_known {
            return Ok(());
        }
        db.prepare_cached(
            "INSERT INTO feedback_counts (edition_id, class, reason, refused, returned) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (edition_id, class, reason)
             DO UPDATE SET refused = feedback_counts.refused + excluded.refused,
                           returned = feedback_counts.returned + excluded.returned",
        )?
        .execute((edition.0, meaning.class.as_str(), meaning.reason.as_str(), is_refusal, !is_refusal))
        .context("counting what came back")?;
        Ok(())
    }
}
