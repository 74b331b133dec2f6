//! The feed of a website: what its first page names, or the page itself where it is a feed.

use std::time::Duration;

use url::Url;

use crate::feeds::{FetchLimits, FetchOutcome, FetchRequest, Fetcher, feeds_named, parse};

/// Somebody waits for it.
const LIMITS: FetchLimits = FetchLimits { bytes: 4 << 20, time: Duration::from_secs(10), redirects: 5 };

/// An error tells why there is none, as the end of a sentence.
pub async fn feed_of(website: &Url) -> Result<Url, String> {
    let fetcher = Fetcher::new(website.as_str(), LIMITS, false).map_err(|error| error.to_string())?;
    let request = FetchRequest { url: website.clone(), etag: None, last_modified: None };
    let fetched = match fetcher.fetch(request).await {
        FetchOutcome::Fresh(fetched) => fetched,
        FetchOutcome::Failed { reason } | FetchOutcome::RetryLater { reason, .. } => return Err(reason),
        FetchOutcome::Gone | FetchOutcome::NotModified => return Err("the website has no first page".to_owned()),
    };
    let content_type = fetched.content_type.as_deref();
    if parse(&fetched.bytes, content_type, Some(&fetched.final_url)).is_ok() {
        return Ok(fetched.final_url);
    }
    let named = feeds_named(&fetched.bytes, content_type, &fetched.final_url);
    named.into_iter().next().ok_or_else(|| "its first page names none".to_owned())
}
