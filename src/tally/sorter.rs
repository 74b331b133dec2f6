use std::collections::{HashMap, HashSet};

use anyhow::Result;
use chrono::DateTime;

use super::counter::{Click, Event};
use super::visits::{Followed, Verdict, Visits};
use crate::publishing::Press;
use crate::store::{Acceptance, EditionId, LinkClicks, LinkId, NewClicks, ReaderClicks, SubscriberId};

/// Whoever follows a link so soon after the relay took the message, in seconds, is a machine that looks at it (rule C).
const TOO_SOON: i64 = 5;
const HOUR: i64 = 3600;
/// Different links, and different readers' links, whose counts wait for the store at most.
const COUNTED: usize = 200_000;

/// Tells readers' clicks from machines', and sums them up.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    visits: Visits,
    /// Not in the store yet.
    pub counted: NewClicks,
    /// Clicks there was no room for.
    pub lost: u64,
}

/// What is known of deliveries to readers who followed a link.
pub(super) type Acceptances = HashMap<(EditionId, SubscriberId), Option<Acceptance>>;

/// Asks the store when these events' readers got their editions.
pub(super) fn acceptances(press: &Press, events: &[Event]) -> Result<Acceptances> {
    let followers: HashSet<(EditionId, SubscriberId)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Click(click) => Some((click.target.edition, click.subscriber?)),
            Event::Open(_) => None,
        })
        .collect();
    if followers.is_empty() {
        return Ok(HashMap::new());
    }
    press.store().read(|db| {
        let acceptance = |key: (EditionId, SubscriberId)| Ok((key, Acceptance::of(db, key.0, key.1)?));
        followers.into_iter().map(acceptance).collect()
    })
}

impl Sorter {
    pub fn sort(&mut self, events: Vec<Event>, accepted: &Acceptances) {
        for event in events {
            match event {
                Event::Click(click) => self.click(&click, accepted),
                Event::Open(edition) => *self.counted.opens.entry(edition).or_default() += 1,
            }
        }
    }

    /// Forgets who followed what some seconds ago.
    pub fn forget(&mut self, now: i64) {
        self.visits.forget(now);
    }

    fn click(&mut self, click: &Click, accepted: &Acceptances) {
        let is_machine = click.is_machine || is_too_soon(click, accepted);
        let verdict = self.visits.note(click, !is_machine);
        let is_machine = is_machine || verdict != Verdict::Reader;
        let this =
            Followed { link: click.target.link, subscriber: click.subscriber, at: click.at, as_reader: !is_machine };
        self.count(&this, 1, if is_machine { (0, 1) } else { (1, 0) });
        if let Verdict::Unmasked(clicks) = verdict {
            for one in &clicks {
                self.count(one, 0, (-1, 1));
            }
        }
    }

    /// Adds to a link's counts, and to those of the reader who followed it.
    fn count(&mut self, one: &Followed, clicks: i64, (readers, scanners): (i64, i64)) {
        let at = one.at.div_euclid(1000);
        let key = (one.link, at - at.rem_euclid(HOUR));
        let links = &mut self.counted.links;
        if links.len() >= COUNTED && !links.contains_key(&key) {
            self.lost += 1;
            return;
        }
        let LinkClicks { readers: by_readers, scanners: by_scanners } = links.entry(key).or_default();
        *by_readers += readers;
        *by_scanners += scanners;
        let Some(subscriber) = one.subscriber else { return };
        let key = (one.link, subscriber);
        let known = &mut self.counted.readers;
        if known.len() >= COUNTED && !known.contains_key(&key) {
            self.lost += 1;
            return;
        }
        let new = ReaderClicks { clicks: 0, scanners: 0, first_at: at, last_at: at };
        let reader = known.entry(key).or_insert(new);
        reader.clicks += clicks;
        reader.scanners += scanners;
        reader.first_at = reader.first_at.min(at);
        reader.last_at = reader.last_at.max(at);
    }

    /// The links that were followed since the last write.
    pub fn links(&self) -> HashSet<LinkId> {
        self.counted.links.keys().map(|(link, _)| *link).collect()
    }
}

fn is_too_soon(click: &Click, accepted: &Acceptances) -> bool {
    let Some(subscriber) = click.subscriber else { return false };
    match accepted.get(&(click.target.edition, subscriber)).copied().flatten() {
        Some(Acceptance::NotYet) => true,
        Some(Acceptance::At(at)) => {
            let followed = DateTime::from_timestamp_millis(click.at).unwrap_or(at);
            (followed - at).num_seconds() < TOO_SOON
        }
        None => false,
    }
}
