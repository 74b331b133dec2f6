//! Letters to one reader that say little: where to find their preferences, that an address was changed, a welcome.

use serde::Serialize;

use super::letter::{self, Letter};
use super::letterhead::Letterhead;
use super::publisher::{Newsletter, Publisher};
use super::story::Link;
use super::theme::Theme;
use super::{Composed, WebUrl};
use crate::templates::{Sample, Templates};

/// All of it is in the language of `publisher.words`.
#[derive(Debug, Clone)]
pub struct Note {
    pub publisher: Publisher,
    pub theme: Theme,
    pub newsletter: Newsletter,
    /// The subject, too.
    pub title: String,
    /// At least one; the first is what an inbox shows after the subject.
    pub texts: Vec<String>,
    pub links: Vec<Link>,
    /// The label of a button, and where it leads.
    pub button: Option<(String, WebUrl)>,
    /// What else can be done.
    pub after: String,
    /// Where, if anywhere.
    pub after_url: Option<WebUrl>,
}

letter::templates!("letter/subject.txt", "letter/body.html", "letter/body.txt": View);

#[derive(Clone, Debug, Serialize)]
struct View {
    title: String,
    texts: Vec<String>,
    links: Vec<LinkView>,
    button: String,
    /// Empty where there is no button.
    url: String,
    after: String,
    after_url: String,
}

#[derive(Clone, Debug, Serialize)]
struct LinkView {
    title: String,
    url: String,
}

impl Note {
    pub fn compose(&self, templates: &Templates) -> Composed {
        self.letter().compose(templates)
    }

    /// What a publisher's templates are tried with.
    pub(super) fn samples(&self) -> Vec<Sample> {
        self.letter().samples()
    }

    fn letter(&self) -> Letter<Subject, Html, Text> {
        let opening = self.texts.first().map(String::as_str).unwrap_or_default();
        let page = Letterhead::new(self.title.clone(), opening, &self.publisher, &self.newsletter, &self.theme);
        let link = |link: &Link| LinkView { title: link.title.to_string(), url: link.url.to_string() };
        let (button, url) = match &self.button {
            Some((label, url)) => (label.clone(), url.to_string()),
            None => Default::default(),
        };
        let view = View {
            title: self.title.clone(),
            texts: self.texts.clone(),
            links: self.links.iter().map(link).collect(),
            button,
            url,
            after: self.after.clone(),
            after_url: self.after_url.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        letter(&self.publisher.words, page, view)
    }
}
