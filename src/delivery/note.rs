use super::Reply;

/// What an outcome says of the relay and of the recipient's domain.
#[derive(Debug)]
pub(super) enum Note {
    /// The relay answered the message, or refused the recipient for good.
    Answered { is_taken: bool },
    /// It answered "not now": `is_throttled` where that is for the number of messages.
    Deferred { is_throttled: bool },
    /// The connection was lost over the message.
    Lost(String),
    /// And this one was on the wire behind it.
    LostAlong,
}

impl Note {
    /// 4.7.x is for too many, too fast or too unknown a sender; a full or greylisted mailbox says something else (RFC
    /// 3463 §3.8).
    pub(super) fn deferred(reply: &Reply) -> Self {
        Self::Deferred { is_throttled: reply.enhanced.starts_with("4.7.") || reply.code == 421 }
    }
}
