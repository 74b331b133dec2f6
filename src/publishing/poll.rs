use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use url::Url;

use super::Press;
use super::contents::{Contents, Reading};
use super::feed_use::{Entries, FeedUse, feed_uses};
use crate::feeds::{FetchLimits, FetchOutcome, FetchRequest, Fetched, Fetcher, NextPoll, PollResult, next_poll};
use crate::store::{Db, Event, Feed, FeedKind, FrontPage, Sighting};

/// Feeds and calendars asked at the same time: enough that a slow one holds nobody up, few enough for a small server.
const AT_ONCE: usize = 8;

/// A calendar that has not changed is read again after this time: its weekly events have moved on since.
const CALENDAR_READ: TimeDelta = TimeDelta::hours(24);

/// Which feeds and calendars to poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// Those whose time has come.
    Due,
    /// Every configured one, disabled ones too.
    All,
    /// Those with these URLs.
    Only(Vec<String>),
}

/// What a poll came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollOutcome {
    Fresh,
    /// The server said that nothing has changed.
    NotModified,
    Failed,
    /// The server asks for patience.
    ToldToWait,
    /// 410: it is not asked again.
    Disabled,
}

impl PollOutcome {
    /// As metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::NotModified => "not_modified",
            Self::Failed => "failed",
            Self::ToldToWait => "told_to_wait",
            Self::Disabled => "disabled",
        }
    }
}

/// One polled feed, or calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polled {
    pub kind: FeedKind,
    pub url: String,
    /// The platform's id; of a signal feed, the outlet's name; empty for a calendar.
    pub platform: String,
    pub outcome: PollOutcome,
    /// Stories or events new to us, changed, and as they were.
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Events that are not in their calendar any more.
    pub removed: usize,
    /// Why entries or events were left out, or a zone was guessed: a sentence each.
    pub skipped: Vec<String>,
    /// Empty where it worked.
    pub error: String,
    pub failing_since: Option<DateTime<Utc>>,
    pub next_poll_at: Option<DateTime<Utc>>,
}

impl Press {
    /// Everything that is polled: URL, kind, and the id of its platform or the name of its outlet.
    pub fn feeds(&self) -> Vec<(String, FeedKind, String)> {
        feed_uses(self.config()).into_iter().map(|used| (used.url.clone(), used.kind(), used.owner)).collect()
    }

    /// Polls feeds and calendars, several at once; one that fails disturbs no other. The outcomes are in the order of
    /// the configuration, calendars last.
    pub async fn poll_feeds(&self, which: Poll) -> Result<Vec<Polled>> {
        let feeds = self.feeds_to_poll(which).await?;
        let fetcher = self.fetcher(self.feed_limits())?;
        stream::iter(feeds)
            .map(|(feed, used)| self.poll_feed(&fetcher, feed, used))
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect()
    }

    /// What a feed may be at most, as configured.
    pub(super) fn feed_limits(&self) -> FetchLimits {
        let feeds = &self.config().feeds;
        FetchLimits {
            bytes: usize::try_from(feeds.max_size.bytes()).unwrap_or(usize::MAX),
            time: feeds.timeout.duration(),
            ..FetchLimits::default()
        }
    }

    /// Asks in the publisher's name, and private addresses only where the configuration lets it.
    pub(super) fn fetcher(&self, limits: FetchLimits) -> Result<Fetcher> {
        let config = self.config();
        Fetcher::new(config.publisher.website.as_str(), limits, config.feeds.allow_private)
    }

    async fn feeds_to_poll(&self, which: Poll) -> Result<Vec<(Feed, FeedUse)>> {
        let configured = feed_uses(self.config());
        if let Poll::Only(named) = &which {
            let known: HashSet<&str> = configured.iter().map(|used| used.url.as_str()).collect();
            if let Some(unknown) = named.iter().find(|url| !known.contains(url.as_str())) {
                bail!("{unknown} is no feed or calendar of the configuration; `griot feeds list` shows them");
            }
        }
        let now = self.now();
        let registered = self
            .store()
            .blocking(move |store| {
                store.write(|db| {
                    let calendars = configured.iter().filter(|used| used.kind() == FeedKind::Calendar);
                    let urls: Vec<&str> = calendars.map(|used| used.url.as_str()).collect();
                    Event::keep_calendars(db, &urls, now)?;
                    configured
                        .into_iter()
                        .map(|used| Ok((Feed::register(db, &used.url, used.kind(), &used.owner)?, used)))
                        .collect::<Result<Vec<_>>>()
                })
            })
            .await?;
        let is_wanted = |feed: &Feed| match &which {
            Poll::Due => feed.disabled_at.is_none() && feed.next_poll_at <= now,
            Poll::All => true,
            Poll::Only(named) => named.contains(&feed.url),
        };
        Ok(registered.into_iter().filter(|(feed, _)| is_wanted(feed)).collect())
    }

