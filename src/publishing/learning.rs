//! What drafts leave behind to be learnt from, and what was learnt.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result};
use chrono::TimeDelta;

use super::Press;
use super::knowledge::{Times, told};
use super::shortlist::Material;
use crate::config::Newsletter;
use crate::learning::{FEWEST_EDITIONS, Figures, Hand, Lesson, MOST_EDITIONS, Past, Story, Taste, learn};
use crate::selection::{
    Candidate, Features, Prior, Proposal, Rule, Term, Weights, propose, traits, weight_of, with_weight,
};
use crate::store::{
    CandidateHand, Db, DraftCandidate, Edition, LearntTaste, Story as StoredStory, StoryId, known_newsletter_number,
    newsletter_number,
};

/// The best clusters of a draft are kept, and what was picked or pinned besides. Editors look at fewer.
const KEPT: usize = 200;
/// What a draft was chosen from is forgotten after so many days.
const KEPT_DAYS: i64 = 2 * 365;
/// Weights that went through the store and back are the same within this.
const SAME: f64 = 1e-9;

/// What can be learnt for a newsletter.
#[derive(Clone, Debug)]
pub struct Learnt {
    pub configured: Weights,
    /// The editions there are, oldest first: its number, and how many of its stories the draft had not had.
    pub editions: Vec<(u32, usize)>,
    /// `None` with fewer than [`FEWEST_EDITIONS`].
    pub lesson: Option<Lesson>,
}

/// Keeps what a draft was chosen from, and what selection would make of it without the editor's hand. For each draft that
/// is made with a window of its own; one that is only made again around a decision was chosen from the same.
pub(super) fn keep(db: &Db, edition: &Edition, material: &Material) -> Result<()> {
    // Without the editor's hand what is older than the window is no candidate.
    let is_candidate = |story: &&Candidate| material.in_window.contains(&story.story);
    let candidates: Vec<Candidate> = material.candidates.iter().filter(is_candidate).cloned().collect();
    let is_pinned = |story: &&Candidate| story.orders.pin.is_some();
    let pinned: HashSet<StoryId> = candidates.iter().filter(is_pinned).map(|story| story.story).collect();
    let is_wanted = |one: &Proposal| {
        one.place.is_some() || pinned.contains(&one.story) || one.others.iter().any(|story| pinned.contains(story))
    };
    let kept: Vec<DraftCandidate> = propose(&candidates, &material.knowledge(), &material.rule)
        .into_iter()
        .enumerate()
        .filter(|(rank, one)| *rank < KEPT || is_wanted(one))
        .map(|(_, one)| as_kept(one))
        .collect();
    edition.set_candidates(db, &kept)
}

fn as_kept(one: Proposal) -> DraftCandidate {
    DraftCandidate {
        story: one.story,
        others: one.others,
        features: values(&one.features).into_iter().map(|(term, value)| (term.as_str().to_owned(), value)).collect(),
        score: one.score,
        proposed: one.place,
        place: None,
        hand: CandidateHand::None,
    }
}

/// A story's terms before they are weighed, those that are not 0. What the prior says of it is no fact about it.
fn values(features: &Features) -> Vec<(Term, f64)> {
    features.values().into_iter().filter(|(term, value)| *term != Term::Prior && *value != 0.0).collect()
}

/// What a newsletter's stories are scored by: what was learnt and is in use, else what is configured.
pub(super) fn taste(db: &Db, newsletter: &Newsletter) -> Result<Taste> {
    let configured = newsletter.selection.weights;
    Ok(match in_use(db, newsletter)? {
        Some(learnt) => Taste { weights: weights(&learnt.weights, configured), prior: Prior::learnt(learnt.prior) },
        None => Taste::configured(configured),
    })
}

/// The newest that was learnt, while the weights that are configured are those it was learnt from: who changes them by
/// hand wants these.
fn in_use(db: &Db, newsletter: &Newsletter) -> Result<Option<LearntTaste>> {
    let Some(number) = known_newsletter_number(db, newsletter.id.as_str())? else { return Ok(None) };
    let configured = newsletter.selection.weights;
    let is_of = |learnt: &LearntTaste| {
        let then = weights(&learnt.configured, configured);
        let is_same = |term| (weight_of(&then, term) - weight_of(&configured, term)).abs() <= SAME;
        Term::ALL.into_iter().all(is_same)
    };
    Ok(LearntTaste::newest(db, number)?.filter(is_of))
}

fn weights(by_term: &BTreeMap<String, f64>, missing: Weights) -> Weights {
    let known = |weights: Weights, term: Term| match by_term.get(term.as_str()) {
        Some(weight) => with_weight(weights, term, *weight),
        None => weights,
    };
    Term::ALL.into_iter().fold(missing, known)
}

