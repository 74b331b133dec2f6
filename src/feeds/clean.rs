use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

use super::Image;

/// An entry made presentable: everything a story is stored with, but for its platform and its place in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoryDraft {
    /// The feed's identity of the entry, else its canonical URL. Never empty.
    pub guid: String,
    /// Canonical: http or https, without tracking parameters and fragment.
    pub url: Url,
    /// Plain text on one line, never empty.
    pub headline: String,
    /// One or two sentences of plain text, at most 300 characters; may be empty.
    pub standfirst: String,
    /// Names, plain text.
    pub bylines: Vec<String>,
    pub section: Option<String>,
    pub tags: Vec<String>,
    /// Never later than an hour after `now`; `None` where the feed does not say.
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub image: Option<Image>,
    /// Number of comments.
    pub comments: Option<u32>,
    /// Sanitised HTML (rule H), URLs absolute; empty where the feed gives only a summary.
    pub body: String,
    /// Words in `body`.
    pub words: u32,
}

/// Why an entry can't become a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("it has no link")]
    NoLink,
    #[error("its link is not an http or https URL")]
    BadLink,
    #[error("it has neither title nor text")]
    NoText,
}
