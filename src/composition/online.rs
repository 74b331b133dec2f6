//! An edition as a page for the archive.
//!
//! It is frozen like the edition, with everything that is known then: what a search engine or a chat shows of it, too.
//! What comes to be known later, the edition after it above all, is set into two spots when the page is served. A spot is
//! a name between the characters that mark a [`Place`](super::Place), so that no text can forge one. A page that was
//! frozen without them is served as it is.

use super::brief::Brief;
use super::place::{CLOSE, OPEN};
use super::subject;
use crate::templates::{Templates, page};

/// What is set into an archived page when it is served: HTML that is safe as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// At the end of its head.
    pub head: &'a str,
    /// Beneath the edition.
    pub navigation: &'a str,
}

page! {
    /// What is known of it when it is frozen.
    #[derive(askama::Template)]
    "brief/online_head.html" => pub(super) struct Head {
        title: String,
        description: String,
        publisher: String,
        /// Empty where it has none.
        image: String,
        image_alt: String,
    }
}

impl Around<'_> {
    /// Sets this into a page.
    pub fn set_into(self, page: &str) -> String {
        page.replacen(&spot("head"), self.head, 1).replacen(&spot("navigation"), self.navigation, 1)
    }
}

fn spot(name: &str) -> String {
    format!("{OPEN}archive {name}{CLOSE}")
}

pub(super) fn head(brief: &Brief) -> Head {
    let image = brief.lead.image();
    Head {
        title: subject::subject(brief),
        description: subject::preheader(brief),
        publisher: brief.publisher.name.to_string(),
        image: image.map(|image| image.url.to_string()).unwrap_or_default(),
        image_alt: image.map(|image| image.alt.to_string()).unwrap_or_default(),
    }
}

/// The page with its spots, and what is known by now in its head.
pub(super) fn open(brief: &Brief, templates: &Templates, page: &str) -> String {
    let head = format!("{}{}\n</head>", templates.render(&head(brief)), spot("head"));
    // The publisher may have a template of their own, so nothing more is asked of it than these two.
    let page = page.replacen("</head>", &head, 1);
    match page.rfind("</body>") {
        Some(end) => format!("{}{}\n{}", &page[..end], spot("navigation"), &page[end..]),
        None => page,
    }
}
