use chrono::{DateTime, Utc};

use crate::config::RelayId;
use crate::store::AttemptOutcome;

/// How sending has gone since the engine was started, and how it stands: for logs and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// In the order of the configuration.
    pub relays: Vec<RelayFigures>,
    /// Claimed deliveries that wait for a connection.
    pub waiting: usize,
    /// Deliveries that a connection has, and no outcome yet.
    pub on_their_way: usize,
}

/// Whether a relay takes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayState {
    Open,
    /// It asked for less, and gets less for a while.
    Throttled,
    /// It is left alone for a while: it is down, or refuses us.
    Closed,
}

impl RelayState {
    pub const ALL: [Self; 3] = [Self::Open, Self::Throttled, Self::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Throttled => "throttled",
            Self::Closed => "closed",
        }
    }
}

/// What a relay did, in numbers that only grow, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayFigures {
    pub id: RelayId,
    pub state: RelayState,
    /// Why it is closed; empty where it is not.
    pub trouble: String,
    /// That of its latest connection, if that had one.
    pub certificate_ends: Option<DateTime<Utc>>,
    /// Connections that were made.
    pub connections: u64,
    pub accepted: u64,
    pub deferred: u64,
    pub failed: u64,
    pub unknown: u64,
    /// Octets of the messages that came to one of these outcomes.
    pub octets: u64,
    /// How often it asked for less: 421, 454, or 4yz to a sender.
    pub throttled: u64,
    /// How often a connection could not be made or was lost.
    pub lost: u64,
}

impl RelayFigures {
    pub(super) fn new(id: RelayId) -> Self {
        let [connections, accepted, deferred, failed, unknown, octets, throttled, lost] = [0; 8];
        let (state, trouble, certificate_ends) = (RelayState::Open, String::new(), None);
        Self {
            id,
            state,
            trouble,
            certificate_ends,
            connections,
            accepted,
            deferred,
            failed,
            unknown,
            octets,
            throttled,
            lost,
        }
    }

    pub(super) fn count(&mut self, outcome: AttemptOutcome, octets: usize) {
        self.octets += octets as u64;
        *match outcome {
            AttemptOutcome::Accepted => &mut self.accepted,
            AttemptOutcome::Deferred => &mut self.deferred,
            AttemptOutcome::Failed => &mut self.failed,
            AttemptOutcome::Unknown => &mut self.unknown,
        } += 1;
    }
}

#[cfg(test)]
impl RelayFigures {
    pub(crate) fn for_test(id: &str) -> Self {
        Self::new(RelayId::parse(id).unwrap())
    }
}
