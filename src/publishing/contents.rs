use anyhow::Result;
use chrono::{DateTime, Utc};

use super::calendars::{CalendarRule, events_of};
use super::feed_use::{Entries, FeedUse};
use super::signals::forget_before;
use crate::calendar::CalendarEvent;
use crate::feeds::{Fetched, StoryDraft, clean, parse};
use crate::store::{
    Changes, Db, Event, Feed, FeedId, FrontPage, Sighting, SignalStory, Story, StoryId, StoryImage, Upserted,
};

/// Characters kept of a standfirst that nobody will read.
const SIGNAL_STANDFIRST: usize = 500;

/// What the answer of a feed or a calendar is read as.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    Stories,
    Events(CalendarRule),
}

/// What stood in it.
pub(super) struct Contents {
    pub title: String,
    /// Why parts were left out, or a zone was guessed: a sentence each.
    pub skipped: Vec<String>,
    found: Found,
}

enum Found {
    Stories(Vec<StoryDraft>),
    Events { events: Vec<CalendarEvent>, is_whole: bool },
}

impl Contents {
    /// The error says why it cannot be read.
    pub fn read(fetched: &Fetched, reading: Reading, now: DateTime<Utc>) -> std::result::Result<Self, String> {
        match reading {
            Reading::Stories => Self::stories(fetched, now),
            Reading::Events(rule) => {
                let calendar = rule.read(&fetched.bytes, now).map_err(|error| error.to_string())?;
                let found = Found::Events { events: calendar.events, is_whole: calendar.is_whole };
                Ok(Self { title: calendar.name, skipped: calendar.problems, found })
            }
        }
    }

    fn stories(fetched: &Fetched, now: DateTime<Utc>) -> std::result::Result<Self, String> {
        let feed = parse(&fetched.bytes, fetched.content_type.as_deref(), Some(&fetched.final_url))
            .map_err(|error| error.to_string())?;
        let mut drafts = Vec::with_capacity(feed.entries.len());
        let mut skipped = Vec::new();
        for (index, entry) in feed.entries.iter().enumerate() {
            match clean(entry, now) {
                Ok(draft) => drafts.push(draft),
                Err(unusable) => skipped.push(format!("entry {}: {unusable}", index + 1)),
            }
        }
        let title = feed.title.map(|title| title.value).unwrap_or_default();
        Ok(Self { title, skipped, found: Found::Stories(drafts) })
    }

    /// Brings what is stored to what was found.
    pub fn store(self, db: &Db, feed: &Feed, used: &FeedUse, now: DateTime<Utc>) -> Result<Changes> {
        match self.found {
            Found::Stories(drafts) => {
                let mut changes = Changes::default();
                if used.is_front_page {
                    let order: Vec<String> = drafts.iter().map(|draft| draft.url.to_string()).collect();
                    Sighting::record(db, feed.id, FrontPage::Order(&order), now)?;
                }
                for draft in drafts {
                    match keep(db, used.entries, feed, draft, now)? {
                        Upserted::Added => changes.added += 1,
                        Upserted::Changed => changes.changed += 1,
                        Upserted::Unchanged => changes.unchanged += 1,
                    }
                }
                Ok(changes)
            }
            Found::Events { events, is_whole } => {
                Event::keep_calendar(db, &feed.url, &events_of(&feed.url, events), is_whole, now)
            }
        }
    }
}

/// Keeps an entry as what it is polled for.
fn keep(db: &Db, entries: Entries, feed: &Feed, draft: StoryDraft, now: DateTime<Utc>) -> Result<Upserted> {
    match entries {
        Entries::Stories => story(&feed.platform, Some(feed.id), draft, now).upsert(db, now),
        Entries::Order | Entries::Events => Ok(Upserted::Unchanged),
        Entries::SignalStories => {
            let told = SignalStory {
                outlet: feed.platform.clone(),
                url: draft.url.into(),
                headline: draft.headline,
                standfirst: draft.standfirst.chars().take(SIGNAL_STANDFIRST).collect(),
                published_at: draft.published_at.unwrap_or(now),
                first_seen_at: now,
            };
            // What would be forgotten in an hour is not kept first.
            let is_new = told.published_at >= forget_before(now) && told.record(db)?;
            Ok(if is_new { Upserted::Added } else { Upserted::Unchanged })
        }
    }
}

/// As it is stored where it is seen now.
pub(super) fn story(platform: &str, feed: Option<FeedId>, draft: StoryDraft, now: DateTime<Utc>) -> Story {
    Story {
        id: StoryId(0),
        platform: platform.to_owned(),
        feed,
        guid: draft.guid,
        url: draft.url.into(),
        headline: draft.headline,
        standfirst: draft.standfirst,
        bylines: draft.bylines,
        section: draft.section.unwrap_or_default(),
        tags: draft.tags,
        published_at: draft.published_at.unwrap_or(now),
        updated_at: draft.updated_at,
        first_seen_at: now,
        image: draft.image.map(|image| StoryImage {
            url: image.url,
            width: image.width,
            height: image.height,
            alt: image.alt.unwrap_or_default(),
            caption: image.caption.unwrap_or_default(),
            credit: image.credit.unwrap_or_default(),
        }),
        comments: draft.comments,
        body: draft.body,
        words: draft.words,
    }
}
