//! The two plain pages: one that asks one thing, with one button, and one that tells what has been done.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::frame::{Frame, Named};
use super::site::Site;
use crate::catalogue::Catalogue;
use crate::templates::Sample;
use crate::templates::page;

page! {
    /// One question, one button.
    #[derive(askama::Template)]
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
    #[derive(askama::Template)]
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

pub(super) fn samples(words: &Catalogue) -> Vec<Sample> {
    let ask = Ask {
        frame: Frame::sample(words, false),
        texts: vec!["Press & it <stops>.".to_owned()],
        newsletters: vec![
            Named::sample("weekly-brief"),
            Named { description: String::new(), cadence: String::new(), ..Named::sample("b") },
        ],
        button: "Confirm".to_owned(),
        after: "If it was not you, do nothing.".to_owned(),
        link: "https://brief.example/preferences/k1".to_owned(),
        link_text: "See everything".to_owned(),
    };
    let told = Told {
        frame: Frame::sample(words, true),
        texts: vec!["Done & <done>.".to_owned(), "More.".to_owned()],
        contact: "editors@example.org".to_owned(),
        links: vec![Link {
            before: "Wrong?".to_owned(),
            url: "https://brief.example/?a=1&b=2".to_owned(),
            text: "Again".to_owned(),
        }],
    };
    let mut samples = vec![Sample::of(&ask), Sample::of(&told)];
    let none = String::new;
    samples.push(Sample::of(&Ask { texts: Vec::new(), newsletters: Vec::new(), after: none(), link: none(), ..ask }));
    samples.push(Sample::of(&Told { contact: none(), links: Vec::new(), ..told }));
    samples
}
