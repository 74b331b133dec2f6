use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::Press;
use super::learning::{self, taste};
use super::standing::{Standing, arrange};
use crate::config::Newsletter;
use crate::selection::{Candidate, Count, Features, Knowledge, Orders, Pick, Pin, Pool, Rule, Signals, select};
use crate::store::{
    Db, Decision, Edition, EditionName, EditionState, EditionStory, Story, StoryId, StoryOverride, Verdict,
    known_newsletter_number,
};

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
    /// Stories of the window that cannot be in: dropped, embargoed, expired or sent already.
    pub kept_out: Vec<SelectedStory>,
}

/// A story with what selection and the editor said of it.
#[derive(Clone, Debug)]
pub struct SelectedStory {
    /// As readers see it.
    pub story: Story,
    pub score: f64,
    pub reasons: Vec<String>,
    pub is_pinned: bool,
    /// What the editor overrides of it.
    pub overridden: Vec<&'static str>,
    /// The ids of other platforms that ran it.
    pub also_on: Vec<String>,
}

type Window = (DateTime<Utc>, DateTime<Utc>);

impl Press {
    /// What would be picked now.
    pub fn candidates(&self, newsletter: &Newsletter) -> Result<Selected> {
        let goes_out = self.next_run(newsletter);
        self.store().read(|db| selected(db, newsletter, window(newsletter, self.now()), goes_out))
    }

    /// A draft's stories in their order, with the scores selection gives them, and what came next.
    pub fn drafted(&self, edition: &Edition) -> Result<Selected> {
        let newsletter = self.newsletter(&edition.name.newsletter)?;
        let goes_out = edition.slot_at.unwrap_or_else(|| self.next_run(newsletter));
        self.store().read(|db| {
            let selected = selected(db, newsletter, (edition.window_start, edition.window_end), goes_out)?;
            let pins = Decision::all(db, newsletter.id.as_str())?;
            let known: HashMap<StoryId, SelectedStory> =
                selected.picks.into_iter().map(|picked| (picked.story.id, picked)).collect();
            let as_stored = |stored: EditionStory| {
                let known = known.get(&stored.story.id);
                let is_pinned = pins.iter().any(|one| one.story == stored.story.id && one.is_pin());
                let also_on = known.map_or_else(Vec::new, |known| known.also_on.clone());
                let score = known.map_or(0.0, |known| known.score);
                let shown = shown(db, stored.story, score, stored.reasons, is_pinned)?;
                Ok(SelectedStory { also_on, ..shown })
            };
            let picks: Vec<_> = edition.stories(db)?.into_iter().map(as_stored).collect::<Result<_>>()?;
            Ok(Selected { picks, ..selected })
        })
    }

