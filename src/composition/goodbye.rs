//! The letter that tells a reader that they have left.

use serde::Serialize;

use super::letter::{self, Letter};
use super::letterhead::Letterhead;
use super::publisher::{Newsletter, Publisher};
use super::theme::Theme;
use super::{Composed, WebUrl};
use crate::templates::{Sample, Templates};

/// Tells a reader that they have left.
#[derive(Debug, Clone)]
pub struct Goodbye {
    pub publisher: Publisher,
    pub theme: Theme,
    pub newsletter: Newsletter,
    /// The sign-up page, for who left by mistake.
    pub sign_up_url: WebUrl,
}

#[derive(Clone, Debug, Serialize)]
struct View {
    left: String,
    sign_up_url: String,
}

letter::templates!("goodbye/subject.txt", "goodbye/body.html", "goodbye/body.txt": View);

impl Goodbye {
    pub fn compose(&self, templates: &Templates) -> Composed {
        self.letter().compose(templates)
    }

    /// What a publisher's templates are tried with.
    pub(super) fn samples(&self) -> Vec<Sample> {
        self.letter().samples()
    }

    fn letter(&self) -> Letter<Subject, Html, Text> {
        let (words, newsletter) = (&self.publisher.words, self.newsletter.name.as_str());
        let subject = words.tell("goodbye-subject", &[("newsletter", newsletter.into())]);
        let opening = words.tell("goodbye-preheader", &[("newsletter", newsletter.into())]);
        let page = Letterhead::new(subject, &opening, &self.publisher, &self.newsletter, &self.theme);
        let view = View {
            left: words.tell("goodbye-left", &[("newsletter", newsletter.into())]),
            sign_up_url: self.sign_up_url.to_string(),
        };
        letter(words, page, view)
    }
}
