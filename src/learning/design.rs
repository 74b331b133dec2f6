//! Past editions as the rows and columns of a fit, and a taste from what the fit found.

use std::collections::{BTreeMap, BTreeSet};

use super::fit::{Problem, Ridge, loss, minimise};
use super::sparse::{Pair, Row};
use super::{Past, Story, Taste, pairs};
use crate::selection::{Prior, Term, Weights, weight_of, with_weight};

/// How strongly the ridge holds: one is chosen by editions left out. The weakest lets eight editions say nearly all there
/// is to say, the strongest takes fifty.
const STRENGTHS: [f64; 4] = [0.1, 0.5, 2.0, 10.0];
/// Words, tags and authors are held so many times as strongly as sections and platforms: there are so many that some fit by chance.
const MANY: f64 = 4.0;
/// Beyond so many editions not each is left out by itself, but every so-manieth together.
const MOST_FOLDS: usize = 8;
/// Two stories whose scores are as far apart as they usually are, by the standard deviation: the odds that an editor goes
/// by that are e to the power of this. Near 0 an editor's choice is chance; and were it much more, one exception would
/// say all.
const SHARPNESS: f64 = 2.0;
/// A trait counts from so many candidates on, in so many editions.
const FEWEST_CANDIDATES: usize = 4;
const FEWEST_EDITIONS: usize = 3;
/// A word in a larger share of the candidates says nothing.
const MOST_OF_ALL: f64 = 0.1;
/// A term that hardly differs among stories is held as if its variance were this: what chance taught of it would move the
/// first story in which it is large.
const LEAST_SPREAD: f64 = 0.03;

/// The taste that explains the editor's changes to these editions, held near what is configured, and how strongly it is
/// held: as strongly as tells best the editions left out. `None` where there are no changes.
pub fn fit_best(past: &[&Past], configured: &Weights) -> Option<(Taste, f64)> {
    if !past.iter().any(|past| past.is_changed_by_hand()) {
        return None;
    }
    let design = Design::new(past, configured);
    let strength = design.strength();
    Some((design.found(strength, configured), strength))
}

/// The same, held so strongly.
pub fn fit(past: &[&Past], configured: &Weights, strength: f64) -> Taste {
    Design::new(past, configured).found(strength, configured)
}

struct Design {
    problem: Problem,
    terms: Vec<Term>,
    /// The columns after the terms', in their order.
    traits: Vec<String>,
    /// By term: what is configured, and how much it differs among the stories.
    configured: Vec<f64>,
    spread: Vec<f64>,
    /// A score's difference that makes the odds e to 1. The fit counts in it, so that weights that are all twice as high
    /// learn the same.
    unit: f64,
}

impl Design {
    fn new(past: &[&Past], configured: &Weights) -> Self {
        // Sums depend on their order, and what is learnt must not.
        let mut past = past.to_vec();
        past.sort_by_key(|past| past.number);
        let scores: Vec<Vec<f64>> =
            past.iter().map(|past| past.stories.iter().map(|story| story.score).collect()).collect();
        let unit =
            (scores.iter().map(|scores| variance(scores)).sum::<f64>() / past.len().max(1) as f64).sqrt() / SHARPNESS;
        let unit = if unit > 0.0 { unit } else { 1.0 };
        let terms: Vec<Term> = Term::ALL.into_iter().filter(|term| *term != Term::Prior).collect();
        // A prior that weighs nothing can't be learnt.
        let traits = if configured.prior > 0.0 { common_traits(&past) } else { Vec::new() };
        let columns: BTreeMap<&str, usize> = traits.iter().map(String::as_str).zip(terms.len()..).collect();
        let row = |story: &Story| -> Row {
            let value = |term: &Term| story.values.iter().find(|(known, _)| known == term).map_or(0.0, |known| known.1);
            let mut row: Row = terms.iter().map(value).enumerate().filter(|(_, value)| *value != 0.0).collect();
            let known = story.traits.iter().filter_map(|name| columns.get(name.as_str()).copied());
            row.extend(known.map(|column| (column, configured.prior)));
            row
        };
        let mut problem = Problem::default();
        for past in &past {
            let (stories, pairs) = pairs::of(past, unit);
            let first = problem.rows.len();
            let shifted = |pair: Pair| Pair { better: pair.better + first, worse: pair.worse + first, ..pair };
            problem.rows.extend(stories.into_iter().map(row));
            problem.editions.push(pairs.into_iter().map(shifted).collect());
        }
        let spread = (0..terms.len()).map(|column| spread(&problem.rows, column)).collect();
        let configured = terms.iter().map(|term| weight_of(configured, *term)).collect();
        Self { problem, terms, traits, configured, spread, unit }
    }

