use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};

use super::knowledge::Times;
use super::{Press, learning};
use crate::config::Newsletter;
use crate::store::{Db, Edition, EditionState};

/// A draft that was made or made again.
#[derive(Clone, Debug)]
pub enum Drafted {
    Ready(Edition),
    /// There are stories, but fewer than `min_stories`; it stays a draft until somebody skips it.
    TooFew {
        edition: Edition,
        found: usize,
        needed: usize,
    },
}

type Window = (DateTime<Utc>, DateTime<Utc>);

impl Press {
    /// Makes the newsletter's draft, or makes it again with what has come since.
    ///
    /// With a `slot`, the draft is the one for that scheduled run: one made by hand before is taken for it, one that was
    /// left over from an earlier run is skipped. An edition that is past being a draft is left alone and named in the
    /// error.
    ///
    /// An edited draft keeps its edits: pins stay where they are, what was dropped stays out, its words stay its own.
    pub fn draft(&self, newsletter: &Newsletter, slot: Option<DateTime<Utc>>) -> Result<Drafted> {
        self.draft_for(newsletter, slot, slot)
    }

    /// Like [`Press::draft`], for one that goes out at `goes_out`; with its run, where that is not said.
    pub(super) fn draft_for(
        &self,
        newsletter: &Newsletter,
        slot: Option<DateTime<Utc>>,
        goes_out: Option<DateTime<Utc>>,
    ) -> Result<Drafted> {
        let now = self.now();
        let id = newsletter.id.as_str();
        self.store().write(|db| {
            let known = match slot {
                Some(slot) => edition_for_run(db, id, slot, now)?,
                None => Edition::unfinished(db, id)?,
            };
            let window = window(newsletter, now);
            let edition = match known {
                Some(edition) if edition.state == EditionState::Draft => edition,
                Some(edition) => bail!("{} is {} already; there is nothing to draft", edition.name, edition.state),
                None => Edition::begin(db, id, slot, window, now)?.context("its run was taken by another process")?,
            };
            edition.set_window(db, window)?;
            let goes_out = goes_out.or(edition.goes_out_at()).unwrap_or_else(|| self.next_run(newsletter));
            let material = self.material(db, newsletter, Times { window, goes_out })?;
            let found = self.pick_stories(db, newsletter, &edition, &material)?;
            learning::keep(db, &edition, &material)?;
            let edition = Edition::find(db, edition.id)?.context("the draft is gone from the store")?;
            let needed = newsletter.min_stories as usize;
            Ok(if found < needed { Drafted::TooFew { edition, found, needed } } else { Drafted::Ready(edition) })
        })
    }

    /// Makes the newsletter's draft again around what the editor decided, if there is one; what came since its window
    /// ended stays out of it.
    pub(super) fn refresh(&self, db: &Db, newsletter: &Newsletter) -> Result<Option<Edition>> {
        let open = Edition::unfinished(db, newsletter.id.as_str())?;
        let Some(edition) = open.filter(|edition| edition.state == EditionState::Draft) else { return Ok(None) };
        let goes_out = edition.goes_out_at().unwrap_or_else(|| self.next_run(newsletter));
        let window = (edition.window_start, edition.window_end);
        let material = self.material(db, newsletter, Times { window, goes_out })?;
        self.pick_stories(db, newsletter, &edition, &material)?;
        Ok(Some(edition))
    }

    /// The edition that goes out with a run, if there is one yet.
    pub fn edition_for_run(&self, newsletter: &Newsletter, slot: DateTime<Utc>) -> Result<Option<Edition>> {
        let now = self.now();
        self.store().write(|db| edition_for_run(db, newsletter.id.as_str(), slot, now))
    }

    /// Puts on record that a run was missed: nothing is mailed for it.
    pub fn skip_run(&self, newsletter: &Newsletter, slot: DateTime<Utc>, reason: &str) -> Result<Option<Edition>> {
        let now = self.now();
        self.store().write(|db| {
            let window = (newsletter.window_start(slot), slot);
            let Some(edition) = Edition::begin(db, newsletter.id.as_str(), Some(slot), window, now)? else {
                return Ok(None);
            };
            edition.change_state(db, &[EditionState::Draft], EditionState::Skipped, reason, now)?;
            Edition::find(db, edition.id)
        })
    }

    /// Takes a draft out of the running, and says why.
    pub fn skip(&self, edition: &Edition, reason: &str) -> Result<Edition> {
        let now = self.now();
        self.store().write(|db| {
            edition.change_state(db, &[EditionState::Draft], EditionState::Skipped, reason, now)?;
            Edition::find(db, edition.id)?.context("the edition is gone from the store")
        })
    }
}

/// The sentence for an edition that has too few stories.
pub fn too_few(found: usize, needed: usize) -> String {
    format!("too few stories: {found} in the window, min_stories is {needed}")
}

fn edition_for_run(db: &Db, newsletter: &str, slot: DateTime<Utc>, now: DateTime<Utc>) -> Result<Option<Edition>> {
    if let Some(edition) = Edition::for_slot(db, newsletter, slot)? {
        return Ok(Some(edition));
    }
    let Some(open) = Edition::unfinished(db, newsletter)? else { return Ok(None) };
    match (open.state, open.slot_at) {
        (EditionState::Draft | EditionState::Approved, None) => {
            open.set_slot(db, slot)?;
            Edition::find(db, open.id)
        }
        (EditionState::Draft, Some(earlier)) if earlier < slot => {
            let reason = "it was not approved before the next run";
            open.change_state(db, &[EditionState::Draft], EditionState::Skipped, reason, now)?;
            Ok(None)
        }
        _ => Ok(None),
    }
}

fn window(newsletter: &Newsletter, now: DateTime<Utc>) -> Window {
    (newsletter.window_start(now), now)
}
