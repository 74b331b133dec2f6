//! Feeds: from a URL to drafts of stories.
//!
//! Owns: fetching a feed politely and safely ([`Fetcher`], rule W: SSRF), reading whatever it holds ([`parse`]: RSS,
//! RDF, Atom, CDF, JSON Feed, news sitemaps, broken or not; rule W: XML), cleaning an entry into a [`StoryDraft`] (rule
//! H: feed HTML), and the time of the next poll ([`next_poll`]). Leaves out: which feeds there are, what is stored,
//! when a poll happens. Everything but the fetcher is a pure function; it takes values and returns values.
//!
//! What may fail: a fetch in as many ways as a network has, each a [`FetchOutcome`]; parsing, where the bytes hold no
//! feed at all or are hostile ([`ParseError`]); cleaning, where an entry has nothing to link to ([`Unusable`]). A feed
//! that is merely broken is read as far as it makes sense.

mod canonical_url;
mod charset;
mod clean;
mod date;
mod element;
mod entry;
mod feed;
mod fetch;
mod guarded_client;
mod guarded_resolver;
mod html;
mod json_feed;
mod lead_image;
mod look;
mod markup;
mod media;
mod page;
mod parse;
mod poll;
mod prose;
mod reference;
mod retry_after;
mod sitemap;
mod special_purpose;
mod tags;
mod tame;
mod vocabulary;
mod wordpress;
mod xml;

pub use canonical_url::canonical_url;
pub use clean::{StoryDraft, Unusable, clean};
pub use feed::{Author, Entry, Feed, Format, Image, ParseError, Text, TextKind};
pub use fetch::{FetchLimits, FetchOutcome, FetchRequest, Fetched, Fetcher};
pub use guarded_client::GuardedClient;
pub use lead_image::pictures_in;
pub use look::LinkAnswer;
pub use page::{PageStory, feeds_named, read_page};
pub use parse::parse;
pub use poll::{NextPoll, PollResult, next_poll};
pub use retry_after::RetryAfter;
pub use wordpress::{Export, Exported, Picture, Posts, api_of, posts_url, read_posts};
