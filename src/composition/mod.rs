//! Composition: from what an edition holds to what a reader sees, as pure functions over values.
//!
//! Owns: the views ([`Brief`], [`Confirmation`], [`Goodbye`], [`DraftNotice`]), the templates that set them, the colours, the subject
//! and preheader rules, the [`Place`]s left open for each reader, and the bytes ([`message`]). Leaves out: where
//! stories come from and which are picked. Nothing here reads a clock, a store or the network; composing cannot fail.

mod brief;
mod direction;
mod image;
mod letter;
mod links;
pub mod message;
mod notice;
pub mod place;
mod plain;
mod publisher;
mod story;
mod subject;
mod text;
mod theme;
mod web_url;
pub mod words;

pub use brief::{Brief, Intro};
pub use image::Image;
pub use letter::{Confirmation, Goodbye};
pub use notice::{DraftNotice, NoticeStory};
pub use place::{Piece, Place};
pub use plain::Plain;
pub use publisher::{Newsletter, Publisher};
pub use story::{Event, Link, Section, Story};
pub use theme::{Palette, Theme};
pub use web_url::{WebUrl, WebUrlError};

/// A message set, not yet encoded: text and HTML may hold [`Place`]s, subject and preheader never do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// One line, never empty.
    pub subject: String,
    /// What an inbox shows after the subject; the HTML begins with it already (F10).
    pub preheader: String,
    /// A whole document.
    pub html: String,
    /// Complete, with every link (F5); lines end in LF and are 72 columns, but where a URL is longer.
    pub text: String,
}

/// What every page shares: head, masthead, colours, footer.
#[derive(Debug, Clone)]
struct Page<'a> {
    title: String,
    preheader: String,
    publisher: &'a Publisher,
    newsletter: &'a Newsletter,
    theme: &'a Theme,
}

fn rendered(template: &impl askama::Template) -> String {
    template.render().expect("a template writes to a string, and no value in it refuses to be written")
}
