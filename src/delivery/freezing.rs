//! Freezing the recipients of editions, a chunk at a time, beside the ledger: what is due already is sent meanwhile.

use std::sync::Arc;

use anyhow::{Error, Result};
use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use super::dispatch::Dispatch;
use super::job::Job;
use crate::config::Delivery;
use crate::store::{Beside, Db, Edition, EditionId, EditionState, Store, Warming};

/// Recipients that get their row in one transaction: small enough that sending starts at once and is never held up.
const CHUNK: u32 = 10_000;

/// The chunk that is under way.
#[derive(Debug, Default)]
pub(super) struct Freezing {
    under_way: Option<JoinHandle<Result<Option<Error>>>>,
    /// The edition whose chunk that is, or was.
    edition: Option<EditionId>,
}

/// An edition that cannot have its recipients frozen, because what they chose cannot be made.
#[derive(Debug)]
pub(super) struct HeldUp {
    pub(super) edition: EditionId,
    pub(super) error: Error,
}

impl Freezing {
    /// What came of the chunk if it is over by now. Fails where the store does.
    pub(super) async fn look(&mut self) -> Result<Option<HeldUp>> {
        match &self.under_way {
            Some(task) if task.is_finished() => self.end().await,
            _ => Ok(None),
        }
    }

    /// The same; waits for it.
    pub(super) async fn end(&mut self) -> Result<Option<HeldUp>> {
        let Some(task) = self.under_way.take() else { return Ok(None) };
        let error = task.await??;
        Ok(self.edition.zip(error).map(|(edition, error)| HeldUp { edition, error }))
    }

    /// Begins the next chunk unless one is under way: the editions take turns. The ledger is told when it is over.
    pub(super) fn go_on<'j>(
        &mut self,
        store: &Store,
        dispatch: &Arc<Dispatch>,
        unfrozen: impl Iterator<Item = &'j Arc<Job>>,
        policy: &Arc<Delivery>,
        now: DateTime<Utc>,
    ) {
        if self.under_way.is_some() {
            return;
        }
        let Some(job) = unfrozen.min_by_key(|job| turn(self.edition, job.edition)) else { return };
        self.edition = Some(job.edition);
        let (store, dispatch, job, policy) = (store.clone(), Arc::clone(dispatch), Arc::clone(job), Arc::clone(policy));
        self.under_way = Some(tokio::spawn(async move {
            let answer = store.blocking(move |store| freeze(store, &job, &policy, now)).await;
            dispatch.call_ledger();
            answer
        }));
    }
}

/// What sorts editions by whose turn is next: the one behind that which had the last.
fn turn(last: Option<EditionId>, of: EditionId) -> impl Ord {
    (Some(of) <= last, of)
}

/// Freezes a chunk, or has the variants made that it waits for. Answers why these cannot be.
fn freeze(store: &Store, job: &Job, policy: &Delivery, now: DateTime<Utc>) -> Result<Option<Error>> {
    let lacks_variants = store.write_beside(Beside::Recipients, |db| chunk(db, job, policy, now))?;
    Ok(match &job.vary {
        Some(vary) if lacks_variants => (vary.make)().err(),
        _ => None,
    })
}

/// Answers whether there is no variant yet for what one of them chose; then none is frozen.
fn chunk(db: &Db, job: &Job, policy: &Delivery, now: DateTime<Utc>) -> Result<bool> {
    if Edition::progress(db, job.edition)? != Some((EditionState::Sending, false)) {
        return Ok(false);
    }
    if let Some(vary) = &job.vary
        && Edition::lacks_variants(db, job.edition, CHUNK, vary.counts_opens, now)?
    {
        return Ok(true);
    }
    match Warming::load(db, policy, now)? {
        Some(_) => Edition::freeze_most_engaged_first(db, job.edition, CHUNK, now)?,
        None => Edition::freeze_recipients(db, job.edition, CHUNK, now)?,
    };
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editions_take_turns() {
        let next = |last: Option<i64>| {
            [5, 3, 8].map(EditionId).into_iter().min_by_key(|of| turn(last.map(EditionId), *of)).map(|of| of.0)
        };
        assert_eq!([None, Some(3), Some(5), Some(8)].map(next), [Some(3), Some(5), Some(8), Some(3)]);
        assert_eq!(next(Some(4)), Some(5), "that one is frozen or gone");
    }
}
