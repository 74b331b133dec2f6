//! The demo: a made-up publisher, its readers and an inbox, so that a whole edition can be seen without a network.
//!
//! Owns: the stories of Harmattan Press ([`stories`]) and their pictures ([`pictures`]), the feeds and pages that carry
//! them ([`feeds`]), twenty-five subscribers ([`readers`]), an SMTP server that keeps what it gets with pages to look at
//! it ([`inbox`]), the page that says what happened ([`front`]), and setting it all up ([`Demo`]). Leaves out: everything
//! between a feed and a message, which is the real thing and not part of the demo. Its configuration and store live in a
//! temporary folder that goes when the demo ends, so nothing stays behind.
//!
//! What may fail: a port that is taken. The content is compiled in and checked by the tests.

pub mod feeds;
pub mod front;
pub mod inbox;
mod page;
pub mod pictures;
pub mod readers;
mod run;
pub mod stories;

use std::sync::{Arc, OnceLock};

use axum::Router;

use front::Facts;
use inbox::Inbox;
use stories::Newsroom;

pub use run::Demo;

/// All of the demo's pages: feeds, story pages and pictures, the inbox, and the front page at `/`.
///
/// `base` is where the router will be reached, scheme and host without a closing slash; the links in the feeds start
/// with it. Until `facts` is set the front page says that the edition is under way, and asks again.
pub fn router(newsroom: Arc<Newsroom>, base: &str, inbox: Inbox, facts: Arc<OnceLock<Facts>>) -> Router {
    feeds::router(newsroom, base).merge(front::router(facts, inbox.clone())).merge(inbox::web::router(inbox))
}
