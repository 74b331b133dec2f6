use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::store::StoryId;

/// A story that could be picked, with all that picking depends on. Every text but the title may be empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub story: StoryId,
    pub platform: String,
    /// Canonical: two stories under one URL are one story.
    pub url: String,
    pub guid: String,
    pub title: String,
    pub lead: String,
    /// Plain text.
    pub body: String,
    pub section: String,
    /// Other words it is filed under.
    pub tags: Vec<String>,
    pub authors: Vec<String>,
    pub published_at: DateTime<Utc>,
    pub signals: Signals,
    pub orders: Orders,
}

/// A story of somebody else's feed: a measure of importance, never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalStory {
    /// What the feed is called in a reason.
    pub feed: String,
    pub url: String,
    pub title: String,
    pub lead: String,
    pub published_at: DateTime<Utc>,
}

/// What readers and editors did with a story. Everything may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals {
    pub comments: Option<Count>,
    pub views: Option<Count>,
    pub shares: Option<Count>,
    /// Whatever else a publisher counts, by its name.
    pub others: BTreeMap<String, Count>,
    /// What clicks in earlier editions say of such stories: the logarithm of how many times as many as usual.
    pub clicks: Option<f64>,
    /// Where it stood on a front page, in the order of time.
    pub sightings: Vec<Sighting>,
}

/// A running total, and when it was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    pub total: f64,
    pub counted_at: DateTime<Utc>,
}

/// A story seen on a front page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    pub at: DateTime<Utc>,
    /// 1 is the lead.
    pub place: u32,
    /// Until the page was looked at again.
    pub minutes: f64,
}

/// What an editor ordered, and what the story's past forbids. Constraints, never weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    pub pin: Option<Pin>,
    /// Wins over a pin.
    pub is_dropped: bool,
    /// Not before this moment, pinned or not.
    pub embargo_until: Option<DateTime<Utc>>,
    /// Not from this moment on, pinned or not.
    pub expires_at: Option<DateTime<Utc>>,
    /// The edition that carried it: never again, unless pinned.
    pub sent_in: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    Anywhere,
    /// Counted from 1. A place beyond the last is the last; one that is taken, the next free one.
    Place(usize),
}

impl Pin {
    /// `None` is wherever its score puts it.
    pub fn place(self) -> Option<usize> {
        match self {
            Self::Anywhere => None,
            Self::Place(place) => Some(place),
        }
    }
}
