use std::fmt;

use anyhow::Result;

use super::{Hours, Outgoing};
use crate::config::RelayId;
use crate::store::{Claimed, Edition, EditionId, EditionName};

/// Makes the message of a claimed delivery, in an empty buffer that may have room already: the same bytes for the same
/// delivery, always (F3).
pub type Compose = dyn Fn(&Claimed, Vec<u8>) -> Result<Outgoing> + Send + Sync;

/// An edition to be sent: which, made how, through which relays, and at which hours.
pub struct Job {
    pub edition: EditionId,
    pub name: EditionName,
    /// By any of these; of none, by every relay there is.
    pub relays: Vec<RelayId>,
    pub hours: Hours,
    pub compose: Box<Compose>,
}

impl Job {
    /// At any hour, through any relay.
    pub fn new(
        edition: &Edition,
        compose: impl Fn(&Claimed, Vec<u8>) -> Result<Outgoing> + Send + Sync + 'static,
    ) -> Self {
        Self {
            edition: edition.id,
            name: edition.name.clone(),
            relays: Vec::new(),
            hours: Hours::any(chrono_tz::UTC, edition.started_at.unwrap_or(edition.created_at)),
            compose: Box::new(compose),
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("name", &self.name).field("relays", &self.relays).finish_non_exhaustive()
    }
}
