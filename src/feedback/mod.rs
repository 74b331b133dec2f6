//! Feedback: what came back, from bytes to what they say.
//!
//! Owns: one pure function from a mail to what it says about whom ([`read`]), whatever mail system wrote it. Leaves
//! out: the doors it comes through (`mailroom`, `web`), and what is done about it (`store`, `publishing`). Nothing
//! fails: a mail that is not understood gives nothing, and somebody has to look at it.

pub mod webhooks;

use crate::store::Feedback;
use crate::token::Keys;

/// How we know our own: what a report must carry to be believed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own<'a> {
    /// What sealed the return addresses of our messages; without it nothing is shown to be about a message of ours.
    pub keys: Option<&'a Keys>,
}

/// What a mail says, one for each recipient it is about. Nothing where it is not understood.
pub fn read(_mail: &[u8], _own: &Own<'_>) -> Vec<Feedback> {
    Vec::new()
}
