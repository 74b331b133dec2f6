//! A story that is added by the address of its page.

use std::time::Duration;

use anyhow::{Result, bail};
use url::Url;

use super::Press;
use super::editorial::web_url;
use crate::feeds::{FetchLimits, FetchOutcome, FetchRequest, PageStory, read_page};

/// What a page may be at most, and how long it may take: somebody waits for it.
const LIMITS: FetchLimits = FetchLimits { bytes: 4 * 1024 * 1024, time: Duration::from_secs(15), redirects: 5 };

impl Press {
    /// What the page at an address says of itself. Nothing is stored. It is fetched within limits, and from a private
    /// address only where feeds may be.
    pub async fn look_at_page(&self, address: &str) -> Result<PageStory> {
        let url = Url::parse(&web_url(address)?)?;
        let fetcher = self.fetcher(LIMITS)?;
        match fetcher.fetch(FetchRequest { url, etag: None, last_modified: None }).await {
            FetchOutcome::Fresh(page) => {
                let now = self.now();
                // A page of megabytes takes a while to read.
                self.blocking(move |_| Ok(read_page(&page.bytes, page.content_type.as_deref(), &page.final_url, now)))
                    .await
            }
            FetchOutcome::RetryLater { reason, .. } | FetchOutcome::Failed { reason } => bail!("{reason}"),
            FetchOutcome::Gone => bail!("it answered 410 Gone: the page was taken away"),
            FetchOutcome::NotModified => bail!("it answered 304, although nothing of it was known"),
        }
    }
}
