use serde::Deserialize;

use super::{Period, Size};

/// `[feeds]`: how the platforms' feeds are polled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Feeds {
    /// From one poll of a feed to the next; at least a minute.
    pub poll: Period,
    /// Whether feeds and links on private and loopback addresses may be asked for (rule W, SSRF).
    pub allow_private: bool,
    /// For a whole fetch, redirects included; at least a second.
    pub timeout: Period,
    /// Of a feed once it is decompressed.
    pub max_size: Size,
}

impl Default for Feeds {
    fn default() -> Self {
        Self {
            poll: Period::from_minutes(15),
            allow_private: false,
            timeout: Period::from_seconds(30),
            max_size: Size::from_megabytes(10),
        }
    }
}
