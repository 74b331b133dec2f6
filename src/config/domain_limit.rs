use serde::Deserialize;

use super::{Rate, domain_name};

/// `[[delivery.domain]]`: how hard the mailboxes at some domains may be driven, over all relays together.
///
/// Invariant: at least one of the limits is set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainLimit {
    /// They share the limits. Lower-case A-labels; never empty, and none stands twice in the whole file.
    #[serde(deserialize_with = "domain_name::list")]
    pub names: Vec<String>,
    /// Messages in how long.
    pub rate: Option<Rate>,
    /// Messages on their way to them at once: 1 to 1000.
    pub connections: Option<u32>,
}
