use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::job::Job;
use super::note::Note;
use super::pace::Pace;
use super::{RelayFigures, RelayState, Trouble};
use crate::config::{self, RelayId, Resume};

const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(300);
/// Failures for each connection, with no success between them, after which a relay is left alone for a while.
const MAX_TROUBLES: u32 = 4;
/// How long a relay that refuses us is passed over where the editions it refuses wait for an operator.
const UNTIL_SOMEBODY_LOOKED: Duration = Duration::from_secs(3600);
/// Whether a relay takes anything at the moment, and how much.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) figures: RelayFigures,
    pub(super) pace: Pace,
    pub(super) connections: u32,
    pub(super) weight: f64,
    /// Troubles since it last took a message. Unknown outcomes count: a relay that dies over every message must not
    /// have them all.
    troubles: u32,
    last: Option<String>,
    /// Down, and left alone until then.
    rest_until: Option<Instant>,
    rests: u32,
    /// It refuses us, whatever we send: somebody has to look. Asked again then, if others take its messages meanwhile.
    refused: Option<(String, Instant)>,
    /// Not sooner than this: some lock out who tries a wrong password too often.
    refused_rest: Duration,
}

impl Gate {
    pub(super) fn new(settings: &config::Smtp, resume_refused: Resume, now: Instant) -> Self {
        Self {
            figures: RelayFigures::new(settings.id.clone()),
            pace: Pace::new(settings.rate, now),
            connections: settings.connections,
            weight: f64::from(settings.weight),
            troubles: 0,
            last: None,
            rest_until: None,
            rests: 0,
            refused: None,
            refused_rest: match resume_refused {
                Resume::After(period) => period.duration(),
                Resume::Never => UNTIL_SOMEBODY_LOOKED,
            },
        }
    }

    /// A new run tries it again, whatever was.
    pub(super) fn begin(&mut self) {
        self.troubles = 0;
        self.rest_until = None;
        self.forgive();
    }

    pub(super) fn forgive(&mut self) {
        self.refused = None;
    }

    pub(super) fn id(&self) -> &RelayId {
        &self.figures.id
    }

    pub(super) fn serves(&self, job: &Job) -> bool {
        job.relays.is_empty() || job.relays.contains(self.id())
    }

    /// Nothing went wrong with it since it last took a message.
    pub(super) fn is_well(&self) -> bool {
        self.troubles == 0
    }

    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.closed_until(now).is_none()
    }

    pub(super) fn refused(&self, now: Instant) -> Option<&String> {
        self.refused.as_ref().filter(|(_, until)| *until > now).map(|(reason, _)| reason)
    }

    /// Why it is left alone.
    pub(super) fn down(&self, now: Instant) -> Option<String> {
        self.rest_until.filter(|until| *until > now).and(self.last.clone())
    }

    pub(super) fn closed_until(&self, now: Instant) -> Option<Instant> {
        let refused_until = self.refused.as_ref().map(|(_, until)| *until);
        [refused_until, self.rest_until].into_iter().flatten().filter(|until| *until > now).max()
    }

    /// The figures with how it stands now.
    pub(super) fn figures(&mut self, now: Instant) -> RelayFigures {
        let trouble = self.refused(now).cloned().or(self.down(now)).unwrap_or_default();
        let state = match self.closed_until(now) {
            Some(_) => RelayState::Closed,
            None if self.pace.is_slowed(now) => RelayState::Throttled,
            None => RelayState::Open,
        };
        RelayFigures { state, trouble, ..self.figures.clone() }
    }

    pub(super) fn note(&mut self, note: &Note, now: Instant) {
        match note {
            Note::Answered { .. } | Note::Deferred { .. } => {
                self.troubles = 0;
                self.rests = 0;
            }
            Note::Lost(reason) => {
                self.figures.lost += 1;
                self.count(reason, now);
            }
            Note::LostAlong => {}
        }
    }

    pub(super) fn trouble(&mut self, trouble: &Trouble, now: Instant) {
        match trouble {
            Trouble::Refused(reason) => {
                if self.refused(now).is_none() {
                    self.refused = Some((reason.clone(), now + self.refused_rest));
                }
            }
            // The edition's, not the relay's.
            Trouble::Unsendable(_) => {}
            Trouble::Closing(reason) | Trouble::Throttled(reason) => {
                self.figures.throttled += 1;
                self.pace.slow_down(now);
                self.count(reason, now);
            }
            Trouble::Unreachable(reason) => {
                self.figures.lost += 1;
                self.count(reason, now);
            }
        }
    }

    fn count(&mut self, reason: &str, now: Instant) {
        self.last = Some(reason.to_owned());
        self.troubles += 1;
        if self.troubles >= MAX_TROUBLES * self.connections && self.is_open(now) {
            let rest = (FIRST_REST * 2_u32.pow(self.rests.min(8))).min(LONGEST_REST);
            self.rests += 1;
            self.rest_until = Some(now + rest);
            warn!(relay = %self.id(), reason, seconds = rest.as_secs(), "the relay takes nothing; all is kept, trying again");
        }
    }
}

#[cfg(test)]
impl Gate {
    pub(super) fn for_test(id: &str, weight: u32) -> Self {
        Self {
            figures: RelayFigures::new(RelayId::parse(id).unwrap()),
            pace: Pace::new(None, Instant::now()),
            connections: 2,
            weight: f64::from(weight),
            troubles: 0,
            last: None,
            rest_until: None,
            rests: 0,
            refused: None,
            refused_rest: Duration::from_secs(60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_relay_that_is_down_comes_back_after_a_rest() {
        let mut gate = Gate::for_test("a", 1);
        for _ in 0..8 {
            assert!(gate.is_open(Instant::now()));
            gate.trouble(&Trouble::Unreachable("no route".into()), Instant::now());
        }
        assert_eq!(gate.down(Instant::now()).as_deref(), Some("no route"));
        tokio::time::advance(FIRST_REST).await;
        assert!(gate.is_open(Instant::now()));
        // Longer the next time, until it has taken something.
        for _ in 0..8 {
            gate.trouble(&Trouble::Unreachable("no route".into()), Instant::now());
        }
        assert_eq!(gate.closed_until(Instant::now()), Some(Instant::now() + FIRST_REST * 2));
    }

    #[tokio::test(start_paused = true)]
    async fn s2_a_refusal_closes_it_for_a_while_or_until_somebody_has_looked() {
        let mut gate = Gate::for_test("a", 1);
        gate.trouble(&Trouble::Refused("535 wrong password".into()), Instant::now());
        tokio::time::advance(Duration::from_secs(59)).await;
        // Another connection was refused as well: that is no new beginning.
        gate.trouble(&Trouble::Refused("535 wrong password".into()), Instant::now());
        assert_eq!(gate.refused(Instant::now()).map(String::as_str), Some("535 wrong password"));
        assert!(!gate.is_open(Instant::now()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(gate.is_open(Instant::now()) && gate.refused(Instant::now()).is_none());
        gate.trouble(&Trouble::Refused("535 wrong password".into()), Instant::now());
        gate.forgive();
        assert!(gate.is_open(Instant::now()));
    }
}
