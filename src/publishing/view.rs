//! From rows and configuration to what composition shows.

use anyhow::{Context, Result};

use super::Press;
use super::edition_events::edition_events;
use crate::catalogue::Catalogue;
use crate::composition::{self, Brief, Image, Intro, Plain, Theme, WebUrl};
use crate::config::Newsletter;
use crate::store::{Db, Edition, EditionStory, Event, LinkList, Sponsor, Story, StoryOverride};

impl Press {
    pub(super) fn publisher_view(&self, newsletter: &Newsletter) -> Result<composition::Publisher> {
        let publisher = &self.config().publisher;
        let logo = publisher.logo.as_ref().map(|logo| WebUrl::parse(logo.as_str())).transpose()?;
        Ok(composition::Publisher {
            name: Plain::new(&publisher.name),
            tagline: Plain::new(publisher.tagline.as_deref().unwrap_or_default()),
            website: WebUrl::parse(publisher.website.as_str())?,
            postal_address: Plain::new(&publisher.address),
            logo,
            language: Plain::new(self.config().language_of(newsletter).as_str()),
            direction: self.config().direction_of(newsletter),
            words: self.words_of(newsletter),
        })
    }

    /// The publisher in a letter to a reader who reads this language.
    pub(super) fn publisher_speaking(
        &self,
        newsletter: &Newsletter,
        words: &Catalogue,
    ) -> Result<composition::Publisher> {
        Ok(composition::Publisher {
            language: Plain::new(words.language().as_str()),
            direction: words.direction(),
            words: words.clone(),
            ..self.publisher_view(newsletter)?
        })
    }

    pub(super) fn theme(&self) -> Theme {
        Theme::of(&self.config().publisher)
    }

    pub(super) fn newsletter_view(&self, newsletter: &Newsletter) -> composition::Newsletter {
        composition::Newsletter { name: Plain::new(&newsletter.name), cadence: newsletter.cadence(self.now()) }
    }

    /// The brief of an edition, as its rows and the configuration stand now.
    pub(super) fn brief(&self, db: &Db, newsletter: &Newsletter, edition: &Edition) -> Result<Brief> {
        let brief = self.brief_without(db, newsletter, edition, &[])?;
        brief.with_context(|| format!("{} has no story; `griot draft` looks for some", edition.name))
    }

    /// The brief for who does without these platforms; `None` where nothing is left to lead it.
    ///
    /// What is shown as of such a platform is out, also where another one ran it too. The next story leads where the lead
    /// is out, and goes without what the lead's readers read also; where none but those of sections are left, the first
    /// that nobody pays for.
    pub(super) fn brief_without(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        edition: &Edition,
        without: &[&str],
    ) -> Result<Option<Brief>> {
        let zone = newsletter.timezone.zone();
        let is_left = |story: &Story| !without.contains(&story.platform.as_str());
        let mut stories = edition.stories(db)?;
        let keeps_lead = stories.first().is_some_and(|(story, _)| is_left(story));
        stories.retain(|(story, _)| is_left(story));
        for (_, picked) in &mut stories {
            picked.also_on.retain(|id| !without.contains(&id.as_str()));
        }
        let of_brief = stories.iter().position(|(_, picked)| picked.section.is_empty());
        let Some(lead) = of_brief.or_else(|| stories.iter().position(|(_, picked)| !picked.is_sponsored)) else {
            return Ok(None);
        };
        let (lead, picked) = stories.remove(lead);
        let lead = self.story_view(db, newsletter, lead, &picked)?;
        let (of_brief, of_sections): (Vec<_>, Vec<_>) =
            stories.into_iter().partition(|(_, picked)| picked.section.is_empty());
        let of_brief = of_brief.into_iter().map(|(story, picked)| self.story_view(db, newsletter, story, &picked));
        let read_also = if keeps_lead { links_of(db, edition, LinkList::ReadAlso, is_left)? } else { Vec::new() };
        let mut sections: Vec<composition::Section> = Vec::new();
        for (story, picked) in of_sections {
            let shown = self.story_view(db, newsletter, story, &picked)?;
            match sections.last_mut().filter(|last| last.title.as_str() == picked.section) {
                Some(section) => section.stories.push(shown),
                None => sections.push(composition::Section {
                    title: Plain::new(&picked.section),
                    is_sponsored: picked.is_sponsored,
                    stories: vec![shown],
                }),
            }
        }
        let goes_out = self.goes_out(edition);
        let date = goes_out.with_timezone(&zone).date_naive();
        for sponsor in Sponsor::on(db, newsletter.id.as_str(), date)? {
            sections.extend(sponsored(&sponsor));
        }
        let events = edition_events(db, newsletter, edition, goes_out)?;
        let events = events.iter().filter(|event| event.is_in).map(|event| event_view(&event.event)).collect();
        Ok(Some(Brief {
            publisher: self.publisher_view(newsletter)?,
            theme: self.theme(),
            newsletter: self.newsletter_view(newsletter),
            number: edition.name.number,
            date,
            subject: Plain::new(&edition.subject),
            preheader: Plain::new(&edition.preheader),
            intro: edition.intro.as_deref().or(newsletter.intro.as_deref()).map(intro),
            lead: composition::Story { read_also, ..lead },
            stories: of_brief.collect::<Result<_>>()?,
            sections,
            must_read: links_of(db, edition, LinkList::MustRead, is_left)?,
            events,
        }))
    }

