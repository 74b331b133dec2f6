use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::image::Image;
use super::phrases::{also_on, dotted};
use super::{Plain, WebUrl, text};
use crate::catalogue::Catalogue;

/// The standfirst of the lead: whole sentences up to this many characters.
const LEAD_STANDFIRST: usize = 320;
/// The standfirst of any other story.
const STANDFIRST: usize = 200;

/// A story as the brief shows it. Every text but the headline may be empty: then it is left out.
#[derive(Debug, Clone)]
pub struct Story {
    /// Shown whole, however long; where it is empty, the site stands for it.
    pub headline: Plain,
    pub url: WebUrl,
    /// The platform's name.
    pub platform: Plain,
    /// The section of the platform: "Economy".
    pub section: Plain,
    /// What stands over the headline instead of platform and section.
    pub kicker: Plain,
    /// One or two sentences; a longer one is cut after a sentence.
    pub standfirst: Plain,
    /// Names without "By".
    pub bylines: Vec<Plain>,
    /// Civil time in the newsletter's time zone.
    pub published: Option<NaiveDateTime>,
    pub image: Option<Image>,
    /// The names of other platforms that ran it too.
    pub also_on: Vec<Plain>,
    /// Shown under the lead only, the first three.
    pub read_also: Vec<Link>,
}

/// A part of the brief under a title of its own.
#[derive(Debug, Clone)]
pub struct Section {
    pub title: Plain,
    /// Paid for: every story of it says so, and none is numbered.
    pub is_sponsored: bool,
    /// In order; never empty.
    pub stories: Vec<Story>,
}

/// A line that leads somewhere.
#[derive(Debug, Clone)]
pub struct Link {
    pub title: Plain,
    pub url: WebUrl,
}

/// Something with a date and a place.
#[derive(Debug, Clone)]
pub struct Event {
    pub title: Plain,
    /// `None` where there is no page about it.
    pub url: Option<WebUrl>,
    pub date: NaiveDate,
    /// Civil time where it takes place.
    pub time: Option<NaiveTime>,
    /// Empty where there is none.
    pub place: Plain,
}

impl Story {
    pub(super) fn title(&self) -> &str {
        if self.headline.is_empty() { self.url.site() } else { self.headline.as_str() }
    }

    /// "Harmattan · Economy".
    pub(super) fn kicker(&self) -> String {
        if self.kicker.is_empty() {
            dotted([self.platform.as_str(), self.section.as_str()])
        } else {
            self.kicker.to_string()
        }
    }

    /// "Sponsored · Volta Bank": whoever pays is the kicker.
    pub(super) fn sponsored_kicker(&self, words: &Catalogue) -> String {
        dotted([&words.say("sponsored"), self.kicker.as_str()])
    }

    /// "By Kojo Antwi · Wednesday · Also on Beatline", seen from the edition's day.
    pub(super) fn credit(&self, edition: NaiveDate, words: &Catalogue) -> String {
        let published = self.published.map(|at| words.day_near(at.date(), edition)).unwrap_or_default();
        let bylines: Vec<&str> = self.bylines.iter().map(Plain::as_str).collect();
        dotted([&words.by(&bylines), &published, &also_on(&self.also_on, words)])
    }

    pub(super) fn lead_standfirst(&self) -> String {
        text::excerpt(self.standfirst.as_str(), LEAD_STANDFIRST)
    }

    pub(super) fn short_standfirst(&self) -> String {
        text::excerpt(self.standfirst.as_str(), STANDFIRST)
    }

    pub(super) fn read_also(&self) -> impl Iterator<Item = &Link> {
        self.read_also.iter().filter(|link| !link.title.is_empty()).take(3)
    }

    pub(super) fn image(&self) -> Option<&Image> {
        self.image.as_ref().filter(|image| image.is_worth_showing())
    }
}

impl Event {
    /// "Friday · 18:30 · National Theatre, Accra".
    pub(super) fn when_and_where(&self, words: &Catalogue) -> String {
        let time = self.time.map(|time| words.time(time)).unwrap_or_default();
        dotted([&words.weekday(self.date), &time, self.place.as_str()])
    }
}
