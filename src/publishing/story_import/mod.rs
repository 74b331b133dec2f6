//! Stories from before griot: those of a whole site, taken in at once for READ ALSO and the search.
//!
//! They are cleaned like a feed's and known by the same identities, so a feed that brings one later changes it and makes
//! no second. None of them is news: each counts as seen when it was published, and its comments as no reading.

mod export;
mod site;

use std::collections::{BTreeMap, HashSet};

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};

use super::Press;
use super::contents::story;
use crate::feeds::{Entry, clean};
use crate::store::{Db, Story, Upserted};

/// Stories written in one transaction.
const CHUNK: usize = 200;
/// Refused ones that are told by name; all are counted.
const TOLD: usize = 1_000;

/// Where stories are to go, and which.
#[derive(Clone, Debug)]
pub struct StoryImport {
    /// The id of a platform of the configuration.
    pub platform: String,
    /// None from before this.
    pub since: Option<DateTime<Utc>>,
    pub is_dry_run: bool,
}

/// What came of it, or what would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoriesImported {
    pub added: u64,
    pub updated: u64,
    /// With those that stay as a feed has them.
    pub unchanged: u64,
    pub refused: u64,
    /// The first of the refused.
    pub refusals: Vec<RefusedStory>,
    /// What is no story of the site, by what it is.
    pub left_out: BTreeMap<String, u64>,
}

/// One that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedStory {
    /// Its number or its title.
    pub name: String,
    pub reason: String,
}

/// An import while it runs.
struct Importing {
    wish: StoryImport,
    done: StoriesImported,
    /// What a dry run would have added by now.
    foreseen: HashSet<String>,
}

impl Importing {
    fn begin(press: &Press, wish: StoryImport) -> Result<Self> {
        let platforms = &press.config().platforms;
        if press.config().platform(&wish.platform).is_none() {
            let known: Vec<&str> = platforms.iter().map(|platform| platform.id.as_str()).collect();
            bail!("there is no platform {:?}; the configuration has {}", wish.platform, known.join(", "));
        }
        Ok(Self { wish, done: StoriesImported::default(), foreseen: HashSet::new() })
    }

    /// Cleans a chunk and stores it, in one transaction.
    fn take(&mut self, press: &Press, entries: Vec<(String, Entry)>) -> Result<()> {
        let now = press.now();
        let mut stories = Vec::with_capacity(entries.len());
        for (name, entry) in entries {
            match self.story(&entry, now) {
                Ok(Some(story)) => stories.push(story),
                Ok(None) => self.leave_out("posts from before --since"),
                Err(reason) => self.refuse(name, reason),
            }
        }
        if self.wish.is_dry_run {
            return press.store().read(|db| {
                stories.iter().try_for_each(|story| {
                    let is_again = !self.foreseen.insert(story.guid.clone());
                    let outcome = if is_again { Upserted::Unchanged } else { story.foresee_import(db)? };
                    self.count(outcome);
                    Ok(())
                })
            });
        }
        // Counted only when it is written down.
        let keep = |db: &Db| stories.iter().map(|story| story.keep_imported(db, now)).collect::<Result<Vec<_>>>();
        let outcomes = press.store().write(|db| keep(db))?;
        outcomes.into_iter().for_each(|outcome| self.count(outcome));
        Ok(())
    }

    /// `None` where it is older than was asked for; the error says why it can be none.
    fn story(&self, entry: &Entry, now: DateTime<Utc>) -> std::result::Result<Option<Story>, String> {
        let draft = clean(entry, now).map_err(|unusable| unusable.to_string())?;
        // Taken for today's it would be in the next brief.
        let published_at = draft.published_at.ok_or("it has no date, or one that is to come")?;
        if self.wish.since.is_some_and(|since| published_at < since) {
            return Ok(None);
        }
        Ok(Some(Story { first_seen_at: published_at.min(now), ..story(&self.wish.platform, None, draft, now) }))
    }

    fn count(&mut self, outcome: Upserted) {
        match outcome {
            Upserted::Added => self.done.added += 1,
            Upserted::Changed => self.done.updated += 1,
            Upserted::Unchanged => self.done.unchanged += 1,
        }
    }

    fn leave_out(&mut self, what: &str) {
        *self.done.left_out.entry(what.to_owned()).or_default() += 1;
    }

    fn refuse(&mut self, name: String, reason: String) {
        self.done.refused += 1;
        if self.done.refusals.len() < TOLD {
            self.done.refusals.push(RefusedStory { name, reason });
        }
    }
}
