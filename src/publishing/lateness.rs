//! Which newsletters are behind their schedule.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use crate::config::{Approval, Newsletter};
use crate::store::{Db, Edition, EditionName, EditionState, scheduled_since};

/// A run whose time has come and whose edition is not on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    pub newsletter: String,
    pub due_at: DateTime<Utc>,
    pub why: LateBecause,
}

/// What it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LateBecause {
    /// No draft was made of the run.
    NoEdition,
    /// A draft that an editor has to approve.
    Unapproved(EditionName),
    /// A draft, or an approved edition, that the schedule did not let go.
    NotReleased(EditionName),
}

impl Late {
    pub fn by(&self, now: DateTime<Utc>) -> TimeDelta {
        now - self.due_at
    }
}

impl Press {
    /// Those that are behind now, a newsletter once; one is a second behind for the moment its run takes to begin.
    pub fn late(&self, db: &Db) -> Result<Vec<Late>> {
        let mut late = Vec::new();
        for newsletter in &self.config().newsletters {
            late.extend(self.late_one(db, newsletter)?);
        }
        Ok(late)
    }

    fn late_one(&self, db: &Db, newsletter: &Newsletter) -> Result<Option<Late>> {
        let (now, id) = (self.now(), newsletter.id.as_str());
        let late = |due_at, why| Some(Late { newsletter: id.to_owned(), due_at, why });
        // One that has a time of its own, or was approved for a run before.
        if let Some(edition) = Edition::unfinished(db, id)?
            && matches!(edition.state, EditionState::Draft | EditionState::Approved)
            && let Some(due_at) = edition.goes_out_at().filter(|at| *at <= now)
        {
            return Ok(late(due_at, waits_for(&edition, newsletter)));
        }
        let Some(since) = scheduled_since(db, id)? else { return Ok(None) };
        let latest = newsletter.schedule.previous_before(now, newsletter.timezone.zone());
        let Some(slot) = latest.filter(|slot| *slot >= since) else { return Ok(None) };
        match Edition::for_slot(db, id, slot)? {
            None => Ok(late(slot, LateBecause::NoEdition)),
            Some(_) => Ok(None),
        }
    }
}

fn waits_for(edition: &Edition, newsletter: &Newsletter) -> LateBecause {
    match (edition.state, newsletter.approval) {
        (EditionState::Draft, Approval::Editor) => LateBecause::Unapproved(edition.name.clone()),
        _ => LateBecause::NotReleased(edition.name.clone()),
    }
}
