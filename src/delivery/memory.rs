use std::sync::{Arc, Mutex, PoisonError};

use super::{Outgoing, Reply, Verdict};

/// Keeps messages in memory, for tests; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Vec<Outgoing>>>);

impl Memory {
    pub(super) fn keep(&self, message: &Outgoing) -> Verdict {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Verdict::Accepted(Reply::new(250, "2.0.0 kept in memory"))
    }

    /// What was sent so far, in order.
    pub fn messages(&self) -> Vec<Outgoing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
