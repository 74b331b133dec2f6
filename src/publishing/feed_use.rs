//! What each configured feed is polled for.

use anyhow::Result;

use super::Press;
use crate::config::Config;
use crate::store::{Db, Feed, FeedKind};

/// One URL, whatever it is polled for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FeedUse {
    pub url: String,
    /// The platform's id, or the outlet's name; empty for a calendar.
    pub owner: String,
    pub entries: Entries,
    /// Whether the order of its entries is that of the platform's front page.
    pub is_front_page: bool,
}

/// What becomes of a feed's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entries {
    Stories,
    /// What another outlet ran: stored apart, never shown.
    SignalStories,
    /// Only their order is looked at.
    Order,
    /// Of a calendar.
    Events,
}

impl FeedUse {
    pub fn kind(&self) -> FeedKind {
        match self.entries {
            Entries::Stories | Entries::SignalStories | Entries::Order => FeedKind::Feed,
            Entries::Events => FeedKind::Calendar,
        }
    }
}

impl Press {
    /// The configured feeds and calendars that failed when they were last polled, or are gone.
    pub fn feeds_in_trouble(&self, db: &Db) -> Result<Vec<Feed>> {
        let mut feeds = self.polled_feeds(db)?;
        feeds.retain(|feed| feed.failing_since.is_some() || feed.disabled_at.is_some());
        Ok(feeds)
    }

    /// What is known of the configured feeds and calendars; of one that was never asked, nothing.
    pub fn polled_feeds(&self, db: &Db) -> Result<Vec<Feed>> {
        let uses = feed_uses(self.config());
        let mut feeds = Feed::all(db)?;
        feeds.retain(|feed| uses.iter().any(|one| one.url == feed.url));
        Ok(feeds)
    }
}

/// Every feed and calendar of the configuration, in its order; no URL twice.
pub(super) fn feed_uses(config: &Config) -> Vec<FeedUse> {
    let mut uses = Vec::new();
    for platform in &config.platforms {
        let owner = platform.id.as_str();
        uses.extend(platform.feeds.iter().map(|url| FeedUse {
            url: url.as_str().to_owned(),
            owner: owner.to_owned(),
            entries: Entries::Stories,
            is_front_page: platform.front_page.as_ref() == Some(url),
        }));
        uses.extend(platform.front_page.iter().filter(|url| !platform.feeds.contains(url)).map(|url| FeedUse {
            url: url.as_str().to_owned(),
            owner: owner.to_owned(),
            entries: Entries::Order,
            is_front_page: true,
        }));
    }
    uses.extend(config.signal_feeds.iter().map(|feed| FeedUse {
        url: feed.url.as_str().to_owned(),
        owner: feed.outlet.to_string(),
        entries: Entries::SignalStories,
        is_front_page: false,
    }));
    uses.extend(config.calendars.iter().map(|calendar| FeedUse {
        url: calendar.url.as_str().to_owned(),
        owner: String::new(),
        entries: Entries::Events,
        is_front_page: false,
    }));
    uses
}
