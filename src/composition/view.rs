//! What the templates of a brief see: every word that differs from edition to edition, ready to be set.

use serde::Serialize;

use super::brief::Brief;
use super::image::{Image, Size};
use super::phrases::{self, label};
use super::story::{Event, Link, Story};
use super::{Place, WebUrl};
use crate::catalogue::Catalogue;

/// A brief, under the name `brief`. What is not there is an empty text.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BriefView {
    /// "Friday 7 November 2025"
    pub date: String,
    /// "No. 12"
    pub number: String,
    /// "Ten stories, six minutes"
    pub promise: String,
    pub has_intro: bool,
    pub intro: IntroView,
    pub lead: LeadView,
    pub parts: Vec<PartView>,
    pub has_must_read: bool,
    pub must_read: Vec<LinkView>,
    pub has_events: bool,
    pub events: Vec<EventView>,
    /// Whether anyone may read it, who is shown the way to the sign-up page instead of the ways to leave.
    pub is_public: bool,
    pub sign_up_url: String,
    pub sign_up: String,
    /// Why the reader gets this.
    pub why: String,
    pub online_url: String,
    pub preferences_url: String,
    pub unsubscribe_url: String,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct IntroView {
    pub paragraphs: Vec<String>,
    pub signed: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LeadView {
    pub title: String,
    pub url: String,
    pub kicker: String,
    pub standfirst: String,
    pub credit: String,
    pub has_image: bool,
    pub image: ImageView,
    pub read_also: Vec<LinkView>,
}

/// Stories after the lead that stand together; those that follow it directly have no title.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PartView {
    pub title: String,
    pub rows: Vec<RowView>,
}

/// A story after the lead, as it stands in the list.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RowView {
    /// "2"; empty for what is paid for.
    pub number: String,
    /// " 2. ", or as much space.
    pub label: String,
    /// Whether it is the first one under a title.
    pub is_under_title: bool,
    pub title: String,
    pub url: String,
    pub kicker: String,
    pub standfirst: String,
    pub credit: String,
    pub has_image: bool,
    pub image: ImageView,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct ImageView {
    pub url: String,
    /// Empty where it only decorates.
    pub alt: String,
    /// CSS pixels.
    pub width: u32,
    /// Empty where the shape is unknown.
    pub height: String,
    /// Caption and credit.
    pub legend: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LinkView {
    pub title: String,
    pub url: String,
    /// " 11. ", in the text version of a numbered list.
    pub label: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct EventView {
    pub title: String,
    pub url: String,
    /// "14" and "Nov", and "14 November 2025".
    pub day: u32,
    pub month: String,
    pub date: String,
    pub when_and_where: String,
}

impl BriefView {
    /// For subscribers, or with `sign_up_url` for anyone.
    pub fn of(brief: &Brief, sign_up_url: Option<&WebUrl>) -> Self {
        let words = &brief.publisher.words;
        let counted = brief.counted();
        let numbered = |(at, link): (usize, &Link)| LinkView::of(link, label(counted + at + 1));
        Self {
            date: words.full_date(brief.date),
            number: words.tell("edition-number", &[("number", brief.number.into())]),
            promise: brief.promise(),
            has_intro: brief.intro.is_some(),
            intro: brief.intro.as_ref().map_or_else(IntroView::default, |intro| IntroView {
                paragraphs: intro.paragraphs.iter().map(ToString::to_string).collect(),
                signed: intro.signed.to_string(),
            }),
            lead: LeadView::of(&brief.lead, brief, words),
            parts: parts(brief, words),
            has_must_read: !brief.must_read.is_empty(),
            must_read: brief.must_read.iter().enumerate().map(numbered).collect(),
            has_events: !brief.events.is_empty(),
            events: brief.events.iter().map(|event| EventView::of(event, words)).collect(),
            is_public: sign_up_url.is_some(),
            sign_up_url: sign_up_url.map(ToString::to_string).unwrap_or_default(),
            sign_up: phrases::get(&brief.newsletter, words),
            why: phrases::why(&brief.newsletter, &brief.publisher),
            online_url: Place::OnlineUrl.to_string(),
            preferences_url: Place::PreferencesUrl.to_string(),
            unsubscribe_url: Place::UnsubscribeUrl.to_string(),
        }
    }
}

/// The stories after the lead, with their numbers.
fn parts(brief: &Brief, words: &Catalogue) -> Vec<PartView> {
    let mut numbers = 2..;
    let titled = brief.sections.iter().map(|section| (section.title.as_str(), &section.stories, section.is_sponsored));
    let mut parts = Vec::with_capacity(1 + brief.sections.len());
    for (title, stories, is_sponsored) in [("", &brief.stories, false)].into_iter().chain(titled) {
        let mut rows = Vec::with_capacity(stories.len());
        for story in stories {
            let number = if is_sponsored { None } else { numbers.next() };
            rows.push(RowView {
                number: number.map(|number: usize| number.to_string()).unwrap_or_default(),
                label: number.map_or_else(|| "    ".to_owned(), label),
                is_under_title: !title.is_empty() && rows.is_empty(),
                title: story.title().to_owned(),
                url: story.url.to_string(),
                kicker: if is_sponsored { story.sponsored_kicker(words) } else { story.kicker() },
                standfirst: story.short_standfirst(),
                credit: story.credit(brief.date, words),
                has_image: story.image().is_some(),
                image: ImageView::of(story.image(), Image::as_thumbnail),
            });
        }
        parts.push(PartView { title: title.to_owned(), rows });
    }
    parts
}

impl LeadView {
    fn of(lead: &Story, brief: &Brief, words: &Catalogue) -> Self {
        Self {
            title: lead.title().to_owned(),
            url: lead.url.to_string(),
            kicker: lead.kicker(),
            standfirst: lead.lead_standfirst(),
            credit: lead.credit(brief.date, words),
            has_image: lead.image().is_some(),
            image: ImageView::of(lead.image(), Image::as_lead),
            read_also: lead.read_also().map(|link| LinkView::of(link, String::new())).collect(),
        }
    }
}

impl ImageView {
    fn of(image: Option<&Image>, size: impl Fn(&Image) -> Size) -> Self {
        let Some(image) = image else { return Self::default() };
        let Size { width, height } = size(image);
        Self {
            url: image.url.to_string(),
            alt: image.alt.to_string(),
            width,
            height: height.map(|height| height.to_string()).unwrap_or_default(),
            legend: image.legend(),
        }
    }
}

impl LinkView {
    fn of(link: &Link, label: String) -> Self {
        Self { title: link.title.to_string(), url: link.url.to_string(), label }
    }
}

impl EventView {
    fn of(event: &Event, words: &Catalogue) -> Self {
        use chrono::Datelike;
        Self {
            title: event.title.to_string(),
            url: event.url.as_ref().map(ToString::to_string).unwrap_or_default(),
            day: event.date.day(),
            month: words.short_month(event.date),
            date: words.date(event.date),
            when_and_where: event.when_and_where(words),
        }
    }
}
