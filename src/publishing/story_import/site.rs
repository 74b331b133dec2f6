use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{Importing, StoriesImported, StoryImport};
use crate::feeds::{FetchLimits, FetchOutcome, FetchRequest, Fetched, Fetcher, api_of, posts_url, read_posts};
use crate::publishing::Press;
use crate::publishing::editorial::web_url;

/// A hundred posts with all that is embedded are large, and old servers slow.
const LIMITS: FetchLimits = FetchLimits { bytes: 64 * 1024 * 1024, time: Duration::from_secs(120), redirects: 5 };
/// How often a page is asked for in all.
const TRIES: u32 = 4;
/// The pause after a failure, doubled by each more, where the site names none.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
/// The longest a site is waited for at once.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

impl Press {
    /// Takes in the posts of a WordPress site by its API, the oldest first, one request at a time. `told` hears how many
    /// pages are read, and of how many.
    pub async fn import_site(
        &self,
        site: &str,
        wish: StoryImport,
        told: impl Fn(usize, Option<usize>),
    ) -> Result<StoriesImported> {
        let since = wish.since;
        let mut importing = Importing::begin(self, wish)?;
        let fetcher = self.fetcher(LIMITS)?;
        let site = Url::parse(&web_url(site)?)?;
        let api = if is_api(&site) { site } else { self.find_api(&fetcher, site).await? };
        let mut reached = since;
        for page in 1.. {
            let url = posts_url(&api, page, since);
            let fetched = self.patiently(&fetcher, &url).await;
            let read = fetched.and_then(|fetched| read_posts(&fetched.bytes, &fetched.headers).map_err(|e| anyhow!(e)));
            let posts = read.with_context(|| stopped(&url, reached))?;
            let mut entries = Vec::new();
            for post in posts.posts {
                match post {
                    Ok((name, entry)) => {
                        reached = reached.max(entry.published);
                        entries.push((name, entry));
                    }
                    Err(what) => importing.leave_out(&what),
                }
            }
            importing = self
                .blocking(move |press| {
                    importing.take(press, entries)?;
                    Ok(importing)
                })
                .await?;
            told(page, posts.pages);
            if posts.pages.map_or(!posts.may_go_on, |pages| page >= pages) {
                break;
            }
        }
        Ok(importing.done)
    }

    async fn find_api(&self, fetcher: &Fetcher, site: Url) -> Result<Url> {
        let page = self.patiently(fetcher, &site).await.with_context(|| format!("cannot ask {site} for its API"))?;
        Ok(api_of(&page.final_url, &page.headers, &page.bytes))
    }

    /// Asks again where that may help, after the time that the site wants.
    async fn patiently(&self, fetcher: &Fetcher, url: &Url) -> Result<Fetched> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let request = FetchRequest { url: url.clone(), etag: None, last_modified: None };
            let (reason, wait) = match fetcher.fetch(request).await {
                FetchOutcome::Fresh(fetched) => return Ok(*fetched),
                FetchOutcome::RetryLater { after, reason } => {
                    let asked = after.wait(self.now(), LONGEST_PAUSE);
                    (reason, if after == crate::feeds::RetryAfter::Unsaid { pause } else { asked })
                }
                FetchOutcome::Failed { reason } => bail!("{reason}"),
                FetchOutcome::Gone => bail!("it answered 410 Gone"),
                FetchOutcome::NotModified => bail!("it answered 304, although nothing of it was known"),
            };
            if attempt >= TRIES {
                bail!("{reason}");
            }
            tokio::time::sleep(wait.to_std().unwrap_or_default()).await;
            pause = pause * 2;
        }
        bail!("it was not asked")
    }
}

/// Whether the address is that of the API itself.
fn is_api(url: &Url) -> bool {
    url.path().trim_end_matches('/').ends_with("/wp-json") || url.query_pairs().any(|(name, _)| name == "rest_route")
}

fn stopped(url: &Url, reached: Option<DateTime<Utc>>) -> String {
    match reached {
        Some(at) => format!("stopped at {url}; what came before it is stored, and --since {} goes on", at.date_naive()),
        None => format!("cannot read {url}"),
    }
}
