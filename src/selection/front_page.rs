//! What a front page would do with stories: a few places, taken by whatever weighs most at the time.
//!
//! Sightings say who held a place while they reach. After that, the places that no known story holds are shared by those
//! that could hold them, by weight; a weight halves every few hours. So a story counts for more when nothing bigger follows
//! soon, at night and on quiet days, without anything being known of an outlet's hours.

use std::collections::BTreeMap;

/// The page is looked at so often, in seconds.
const STEP: i64 = 1800;
/// Looks are not punctual: a story counts as there when its watch ended if it was seen up to so many seconds before.
const SLACK: i64 = 900;
/// Older than this nothing is on top any more, in seconds.
const OLDEST: i64 = 72 * 3600;

/// How weights become minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// Places that count.
    pub places: usize,
    /// A weight falls to 1/e in so many hours.
    pub hours: f64,
    /// What a story's score means: its weight is `exp(gain × score)`.
    pub gain: f64,
    /// The weight of a story that stood below the places when its watch ended, beside one that held a place.
    pub outsider: f64,
    /// The weight of one that was gone from the page.
    pub gone: f64,
}

/// A story that is to hold a place.
#[derive(Clone, Debug)]
pub struct Runner {
    /// Seconds.
    pub first_seen: i64,
    pub score: f64,
    /// Until when its place was watched; `first_seen` where it was not.
    pub watched_until: i64,
    /// While watched: when, place, minutes; in the order of time.
    pub seen: Vec<(i64, u32, f64)>,
}

/// The minutes each story holds one of the places between the first and `end`.
pub fn minutes(page: &Page, runners: &[Runner], end: i64) -> Vec<f64> {
    let mut minutes = vec![0.0; runners.len()];
    let mut order: Vec<usize> = (0..runners.len()).collect();
    order.sort_by_key(|runner| runners[*runner].first_seen);
    let Some(start) = order.first().map(|first| runners[*first].first_seen) else { return minutes };
    let mut watched: BTreeMap<i64, f64> = BTreeMap::new();
    for (runner, of) in runners.iter().enumerate() {
        for (at, place, lasted) in &of.seen {
            if *place as usize <= page.places {
                minutes[runner] += lasted;
                spread(&mut watched, at - start, *lasted);
            }
        }
    }
    let (mut from, mut to) = (0, 0);
    let mut moment = start;
    while moment < end {
        while to < order.len() && runners[order[to]].first_seen <= moment {
            to += 1;
        }
        while from < to && runners[order[from]].first_seen < moment - OLDEST {
            from += 1;
        }
        let held = watched.get(&((moment - start) / STEP)).copied().unwrap_or_default();
        let free = page.places as f64 - held / (STEP as f64 / 60.0);
        let weights =
            order[from..to].iter().filter_map(|runner| Some((*runner, weight(page, &runners[*runner], moment)?)));
        for (runner, share) in shared(weights.collect(), free) {
            minutes[runner] += share * STEP as f64 / 60.0;
        }
        moment += STEP;
    }
    minutes
}

/// Minutes from a moment on, by the steps they fall into.
fn spread(steps: &mut BTreeMap<i64, f64>, mut from: i64, minutes: f64) {
    let end = from + (minutes * 60.0) as i64;
    while from < end {
        let step = from.div_euclid(STEP);
        let until = end.min((step + 1) * STEP);
        *steps.entry(step).or_default() += (until - from) as f64 / 60.0;
        from = until;
    }
}

/// `None` while it is watched: then it is known where it stands.
fn weight(page: &Page, runner: &Runner, moment: i64) -> Option<f64> {
    if moment < runner.watched_until {
        return None;
    }
    let hours = (moment - runner.watched_until) as f64 / 3600.0;
    let standing = match runner.seen.last() {
        _ if runner.watched_until == runner.first_seen => 1.0,
        Some((at, place, lasted)) if runner.watched_until - at <= (lasted * 60.0) as i64 + SLACK => {
            if *place as usize <= page.places { 1.0 } else { page.outsider }
        }
        _ => page.gone,
    };
    Some(standing * (page.gain * runner.score - hours / page.hours).exp())
}

/// Shares of the free places by weight, none more than one place.
fn shared(mut weights: Vec<(usize, f64)>, mut free: f64) -> Vec<(usize, f64)> {
    weights.retain(|(_, weight)| *weight > 0.0);
    weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut left: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut shares = Vec::with_capacity(weights.len());
    for (runner, weight) in weights {
        if free <= 0.0 {
            break;
        }
        let share = (weight / left * free).min(1.0);
        left -= weight;
        free -= share;
        shares.push((runner, share));
    }
    shares
}
