//! Candidates for tests.

use chrono::{DateTime, TimeDelta};

use super::{Candidate, Orders, Signals};
use crate::store::StoryId;

/// A story that shares no word with another; the higher the number, the older.
pub fn story(number: i64) -> Candidate {
    Candidate {
        story: StoryId(number),
        platform: "harmattan".into(),
        url: format!("https://example.org/{number}"),
        guid: String::new(),
        title: format!("alpha{number} beta{number} gamma{number}"),
        lead: String::new(),
        body: String::new(),
        section: String::new(),
        tags: Vec::new(),
        authors: Vec::new(),
        published_at: DateTime::UNIX_EPOCH + TimeDelta::days(1000) - TimeDelta::hours(number),
        signals: Signals::default(),
        orders: Orders::default(),
    }
}
