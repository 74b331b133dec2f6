//! Past editions: which there are, what stands beside each, and what its stories are. Everything here is public, and of
//! what readers have in their hands.

use std::collections::HashMap;

use crate::store::database::{self, OptionalRow, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Edition, EditionId, EditionName, EditionState, time};

/// An edition as a list of past editions shows it, without its heavy parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEdition {
    pub id: EditionId,
    pub name: EditionName,
    pub subject: String,
    /// The moment its date line is taken from: the scheduled run, or else the approval.
    pub dated_at: DateTime<Utc>,
}

/// A story of a past edition, in the words it has now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    pub headline: String,
    /// May be empty.
    pub standfirst: String,
    pub url: String,
}

pub(super) const COLUMNS: &str =
    "e.id, n.slug, e.number, e.subject, coalesce(e.send_at, e.slot_at, e.approved_at, e.created_at)";
/// Of an edition `e`: [`Edition::is_public`].
pub(super) const IS_PUBLIC: &str =
    "(e.state IN ('sending', 'sent') OR e.state = 'paused' AND e.started_at IS NOT NULL)";

impl PastEdition {
    pub(super) fn from_row(row: &Row<'_>) -> database::Result<Self> {
        Ok(Self {
            id: EditionId(row.get(0)?),
            name: EditionName { newsletter: row.get(1)?, number: row.get(2)? },
            subject: row.get(3)?,
            dated_at: time::from_seconds(row.get(4)?),
        })
    }

    /// What has gone out of a newsletter ([`Edition::is_public`]), newest first.
    pub fn list(db: &Db, newsletter: &str, limit: usize) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM editions AS e JOIN newsletters AS n ON n.id = e.newsletter_id
             WHERE n.slug = ?1 AND {IS_PUBLIC} ORDER BY e.number DESC LIMIT ?2"
        ))?;
        let rows = query.query_map((newsletter, limit), Self::from_row)?;
        rows.map(|row| row.context("reading a past edition")).collect()
    }

    /// The public edition before one of this name, and the one after it.
    pub fn beside(db: &Db, name: &EditionName) -> Result<(Option<Self>, Option<Self>)> {
        let beside = |is_there: &str, order: &str| -> Result<Option<Self>> {
            let mut query = db.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM newsletters AS n JOIN editions AS e ON e.newsletter_id = n.id
                 WHERE n.slug = ?1 AND e.number {is_there} ?2 AND {IS_PUBLIC} ORDER BY e.number {order} LIMIT 1"
            ))?;
            Ok(query.query_row((&name.newsletter, name.number), Self::from_row).optional()?)
        };
        Ok((beside("<", "DESC")?, beside(">", "ASC")?))
    }

    /// The stories of some editions, the lead of each first.
    pub fn headlines(db: &Db, editions: &[Self]) -> Result<HashMap<EditionId, Vec<Headline>>> {
        let ids: Vec<i64> = editions.iter().map(|edition| edition.id.0).collect();
        let mut query = db.prepare_cached(
            "SELECT p.edition_id, coalesce(o.headline, s.headline), coalesce(o.standfirst, s.standfirst), s.url
             FROM json_each(?1) AS wanted
             JOIN edition_stories AS p ON p.edition_id = CAST(wanted.value AS BIGINT)
             JOIN stories AS s ON s.id = p.story_id
             LEFT JOIN overrides AS o ON o.story_id = s.id
             ORDER BY p.edition_id, p.position",
        )?;
        let rows = query.query_map([serde_json::to_string(&ids)?], |row| {
            let headline = Headline { headline: row.get(1)?, standfirst: row.get(2)?, url: row.get(3)? };
            Ok((EditionId(row.get(0)?), headline))
        })?;
        let mut found: HashMap<EditionId, Vec<Headline>> = HashMap::new();
        for row in rows {
            let (edition, headline) = row.context("reading the stories of past editions")?;
            found.entry(edition).or_default().push(headline);
        }
        Ok(found)
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
    use crate::store::FrozenParts;

    #[test]
    fn lists_exactly_what_is_public() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
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
