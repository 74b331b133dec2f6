use serde::Deserialize;

use super::{Percent, Period, domain_name};
use crate::address::EmailAddress;

/// `[bounces]`: where messages come back to that could not be delivered, and what is done about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounces {
    /// The domain of return addresses of which each names its delivery (VERP), as lower-case A-labels. Where it is
    /// missing, MAIL FROM is the sender's address.
    #[serde(deserialize_with = "domain_name::optional")]
    pub domain: Option<String>,
    /// Where complaints are sent by who knows RFC 9477.
    pub cfbl: Option<EmailAddress>,
    /// An address is suppressed that bounced softly for this many editions in a row …
    pub soft_editions: u32,
    /// … over at least this time.
    pub soft_period: Period,
    /// An edition is paused when this share of its last 500 messages failed by our fault; never, if zero.
    pub pause_ours: Percent,
    /// … or when this share of who got it complained; never, if zero.
    pub pause_complaints: Percent,
}

impl Default for Bounces {
    fn default() -> Self {
        Self {
            domain: None,
            cfbl: None,
            soft_editions: 3,
            soft_period: Period::from_hours(15 * 24),
            pause_ours: Percent::from_thousandths(50),
            pause_complaints: Percent::from_thousandths(3),
        }
    }
}
