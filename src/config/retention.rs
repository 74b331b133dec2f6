use serde::Deserialize;

use super::Period;

/// `[retention]`: how long what is known of single readers is kept. "0s" keeps it for ever.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// The tries of an edition after its end; what remains is how many there were of each kind.
    pub attempts: Period,
    /// Who followed which link, after the end of its edition; what remains is how often each was followed.
    pub clicks: Period,
}

impl Default for Retention {
    fn default() -> Self {
        Self { attempts: Period::from_hours(180 * 24), clicks: Period::from_hours(365 * 24) }
    }
}
