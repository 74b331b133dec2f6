use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::SecondsFormat;

use super::draft::too_few;
use super::{Drafted, Press};
use crate::config::{Newsletter, NodeRole};
use crate::delivery::{Engine, Hours, Job, Rights, Run, Stop, Vary};
use crate::store::{DeliveryCounts, Edition, EditionState, Presence, SenderLock};

/// How often a command that watches looks again.
const WATCH_ROUND: Duration = Duration::from_millis(200);

/// Who does the sending.
#[derive(Debug)]
pub enum Sending {
    /// We do: the lock is ours.
    Ours(Box<Engine>),
    /// Another process does; its name, as in "griot daemon (process 4711)".
    Theirs(String),
}

/// How watching or sending an edition ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Sent, paused, cancelled or skipped.
    Settled(Box<Edition>),
    /// Nothing is left to do now; the next try is due then.
    Waiting(chrono::DateTime<chrono::Utc>),
    Stopped,
    /// The relay takes nothing; what is unsent is still queued.
    RelayDown(String),
}

impl Press {
    /// Becomes the one sender of the store, or of this node of it, or tells who is. `holder` is how others will call us.
    pub fn sender(&self, holder: &str) -> Result<Sending> {
        let lock = match SenderLock::try_take(self.store(), holder)? {
            Err(other) => return Ok(Sending::Theirs(other)),
            Ok(lock) => lock,
        };
        let is_shared = self.store().is_shared();
        let presence = if is_shared { Some(self.presence(&[NodeRole::Sender])?) } else { None };
        self.sender_with(Rights { lock, presence }).map(|engine| Sending::Ours(Box::new(engine)))
    }

    /// An engine for who has the rights.
    pub fn sender_with(&self, rights: Rights) -> Result<Engine> {
        let parts = &self.0;
        Engine::start(
            parts.store.clone(),
            parts.relays.clone(),
            parts.config.delivery.clone(),
            parts.config.bounces.clone(),
            rights,
            parts.clock,
        )
    }

    /// This machine shows itself among the nodes of the store.
    pub fn presence(&self, roles: &[NodeRole]) -> Result<Arc<Presence>> {
        let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        let may_lead = roles.contains(&NodeRole::Scheduler);
        Presence::begin(self.store(), &self.config().node.name, &words, may_lead).map(Arc::new)
    }

    /// The edition `griot send NEWSLETTER` is about: the unfinished one, else a new draft. It may come back skipped.
    pub fn edition_to_send(&self, newsletter: &Newsletter) -> Result<Edition> {
        let begun = || -> Result<Option<Edition>> {
            let unfinished = self.store().read(|db| Edition::unfinished(db, newsletter.id.as_str()))?;
            Ok(unfinished.filter(|edition| edition.state != EditionState::Draft))
        };
        if let Some(edition) = begun()? {
            return Ok(edition);
        }
        match self.draft_for(newsletter, None, Some(self.now())) {
            Ok(Drafted::Ready(edition)) => Ok(edition),
            Ok(Drafted::TooFew { edition, found, needed }) => self.skip(&edition, &too_few(found, needed)),
            // Another process may have let the draft go since we looked.
            Err(error) => begun()?.ok_or(error),
        }
    }

    /// The edition a test is made of: the unfinished one, else a new draft, however few its stories.
    pub fn edition_to_test(&self, newsletter: &Newsletter) -> Result<Edition> {
        if let Some(edition) = self.store().read(|db| Edition::unfinished(db, newsletter.id.as_str()))? {
            return Ok(edition);
        }
        match self.draft(newsletter, None)? {
            Drafted::Ready(edition) | Drafted::TooFew { edition, .. } => Ok(edition),
        }
    }

