//! Letters: the two messages to one reader that are no edition. (What editors get is in `notice.rs`.) Nothing in them is promotional.

use askama::Template;

use super::publisher::{Newsletter, Publisher};
use super::subject::PREHEADER_MAX;
use super::theme::Theme;
use super::{Composed, Page, WebUrl, rendered, text, words};

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

#[derive(Template)]
#[template(path = "confirm/subject.txt")]
struct ConfirmationSubject<'a> {
    letter: &'a Confirmation,
}

#[derive(Template)]
#[template(path = "confirm/body.html")]
struct ConfirmationHtml<'a> {
    page: Page<'a>,
    letter: &'a Confirmation,
}

#[derive(Template)]
#[template(path = "confirm/body.txt")]
struct ConfirmationText<'a> {
    page: Page<'a>,
    letter: &'a Confirmation,
}

#[derive(Template)]
#[template(path = "goodbye/subject.txt")]
struct GoodbyeSubject<'a> {
    letter: &'a Goodbye,
}

#[derive(Template)]
#[template(path = "goodbye/body.html")]
struct GoodbyeHtml<'a> {
    page: Page<'a>,
    letter: &'a Goodbye,
}

#[derive(Template)]
#[template(path = "goodbye/body.txt")]
struct GoodbyeText<'a> {
    page: Page<'a>,
    letter: &'a Goodbye,
}

impl Confirmation {
    pub fn compose(&self) -> Composed {
        let subject = rendered(&ConfirmationSubject { letter: self }).trim_end().to_owned();
        let opening = format!("One click confirms that you want to get {}.", self.newsletter.name);
        let page = page(&subject, &opening, &self.publisher, &self.newsletter, &self.theme);
        Composed {
            preheader: page.preheader.clone(),
            html: text::tighten(&rendered(&ConfirmationHtml { page: page.clone(), letter: self })),
            text: text::set(&rendered(&ConfirmationText { page, letter: self })),
            subject,
        }
    }
}

impl Goodbye {
    pub fn compose(&self) -> Composed {
        let subject = rendered(&GoodbyeSubject { letter: self }).trim_end().to_owned();
        let opening = format!("You have left {}. You won't hear from us again.", self.newsletter.name);
        let page = page(&subject, &opening, &self.publisher, &self.newsletter, &self.theme);
        Composed {
            preheader: page.preheader.clone(),
            html: text::tighten(&rendered(&GoodbyeHtml { page: page.clone(), letter: self })),
            text: text::set(&rendered(&GoodbyeText { page, letter: self })),
            subject,
        }
    }
}

/// `opening` stands in the inbox as the preheader; both are longer than F10's 40 characters before any name.
pub(super) fn page<'a>(
    title: &str,
    opening: &str,
    publisher: &'a Publisher,
    newsletter: &'a Newsletter,
    theme: &'a Theme,
) -> Page<'a> {
    let preheader = text::excerpt(opening, PREHEADER_MAX);
    Page { title: title.to_owned(), preheader, publisher, newsletter, theme }
}
