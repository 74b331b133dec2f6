use serde::Serialize;

use super::publisher::{Newsletter, Publisher};
use super::subject::PREHEADER_MAX;
use super::text;
use super::theme::{Palette, Theme};

/// What every message shares, as templates see it under the name `page`: head, masthead, colours, footer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Letterhead {
    pub title: String,
    /// What an inbox shows after the subject.
    pub preheader: String,
    pub language: String,
    /// `ltr` or `rtl`, and what it comes to: the sides on which a line begins and ends, the arrow after "Read on",
    /// the letter-spacing of small capitals.
    pub direction: &'static str,
    pub start: &'static str,
    pub end: &'static str,
    pub arrow: char,
    pub tracked: &'static str,
    /// Whether griot's own words are in another language than the page, because no catalogue speaks it.
    pub words_differ: bool,
    pub words_language: String,
    pub words_direction: &'static str,
    pub publisher: PublisherView,
    pub newsletter: NewsletterView,
    pub day: Palette,
    pub night: Palette,
    /// Font stacks as CSS, without double quotes.
    pub serif: String,
    pub sans: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct PublisherView {
    pub name: String,
    pub tagline: String,
    pub website: String,
    pub postal_address: String,
    /// Empty where the name stands for it.
    pub logo: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NewsletterView {
    pub name: String,
}

impl Letterhead {
    /// `preheader` is cut where it is longer than an inbox shows.
    pub fn new(title: String, preheader: &str, publisher: &Publisher, newsletter: &Newsletter, theme: &Theme) -> Self {
        let (direction, words) = (publisher.direction, &publisher.words);
        Self {
            title,
            preheader: text::excerpt(preheader, PREHEADER_MAX),
            language: publisher.language.to_string(),
            direction: direction.as_str(),
            start: direction.start(),
            end: direction.end(),
            arrow: direction.arrow(),
            tracked: direction.tracked(),
            words_differ: !words.speaks(publisher.language.as_str()),
            words_language: words.language().to_string(),
            words_direction: words.direction().as_str(),
            publisher: PublisherView {
                name: publisher.name.to_string(),
                tagline: publisher.tagline.to_string(),
                website: publisher.website.to_string(),
                postal_address: publisher.postal_address.to_string(),
                logo: publisher.logo().map(ToString::to_string).unwrap_or_default(),
            },
            newsletter: NewsletterView { name: newsletter.name.to_string() },
            day: theme.day,
            night: theme.night,
            serif: theme.serif.to_string(),
            sans: theme.sans.to_string(),
        }
    }
}
