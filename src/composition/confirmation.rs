//! The letter that asks a reader to confirm a subscription.

use serde::Serialize;

use super::letter::{self, Letter};
use super::letterhead::Letterhead;
use super::publisher::{Newsletter, Publisher};
use super::theme::Theme;
use super::{Composed, WebUrl, phrases};
use crate::catalogue::Argument;
use crate::templates::{Sample, Templates};

/// Asks a reader whether they really signed up.
#[derive(Debug, Clone)]
pub struct Confirmation {
    pub publisher: Publisher,
    pub theme: Theme,
    pub newsletter: Newsletter,
    /// Leads to the page with the button that confirms.
    pub confirm_url: WebUrl,
    /// Days for which the link works, and after which the sign-up is forgotten.
    pub days: u32,
}

#[derive(Clone, Debug, Serialize)]
struct View {
    confirm_url: String,
    /// Why they are asked.
    asked: String,
    /// What happens when they do nothing.
    not_you: String,
}

letter::templates!("confirm/subject.txt", "confirm/body.html", "confirm/body.txt": View);

impl Confirmation {
    pub fn compose(&self, templates: &Templates) -> Composed {
        self.letter().compose(templates)
    }

    /// What a publisher's templates are tried with.
    pub(super) fn samples(&self) -> Vec<Sample> {
        self.letter().samples()
    }

    fn letter(&self) -> Letter<Subject, Html, Text> {
        let (words, newsletter) = (&self.publisher.words, self.newsletter.name.as_str());
        let subject = words.tell("confirm-subject", &[("newsletter", newsletter.into())]);
        let opening = words.tell("confirm-preheader", &[("newsletter", newsletter.into())]);
        let page = Letterhead::new(subject, &opening, &self.publisher, &self.newsletter, &self.theme);
        let view = View {
            confirm_url: self.confirm_url.to_string(),
            asked: phrases::asked(&self.newsletter, &self.publisher),
            not_you: words.tell("confirm-not-you", &[("days", Argument::words(words.days(self.days)))]),
        };
        letter(words, page, view)
    }
}
