use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::saying::number::{grouped, rate, span};
use crate::store::{Db, DeliveryCounts, DomainTries, Edition, EditionState};

/// The domains that are told apart while an edition is sent.
pub(super) const DOMAINS: u32 = 10;

/// How far the sending is.
#[derive(Debug, Default)]
pub(in crate::desk) struct Progress {
    pub is_begun: bool,
    /// Hundredths of the recipients that are done.
    pub percent: u64,
    pub counts: Vec<(&'static str, String)>,
    pub sentence: String,
    pub domains: Vec<DomainRow>,
}

/// How tries ended at one of the largest domains.
#[derive(Debug)]
pub(in crate::desk) struct DomainRow {
    pub domain: String,
    pub accepted: String,
    pub deferred: String,
    pub failed: String,
    pub unknown: String,
    /// More of its tries failed, or were put off, than were accepted.
    pub is_in_trouble: bool,
}

impl Progress {
    pub fn load(db: &Db, edition: &Edition, now: DateTime<Utc>) -> Result<Self> {
        let counts = DeliveryCounts::load(db, edition.id)?;
        // Once it is over, they are with the results.
        let domains = match edition.state {
            EditionState::Sending | EditionState::Paused => DomainTries::largest(db, edition.id, DOMAINS)?,
            _ => Vec::new(),
        };
        Ok(Self::of(edition, &counts, &domains, None, now))
    }

    /// `per_second` is what was done in the last seconds, where somebody looked at it then.
    pub fn of(
        edition: &Edition,
        counts: &DeliveryCounts,
        domains: &[DomainTries],
        per_second: Option<f64>,
        now: DateTime<Utc>,
    ) -> Self {
        let DeliveryCounts { recipients, accepted, failed, skipped, unknown, queued, deferred, sending } = *counts;
        if recipients == 0 {
            return Self::default();
        }
        let done = accepted + failed + skipped + unknown;
        let seconds = edition.started_at.map_or(0, |start| (edition.finished_at.unwrap_or(now) - start).num_seconds());
        let sentence = match edition.state {
            EditionState::Sending => pace(done + deferred, queued + sending, deferred, per_second, seconds),
            EditionState::Sent => format!("in {}", span(seconds.unsigned_abs())),
            _ => String::new(),
        };
        let counts = [
            ("recipients", recipients),
            ("accepted", accepted),
            ("deferred", deferred),
            ("failed", failed),
            ("unknown", unknown),
            ("skipped", skipped),
            ("queued", queued + sending),
        ];
        Self {
            is_begun: true,
            percent: done * 100 / recipients,
            counts: counts.map(|(word, many)| (word, grouped(many))).to_vec(),
            sentence,
            domains: domains.iter().map(DomainRow::of).collect(),
        }
    }
}

/// How fast it goes, and how long it will take: what is deferred waits for its time however fast the rest goes.
fn pace(tried: u64, left: u64, deferred: u64, per_second: Option<f64>, seconds: i64) -> String {
    let average = if seconds > 0 { tried as f64 / seconds as f64 } else { 0.0 };
    let (pace, of) = per_second.map_or((average, "on average"), |rate| (rate, "in the last seconds"));
    let waiting = match deferred {
        0 => String::new(),
        1 => "1 deferred waits for its next try".to_owned(),
        many => format!("{} deferred wait for their next try", grouped(many)),
    };
    let moving = match left {
        0 => String::new(),
        _ if pace > 0.0 => {
            let left_seconds = (left as f64 / pace).ceil() as u64;
            format!("{} a second {of}; about {} left", rate(pace), span(left_seconds))
        }
        _ => "nothing left in the last seconds".to_owned(),
    };
    [moving, waiting].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

impl DomainRow {
    fn of(tries: &DomainTries) -> Self {
        let DomainTries { domain, accepted, deferred, failed, unknown } = tries;
        Self {
            domain: if domain.is_empty() { "all others".to_owned() } else { domain.clone() },
            accepted: grouped(*accepted),
            deferred: grouped(*deferred),
            failed: grouped(*failed),
            unknown: grouped(*unknown),
            is_in_trouble: deferred + failed + unknown > *accepted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_of_what_moves_and_not_of_what_waits() {
        assert_eq!(pace(600, 400, 0, Some(50.0), 60), "50 a second in the last seconds; about 8 s left");
        assert_eq!(pace(600, 400, 0, None, 60), "10 a second on average; about 40 s left");
        assert_eq!(pace(600, 0, 2, Some(0.0), 60), "2 deferred wait for their next try");
        assert_eq!(
            pace(600, 400, 1, Some(0.0), 60),
            "nothing left in the last seconds; 1 deferred waits for its next try"
        );
    }
}
