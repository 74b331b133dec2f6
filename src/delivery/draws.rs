//! What a node draws of the rates that it shares with others: asked for by the dispatch, drawn in the transaction of the
//! ledger's next round, and in hand once that has come about.

use anyhow::Result;
use tokio::time::Instant;

use super::domains::Domains;
use super::gate::Gate;
use super::pace::Pace;
use crate::config::DomainLimit;
use crate::store::{Budget, Db, Drawn};

/// Messages that are to be drawn of a rate.
#[derive(Debug)]
pub(super) struct Draw {
    pub(super) budget: Budget,
    pub(super) messages: u32,
}

/// What came of a draw.
#[derive(Debug)]
pub(super) struct Drew {
    pub(super) budget: Budget,
    pub(super) drawn: Drawn,
    /// When the database had answered: what it says is meant from then on. A little late, and never early.
    pub(super) at: Instant,
}

impl Draw {
    pub(super) fn make(self, db: &Db) -> Result<Drew> {
        let Self { budget, messages } = self;
        let drawn = budget.draw(db, messages)?;
        Ok(Drew { budget, drawn, at: Instant::now() })
    }
}

impl Drew {
    pub(super) fn is_granted(&self) -> bool {
        matches!(self.drawn, Drawn::Granted(_))
    }
}

/// Makes the rates those of all nodes together. A relay is the same on each that has one of this id.
pub(super) fn share(
    overall: &mut Pace,
    gates: &mut [Gate],
    (domains, limits): (&mut Domains, &[DomainLimit]),
    now: Instant,
) {
    overall.share("all", now);
    for gate in gates {
        let name = format!("relay {}", gate.id());
        gate.pace.share(&name, now);
    }
    for (pace, limit) in domains.paces().zip(limits) {
        // It stands in no other limit.
        let name = limit.names.first().map(String::as_str).unwrap_or_default();
        pace.share(&format!("domain {name}"), now);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;
    use std::time::Duration;

    use anyhow::bail;
    use chrono::{DateTime, Utc};
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::address::EmailAddress;
    use crate::config::{Bounces, Rate};
    use crate::delivery::dispatch::{Dispatch, Take};
    use crate::delivery::{Hours, Job};
    use crate::store::{
        Beside, Claim, Claimed, DeliveryState, EditionId, EditionName, Lease, Store, SubscriberId, testing,
    };

    const EDITION: EditionId = EditionId(1);
    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn a_second(messages: u32) -> Option<Rate> {
        Some(Rate { messages: NonZeroU32::new(messages).unwrap(), per: Duration::from_secs(1) })
    }

    /// One relay without a rate, a rate over all, and one of a provider; a lane that is empty.
    fn dispatch(store: &Store) -> Dispatch {
        let now = Instant::now();
        let (_, journal) = Claim::recover(store, None, &Bounces::default(), NOW, 16).unwrap();
        let (mut overall, mut gates) = (Pace::new(a_second(100), now), vec![Gate::for_test("a", 1)]);
        let limits = [DomainLimit { names: vec!["big.example".into()], rate: a_second(10), connections: None }];
        let mut domains = Domains::new(&limits, now);
        share(&mut overall, &mut gates, (&mut domains, &limits), now);
        let dispatch = Dispatch::new(overall, gates, domains, journal, Arc::new(Lease::endless()));
        dispatch.open();
        dispatch.add_lane(Arc::new(Job {
            edition: EDITION,
            name: EditionName::parse("weekly-brief/1").unwrap(),
            relays: Vec::new(),
            hours: Hours::any(chrono_tz::UTC, NOW),
            compose: Box::new(|_, _| bail!("nothing is made")),
            vary: None,
        }));
        dispatch
    }

    fn claimed(subscriber: i64, email: &str) -> Claimed {
        Claimed {
            edition: EDITION,
            subscriber: SubscriberId(subscriber),
            email: EmailAddress::parse(email).unwrap(),
            name: String::new(),
            timezone: String::new(),
            subscribed_at: NOW,
            variant: 0,
            attempts: 0,
            from: DeliveryState::Queued,
            was_unknown: false,
        }
    }

    fn taken(dispatch: &Dispatch) -> Option<i64> {
        match dispatch.take(0, false, NOW) {
            Take::Delivery(_, delivery, _) => Some(delivery.subscriber.0),
            Take::Until(_) | Take::Nothing => None,
        }
    }

    /// As the ledger does it; the names of what was granted.
    fn draw(dispatch: &Dispatch, store: &Store) -> Vec<String> {
        let draws = dispatch.draws(Instant::now());
        let make = |db: &Db| draws.into_iter().map(|draw| draw.make(db)).collect::<Result<Vec<_>>>();
        let drew = store.write_beside(Beside::Ledger, |db| make(db)).unwrap();
        dispatch.drew(&drew);
        drew.iter().filter(|drew| drew.is_granted()).map(|drew| drew.budget.name().to_owned()).collect()
    }

    #[tokio::test]
    async fn what_waits_is_drawn_for_and_goes_then() {
        let dir = tempfile::tempdir().unwrap();
        let store = testing::store(&dir);
        let dispatch = dispatch(&store);
        // Nothing waits: nobody is to look again soon, and nothing is drawn.
        assert!(!dispatch.has_work(0) && dispatch.closed_until(0).is_none() && taken(&dispatch).is_none());
        assert!(dispatch.draws(Instant::now()).is_empty());
        let waiting = [claimed(1, "a@big.example"), claimed(2, "b@big.example"), claimed(3, "c@small.example")];
        dispatch.feed(EDITION, waiting.into(), true);
        assert!(!dispatch.has_work(0) && dispatch.closed_until(0).is_some() && taken(&dispatch).is_none());
        timeout(Duration::from_secs(1), dispatch.wanted()).await.expect("the ledger is not told");
        assert_eq!(draw(&dispatch, &store), ["all"]);
        // The provider has no turn yet; the other one goes, and what was drawn with it.
        assert_eq!(taken(&dispatch), Some(3));
        assert_eq!(taken(&dispatch), None);
        assert_eq!(draw(&dispatch, &store), ["all", "domain big.example"]);
        sleep(Duration::from_millis(20)).await;
        assert_eq!(taken(&dispatch), Some(1));
        assert_eq!(taken(&dispatch), None);
    }
}
