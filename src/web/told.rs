//! The two plain pages: one that asks one thing, with one button, and one that tells what has been done.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::frame::{Frame, Named};
use super::site::Site;
use crate::catalogue::Catalogue;
use crate::web::page::page;

page! {
    /// One question, one button.
    "pages/ask.html" => pub(super) struct Ask {
        pub frame: Frame,
        pub texts: Vec<String>,
        pub newsletters: Vec<Named>,
        pub button: String,
        /// What stands beneath the button; may be empty.
        pub after: String,
        /// Empty where there is none.
        pub link: String,
        pub link_text: String,
    }
}

page! {
    "pages/told.html" => pub(super) struct Told {
        pub frame: Frame,
        pub texts: Vec<String>,
        /// A mailbox that somebody reads; empty where there is no need to write.
        pub contact: String,
        pub links: Vec<Link>,
    }
}

/// A link with what leads to it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Link {
    pub before: String,
    pub url: String,
    pub text: String,
}

impl Told {
    pub fn new(site: &Site, words: &Catalogue, title: String, texts: Vec<String>) -> Self {
        Self { frame: Frame::new(site, words, title), texts, contact: String::new(), links: Vec::new() }
    }

    pub fn with_link(mut self, before: String, text: String, url: String) -> Self {
        self.links.push(Link { before, url, text });
        self
    }

    pub fn answer(&self, site: &Site, status: StatusCode) -> Response {
        site.page(status, self)
    }
}
