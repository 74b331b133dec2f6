//! What WordPress gives of a whole site: its export files (WXR, which is RSS with more in it) and its REST API.
//!
//! Owns: cutting an export into posts in bounded memory ([`Export`]), what the elements of one and the members of the
//! API mean, the text of the old editor as a reader sees it. Each post becomes an [`Entry`](super::Entry), and is cleaned
//! like one of a feed. Leaves out: which posts are wanted, what is stored.

mod api;
mod classic;
mod export;
mod pieces;
mod utf16;

pub use api::{Posts, api_of, posts_url, read_posts};
pub use export::{Export, Exported, Picture};