    /// Sets an edition `sending`: a draft is approved, a paused one resumed. One that is over is left as it is. Its pins
    /// are spent with that. There is a variant then for all that its readers chose so far. An error where it holds a story
    /// whose embargo has not ended.
    pub fn release(&self, edition: &Edition) -> Result<Edition> {
        let now = self.now();
        if matches!(edition.state, EditionState::Draft | EditionState::Approved)
            && let Some((story, until)) = self.store().read(|db| edition.embargoed(db, now))?
        {
            bail!(
                "{} holds story {}, embargoed until {}; wait, or `griot story embargo {} none` ends it",
                edition.name,
                story.0,
                until.to_rfc3339_opts(SecondsFormat::Secs, true),
                story.0
            );
        }
        let edition = match edition.state {
            EditionState::Draft => self.approve(edition)?,
            _ => edition.clone(),
        };
        if edition.frozen_at.is_none() && !edition.state.is_final() {
            self.make_variants(&edition)?;
        }
        self.store().write(|db| {
            let from = [EditionState::Approved, EditionState::Paused];
            if edition.change_state(db, &from, EditionState::Sending, "", now)? {
                edition.spend_pins(db)?;
            }
            Edition::find(db, edition.id)?.context("the edition is gone from the store")
        })
    }

    /// How a released edition is sent.
    pub fn job(&self, edition: &Edition) -> Result<Job> {
        let composer = self.composer(edition)?;
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let released_at = edition.started_at.unwrap_or(edition.created_at);
        let hours = Hours {
            zone: newsletter.timezone.zone(),
            local_hour: newsletter.local_hour,
            quiet: newsletter.quiet,
            deadline: newsletter.deadline.map(|period| released_at + period.delta()),
            released_at,
        };
        let relays = newsletter.relays.clone();
        let (press, varied) = (self.clone(), edition.clone());
        let vary = Vary { counts_opens: newsletter.opens, make: Arc::new(move || press.make_variants(&varied)) };
        Ok(Job {
            relays,
            hours,
            vary: Some(vary),
            ..Job::new(edition, move |claimed, buffer| composer.message(claimed, buffer))
        })
    }

    /// Sends every edition that is released, now and later, until a stop is asked for.
    pub async fn serve(&self, engine: &mut Engine, stop: &mut Stop) -> Result<()> {
        engine.settle().await?;
        engine.serve(|edition| self.job(edition), stop).await
    }

    /// Sees a released edition through: sends it, or watches who does, and takes over if that one ends.
    pub async fn see_through(&self, edition: &Edition, holder: &str, stop: &mut Stop) -> Result<Watch> {
        loop {
            match self.sender(holder)? {
                Sending::Ours(mut engine) => match engine.run(self.job(edition)?, stop).await? {
                    Run::Waiting(at) => return Ok(Watch::Waiting(at)),
                    Run::Stopped => return Ok(Watch::Stopped),
                    Run::RelayDown(reason) => return Ok(Watch::RelayDown(reason)),
                    Run::Finished | Run::Halted | Run::RelayRefuses(_) => {
                        let known = self.reload(edition).await?;
                        // Taken up again in the last moment, by another process: then there is more to do.
                        if known.state != EditionState::Sending {
                            return Ok(Watch::Settled(Box::new(known)));
                        }
                    }
                },
                Sending::Theirs(_) => {
                    let known = self.reload(edition).await?;
                    if known.state != EditionState::Sending {
                        return Ok(Watch::Settled(Box::new(known)));
                    }
                    if let Some(at) = self.nothing_due_before(&known).await? {
                        return Ok(Watch::Waiting(at));
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(WATCH_ROUND) => {}
                () = stop.asked() => return Ok(Watch::Stopped),
            }
        }
    }

    /// When the edition's next try is due, if nothing is queued, on its way or due now.
    async fn nothing_due_before(&self, edition: &Edition) -> Result<Option<chrono::DateTime<chrono::Utc>>> {
        let (id, frozen, now) = (edition.id, edition.frozen_at.is_some(), self.now());
        self.store()
            .blocking(move |store| {
                store.read(|db| {
                    let counts = DeliveryCounts::load(db, id)?;
                    let next = crate::store::Claim::next_due(db, id)?;
                    Ok(next.filter(|at| frozen && counts.sending == 0 && *at > now))
                })
            })
            .await
    }

    async fn reload(&self, edition: &Edition) -> Result<Edition> {
        let (id, name) = (edition.id, edition.name.clone());
        let found = self.store().blocking(move |store| store.read(|db| Edition::find(db, id))).await?;
        match found {
            Some(edition) => Ok(edition),
            None => bail!("{name} is gone from the store"),
        }
    }
}
