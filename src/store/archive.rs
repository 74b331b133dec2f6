use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::Row;

use super::{Db, Edition, EditionName, EditionState, time};

/// An edition as a list of past editions shows it, without its heavy parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEdition {
    pub name: EditionName,
    pub subject: String,
    /// The moment its date line is taken from: the scheduled run, or else the approval.
    pub dated_at: DateTime<Utc>,
}

impl PastEdition {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: EditionName { newsletter: row.get(0)?, number: row.get(1)? },
            subject: row.get(2)?,
            dated_at: time::from_seconds(row.get(3)?),
        })
    }

    /// What has gone out of a newsletter ([`Edition::is_public`]), newest first.
    pub fn list(db: &Db, newsletter: &str, limit: usize) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT n.slug, e.number, e.subject, coalesce(e.slot_at, e.approved_at, e.created_at)
             FROM editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE n.slug = ?1 AND (e.state IN ('sending', 'sent') OR e.state = 'paused' AND e.started_at IS NOT NULL)
             ORDER BY e.number DESC LIMIT ?2",
        )?;
        let rows = query.query_map((newsletter, limit), Self::from_row)?;
        rows.map(|row| row.context("reading a past edition")).collect()
    }
}

impl Edition {
    /// Whether it may be read in the archive: readers have it in their hands. One that was paused on its way counts
    /// too, because its links are out; one that was cancelled does not.
    pub fn is_public(&self) -> bool {
        match self.state {
            EditionState::Sending | EditionState::Sent => true,
            EditionState::Paused => self.started_at.is_some(),
            EditionState::Draft | EditionState::Approved | EditionState::Cancelled | EditionState::Skipped => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FrozenParts, Store};

    #[test]
    fn lists_exactly_what_is_public() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&dir.path().join("griot.db")).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        use EditionState::*;
        let lives: [&[EditionState]; 7] =
            [&[], &[Sending], &[Sending, Sent], &[Paused], &[Sending, Paused], &[Sending, Cancelled], &[Skipped]];
        store
            .write(|db| {
                for life in lives {
                    let edition = Edition::begin(db, "weekly-brief", None, (now, now), now)?.unwrap();
                    let parts = FrozenParts { subject: "The week", html: "<p>", text: "text", online: "<p>" };
                    edition.approve(db, &parts, now)?;
                    let mut from = Approved;
                    for &to in life {
                        assert!(edition.change_state(db, &[from], to, "", now)?);
                        from = to;
                    }
                }
                let listed: Vec<u32> =
                    PastEdition::list(db, "weekly-brief", 100)?.iter().map(|past| past.name.number).collect();
                let mut public: Vec<u32> = Edition::list(db, None)?
                    .iter()
                    .filter(|edition| edition.is_public())
                    .map(|edition| edition.name.number)
                    .collect();
                public.sort_by(|a, b| b.cmp(a));
                assert_eq!(listed, public);
                assert_eq!(listed, [5, 3, 2]);
                Ok(())
            })
            .unwrap();
    }
}
