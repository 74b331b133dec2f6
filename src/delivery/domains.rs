use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::pace::Pace;
use crate::config::DomainLimit;

/// So many temporary refusals in a row, and a domain is left alone for a while.
const STRIKES: u32 = 5;
const FIRST_REST: TimeDelta = TimeDelta::minutes(1);
const LONGEST_REST: TimeDelta = TimeDelta::hours(1);
/// Where a provider has a limit of messages at once and no rate, later ones are made due as if it took this many a
/// second for each of them, or twice as many as it has taken lately where that is more.
const GUESSED_PER_CONNECTION: f64 = 4.0;
const MIN_PER_SECOND: f64 = 0.001;

/// Whether a message to a domain may go now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Now,
    /// Soon, when others to this provider are done.
    Soon(usize),
    /// Not before then.
    At(DateTime<Utc>),
}

/// What each recipient domain takes (S5, S13): by configuration, and by what it has shown.
///
/// Domains without a limit that never refused anything cost nothing here.
#[derive(Debug, Default)]
pub(super) struct Domains {
    /// By domain, the place in `groups`.
    limited: HashMap<String, usize>,
    groups: Vec<Group>,
    /// Domains that refuse at the moment.
    refusing: HashMap<String, Refusing>,
}

/// The domains of one provider.
#[derive(Debug)]
struct Group {
    pace: Pace,
    most_at_once: usize,
    at_once: usize,
    /// Messages put off are due one after the other: the next one then.
    booked_to: DateTime<Utc>,
    /// Since when some are put off.
    booked_since: DateTime<Utc>,
}

#[derive(Debug, Default)]
struct Refusing {
    in_a_row: u32,
    rests: u32,
    rest_until: Option<DateTime<Utc>>,
}

impl Domains {
    pub(super) fn new(limits: &[DomainLimit], now: Instant) -> Self {
        let mut domains = Self::default();
        for (number, limit) in limits.iter().enumerate() {
            domains.limited.extend(limit.names.iter().map(|name| (name.clone(), number)));
            domains.groups.push(Group {
                pace: Pace::new(limit.rate, now),
                most_at_once: limit.connections.map_or(usize::MAX, |connections| connections as usize),
                at_once: 0,
                booked_to: DateTime::UNIX_EPOCH,
                booked_since: DateTime::UNIX_EPOCH,
            });
        }
        domains
    }

    /// Whether every domain takes whatever comes.
    pub(super) fn are_free(&self) -> bool {
        self.groups.is_empty() && self.refusing.is_empty()
    }

    /// How fast each provider is sent to, in the order of the limits.
    pub(super) fn paces(&mut self) -> impl Iterator<Item = &mut Pace> {
        self.groups.iter_mut().map(|group| &mut group.pace)
    }

    /// How many providers have limits.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Whether a message may go. One that may is counted as on its way.
    pub(super) fn turn(&mut self, domain: &str, now: DateTime<Utc>, instant: Instant) -> Turn {
        if let Some(until) = self.refusing.get(domain).and_then(|refusing| refusing.rest_until)
            && until > now
        {
            return Turn::At(until);
        }
        let Some(number) = self.number(domain) else { return Turn::Now };
        let group = &mut self.groups[number];
        if group.at_once >= group.most_at_once || !group.pace.allows(instant) {
            return Turn::Soon(number);
        }
        group.at_once += 1;
        group.pace.spend(instant);
        Turn::Now
    }

    /// When a message to a provider that has no turn, behind others that have none, is to be looked at again.
    pub(super) fn book(&mut self, group: usize, now: DateTime<Utc>, instant: Instant) -> DateTime<Utc> {
        let group = &mut self.groups[group];
        if group.booked_to <= now {
            group.booked_since = now;
        }
        let soonest = now + TimeDelta::seconds(1);
        let (per_second, latest) = match group.pace.per_second(instant) {
            // Also where other nodes have a part of it: who books for more than goes only books again, and who books for
            // less leaves what nobody else uses.
            Some(per_second) => (per_second, DateTime::<Utc>::MAX_UTC),
            // Those put off at the beginning are looked at again soon, when there is more to go by than a guess.
            None => {
                let guessed = group.most_at_once as f64 * GUESSED_PER_CONNECTION;
                (guessed.max(2.0 * group.pace.measured()), soonest + (now - group.booked_since) * 2)
            }
        };
        let per_second = per_second.max(MIN_PER_SECOND);
        let at = group.booked_to.max(soonest).min(latest);
        group.booked_to = at + TimeDelta::microseconds((1e6 / per_second) as i64);
        at
    }

