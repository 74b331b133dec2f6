use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Figures;
use super::dispatch::Dispatch;
use crate::store::AttemptOutcome;

/// Domains that are told apart; all others are one.
const NAMED: usize = 20;
/// Tries after which a domain gets a name of its own, while there are names left.
const WORTH_A_NAME: u64 = 100;
/// Domains that are counted until they are worth it.
const REMEMBERED: usize = 2_000;

/// Reads an engine's figures while it works.
#[derive(Clone, Debug)]
pub struct Meter(pub(super) Arc<Dispatch>);

impl Meter {
    pub fn figures(&self) -> Figures {
        self.0.figures()
    }

    /// How tries ended since the start, by the recipients' domains.
    pub fn tries(&self) -> Vec<(String, TryCounts)> {
        self.0.tries()
    }

    /// Tells these domains apart from the first try on.
    pub fn name_domains(&self, domains: Vec<String>) {
        self.0.name_domains(domains);
    }

    /// Since the engine last went round; `None` where it never did.
    pub fn still_for(&self) -> Option<Duration> {
        self.0.still_for()
    }
}

/// How many tries ended so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TryCounts {
    pub accepted: u64,
    pub deferred: u64,
    pub failed: u64,
    pub unknown: u64,
}

impl TryCounts {
    pub(super) fn add(&mut self, outcome: AttemptOutcome) {
        *match outcome {
            AttemptOutcome::Accepted => &mut self.accepted,
            AttemptOutcome::Deferred => &mut self.deferred,
            AttemptOutcome::Failed => &mut self.failed,
            AttemptOutcome::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// Tries by domain, of a few domains by name: the numbers of each only grow, and so do those of all others together. What
/// a domain counted before it got its name stays with the others.
#[derive(Debug, Default)]
pub(super) struct Tries {
    named: BTreeMap<String, TryCounts>,
    others: TryCounts,
    candidates: BTreeMap<String, u64>,
}

impl Tries {
    pub(super) const OTHERS: &str = "other";

    pub(super) fn name(&mut self, domains: Vec<String>) {
        for domain in domains.into_iter().take(NAMED.saturating_sub(self.named.len())) {
            self.named.entry(domain).or_default();
        }
    }

    pub(super) fn count(&mut self, domain: &str, outcome: AttemptOutcome) {
        if let Some(known) = self.named.get_mut(domain) {
            return known.add(outcome);
        }
        self.others.add(outcome);
        if self.named.len() >= NAMED {
            return;
        }
        let Some(tries) = self.candidates.get_mut(domain) else {
            if self.candidates.len() < REMEMBERED {
                self.candidates.insert(domain.to_owned(), 1);
            }
            return;
        };
        *tries += 1;
        if *tries >= WORTH_A_NAME {
            self.candidates.remove(domain);
            self.named.insert(domain.to_owned(), TryCounts::default());
        }
    }

    pub(super) fn counts(&self) -> Vec<(String, TryCounts)> {
        let named = self.named.iter().map(|(domain, counts)| (domain.clone(), *counts));
        named.chain([(Self::OTHERS.to_owned(), self.others)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_domains_have_a_name_and_no_number_ever_falls() {
        let mut tries = Tries::default();
        tries.name(vec!["gmail.com".into()]);
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for round in 0..60_000_u64 {
            let domain = match round % 3 {
                0 => "gmail.com".to_owned(),
                1 => format!("d{}.example", round % 40),
                _ => format!("single{round}.example"),
            };
            tries.count(&domain, AttemptOutcome::Accepted);
            if round % 1_000 == 0 {
                for (domain, counts) in tries.counts() {
                    let before = last.insert(domain.clone(), counts.accepted).unwrap_or_default();
                    assert!(counts.accepted >= before, "{domain} fell from {before} to {}", counts.accepted);
                }
            }
        }
        let counts = tries.counts();
        assert_eq!(counts.len(), NAMED + 1, "{counts:?}");
        assert_eq!(counts.iter().map(|(_, counts)| counts.accepted).sum::<u64>(), 60_000);
        assert!(tries.candidates.len() <= REMEMBERED);
    }
}