    /// When a draft without a run of its own goes out.
    fn next_run(&self, newsletter: &Newsletter) -> DateTime<Utc> {
        let now = self.now();
        newsletter.schedule.next_after(now, newsletter.timezone.zone()).unwrap_or(now)
    }

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
            let goes_out = goes_out.or(edition.slot_at).unwrap_or_else(|| self.next_run(newsletter));
            let found = pick_stories(db, newsletter, &edition, window, goes_out)?;
            keep_for_learning(db, newsletter, &edition, window, goes_out)?;
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
        let goes_out = edition.slot_at.unwrap_or_else(|| self.next_run(newsletter));
        pick_stories(db, newsletter, &edition, (edition.window_start, edition.window_end), goes_out)?;
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

/// Gives a draft its stories anew; answers how many it has.
fn pick_stories(
    db: &Db,
    newsletter: &Newsletter,
    edition: &Edition,
    window: Window,
    goes_out: DateTime<Utc>,
) -> Result<usize> {
    let picks: Vec<(StoryId, Vec<String>)> = selected(db, newsletter, window, goes_out)?
        .picks
        .into_iter()
        .map(|pick| (pick.story.id, pick.reasons))
        .collect();
    edition.set_stories(db, &picks)?;
    Ok(picks.len())
}

/// What this draft is chosen from, as if nothing were pinned or dropped.
fn keep_for_learning(
    db: &Db,
    newsletter: &Newsletter,
    edition: &Edition,
    window: Window,
    goes_out: DateTime<Utc>,
) -> Result<()> {
    let id = newsletter.id.as_str();
    let decisions: HashMap<StoryId, Decision> =
        Decision::all(db, id)?.into_iter().map(|decision| (decision.story, decision)).collect();
    let sent: HashMap<StoryId, EditionName> = Edition::stories_sent(db, edition.newsletter)?.into_iter().collect();
    let offered = |story: &Story| {
        let decision = decisions.get(&story.id);
        let unedited = decision.map(|decision| Decision { verdict: Verdict::Open, ..*decision });
        let standing = Standing::of(unedited.as_ref(), sent.get(&story.id), goes_out, newsletter.timezone.zone());
        let mut candidate = candidate(story, window.1);
        candidate.orders.pin = decision.filter(|decision| decision.is_pin()).map(|_| Pin::Anywhere);
        (standing == Standing::Free).then_some(candidate)
    };
    let candidates: Vec<Candidate> = stories_in(db, newsletter, window)?.iter().filter_map(offered).collect();
    let taste = taste(db, newsletter)?;
    let rule = Rule { weights: taste.weights, ..Rule::new(newsletter.stories as usize, window.1) };
    let knowledge = Knowledge { prior: Some(&taste.prior), ..Knowledge::default() };
    learning::keep(db, edition, &candidates, &knowledge, &rule)
}

fn selected(db: &Db, newsletter: &Newsletter, window: Window, goes_out: DateTime<Utc>) -> Result<Selected> {
    let id = newsletter.id.as_str();
    let zone = newsletter.timezone.zone();
    let decisions: HashMap<StoryId, Decision> =
        Decision::all(db, id)?.into_iter().map(|decision| (decision.story, decision)).collect();
    // Asking gives a newsletter no number, and without one nothing of it was sent.
    let sent: HashMap<StoryId, EditionName> = match known_newsletter_number(db, id)? {
        Some(number) => Edition::stories_sent(db, number)?.into_iter().collect(),
        None => HashMap::new(),
    };
    let mut stories = stories_in(db, newsletter, window)?;
    let in_window: HashSet<StoryId> = stories.iter().map(|story| story.id).collect();
    // A pinned story is in, however old.
    let mut pinned: Vec<&Decision> = decisions.values().filter(|decision| decision.is_pin()).collect();
    pinned.sort_by_key(|decision| (decision.decided_at, decision.story));
    for decision in pinned.iter().filter(|decision| !in_window.contains(&decision.story)) {
        stories.extend(Story::find(db, decision.story)?);
    }
    let (mut candidates, mut placed, mut unplaced, mut kept_out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for story in &stories {
        let pick = |reason: String| Pick {
            story: story.id,
            score: 0.0,
            reasons: vec![reason],
            also_on: Vec::new(),
            features: Features::default(),
        };
        match Standing::of(decisions.get(&story.id), sent.get(&story.id), goes_out, zone) {
            Standing::Out(reason) => {
                kept_out.push(pick(reason));
                continue;
            }
            Standing::Pinned(Some(place)) => {
                placed.push((place, pick(format!("Pinned to place {place} by the editor."))));
                continue;
            }
            Standing::Pinned(None) => unplaced.push(pick("Pinned by the editor.".into())),
            Standing::Free => {}
        }
        if in_window.contains(&story.id) {
            candidates.push(candidate(story, window.1));
        }
    }
    unplaced.sort_by_key(|pick| decisions.get(&pick.story).map(|decision| (decision.decided_at, decision.story)));
    let pins: HashSet<StoryId> = placed.iter().map(|(_, pick)| pick).chain(&unplaced).map(|pick| pick.story).collect();
    let places = newsletter.stories as usize;
    let taste = taste(db, newsletter)?;
    let rule = Rule { weights: taste.weights, ..Rule::new(places.saturating_sub(placed.len()), window.1) };
    let knowledge = Knowledge { prior: Some(&taste.prior), ..Knowledge::default() };
    let selection = select(&candidates, &knowledge, &rule);
    let (picks, mut gave_way) = arrange(selection.picks, placed, unplaced, places);
    for pick in &mut gave_way {
        pick.reasons = vec!["Kept out by a pinned story.".into()];
    }
    let is_in: HashSet<StoryId> = picks.iter().map(|pick| pick.story).collect();
    let next = selection.shortlist.into_iter().filter(|pick| !is_in.contains(&pick.story));
    let shortlist: Vec<Pick> = gave_way.into_iter().chain(next).take(places).collect();
    let mut by_id: HashMap<StoryId, Story> = stories.into_iter().map(|story| (story.id, story)).collect();
    let mut take = |picks: Vec<Pick>| -> Result<Vec<SelectedStory>> {
        let story = |pick: Pick| {
            let story = by_id.remove(&pick.story)?;
            let is_pinned = pins.contains(&pick.story);
            let mut reasons = pick.reasons;
            if is_pinned && !reasons.iter().any(|reason| reason.starts_with("Pinned")) {
                reasons.insert(0, "Pinned by the editor.".into());
            }
            let also_on = named_once(pick.also_on.into_iter().map(|also| also.platform));
            Some(shown(db, story, pick.score, reasons, is_pinned).map(|shown| SelectedStory { also_on, ..shown }))
        };
        picks.into_iter().filter_map(story).collect()
    };
    Ok(Selected { picks: take(picks)?, shortlist: take(shortlist)?, kept_out: take(kept_out)? })
}

/// A story as readers see it.
fn shown(db: &Db, mut story: Story, score: f64, reasons: Vec<String>, is_pinned: bool) -> Result<SelectedStory> {
    let edited = StoryOverride::find(db, story.id)?;
    edited.apply(&mut story);
    Ok(SelectedStory { story, score, reasons, is_pinned, overridden: edited.fields(), also_on: Vec::new() })
}

/// By story: the ids of the other platforms that ran it within the edition's window.
pub(super) fn elsewhere(db: &Db, newsletter: &Newsletter, edition: &Edition) -> Result<HashMap<StoryId, Vec<String>>> {
    let stories = stories_in(db, newsletter, (edition.window_start, edition.window_end))?;
    let candidates: Vec<Candidate> = stories.iter().map(|story| candidate(story, edition.window_end)).collect();
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

/// Of a story that the editor and earlier editions leave to the selection.
pub(super) fn candidate(story: &Story, now: DateTime<Utc>) -> Candidate {
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
        orders: Orders::default(),
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
