//! Pauses that end by themselves: a relay's daily quota returns without anybody looking.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Db, Edition, EditionState, time};

impl Edition {
    /// Pauses an edition that is `sending` until `resume_at`. `false` where it was not sending any more.
    ///
    /// Whatever else changes its state before then, an operator most of all, takes the time off again.
    pub fn pause_until(&self, db: &Db, reason: &str, resume_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool> {
        if !self.change_state(db, &[EditionState::Sending], EditionState::Paused, reason, now)? {
            return Ok(false);
        }
        db.prepare_cached("UPDATE editions SET resume_at = ?2 WHERE id = ?1")?
            .execute((self.id.0, time::seconds(resume_at)))
            .with_context(|| format!("pausing {} for a time", self.name))?;
        Ok(true)
    }

    /// Whether a paused edition's time has come: asked often, and most often of none.
    pub fn is_resume_due(db: &Db, now: DateTime<Utc>) -> Result<bool> {
        let mut query = db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM editions WHERE state = 'paused' AND resume_at IS NOT NULL AND resume_at <= ?1)",
        )?;
        Ok(query.query_row([time::seconds(now)], |row| row.get(0))?)
    }

    /// Lets every paused edition go on whose time has come, and answers which.
    pub fn resume_due(db: &Db, now: DateTime<Utc>) -> Result<Vec<Self>> {
        let mut resumed = Vec::new();
        for edition in Self::in_state(db, EditionState::Paused)? {
            if edition.resume_at.is_some_and(|at| at <= now)
                && edition.change_state(db, &[EditionState::Paused], EditionState::Sending, "", now)?
            {
                resumed.extend(Self::find(db, edition.id)?);
            }
        }
        Ok(resumed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::FrozenParts;
    use chrono::TimeDelta;

    #[test]
    fn a_pause_ends_by_itself_unless_an_operator_came_in_between() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let later = now + TimeDelta::hours(1);
        store
            .write(|db| {
                let edition = Edition::begin(db, "weekly-brief", None, (now, now), now)?.unwrap();
                assert!(!edition.pause_until(db, "the daily quota is used up", later, now)?);
                let parts = FrozenParts { subject: "The week", html: "<p>", text: "text", online: "<p>" };
                edition.approve(db, &parts, now)?;
                edition.change_state(db, &[EditionState::Approved], EditionState::Sending, "", now)?;
                let known = || -> Result<_> {
                    let known = Edition::find(db, edition.id)?.unwrap();
                    Ok((known.state, known.reason, known.resume_at))
                };

                assert!(edition.pause_until(db, "the daily quota is used up", later, now)?);
                let paused = (EditionState::Paused, "the daily quota is used up".to_owned(), Some(later));
                assert_eq!(known()?, paused);
                assert_eq!(Edition::resume_due(db, later - TimeDelta::seconds(1))?, []);
                assert_eq!(known()?, paused);
                assert_eq!(Edition::resume_due(db, later)?, [Edition::find(db, edition.id)?.unwrap()]);
                assert_eq!(known()?, (EditionState::Sending, String::new(), None));

                edition.pause_until(db, "the daily quota is used up", later, now)?;
                edition.change_state(db, &[EditionState::Paused], EditionState::Sending, "", now)?;
                edition.change_state(db, &[EditionState::Sending], EditionState::Paused, "wrong picture", now)?;
                assert_eq!(Edition::resume_due(db, later)?, []);
                assert_eq!(known()?, (EditionState::Paused, "wrong picture".to_owned(), None));
                Ok(())
            })
            .unwrap();
    }
}