    fn story_view(
        &self,
        db: &Db,
        newsletter: &Newsletter,
        mut story: Story,
        picked: &EditionStory,
    ) -> Result<composition::Story> {
        let edited = StoryOverride::find(db, story.id)?;
        edited.apply(&mut story);
        let name = |id: &str| Plain::new(self.config().platform(id).map_or(id, |platform| &platform.name));
        let image = story.image.as_ref().and_then(|image| {
            // An image whose address is broken is left out; the story stands without it.
            let url = WebUrl::parse(&image.url).ok()?;
            Some(Image {
                url,
                width: image.width,
                height: image.height,
                alt: Plain::new(&image.alt),
                caption: Plain::new(&image.caption),
                credit: Plain::new(&image.credit),
            })
        });
        Ok(composition::Story {
            headline: Plain::new(&story.headline),
            url: WebUrl::parse(&story.url).with_context(|| format!("the story {:?}", story.headline))?,
            platform: name(&story.platform),
            section: Plain::new(&story.section),
            kicker: Plain::from(edited.kicker),
            standfirst: Plain::new(&story.standfirst),
            bylines: story.bylines.iter().map(|name| Plain::new(name)).collect(),
            published: Some(story.published_at.with_timezone(&newsletter.timezone.zone()).naive_local()),
            image,
            also_on: picked.also_on.iter().map(|id| name(id)).collect(),
            read_also: Vec::new(),
        })
    }
}

/// The headlines of a list that are left; one whose address is broken is not.
fn links_of(
    db: &Db,
    edition: &Edition,
    list: LinkList,
    is_left: impl Fn(&Story) -> bool,
) -> Result<Vec<composition::Link>> {
    let mut links = Vec::new();
    for (mut story, _) in edition.links(db, list)?.into_iter().filter(|(story, _)| is_left(story)) {
        StoryOverride::find(db, story.id)?.apply(&mut story);
        if let Ok(url) = WebUrl::parse(&story.url) {
            links.push(composition::Link { title: Plain::new(&story.headline), url });
        }
    }
    Ok(links)
}

/// A block that somebody pays for; one whose address is broken is left out.
fn sponsored(sponsor: &Sponsor) -> Option<composition::Section> {
    let image = WebUrl::parse(&sponsor.image_url).ok().map(|url| Image {
        url,
        width: None,
        height: None,
        alt: Plain::new(&sponsor.image_alt),
        caption: Plain::default(),
        credit: Plain::default(),
    });
    let story = composition::Story {
        headline: Plain::new(&sponsor.headline),
        url: WebUrl::parse(&sponsor.url).ok()?,
        platform: Plain::new(&sponsor.name),
        section: Plain::default(),
        kicker: Plain::default(),
        standfirst: Plain::new(&sponsor.text),
        bylines: Vec::new(),
        published: None,
        image,
        also_on: Vec::new(),
        read_also: Vec::new(),
    };
    Some(composition::Section { title: Plain::new(&sponsor.name), is_sponsored: true, stories: vec![story] })
}

fn event_view(event: &Event) -> composition::Event {
    let local = event.starts_at.with_timezone(&event.timezone);
    composition::Event {
        title: Plain::new(&event.title),
        // An address that is broken is left out; the event stands without it.
        url: WebUrl::parse(&event.url).ok(),
        date: local.date_naive(),
        time: (!event.is_all_day).then(|| local.time()),
        place: Plain::new(&event.place),
    }
}

/// Paragraphs stand apart by an empty line; a last one that begins with a dash is the signature.
fn intro(text: &str) -> Intro {
    let mut paragraphs: Vec<&str> =
        text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect();
    let is_signature = paragraphs.last().is_some_and(|last| last.starts_with(['—', '–', '-']));
    let signed = if is_signature { paragraphs.pop() } else { None };
    Intro {
        paragraphs: paragraphs.into_iter().map(Plain::new).collect(),
        signed: Plain::new(signed.unwrap_or_default().trim_start_matches(['—', '–', '-']).trim()),
    }
}