    async fn poll_feed(&self, fetcher: &Fetcher, feed: Feed, used: FeedUse) -> Result<Polled> {
        let (reading, is_known) = match used.entries {
            Entries::Stories | Entries::SignalStories | Entries::Order => (Reading::Stories, true),
            Entries::Events => {
                let is_fresh = feed.read_at.is_some_and(|at| self.now() - at < CALENDAR_READ);
                (Reading::Events(self.calendar_rule(&feed.url)), is_fresh)
            }
        };
        let outcome = match Url::parse(feed.effective_url()) {
            Ok(url) => {
                let validator = |value: &str| (is_known && !value.is_empty()).then(|| value.to_owned());
                let request =
                    FetchRequest { url, etag: validator(&feed.etag), last_modified: validator(&feed.last_modified) };
                fetcher.fetch(request).await
            }
            Err(error) => FetchOutcome::Failed { reason: format!("{} is no URL: {error}", feed.effective_url()) },
        };
        let now = self.now();
        let interval = self.config().feeds.poll.duration();
        let name = feed.url.clone();
        let polled = self
            .store()
            .blocking(move |store| {
                // Parsing stays outside the transaction: it may take a second, and others want to write.
                let read = read(outcome, reading, now);
                store.write(|db| record(db, feed, &used, read, interval, now))
            })
            .await
            .with_context(|| format!("storing what {name} gave"))?;
        self.vitals().polled(polled.outcome);
        Ok(polled)
    }
}

/// What came of a fetch, read as far as it can be.
enum Read {
    Fresh { fetched: Box<Fetched>, contents: Contents },
    NotModified,
    Gone,
    Failed { reason: String, wait: Option<crate::feeds::RetryAfter> },
}

fn read(outcome: FetchOutcome, reading: Reading, now: DateTime<Utc>) -> Read {
    match outcome {
        FetchOutcome::NotModified => Read::NotModified,
        FetchOutcome::Gone => Read::Gone,
        FetchOutcome::RetryLater { after, reason } => Read::Failed { reason, wait: Some(after) },
        FetchOutcome::Failed { reason } => Read::Failed { reason, wait: None },
        FetchOutcome::Fresh(fetched) => match Contents::read(&fetched, reading, now) {
            Ok(contents) => Read::Fresh { fetched, contents },
            Err(reason) => Read::Failed { reason, wait: None },
        },
    }
}

/// Stores the contents and what the poll taught about the feed, in one transaction.
fn record(
    db: &Db,
    mut feed: Feed,
    used: &FeedUse,
    read: Read,
    interval: Duration,
    now: DateTime<Utc>,
) -> Result<Polled> {
    let mut polled = Polled {
        kind: feed.kind,
        url: feed.url.clone(),
        platform: feed.platform.clone(),
        outcome: PollOutcome::NotModified,
        added: 0,
        changed: 0,
        unchanged: 0,
        removed: 0,
        skipped: Vec::new(),
        error: String::new(),
        failing_since: None,
        next_poll_at: None,
    };
    let result = match read {
        Read::NotModified => {
            if used.is_front_page {
                Sighting::record(db, feed.id, FrontPage::NotModified, now)?;
            }
            PollResult::Worked
        }
        Read::Fresh { fetched, mut contents } => {
            polled.outcome = PollOutcome::Fresh;
            polled.skipped = std::mem::take(&mut contents.skipped);
            feed.title = std::mem::take(&mut contents.title);
            feed.read_at = Some(now);
            let changes = contents.store(db, &feed, used, now)?;
            (polled.added, polled.changed) = (changes.added, changes.changed);
            (polled.unchanged, polled.removed) = (changes.unchanged, changes.removed);
            feed.etag = fetched.etag.unwrap_or_default();
            feed.last_modified = fetched.last_modified.unwrap_or_default();
            if let Some(moved_to) = fetched.moved_permanently_to {
                feed.moved_to = moved_to.into();
            }
            PollResult::Worked
        }
        Read::Gone => {
            polled.outcome = PollOutcome::Disabled;
            polled.error = "410 Gone: it was taken away for good; take it out of the configuration".into();
            PollResult::Gone
        }
        Read::Failed { reason, wait } => {
            polled.error = reason;
            let in_a_row = feed.failures + 1;
            match wait {
                Some(after) => {
                    polled.outcome = PollOutcome::ToldToWait;
                    PollResult::ToldToWait { after, in_a_row }
                }
                None => {
                    polled.outcome = PollOutcome::Failed;
                    PollResult::Failed { in_a_row }
                }
            }
        }
    };
    feed.polled_at = Some(now);
    feed.last_error = polled.error.clone();
    if polled.error.is_empty() {
        (feed.failures, feed.failing_since, feed.disabled_at) = (0, None, None);
    } else {
        feed.failures += 1;
        feed.failing_since.get_or_insert(now);
        // Where a permanent redirect led may be what is broken: the next try asks the configured address.
        feed.moved_to.clear();
    }
    match next_poll(now, chrono::TimeDelta::from_std(interval)?, result) {
        NextPoll::At(at) => {
            feed.next_poll_at = at;
            polled.next_poll_at = Some(at);
        }
        NextPoll::Never => feed.disabled_at = Some(now),
    }
    polled.failing_since = feed.failing_since;
    feed.record_poll(db)?;
    Ok(polled)
}
