use std::collections::{HashMap, HashSet};

use super::counter::Click;
use crate::store::{EditionId, LinkId, SubscriberId};

/// Nobody reads so fast: a client that follows so many different links of an edition …
const MANY: u64 = 5;
/// … or all of them, where they are fewer, but at least so many …
const FEWEST: u64 = 3;
/// … within so many milliseconds is a machine.
const WITHIN: i64 = 10_000;
/// Clients remembered at a time. What further ones follow is counted as readers'.
const CLIENTS: usize = 50_000;
/// Clicks remembered of a client.
const CLICKS: usize = 32;

/// Which client followed what in the last seconds.
///
/// Clients stay for one to two times [`WITHIN`] after their last click: they are kept in two generations, of which the
/// older one is dropped as a whole.
#[derive(Debug, Default)]
pub(super) struct Visits {
    recent: HashMap<(u64, EditionId), Visit>,
    older: HashMap<(u64, EditionId), Visit>,
    /// Milliseconds since 1970; when the older ones were dropped last.
    turned_at: i64,
}

#[derive(Debug, Default)]
struct Visit {
    followed: Vec<Followed>,
    /// Milliseconds since 1970, of the last click of one that was found to be a machine.
    machine_at: Option<i64>,
}

/// A click, as it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Followed {
    pub link: LinkId,
    pub subscriber: Option<SubscriberId>,
    /// Milliseconds since 1970.
    pub at: i64,
    pub as_reader: bool,
}

/// What a click says of its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Reader,
    Machine,
    /// It turns out to be a machine, and these clicks were counted as a reader's.
    Unmasked(Vec<Followed>),
}

impl Visits {
    /// Takes note of a click. `as_reader` is how it would be counted but for this.
    pub fn note(&mut self, click: &Click, as_reader: bool) -> Verdict {
        self.forget(click.at);
        let key = (click.client, click.target.edition);
        let known = self.recent.len() < CLIENTS || self.recent.contains_key(&key);
        let kept = self.older.remove(&key);
        if !known && kept.is_none() {
            return Verdict::Reader;
        }
        let visit = self.recent.entry(key).or_default();
        if let Some(kept) = kept {
            *visit = kept;
        }
        visit.note(click, as_reader)
    }

    /// Forgets clients of some seconds ago.
    pub fn forget(&mut self, now: i64) {
        // A clock that was set back makes no difference but once.
        if (now - self.turned_at).abs() < WITHIN {
            return;
        }
        self.older = std::mem::take(&mut self.recent);
        self.turned_at = now;
    }
}

impl Visit {
    fn note(&mut self, click: &Click, as_reader: bool) -> Verdict {
        let since = click.at - WITHIN;
        if self.machine_at.is_some_and(|at| at >= since) {
            self.machine_at = Some(click.at);
            return Verdict::Machine;
        }
        self.machine_at = None;
        self.followed.retain(|one| one.at >= since);
        if self.followed.len() >= CLICKS {
            self.followed.remove(0);
        }
        let (link, subscriber) = (click.target.link, click.subscriber);
        self.followed.push(Followed { link, subscriber, at: click.at, as_reader });
        let different: HashSet<LinkId> = self.followed.iter().map(|one| one.link).collect();
        if (different.len() as u64) < click.target.siblings.clamp(FEWEST, MANY) {
            return Verdict::Reader;
        }
        self.machine_at = Some(click.at);
        let mut counted = std::mem::take(&mut self.followed);
        // The last one is this click, which is not counted yet.
        counted.pop();
        counted.retain(|one| one.as_reader);
        Verdict::Unmasked(counted)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Target;
    use super::*;
    use crate::config::Clicks;

    fn click(client: u64, link: i64, seconds: i64, siblings: u64) -> Click {
        let (link, edition, url) = (LinkId(link), EditionId(1), String::new());
        let target = Arc::new(Target { link, edition, url, counts: Clicks::Aggregate, siblings });
        Click { target, subscriber: None, client, at: 1_000_000 + seconds * 1000, is_machine: false }
    }

    fn links(verdict: Verdict) -> Option<Vec<i64>> {
        match verdict {
            Verdict::Unmasked(clicks) => Some(clicks.into_iter().map(|one| one.link.0).collect()),
            Verdict::Reader | Verdict::Machine => None,
        }
    }

    #[test]
    fn c_who_follows_five_links_in_ten_seconds_was_a_machine_all_along() {
        let mut visits = Visits::default();
        for link in 1..5 {
            assert_eq!(visits.note(&click(1, link, 2 * link, 20), true), Verdict::Reader);
            assert_eq!(visits.note(&click(1, link, 2 * link, 20), true), Verdict::Reader, "the same link again");
        }
        let found = links(visits.note(&click(1, 5, 10, 20), true));
        assert_eq!(found, Some(vec![1, 1, 2, 2, 3, 3, 4, 4]));
        assert_eq!(visits.note(&click(1, 6, 15, 20), true), Verdict::Machine);
        assert_eq!(visits.note(&click(2, 6, 15, 20), true), Verdict::Reader, "another client");
        assert_eq!(visits.note(&click(1, 6, 26, 20), true), Verdict::Reader, "it stays one for ten seconds");
    }

    #[test]
    fn c_who_takes_time_over_them_is_a_reader() {
        let mut visits = Visits::default();
        for link in 1..30 {
            assert_eq!(visits.note(&click(1, link, 3 * link, 30), true), Verdict::Reader);
        }
    }

    #[test]
    fn c_all_links_of_a_short_edition_are_many_and_two_never_are() {
        let mut visits = Visits::default();
        assert_eq!(visits.note(&click(1, 1, 0, 3), true), Verdict::Reader);
        assert_eq!(visits.note(&click(1, 2, 1, 3), false), Verdict::Reader);
        assert_eq!(
            links(visits.note(&click(1, 3, 2, 3), true)),
            Some(vec![1]),
            "one was counted as a scanner's before"
        );
        assert_eq!(visits.note(&click(2, 1, 0, 2), true), Verdict::Reader);
        assert_eq!(visits.note(&click(2, 2, 0, 2), true), Verdict::Reader);
    }

    #[test]
    fn c_clients_are_forgotten_after_seconds() {
        let mut visits = Visits::default();
        for client in 0..CLIENTS as u64 + 10 {
            visits.note(&click(client, 1, 0, 20), true);
        }
        assert_eq!(visits.recent.len(), CLIENTS);
        visits.forget(1_000_000 + 10_000);
        visits.forget(1_000_000 + 20_000);
        assert_eq!((visits.recent.len(), visits.older.len()), (0, 0));
    }
}
