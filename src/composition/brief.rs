use chrono::NaiveDate;

use super::letterhead::Letterhead;
use super::publisher::{Newsletter, Publisher};
use super::story::{Event, Link, Section, Story};
use super::theme::Theme;
use super::view::BriefView;
use super::{Composed, Plain, WebUrl, one_line, online, subject, text};
use crate::catalogue::{Argument, Catalogue};
use crate::templates::{Sample, Templates, page};

/// Words a minute, of a reader who reads on a phone over coffee.
const READING_SPEED: usize = 200;

/// An edition as it is shown.
#[derive(Debug, Clone)]
pub struct Brief {
    pub publisher: Publisher,
    pub theme: Theme,
    pub newsletter: Newsletter,
    pub number: u32,
    /// The day it goes out, in the newsletter's time zone.
    pub date: NaiveDate,
    /// The editor's subject; empty: the lead headline.
    pub subject: Plain,
    /// The editor's preheader; empty: the next headlines.
    pub preheader: Plain,
    pub intro: Option<Intro>,
    pub lead: Story,
    /// In order, after the lead; numbered from 2.
    pub stories: Vec<Story>,
    /// After them, numbered on.
    pub sections: Vec<Section>,
    pub must_read: Vec<Link>,
    pub events: Vec<Event>,
}

/// The editor's word of welcome.
#[derive(Debug, Clone)]
pub struct Intro {
    pub paragraphs: Vec<Plain>,
    /// Empty where it is not signed.
    pub signed: Plain,
}

page! {
    #[derive(askama::Template)]
    "brief/subject.txt" => struct Subject {
        subject: String,
    }
}

page! {
    #[derive(askama::Template)]
    "brief/body.html" => struct Html {
        words: Catalogue,
        page: Letterhead,
        brief: BriefView,
    }
}

page! {
    #[derive(askama::Template)]
    "brief/body.txt" => struct Text {
        words: Catalogue,
        page: Letterhead,
        brief: BriefView,
    }
}

impl Brief {
    /// Sets the edition once for all its readers, with [`Place`](super::Place)s where they differ.
    pub fn compose(&self, templates: &Templates) -> Composed {
        let html = self.html(None);
        Composed {
            subject: one_line(&templates.render(&self.subject_page())),
            preheader: html.page.preheader.clone(),
            html: text::tighten(&templates.render(&html)),
            text: text::set(&templates.render(&self.text())),
        }
    }

    /// The edition as a page for the archive: without places, with a way to sign up instead of the ways to leave, and to
    /// be served by [`Around::set_into`](super::Around::set_into).
    pub fn compose_public(&self, templates: &Templates, sign_up_url: &WebUrl) -> String {
        let page = text::tighten(&templates.render(&self.html(Some(sign_up_url))));
        online::open(self, templates, &page)
    }

    /// What it can be found by, besides its subject.
    pub fn searched(&self) -> String {
        let stories = self.stories.iter().chain(self.sections.iter().flat_map(|section| &section.stories));
        let told = [&self.lead].into_iter().chain(stories).flat_map(|story| [&story.headline, &story.standfirst]);
        let links = self.must_read.iter().chain(self.lead.read_also()).map(|link| &link.title);
        let events = self.events.iter().map(|event| &event.title);
        let texts = told.chain(links).chain(events).filter(|text| !text.is_empty()).map(Plain::as_str);
        texts.collect::<Vec<_>>().join(" · ")
    }

    /// What a publisher's templates are tried with.
    pub(super) fn samples(&self, sign_up_url: &WebUrl) -> Vec<Sample> {
        vec![
            Sample::of(&self.subject_page()),
            Sample::of(&self.html(None)),
            Sample::of(&self.html(Some(sign_up_url))),
            Sample::of(&self.text()),
            Sample::of(&online::head(self)),
        ]
    }

    fn subject_page(&self) -> Subject {
        Subject { subject: subject::subject(self) }
    }

    fn html(&self, sign_up_url: Option<&WebUrl>) -> Html {
        Html { words: self.publisher.words.clone(), page: self.letterhead(), brief: BriefView::of(self, sign_up_url) }
    }

    fn text(&self) -> Text {
        Text { words: self.publisher.words.clone(), page: self.letterhead(), brief: BriefView::of(self, None) }
    }

    fn letterhead(&self) -> Letterhead {
        let preheader = subject::preheader(self);
        Letterhead::new(self.title(), &preheader, &self.publisher, &self.newsletter, &self.theme)
    }

    /// `The Weekly Brief, Friday 7 November 2025`.
    pub(super) fn title(&self) -> String {
        let words = &self.publisher.words;
        let date = Argument::words(words.full_date(self.date));
        words.tell("brief-title", &[("newsletter", self.newsletter.name.as_str().into()), ("date", date)])
    }

    /// "Ten stories, six minutes": how many, and how long this brief itself takes to read.
    pub(super) fn promise(&self) -> String {
        self.publisher.words.promise(self.counted(), self.words().div_ceil(READING_SPEED).max(1))
    }

    /// How many stories it has, without those that are paid for.
    pub(super) fn counted(&self) -> usize {
        let of_sections = self.sections.iter().filter(|section| !section.is_sponsored);
        1 + self.stories.len() + of_sections.map(|section| section.stories.len()).sum::<usize>()
    }

    fn words(&self) -> usize {
        let words = &self.publisher.words;
        let intro = self.intro.iter().flat_map(|intro| &intro.paragraphs).map(|p| text::words(p.as_str()));
        let lead = text::words(self.lead.title()) + text::words(&self.lead.lead_standfirst());
        let stories = self.stories.iter().chain(self.sections.iter().flat_map(|section| &section.stories));
        let stories = stories.map(|s| text::words(s.title()) + text::words(&s.short_standfirst()));
        let links = self.must_read.iter().chain(self.lead.read_also()).map(|link| text::words(link.title.as_str()));
        let events = self.events.iter().map(|e| text::words(e.title.as_str()) + text::words(&e.when_and_where(words)));
        lead + intro.chain(stories).chain(links).chain(events).sum::<usize>()
    }
}
