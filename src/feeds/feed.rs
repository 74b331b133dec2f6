//! What a feed and its entries are, once read.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

/// What a feed says, as it says it: URLs are made absolute and dates are parsed, nothing is sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feed {
    pub format: Format,
    pub title: Option<Text>,
    /// The page the feed belongs to.
    pub link: Option<String>,
    /// A language tag such as `en-GB`, unchecked.
    pub language: Option<String>,
    /// In the order of the feed.
    pub entries: Vec<Entry>,
}

/// The family of formats a feed was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RSS 0.91 to 2.0.
    Rss,
    /// RSS 0.90 and 1.0, which are RDF.
    Rdf,
    /// Atom 1.0.
    Atom,
    /// The draft that came before it.
    Atom03,
    /// Microsoft's Channel Definition Format.
    Cdf,
    /// JSON Feed 1.0 and 1.1.
    Json,
    /// A sitemap with Google's news elements.
    NewsSitemap,
}

impl Format {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Rdf => "rdf",
            Self::Atom => "atom",
            Self::Atom03 => "atom03",
            Self::Cdf => "cdf",
            Self::Json => "json",
            Self::NewsSitemap => "news-sitemap",
        }
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One raw item of a feed. Nothing in it can be trusted; [`super::clean`] makes a [`super::StoryDraft`] of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What the feed calls the entry's identity; missing in about every tenth feed.
    pub guid: Option<String>,
    /// The page of the entry, absolute where the base is known.
    pub url: Option<String>,
    pub title: Option<Text>,
    pub authors: Vec<Author>,
    pub published: Option<DateTime<Utc>>,
    pub updated: Option<DateTime<Utc>>,
    pub summary: Option<Text>,
    pub content: Option<Text>,
    /// What the feed names as the picture; pictures inside the content are left to cleaning.
    pub image: Option<Image>,
    /// Categories, subjects, keywords, in order, each once.
    pub tags: Vec<String>,
    /// Number of comments.
    pub comments: Option<u32>,
}

/// A text together with whether it is HTML. Serialised as its value alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub kind: TextKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    Plain,
    Html,
}

/// Who wrote an entry. Serialised as its name, else its address, else its page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    pub name: Option<String>,
    /// As written, unchecked.
    pub email: Option<String>,
    pub url: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Image {
    pub url: String,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    pub alt: Option<String>,
    pub caption: Option<String>,
    pub credit: Option<String>,
}

/// Why bytes give no feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("it is empty")]
    Empty,
    #[error("it is a web page, not a feed; look for the feed's own address on it")]
    WebPage,
    #[error("it is neither RSS, RDF, Atom, CDF, JSON Feed nor a news sitemap: {0}")]
    NotAFeed(String),
    #[error("it is a sitemap index; write the address of the news sitemap it names: {0}")]
    SitemapIndex(String),
    #[error("it is a sitemap index that names no sitemap; look for the site's news sitemap")]
    EmptySitemapIndex,
    #[error("it is a sitemap without headlines (news:title); look for the site's news sitemap")]
    PlainSitemap,
    #[error("its elements are nested more than {0} deep")]
    TooDeep(usize),
    #[error("it has more than {0} elements")]
    TooManyElements(usize),
}

impl Text {
    pub fn plain(value: impl Into<String>) -> Self {
        Self { value: value.into(), kind: TextKind::Plain }
    }

    pub fn html(value: impl Into<String>) -> Self {
        Self { value: value.into(), kind: TextKind::Html }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.value)
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_ref().or(self.email.as_ref()).or(self.url.as_ref()).map_or("", String::as_str))
    }
}

impl Serialize for Author {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