fn by_term(weights: &Weights) -> BTreeMap<String, f64> {
    Term::ALL.into_iter().map(|term| (term.as_str().to_owned(), weight_of(weights, term))).collect()
}

impl Press {
    /// Learns from a newsletter's editions what its editor likes. Changes nothing.
    pub fn learn(&self, newsletter: &Newsletter) -> Result<Learnt> {
        let now = self.now();
        let past = self.store().read(|db| past(db, newsletter))?;
        let configured = newsletter.selection.weights;
        let editions = past.iter().map(|past| (past.number, past.edits())).collect();
        let is_enough = past.len() >= FEWEST_EDITIONS;
        // Sections are no taste, and what one holds is not chosen against the rest.
        let rule = self.rule(newsletter, Times { window: (now, now), goes_out: now });
        let rule = |stories| Rule { stories, sections: Vec::new(), must_read: 0, ..rule.clone() };
        let lesson = is_enough.then(|| learn(&past, &configured, &rule));
        Ok(Learnt { configured, editions, lesson })
    }

    /// Puts to use what was learnt: from now on drafts are scored by it.
    pub fn use_lesson(&self, newsletter: &Newsletter, learnt: &Learnt, lesson: &Lesson) -> Result<()> {
        let figures = |figures: &Figures| -> Result<BTreeMap<String, f64>> {
            Ok(serde_json::from_value(serde_json::to_value(figures)?)?)
        };
        let says_something = |(_, points): &(&str, f64)| *points != 0.0;
        let taste = LearntTaste {
            learnt_at: self.now(),
            editions: learnt.editions.len(),
            configured: by_term(&learnt.configured),
            weights: by_term(&lesson.taste.weights),
            prior: lesson
                .taste
                .prior
                .features()
                .filter(says_something)
                .map(|(name, points)| (name.to_owned(), points))
                .collect(),
            before: figures(&lesson.before)?,
            after: figures(&lesson.after)?,
        };
        self.store().write(|db| taste.save(db, newsletter_number(db, newsletter.id.as_str())?))
    }

    /// Takes back what was put to use last; what was before it holds again. `false` where there was nothing.
    pub fn forget_lesson(&self, newsletter: &Newsletter) -> Result<bool> {
        self.store().write(|db| match known_newsletter_number(db, newsletter.id.as_str())? {
            Some(number) => LearntTaste::forget_newest(db, number),
            None => Ok(false),
        })
    }

    /// What was learnt and is in use.
    pub fn lesson_in_use(&self, newsletter: &Newsletter) -> Result<Option<LearntTaste>> {
        self.store().read(|db| in_use(db, newsletter))
    }

    /// Forgets what drafts of long ago were chosen from; answers how many rows that were.
    pub fn forget_candidates(&self) -> Result<usize> {
        let before = self.now() - TimeDelta::days(KEPT_DAYS);
        self.store().write(|db| DraftCandidate::forget(db, before))
    }
}

/// The editions that can be learnt from, oldest first.
fn past(db: &Db, newsletter: &Newsletter) -> Result<Vec<Past>> {
    let Some(number) = known_newsletter_number(db, newsletter.id.as_str())? else { return Ok(Vec::new()) };
    let editions = DraftCandidate::editions(db, number, MOST_EDITIONS)?;
    editions.iter().rev().map(|edition| past_edition(db, edition)).collect()
}

fn past_edition(db: &Db, edition: &Edition) -> Result<Past> {
    let kept = DraftCandidate::of(db, edition.id)?;
    let placed = kept.iter().filter(|one| one.place.is_some()).count();
    let stories: Vec<Story> = kept.into_iter().map(|one| past_story(db, edition, one)).collect::<Result<_>>()?;
    let strangers = edition.length(db)?.saturating_sub(placed);
    Ok(Past { number: edition.name.number, stories, strangers })
}

fn past_story(db: &Db, edition: &Edition, one: DraftCandidate) -> Result<Story> {
    let story = StoredStory::find(db, one.story)?
        .with_context(|| format!("story {} of {} is gone from the store", one.story.0, edition.name))?;
    // The text is long, and only the headline and the lead are compared.
    let story = StoredStory { body: String::new(), ..story };
    let known = |term: Term| Some((term, *one.features.get(term.as_str())?));
    let candidate = told(&story);
    Ok(Story {
        traits: traits(&candidate),
        candidate,
        values: Term::ALL.into_iter().filter_map(known).collect(),
        score: one.score,
        proposed: one.proposed,
        place: one.place,
        hand: match one.hand {
            CandidateHand::None => Hand::None,
            CandidateHand::Pin => Hand::Pin,
            CandidateHand::Drop => Hand::Drop,
        },
    })
}
