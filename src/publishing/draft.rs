use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use crate::config::Newsletter;
use crate::selection::{Candidate, Count, Knowledge, Orders, Pick, Pool, Rule, Signals, select};
use crate::store::{Db, Edition, EditionId, EditionState, Story, StoryId};

/// A story published so long before the window is still taken where it only came in it: once, as none is sent twice.
const LATE: TimeDelta = TimeDelta::hours(24);

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

/// What a newsletter's next brief would hold.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    pub picks: Vec<SelectedStory>,
    /// Those that would come next, each with what kept it out.
    pub shortlist: Vec<SelectedStory>,
}

/// A story with what selection said of it.
#[derive(Clone, Debug)]
pub struct SelectedStory {
    pub story: Story,
    pub score: f64,
    pub reasons: Vec<String>,
    /// The ids of other platforms that ran it.
    pub also_on: Vec<String>,
}

type Window = (DateTime<Utc>, DateTime<Utc>);

impl Press {
    /// What would be picked now.
    pub fn candidates(&self, newsletter: &Newsletter) -> Result<Selected> {
        self.store().read(|db| selected(db, newsletter, window(newsletter, self.now()), None))
    }

    /// What was picked for an edition from its window, and what came next.
    pub fn selected_for(&self, edition: &Edition) -> Result<Selected> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let window = (edition.window_start, edition.window_end);
        self.store().read(|db| selected(db, newsletter, window, Some(edition.id)))
    }

    /// Makes the newsletter's draft, or makes it again with what has come since.
    ///
    /// With a `slot`, the draft is the one for that scheduled run: one made by hand before is taken for it, one that was
    /// left over from an earlier run is skipped. An edition that is past being a draft is left alone and named in the
    /// error.
    pub fn draft(&self, newsletter: &Newsletter, slot: Option<DateTime<Utc>>) -> Result<Drafted> {
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
            let selected = selected(db, newsletter, window, Some(edition.id))?;
            let picks: Vec<(StoryId, Vec<String>)> =
                selected.picks.into_iter().map(|pick| (pick.story.id, pick.reasons)).collect();
            edition.set_stories(db, &picks)?;
            let edition = Edition::find(db, edition.id)?.context("the draft is gone from the store")?;
            let (found, needed) = (picks.len(), newsletter.min_stories as usize);
            Ok(if found < needed { Drafted::TooFew { edition, found, needed } } else { Drafted::Ready(edition) })
        })
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
            let window = (slot - newsletter.window.delta(), slot);
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
    (now - newsletter.window.delta(), now)
}

/// `of` is the edition it is for, where there is one: its own stories are not sent already.
fn selected(db: &Db, newsletter: &Newsletter, window: Window, of: Option<EditionId>) -> Result<Selected> {
    let stories = stories_in(db, newsletter, window)?;
    let sent = Edition::stories_sent(db, newsletter.id.as_str(), of)?;
    let candidates: Vec<Candidate> = stories.iter().map(|story| candidate(story, &sent, window.1)).collect();
    let selection = select(&candidates, &Knowledge::default(), &Rule::new(newsletter.stories as usize, window.1));
    let mut by_id: HashMap<StoryId, Story> = stories.into_iter().map(|story| (story.id, story)).collect();
    let mut take = |picks: Vec<Pick>| -> Vec<SelectedStory> {
        let story = |pick: Pick| {
            let story = by_id.remove(&pick.story)?;
            let also_on = named_once(pick.also_on.into_iter().map(|also| also.platform));
            Some(SelectedStory { story, score: pick.score, reasons: pick.reasons, also_on })
        };
        picks.into_iter().filter_map(story).collect()
    };
    Ok(Selected { picks: take(selection.picks), shortlist: take(selection.shortlist) })
}

/// By story: the ids of the other platforms that ran it within the edition's window.
pub(super) fn elsewhere(db: &Db, newsletter: &Newsletter, edition: &Edition) -> Result<HashMap<StoryId, Vec<String>>> {
    let stories = stories_in(db, newsletter, (edition.window_start, edition.window_end))?;
    let nothing = HashMap::new();
    let candidates: Vec<Candidate> =
        stories.iter().map(|story| candidate(story, &nothing, edition.window_end)).collect();
    let knowledge = Knowledge::default();
    let pool = Pool::new(&candidates, &knowledge, &Rule::new(newsletter.stories as usize, edition.window_end));
    let mut elsewhere = HashMap::new();
    for entry in &pool.entries {
        let all = || entry.others.iter().copied().chain([entry.story]);
        for story in all() {
            let others = all().map(|other| &other.platform).filter(|platform| **platform != story.platform);
            elsewhere.insert(story.story, named_once(others.cloned()));
        }
    }
    Ok(elsewhere)
}

fn stories_in(db: &Db, newsletter: &Newsletter, window: Window) -> Result<Vec<Story>> {
    let platforms: Vec<&str> = newsletter.platforms.iter().map(|platform| platform.as_str()).collect();
    let mut stories = Story::published_between(db, &platforms, window.0 - LATE, window.1)?;
    stories.retain(|story| story.published_at >= window.0 || story.first_seen_at >= window.0);
    Ok(stories)
}

fn candidate(story: &Story, sent: &HashMap<StoryId, String>, now: DateTime<Utc>) -> Candidate {
    Candidate {
        story: story.id,
        platform: story.platform.clone(),
        url: story.url.clone(),
        guid: story.guid.clone(),
        title: story.headline.clone(),
        lead: story.standfirst.clone(),
        body: without_markup(&story.body),
        section: story.section.clone(),
        authors: story.bylines.clone(),
        published_at: story.published_at,
        signals: Signals {
            comments: story.comments.map(|comments| Count { total: comments.into(), counted_at: now }),
            ..Signals::default()
        },
        orders: Orders { sent_in: sent.get(&story.id).cloned(), ..Orders::default() },
    }
}

/// The words of a sanitised body: only compared, so what a tag was is a space.
fn without_markup(body: &str) -> String {
    let mut is_tag = false;
    let text = body.chars().filter_map(|c| {
        let was_tag = is_tag;
        is_tag = (is_tag || c == '<') && c != '>';
        if c == '>' { Some(' ') } else { Some(c).filter(|_| !is_tag && !was_tag) }
    });
    text.collect()
}

/// In their order, each once.
fn named_once(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}
