use serde::Serialize;

use super::site::Site;
use crate::catalogue::Catalogue;
use crate::config::Newsletter;

/// What stands around every page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Frame {
    pub words: Catalogue,
    pub language: String,
    pub direction: &'static str,
    pub title: String,
    pub description: String,
    pub publisher: String,
    pub publisher_language: String,
    pub home: String,
    pub archive: String,
    pub privacy: String,
    pub website: String,
    pub website_url: String,
    pub address: String,
    pub css: String,
    /// It stands in a frame on somebody's page: nothing but its middle is shown, and links leave the frame.
    pub is_bare: bool,
}

/// A newsletter as the pages name it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Named {
    pub id: String,
    pub name: String,
    pub description: String,
    pub cadence: String,
    /// Of the two texts before it.
    pub language: String,
}

impl Frame {
    /// `title` is the page's own; the publisher's name stands behind it.
    pub fn new(site: &Site, words: &Catalogue, title: String) -> Self {
        let publisher = site.publisher();
        Self {
            words: words.clone(),
            language: words.language().as_str().to_owned(),
            direction: words.direction().as_str(),
            description: words.tell("page-description", &[("publisher", publisher.name.as_str().into())]),
            title,
            publisher: publisher.name.to_string(),
            publisher_language: publisher.language.as_str().to_owned(),
            home: site.link("/"),
            archive: site.link("/archive"),
            privacy: site.link("/privacy"),
            website: site.website().to_owned(),
            website_url: publisher.website.as_str().to_owned(),
            address: publisher.address.to_string(),
            css: site.style().css.clone(),
            is_bare: false,
        }
    }

    /// With what the page is about, for who links to it.
    pub fn described(self, description: String) -> Self {
        Self { description, ..self }
    }
}

impl Named {
    pub fn new(site: &Site, words: &Catalogue, newsletter: &Newsletter) -> Self {
        Self {
            id: newsletter.id.to_string(),
            name: newsletter.name.to_string(),
            description: newsletter.description.as_ref().map(ToString::to_string).unwrap_or_default(),
            cadence: site.cadence(words, newsletter),
            language: site.language_of(newsletter).as_str().to_owned(),
        }
    }
}

/// Made-up values, which a publisher's templates are tried with.
impl Frame {
    pub fn sample(words: &Catalogue, is_bare: bool) -> Self {
        let url = |path: &str| format!("https://brief.example{path}");
        Self {
            words: words.clone(),
            language: words.language().as_str().to_owned(),
            direction: words.direction().as_str(),
            title: "What <you> get".to_owned(),
            description: "Newsletters of \"Harmattan & Sons\"".to_owned(),
            publisher: "Harmattan & Sons".to_owned(),
            publisher_language: "en".to_owned(),
            home: url("/"),
            archive: url("/archive"),
            privacy: url("/privacy"),
            website: "harmattan.example".to_owned(),
            website_url: "https://www.harmattan.example/?a=1&b=2".to_owned(),
            address: "1 Example Street, Accra".to_owned(),
            css: ":root{--ink:#000}p>a{color:red}".to_owned(),
            is_bare,
        }
    }
}

impl Named {
    pub fn sample(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: "The <Weekly> Brief".to_owned(),
            description: "The week's \"top\" stories.".to_owned(),
            cadence: "Every Friday at 08:00.".to_owned(),
            language: "en".to_owned(),
        }
    }
}