    /// When somebody who has no turn may have one, as far as that is known.
    pub(super) fn next_at(&mut self, instant: Instant) -> Option<Instant> {
        let free = self.groups.iter_mut().filter(|group| group.at_once < group.most_at_once);
        free.filter_map(|group| group.pace.per_second(instant).map(|_| group.pace.next_at(instant))).min()
    }

    /// A message is not on its way any more, whatever became of it.
    pub(super) fn left(&mut self, domain: &str) {
        if let Some(group) = self.group(domain) {
            group.at_once = group.at_once.saturating_sub(1);
        }
    }

    /// The domain took a message, or refused one recipient for good: it is talking to us.
    pub(super) fn is_well(&mut self, domain: &str) {
        if !self.refusing.is_empty() {
            self.refusing.remove(domain);
        }
    }

    /// The domain refused a message for now. `is_throttled`: because there are too many, and not for the recipient's sake.
    pub(super) fn refused(&mut self, domain: &str, is_throttled: bool, now: DateTime<Utc>, instant: Instant) {
        if !is_throttled {
            return;
        }
        if let Some(group) = self.group(domain) {
            group.pace.slow_down(instant);
        }
        let refusing = self.refusing.entry(domain.to_owned()).or_default();
        refusing.in_a_row += 1;
        if refusing.in_a_row >= STRIKES {
            refusing.in_a_row = 0;
            let rest = (FIRST_REST * 2_i32.pow(refusing.rests.min(8))).min(LONGEST_REST);
            refusing.rests += 1;
            refusing.rest_until = Some(now + rest);
        }
    }

    fn number(&self, domain: &str) -> Option<usize> {
        if self.groups.is_empty() { None } else { self.limited.get(domain).copied() }
    }

    fn group(&mut self, domain: &str) -> Option<&mut Group> {
        self.number(domain).map(|number| &mut self.groups[number])
    }
}

/// How long somebody who has no turn for reasons that only others' progress changes waits at most.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::config::Rate;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn domains(rate: Option<u32>, connections: Option<u32>) -> Domains {
        let rate =
            rate.map(|messages| Rate { messages: NonZeroU32::new(messages).unwrap(), per: Duration::from_secs(1) });
        let names = vec!["big.example".into(), "also-big.example".into()];
        Domains::new(&[DomainLimit { names, rate, connections }], Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn s13_at_once_and_a_second_are_limited_together_for_all_names_of_a_provider() {
        let mut both = domains(None, Some(2));
        assert_eq!(both.turn("big.example", now(), Instant::now()), Turn::Now);
        assert_eq!(both.turn("also-big.example", now(), Instant::now()), Turn::Now);
        assert_eq!(both.turn("big.example", now(), Instant::now()), Turn::Soon(0));
        assert_eq!(both.turn("small.example", now(), Instant::now()), Turn::Now);
        both.left("also-big.example");
        assert_eq!(both.turn("big.example", now(), Instant::now()), Turn::Now);

        let mut paced = domains(Some(2), None);
        assert_eq!(paced.turn("big.example", now(), Instant::now()), Turn::Now);
        assert_eq!(paced.turn("big.example", now(), Instant::now()), Turn::Soon(0));
        tokio::time::advance(Duration::from_millis(501)).await;
        assert_eq!(paced.turn("also-big.example", now(), Instant::now()), Turn::Now);
    }

    #[tokio::test(start_paused = true)]
    async fn those_put_off_are_due_one_after_the_other_at_the_rate() {
        let mut paced = domains(Some(10), None);
        let booked: Vec<i64> =
            (0..30).map(|_| (paced.book(0, now(), Instant::now()) - now()).num_milliseconds()).collect();
        assert_eq!((booked[0], booked[1], booked[29]), (1_000, 1_100, 3_900));
    }

    #[tokio::test(start_paused = true)]
    async fn s5_a_domain_that_throttles_again_and_again_is_left_alone_longer_and_longer() {
        let mut domains = Domains::new(&[], Instant::now());
        assert!(domains.are_free());
        let strike = |domains: &mut Domains, at| {
            for _ in 0..STRIKES {
                domains.refused("slow.example", true, at, Instant::now());
            }
        };
        domains.refused("slow.example", false, now(), Instant::now());
        assert!(domains.are_free(), "a full mailbox is no fault of its domain");
        strike(&mut domains, now());
        assert_eq!(domains.turn("slow.example", now(), Instant::now()), Turn::At(now() + FIRST_REST));
        assert_eq!(domains.turn("other.example", now(), Instant::now()), Turn::Now);
        let later = now() + FIRST_REST;
        assert_eq!(domains.turn("slow.example", later, Instant::now()), Turn::Now);
        strike(&mut domains, later);
        assert_eq!(domains.turn("slow.example", later, Instant::now()), Turn::At(later + FIRST_REST * 2));
        domains.is_well("slow.example");
        assert!(domains.are_free());
    }
}
