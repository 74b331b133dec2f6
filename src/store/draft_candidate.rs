use std::collections::BTreeMap;

use crate::store::database::{self, Row};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Decision, Edition, EditionId, NewsletterNumber, StoryId, Verdict, time};

/// What a draft was chosen from: a cluster of stories as it stood then, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftCandidate {
    /// Which stands for the cluster.
    pub story: StoryId,
    /// The same story on other platforms.
    pub others: Vec<StoryId>,
    /// By term: its number before it is weighed. A term that is 0 is left out.
    pub features: BTreeMap<String, f64>,
    pub score: f64,
    /// Its place in the draft without the editor's hand, counted from 1.
    pub proposed: Option<usize>,
    /// Its place when the edition was approved, counted from 1.
    pub place: Option<usize>,
    pub hand: CandidateHand,
}

/// What the editor had ordered of it when the edition was approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CandidateHand {
    #[default]
    None,
    Pin,
    Drop,
}

impl DraftCandidate {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let hand = match row.get::<String>(6)?.as_str() {
            "pin" => CandidateHand::Pin,
            "drop" => CandidateHand::Drop,
            _ => CandidateHand::None,
        };
        Ok(Self {
            story: StoryId(row.get(0)?),
            others: serde_json::from_str(&row.get::<String>(1)?)?,
            features: serde_json::from_str(&row.get::<String>(2)?)?,
            score: row.get(3)?,
            proposed: row.get(4)?,
            place: row.get(5)?,
            hand,
        })
    }

    /// What an edition was chosen from.
    pub fn of(db: &Db, edition: EditionId) -> Result<Vec<Self>> {
        let mut query = db.prepare_cached(
            "SELECT story_id, others, features, score, proposed, place, hand
             FROM draft_candidates WHERE edition_id = ?1 ORDER BY story_id",
        )?;
        let mut rows = query.query([edition.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Self::from_row(&row).context("reading what a draft was chosen from")?);
        }
        Ok(found)
    }

    /// The newest editions of a newsletter that were approved and whose candidates are kept, newest first.
    pub fn editions(db: &Db, newsletter: NewsletterNumber, most: usize) -> Result<Vec<Edition>> {
        let mut query = db.prepare_cached(
            "SELECT id FROM editions AS e
             WHERE newsletter_id = ?1 AND approved_at IS NOT NULL
               AND (state IN ('approved', 'sending', 'paused', 'sent') OR started_at IS NOT NULL)
               AND EXISTS (SELECT 1 FROM draft_candidates AS c WHERE c.edition_id = e.id)
             ORDER BY number DESC LIMIT ?2",
        )?;
        let ids: Vec<i64> = query.query_map((newsletter, most), |row| row.get(0))?.collect::<database::Result<_>>()?;
        let edition = |id| Edition::find(db, EditionId(id))?.context("an edition is gone from the store");
        ids.into_iter().map(edition).collect()
    }

    /// Forgets those of editions that were begun before; answers how many there were.
    pub fn forget(db: &Db, before: DateTime<Utc>) -> Result<usize> {
        Ok(db.execute(
            "DELETE FROM draft_candidates WHERE edition_id IN (SELECT id FROM editions WHERE created_at < ?1)",
            [time::seconds(before)],
        )?)
    }
}

impl Edition {
    /// Keeps what its draft was chosen from, in place of what was kept of an earlier draft.
    pub fn set_candidates(&self, db: &Db, candidates: &[DraftCandidate]) -> Result<()> {
        db.prepare_cached("DELETE FROM draft_candidates WHERE edition_id = ?1")?.execute([self.id.0])?;
        let mut insert = db.prepare_cached(
            "INSERT INTO draft_candidates (edition_id, story_id, others, features, score, proposed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for one in candidates {
            insert
                .execute((
                    self.id.0,
                    one.story.0,
                    serde_json::to_string(&one.others)?,
                    serde_json::to_string(&one.features)?,
                    one.score,
                    one.proposed,
                ))
                .with_context(|| format!("keeping what {} was chosen from", self.name))?;
        }
        Ok(())
    }

    /// Writes down what became of the candidates: the places of the stories as they are now, and what is decided. A
    /// cluster stands where any of its stories stands.
    pub fn settle_candidates(&self, db: &Db) -> Result<()> {
        let mut query = db.prepare_cached("SELECT story_id, position FROM edition_stories WHERE edition_id = ?1")?;
        let places: BTreeMap<StoryId, usize> = query
            .query_map([self.id.0], |row| Ok((StoryId(row.get(0)?), row.get(1)?)))?
            .collect::<database::Result<_>>()?;
        let decided: BTreeMap<StoryId, Verdict> = Decision::all(db, &self.name.newsletter)?
            .into_iter()
            .map(|decision| (decision.story, decision.verdict))
            .collect();
        let mut update = db.prepare_cached(
            "UPDATE draft_candidates SET place = ?3, hand = ?4 WHERE edition_id = ?1 AND story_id = ?2",
        )?;
        for one in DraftCandidate::of(db, self.id)? {
            let all = || one.others.iter().chain([&one.story]);
            let place = all().filter_map(|story| places.get(story)).min();
            let is = |wanted: fn(&Verdict) -> bool| all().filter_map(|story| decided.get(story)).any(wanted);
            let hand = match place {
                Some(_) if is(|verdict| matches!(verdict, Verdict::Pin { .. })) => "pin",
                None if is(|verdict| *verdict == Verdict::Drop) => "drop",
                Some(_) | None => "",
            };
            update
                .execute((self.id.0, one.story.0, place, hand))
                .with_context(|| format!("writing down what became of the candidates of {}", self.name))?;
        }
        Ok(())
    }
}
