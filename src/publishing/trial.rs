//! A feed or calendar looked at before it is configured.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use url::Url;

use super::Press;
use crate::feeds::{self, FetchOutcome, FetchRequest, Fetched, canonical_url, clean};
use crate::store::FeedKind;

/// What a feed or calendar would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    pub kind: FeedKind,
    /// The address to configure: where a permanent redirect led.
    pub url: String,
    /// `rss`, `atom`, …, or `icalendar`.
    pub format: String,
    pub title: String,
    /// In the order it has them; of a calendar the soonest first.
    pub entries: Vec<Entry>,
    /// Why entries would be left out: a sentence each.
    pub skipped: Vec<String>,
}

/// A story or an event it would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub headline: String,
    /// Empty where an event has no page.
    pub url: String,
    /// Published, or begins.
    pub at: Option<DateTime<Utc>>,
}

impl Press {
    /// Fetches and reads a feed or calendar as a poll would. Nothing is stored.
    pub async fn try_feed(&self, address: &str) -> Result<Trial> {
        let url = Url::parse(address.trim()).ok().filter(|url| canonical_url(url.as_str()).is_ok());
        let url = url.with_context(|| format!("{address:?} is no address; write it with https://"))?;
        let fetcher = self.fetcher(self.feed_limits())?;
        match fetcher.fetch(FetchRequest { url: url.clone(), etag: None, last_modified: None }).await {
            FetchOutcome::Fresh(fetched) => self.blocking(move |press| press.read_trial(&url, &fetched)).await,
            FetchOutcome::RetryLater { reason, .. } | FetchOutcome::Failed { reason } => bail!("{reason}"),
            FetchOutcome::Gone => bail!("it answered 410 Gone: it was taken away for good"),
            FetchOutcome::NotModified => bail!("it answered 304, although nothing of it was known"),
        }
    }

    fn read_trial(&self, asked: &Url, fetched: &Fetched) -> Result<Trial> {
        let url = fetched.moved_permanently_to.as_ref().unwrap_or(asked).to_string();
        let now = self.now();
        if let Ok(calendar) = self.calendar_rule("").read(&fetched.bytes, now) {
            let entry = |event: crate::calendar::CalendarEvent| Entry {
                headline: event.title,
                url: event.url,
                at: Some(event.starts_at),
            };
            return Ok(Trial {
                kind: FeedKind::Calendar,
                url,
                format: "icalendar".to_owned(),
                title: calendar.name,
                entries: calendar.events.into_iter().map(entry).collect(),
                skipped: calendar.problems,
            });
        }
        let feed = feeds::parse(&fetched.bytes, fetched.content_type.as_deref(), Some(&fetched.final_url))?;
        let (mut entries, mut skipped) = (Vec::new(), Vec::new());
        for (number, entry) in (1..).zip(&feed.entries) {
            match clean(entry, now) {
                Ok(story) => {
                    entries.push(Entry { headline: story.headline, url: story.url.into(), at: story.published_at })
                }
                Err(reason) => skipped.push(format!("Entry {number} would be left out: {reason}")),
            }
        }
        Ok(Trial {
            kind: FeedKind::Feed,
            url,
            format: feed.format.as_str().to_owned(),
            title: feed.title.map(|title| title.value).unwrap_or_default(),
            entries,
            skipped,
        })
    }
}
