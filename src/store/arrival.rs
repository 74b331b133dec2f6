use std::borrow::Cow;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::address::EmailAddress;
use crate::config::Timezone;

/// A reader as another program's export tells of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Of the file it came from, for the report.
    pub line: u64,
    pub email: EmailAddress,
    /// Empty leaves a known one as it is; so do no language and no time zone.
    pub name: String,
    /// BCP 47.
    pub language: String,
    pub timezone: Option<Timezone>,
    pub standing: Standing,
    /// When they subscribed there.
    pub since: Option<DateTime<Utc>>,
    pub evidence: Evidence,
    /// What a subscription that is made of it is said to come from, and one that is ended by it to be ended by.
    pub source: Cow<'static, str>,
    /// Lists, tags and segments they are on, as the file calls them.
    pub lists: Vec<String>,
    /// What only griot's own export knows.
    pub kept: Option<Box<Kept>>,
}

/// Where a reader stands with the program they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Subscribed,
    /// Asked for it, and never confirmed.
    Pending,
    /// With what they said of it, if anything.
    Unsubscribed {
        at: Option<DateTime<Utc>>,
        reason: String,
    },
    /// The address is dead, or barred by the program: with the words of the suppression.
    Cleaned {
        at: Option<DateTime<Utc>>,
        reason: String,
    },
    /// The reader told their provider that it is spam: with the words of the suppression.
    Complained {
        at: Option<DateTime<Utc>>,
        reason: String,
    },
}

/// What shows that a reader agreed to be mailed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The words they agreed to, or what the evidence is where nobody knows them. Empty: there is none.
    pub wording: Cow<'static, str>,
    /// The form or page they came by.
    pub page: String,
    pub asked_at: Option<DateTime<Utc>>,
    pub asked_from: Option<IpAddr>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub confirmed_from: Option<IpAddr>,
}

/// What griot's own export says of a subscription besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub known_since: Option<DateTime<Utc>>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub ended_by: String,
    pub paused_until: Option<DateTime<Utc>>,
    pub without: String,
    pub opens_agreed_at: Option<DateTime<Utc>>,
}
