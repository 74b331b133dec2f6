use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

/// What to ask for, with the validators of the last answer (RFC 9110 §13.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    pub url: Url,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What came of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchOutcome {
    Fresh {
        /// Decoded (gzip, brotli), at most [`FetchLimits::bytes`].
        bytes: Vec<u8>,
        content_type: Option<String>,
        etag: Option<String>,
        last_modified: Option<String>,
        /// Where the bytes came from, after redirects: the base of relative URLs.
        final_url: Url,
        /// The address to ask from now on; set only when every hop of the way was permanent (301 or 308).
        moved_permanently_to: Option<Url>,
    },
    NotModified,
    /// 410: the publisher took the feed away for good.
    Gone,
    /// 429 or 503: the server asks for patience.
    RetryLater {
        after: RetryAfter,
        reason: String,
    },
    /// `reason` names the host, the cause and, where there is one, the next step.
    Failed {
        reason: String,
    },
}

/// A Retry-After header (RFC 9110 §10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    Unsaid,
    Delay(Duration),
    Until(DateTime<Utc>),
}

/// Bounds of one fetch (rule W: SSRF).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// Of the decoded body.
    pub bytes: usize,
    /// From the first look-up to the last byte, all redirects included.
    pub time: Duration,
    pub redirects: usize,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { bytes: 10 * 1024 * 1024, time: Duration::from_secs(30), redirects: 5 }
    }
}
