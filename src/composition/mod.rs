//! Composition: from what an edition holds to what a reader sees, as pure functions over values.
//!
//! Owns: the views ([`Brief`], [`Confirmation`], [`Goodbye`], [`DraftNotice`]), what templates see of them, the colours, the subject
//! and preheader rules, the [`Place`]s left open for each reader, and the bytes ([`message`]). Leaves out: where
//! stories come from and which are picked. Nothing here reads a clock, a store or the network; composing cannot fail.

mod brief;
mod confirmation;
mod direction;
mod goodbye;
mod image;
mod letter;
mod letterhead;
mod links;
pub mod message;
mod note;
mod notice;
mod online;
mod phrases;
pub mod place;
mod plain;
mod publisher;
mod samples;
mod story;
mod subject;
mod text;
mod theme;
mod view;
mod web_url;

use crate::templates::{Templates, page};

pub use brief::{Brief, Intro};
pub use confirmation::Confirmation;
pub use goodbye::Goodbye;
pub use image::Image;
pub use note::Note;
pub use notice::{DraftNotice, NoticeStory};
pub use online::Around;
pub use place::{Piece, Place};
pub use plain::Plain;
pub use publisher::{Newsletter, Publisher};
pub use samples::samples;
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

page! {
    /// The picture of one pixel.
    #[derive(askama::Template)]
    "brief/opened.html" => struct Opened {
        url: String,
    }
}

impl Composed {
    /// The same, and at the end of its HTML a picture of one pixel: that it is fetched tells that somebody looks at it.
    pub fn counting_opens(mut self, templates: &Templates, url: &WebUrl) -> Self {
        let end = self.html.rfind("</body>").unwrap_or(self.html.len());
        self.html.insert_str(end, &templates.render(&Opened { url: url.to_string() }));
        self
    }
}

/// A subject, whatever its template makes of it: it stands in a header.
fn one_line(rendered: &str) -> String {
    rendered.split_whitespace().collect::<Vec<_>>().join(" ")
}
