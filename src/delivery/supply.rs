use std::borrow::Borrow;

use super::{Outgoing, Verdict};

/// What a connection sends, and whom it tells what came of it.
///
/// Every load that [`next`](Self::next) gave comes back once: settled or returned.
pub(super) trait Supply {
    type Load: Borrow<Outgoing>;

    /// The next message to go. `None`: there is none, or none may go at the moment.
    fn next(&mut self) -> Option<Self::Load>;

    /// One more, to go right behind those that this connection has. `None`: others should have what there is.
    fn further(&mut self) -> Option<Self::Load>;

    /// The last byte of this message is about to leave. It is on record before it does, so that a process that dies
    /// from here on does not say it had not been sent (S6). `false`: it could not be put on record, or nothing more is to
    /// begin, and it must not leave.
    fn leaving(&mut self, load: &Self::Load) -> bool;

    fn settled(&mut self, load: Self::Load, verdict: Verdict);

    /// It never was whole on the wire, through no fault of its own.
    fn returned(&mut self, load: Self::Load);
}
