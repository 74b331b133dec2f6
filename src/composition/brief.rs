use askama::Template;
use chrono::NaiveDate;

use super::publisher::{Newsletter, Publisher};
use super::story::{Event, Link, Section, Story};
use super::theme::Theme;
use super::{Composed, Page, Place, Plain, WebUrl, online, rendered, subject, text, words};

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

/// Stories after the lead that stand together.
struct Part<'a> {
    /// `None` for those that follow the lead.
    title: Option<&'a Plain>,
    rows: Vec<Row<'a>>,
}

/// A story after the lead, as it stands in the list.
struct Row<'a> {
    /// `None` for what is paid for.
    number: Option<usize>,
    kicker: String,
    story: &'a Story,
}

/// The editor's word of welcome.
#[derive(Debug, Clone)]
pub struct Intro {
    pub paragraphs: Vec<Plain>,
    /// Empty where it is not signed.
    pub signed: Plain,
}

#[derive(Template)]
#[template(path = "brief/subject.txt")]
struct Subject {
    subject: String,
}

#[derive(Template)]
#[template(path = "brief/body.html")]
struct Html<'a> {
    page: Page<'a>,
    brief: &'a Brief,
    audience: Audience<'a>,
}

/// Who reads the HTML.
enum Audience<'a> {
    Subscribers,
    /// Anyone, who is shown the way to the sign-up page.
    Public(&'a WebUrl),
}

#[derive(Template)]
#[template(path = "brief/body.txt")]
struct Text<'a> {
    page: Page<'a>,
    brief: &'a Brief,
}

impl Brief {
    /// Sets the edition once for all its readers, with [`Place`]s where they differ.
    pub fn compose(&self) -> Composed {
        let page = self.page();
        Composed {
            subject: rendered(&Subject { subject: subject::subject(self) }).trim_end().to_owned(),
            preheader: page.preheader.clone(),
            html: self.html(Audience::Subscribers),
            text: text::set(&rendered(&Text { page, brief: self })),
        }
    }

    /// The edition as a page for the archive: without places, with a way to sign up instead of the ways to leave, and to
    /// be served by [`Around::set_into`](super::Around::set_into).
    pub fn compose_public(&self, sign_up_url: &WebUrl) -> String {
        online::open(self, &self.html(Audience::Public(sign_up_url)))
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

    fn html(&self, audience: Audience<'_>) -> String {
        text::tighten(&rendered(&Html { page: self.page(), brief: self, audience }))
    }

    fn page(&self) -> Page<'_> {
        Page {
            title: format!("{}, {}", self.newsletter.name, words::full_date(self.date)),
            preheader: subject::preheader(self),
            publisher: &self.publisher,
            newsletter: &self.newsletter,
            theme: &self.theme,
        }
    }

    /// "Ten stories, six minutes": how many, and how long this brief itself takes to read.
    pub(super) fn promise(&self) -> String {
        words::promise(self.counted(), self.words().div_ceil(READING_SPEED).max(1))
    }

    /// How many stories it has, without those that are paid for.
    fn counted(&self) -> usize {
        let of_sections = self.sections.iter().filter(|section| !section.is_sponsored);
        1 + self.stories.len() + of_sections.map(|section| section.stories.len()).sum::<usize>()
    }

    /// The stories after the lead, with their numbers.
    fn parts(&self) -> Vec<Part<'_>> {
        let mut numbers = 2..;
        let titled = self.sections.iter().map(|section| (Some(&section.title), &section.stories, section.is_sponsored));
        let mut parts = Vec::with_capacity(1 + self.sections.len());
        for (title, stories, is_sponsored) in [(None, &self.stories, false)].into_iter().chain(titled) {
            let mut rows = Vec::with_capacity(stories.len());
            for story in stories {
                let kicker = if is_sponsored { story.sponsored_kicker() } else { story.kicker() };
                rows.push(Row { number: if is_sponsored { None } else { numbers.next() }, kicker, story });
            }
            parts.push(Part { title, rows });
        }
        parts
    }

    fn words(&self) -> usize {
        let intro = self.intro.iter().flat_map(|intro| &intro.paragraphs).map(|p| text::words(p.as_str()));
        let lead = text::words(self.lead.title()) + text::words(&self.lead.lead_standfirst());
        let stories = self.stories.iter().chain(self.sections.iter().flat_map(|section| &section.stories));
        let stories = stories.map(|s| text::words(s.title()) + text::words(&s.short_standfirst()));
        let links = self.must_read.iter().chain(self.lead.read_also()).map(|link| text::words(link.title.as_str()));
        let events = self.events.iter().map(|e| text::words(e.title.as_str()) + text::words(&e.when_and_where()));
        lead + intro.chain(stories).chain(links).chain(events).sum::<usize>()
    }
}
