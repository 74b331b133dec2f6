use serde::Deserialize;

use super::domain_name;

/// `[bounces]`: where messages come back to that could not be delivered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounces {
    /// The domain of return addresses of which each names its delivery (VERP), as lower-case A-labels. Where it is
    /// missing, MAIL FROM is the sender's address.
    #[serde(deserialize_with = "domain_name::optional")]
    pub domain: Option<String>,
}
