//! An edition as a page for the archive.
//!
//! It is frozen like the edition, with everything that is known then: what a search engine or a chat shows of it, too.
//! What comes to be known later, the edition after it above all, is set into two spots when the page is served. A spot is
//! a name between the characters that mark a [`Place`](super::Place), so that no text can forge one. A page that was
//! frozen without them is served as it is.

use askama::Template;
use serde::Serialize;

use super::brief::Brief;
use super::place::{CLOSE, OPEN};
use super::subject;
use crate::templates::{Page, Sample, Templates};

/// What is set into an archived page when it is served: HTML that is safe as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// At the end of its head.
    pub head: &'a str,
    /// Beneath the edition.
    pub navigation: &'a str,
}

#[derive(Template, Serialize)]
#[template(path = "brief/online_head.html")]
struct Head {
    title: String,
    description: String,
    publisher: String,
    /// Empty where the lead has none.
    image: String,
    image_alt: String,
}

impl Page for Head {
    const NAME: &'static str = "brief/online_head.html";
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

/// The page with its spots, and what is known by now in its head.
pub(super) fn open(templates: &Templates, brief: &Brief, page: &str) -> String {
    let head = format!("{}{}\n</head>", templates.render(&Head::of(brief)), spot("head"));
    // The publisher may have a template of their own, so nothing more is asked of it than these two.
    let page = page.replacen("</head>", &head, 1);
    match page.rfind("</body>") {
        Some(end) => format!("{}{}\n{}", &page[..end], spot("navigation"), &page[end..]),
        None => page,
    }
}

impl Head {
    fn of(brief: &Brief) -> Self {
        let image = brief.lead.image();
        Self {
            title: subject::subject(brief),
            description: subject::preheader(brief),
            publisher: brief.publisher.name.to_string(),
            image: image.map(|image| image.url.to_string()).unwrap_or_default(),
            image_alt: image.map(|image| image.alt.to_string()).unwrap_or_default(),
        }
    }
}

/// What a publisher's template is tried with.
pub(super) fn sample(brief: &Brief) -> Sample {
    Sample::of(&Head::of(brief))
}
