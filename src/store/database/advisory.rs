//! Advisory locks of a server are numbers. All of ours are here, so that none is two things'.

/// Of who changes anything, to the end of the transaction: one change at a time, as on SQLite, whichever node it is on.
pub(in crate::store) const CHANGES: i64 = 0x6772_696f_7401;
/// Of senders: they write one after the other, each for hundreds of deliveries, so that none waits half way for what
/// another has; those who write otherwise go on beside them.
pub(in crate::store) const LEDGER: i64 = 0x6772_696f_7402;
/// Of the node that leads, as long as it does.
pub(in crate::store) const LEADING: i64 = 0x6772_696f_7403;
/// Of who freezes recipients: those of an edition get their deliveries in order, whichever node is at it.
pub(in crate::store) const RECIPIENTS: i64 = 0x6772_696f_7404;
/// Where those on the names of nodes begin, 32 bits of them.
pub(in crate::store) const NAMES: i64 = 0x6772_696f_0000_0000;
