//! Letters: the two messages to one reader that are no edition. (What editors get is in `notice.rs`.) Nothing in them is
//! promotional. Their preheaders are longer than F10's 40 characters before any name.

use askama::Template;
use serde::Serialize;

use super::letterhead::Letterhead;
use super::publisher::{Newsletter, Publisher};
use super::theme::Theme;
use super::{Composed, WebUrl, one_line, phrases, text};
use crate::catalogue::{Argument, Catalogue};
use crate::templates::{Page, Sample, Templates};

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

/// Tells a reader that they have left.
#[derive(Debug, Clone)]
pub struct Goodbye {
    pub publisher: Publisher,
    pub theme: Theme,
    pub newsletter: Newsletter,
    /// The sign-up page, for who left by mistake.
    pub sign_up_url: WebUrl,
}

#[derive(Template, Serialize)]
#[template(path = "confirm/subject.txt")]
struct ConfirmationSubject {
    subject: String,
}

#[derive(Template, Serialize)]
#[template(path = "confirm/body.html")]
struct ConfirmationHtml<'a> {
    words: &'a Catalogue,
    page: &'a Letterhead,
    letter: &'a ConfirmationView,
}

#[derive(Template, Serialize)]
#[template(path = "confirm/body.txt")]
struct ConfirmationText<'a> {
    words: &'a Catalogue,
    page: &'a Letterhead,
    letter: &'a ConfirmationView,
}

#[derive(Template, Serialize)]
#[template(path = "goodbye/subject.txt")]
struct GoodbyeSubject {
    subject: String,
}

#[derive(Template, Serialize)]
#[template(path = "goodbye/body.html")]
struct GoodbyeHtml<'a> {
    words: &'a Catalogue,
    page: &'a Letterhead,
    letter: &'a GoodbyeView,
}

#[derive(Template, Serialize)]
#[template(path = "goodbye/body.txt")]
struct GoodbyeText<'a> {
    words: &'a Catalogue,
    page: &'a Letterhead,
    letter: &'a GoodbyeView,
}

impl Page for ConfirmationSubject {
    const NAME: &'static str = "confirm/subject.txt";
}

impl Page for ConfirmationHtml<'_> {
    const NAME: &'static str = "confirm/body.html";
}

impl Page for ConfirmationText<'_> {
    const NAME: &'static str = "confirm/body.txt";
}

impl Page for GoodbyeSubject {
    const NAME: &'static str = "goodbye/subject.txt";
}

impl Page for GoodbyeHtml<'_> {
    const NAME: &'static str = "goodbye/body.html";
}

impl Page for GoodbyeText<'_> {
    const NAME: &'static str = "goodbye/body.txt";
}

#[derive(Debug, Serialize)]
struct ConfirmationView {
    confirm_url: String,
    /// Why they are asked.
    asked: String,
    /// What happens when they do nothing.
    not_you: String,
}

#[derive(Debug, Serialize)]
struct GoodbyeView {
    left: String,
    sign_up_url: String,
}

impl Confirmation {
    pub fn compose(&self, templates: &Templates) -> Composed {
        let (subject, page, letter) = self.views();
        let words = &self.publisher.words;
        let html = ConfirmationHtml { words, page: &page, letter: &letter };
        let text = ConfirmationText { words, page: &page, letter: &letter };
        composed(templates, &subject, &html, &text, &page)
    }

    /// What a publisher's templates are tried with.
    pub(super) fn samples(&self) -> Vec<Sample> {
        let (subject, page, letter) = self.views();
        let words = &self.publisher.words;
        vec![
            Sample::of(&subject),
            Sample::of(&ConfirmationHtml { words, page: &page, letter: &letter }),
            Sample::of(&ConfirmationText { words, page: &page, letter: &letter }),
        ]
    }

    fn views(&self) -> (ConfirmationSubject, Letterhead, ConfirmationView) {
        let (words, newsletter) = (&self.publisher.words, self.newsletter.name.as_str());
        let subject = words.tell("confirm-subject", &[("newsletter", newsletter.into())]);
        let opening = words.tell("confirm-preheader", &[("newsletter", newsletter.into())]);
        let page = Letterhead::new(subject.clone(), &opening, &self.publisher, &self.newsletter, &self.theme);
        let letter = ConfirmationView {
            confirm_url: self.confirm_url.to_string(),
            asked: phrases::asked(&self.newsletter, &self.publisher),
            not_you: words.tell("confirm-not-you", &[("days", Argument::words(words.days(self.days)))]),
        };
        (ConfirmationSubject { subject }, page, letter)
    }
}

impl Goodbye {
    pub fn compose(&self, templates: &Templates) -> Composed {
        let (subject, page, letter) = self.views();
        let words = &self.publisher.words;
        let html = GoodbyeHtml { words, page: &page, letter: &letter };
        let text = GoodbyeText { words, page: &page, letter: &letter };
        composed(templates, &subject, &html, &text, &page)
    }

    /// What a publisher's templates are tried with.
    pub(super) fn samples(&self) -> Vec<Sample> {
        let (subject, page, letter) = self.views();
        let words = &self.publisher.words;
        vec![
            Sample::of(&subject),
            Sample::of(&GoodbyeHtml { words, page: &page, letter: &letter }),
            Sample::of(&GoodbyeText { words, page: &page, letter: &letter }),
        ]
    }

    fn views(&self) -> (GoodbyeSubject, Letterhead, GoodbyeView) {
        let (words, newsletter) = (&self.publisher.words, self.newsletter.name.as_str());
        let subject = words.tell("goodbye-subject", &[("newsletter", newsletter.into())]);
        let opening = words.tell("goodbye-preheader", &[("newsletter", newsletter.into())]);
        let page = Letterhead::new(subject.clone(), &opening, &self.publisher, &self.newsletter, &self.theme);
        let letter = GoodbyeView {
            left: words.tell("goodbye-left", &[("newsletter", newsletter.into())]),
            sign_up_url: self.sign_up_url.to_string(),
        };
        (GoodbyeSubject { subject }, page, letter)
    }
}

/// A letter set by its three templates.
pub(super) fn composed(
    templates: &Templates,
    subject: &impl Page,
    html: &impl Page,
    text: &impl Page,
    page: &Letterhead,
) -> Composed {
    Composed {
        subject: one_line(&templates.render(subject)),
        preheader: page.preheader.clone(),
        html: text::tighten(&templates.render(html)),
        text: text::set(&templates.render(text)),
    }
}
