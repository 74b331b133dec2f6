use serde::Deserialize;

use super::{HttpUrl, Line};

/// `[[signal_feed]]`: another outlet's feed, followed as a measure of importance and never shown to readers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalFeed {
    /// Whose feed it is: several feeds of one outlet count as one.
    pub outlet: Line,
    /// No feed of a platform, and none twice.
    pub url: HttpUrl,
}