    fn centre(&self) -> Vec<f64> {
        let mut centre: Vec<f64> = self.configured.iter().map(|weight| weight / self.unit).collect();
        centre.resize(self.terms.len() + self.traits.len(), 0.0);
        centre
    }

    /// A weight is held by how far its change moves stories, a trait by itself. No weight is below 0: more readers, more
    /// outlets or more recent never speak against a story, and where they seem to, something else does.
    fn ridge(&self, strength: f64) -> Ridge {
        let mut strengths: Vec<f64> = self.spread.iter().map(|spread| strength * spread).collect();
        let is_of_many = |name: &str| ["word ", "author ", "tag "].iter().any(|kind| name.starts_with(kind));
        let held = |name: &String| if is_of_many(name) { MANY * strength } else { strength };
        strengths.extend(self.traits.iter().map(held));
        let mut bounds = vec![(0.0, f64::INFINITY); self.terms.len()];
        let (least, most) = Prior::BOUNDS;
        bounds.resize(self.terms.len() + self.traits.len(), (least / self.unit, most / self.unit));
        Ridge { centre: self.centre(), strength: strengths, bounds }
    }

    fn all(&self) -> Vec<usize> {
        (0..self.problem.editions.len()).collect()
    }

    fn fitted(&self, editions: &[usize], strength: f64, start: &[f64]) -> Vec<f64> {
        let pairs: Vec<Pair> = editions.iter().flat_map(|edition| self.problem.editions[*edition].clone()).collect();
        minimise(&self.problem.rows, &pairs, &self.ridge(strength), start)
    }

    /// The strength whose fits tell best the editions they have not seen; of equals, the one that changes less.
    fn strength(&self) -> f64 {
        let folds = self.problem.editions.len().min(MOST_FOLDS);
        let missed = |strength: f64| -> f64 {
            let start = self.fitted(&self.all(), strength, &self.centre());
            let fold = |fold: usize| {
                let (out, rest): (Vec<usize>, Vec<usize>) =
                    self.all().into_iter().partition(|edition| edition % folds == fold);
                let found = self.fitted(&rest, strength, &start);
                loss(&self.problem.rows, out.iter().flat_map(|edition| &self.problem.editions[*edition]), &found)
            };
            (0..folds).map(fold).sum()
        };
        let tried = STRENGTHS.into_iter().rev().map(|strength| (missed(strength), strength));
        tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(STRENGTHS[STRENGTHS.len() - 1], |(_, strength)| strength)
    }

    fn found(&self, strength: f64, configured: &Weights) -> Taste {
        let found = self.fitted(&self.all(), strength, &self.centre());
        let mut found = found.iter().map(|value| value * self.unit);
        let weights = self
            .terms
            .iter()
            .zip(&mut found)
            .fold(*configured, |weights, (term, weight)| with_weight(weights, *term, weight));
        let prior = Prior::learnt(self.traits.iter().cloned().zip(found));
        Taste { weights, prior }
    }
}

fn common_traits(past: &[&Past]) -> Vec<String> {
    let mut seen: BTreeMap<&str, (usize, BTreeSet<u32>)> = BTreeMap::new();
    let mut all = 0.0;
    for past in past {
        for story in &past.stories {
            all += 1.0;
            for name in &story.traits {
                let entry = seen.entry(name).or_default();
                entry.0 += 1;
                entry.1.insert(past.number);
            }
        }
    }
    let is_common = |name: &str, many: usize, editions: usize| {
        let is_everywhere = name.starts_with("word ") && many as f64 > all * MOST_OF_ALL;
        many >= FEWEST_CANDIDATES && editions >= FEWEST_EDITIONS && !is_everywhere
    };
    let common = seen.into_iter().filter(|(name, (many, editions))| is_common(name, *many, editions.len()));
    common.map(|(name, _)| name.to_owned()).collect()
}

/// How much a column differs among the rows.
fn spread(rows: &[Row], column: usize) -> f64 {
    let value = |row: &Row| row.iter().find(|(known, _)| *known == column).map_or(0.0, |(_, value)| *value);
    variance(&rows.iter().map(value).collect::<Vec<f64>>()).max(LEAST_SPREAD)
}

fn variance(values: &[f64]) -> f64 {
    // A sum depends on its order, and what is learnt must not.
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let many = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / many;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / many
}
