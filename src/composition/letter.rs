//! What every letter to one person is: a subject, HTML and text, each set by a template that sees the same things. Which
//! letters there are stands in files of their own; none of them is promotional, and their preheaders are longer than F10's
//! 40 characters before any name.

use super::{Composed, one_line, text};
use crate::templates::{Page, Sample, Templates};

/// A letter before it is set.
pub(super) struct Letter<S, H, T> {
    pub subject: S,
    pub html: H,
    pub text: T,
    pub preheader: String,
}

impl<S: Page, H: Page, T: Page> Letter<S, H, T> {
    pub fn compose(&self, templates: &Templates) -> Composed {
        Composed {
            subject: one_line(&templates.render(&self.subject)),
            preheader: self.preheader.clone(),
            html: text::tighten(&templates.render(&self.html)),
            text: text::set(&templates.render(&self.text)),
        }
    }

    /// What a publisher's templates are tried with.
    pub fn samples(&self) -> Vec<Sample> {
        vec![Sample::of(&self.subject), Sample::of(&self.html), Sample::of(&self.text)]
    }
}

/// The three templates of a letter, and what they see of it under the name `letter`. Defines `letter`, which makes one; its
/// subject is the title of the page.
macro_rules! templates {
    ($subject:literal, $html:literal, $text:literal: $view:ident) => {
        crate::templates::page! {
            #[derive(askama::Template)]
            $subject => struct Subject {
                subject: String,
            }
        }

        crate::templates::page! {
            #[derive(askama::Template)]
            $html => struct Html {
                words: crate::catalogue::Catalogue,
                page: Letterhead,
                letter: $view,
            }
        }

        crate::templates::page! {
            #[derive(askama::Template)]
            $text => struct Text {
                words: crate::catalogue::Catalogue,
                page: Letterhead,
                letter: $view,
            }
        }

        fn letter(
            words: &crate::catalogue::Catalogue,
            page: Letterhead,
            letter: $view,
        ) -> super::letter::Letter<Subject, Html, Text> {
            super::letter::Letter {
                subject: Subject { subject: page.title.clone() },
                preheader: page.preheader.clone(),
                html: Html { words: words.clone(), page: page.clone(), letter: letter.clone() },
                text: Text { words: words.clone(), page, letter },
            }
        }
    };
}

pub(super) use templates;
