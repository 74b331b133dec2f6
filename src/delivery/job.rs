use std::fmt;
use std::sync::Arc;

use anyhow::Result;

use super::{Hours, Outgoing};
use crate::config::RelayId;
use crate::store::{Claimed, Edition, EditionId, EditionName};

/// Makes the message of a claimed delivery, in an empty buffer that may have room already: the same bytes for the same
/// delivery, always (F3).
pub type Compose = dyn Fn(&Claimed, Vec<u8>) -> Result<Outgoing> + Send + Sync;

/// How the variants are made that an edition's readers chose.
pub struct Vary {
    /// Its newsletter counts opens.
    pub counts_opens: bool,
    /// Makes those that are missing. It may block.
    pub make: Arc<dyn Fn() -> Result<()> + Send + Sync>,
}

/// An edition to be sent: which, made how, through which relays, and at which hours.
pub struct Job {
    pub edition: EditionId,
    pub name: EditionName,
    /// By any of these; of none, by every relay there is.
    pub relays: Vec<RelayId>,
    pub hours: Hours,
    pub compose: Box<Compose>,
    /// `None`: every reader gets the edition itself.
    pub vary: Option<Vary>,
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
            vary: None,
        }
    }
}

impl fmt::Debug for Vary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vary").field("counts_opens", &self.counts_opens).finish_non_exhaustive()
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("name", &self.name).field("relays", &self.relays).finish_non_exhaustive()
    }
}
