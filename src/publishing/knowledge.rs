//! What the store knows of the stories that could be picked, as the selection wants it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Press;
use super::counted::{signals_of, usual_clicks};
use crate::config::Newsletter;
use crate::selection::{self, Candidate, Caps, Likeness, Orders, Pin, Rule, SectionRule, Signals};
use crate::store::{Db, Decision, Edition, EditionName, SignalStory, Story, StoryId, Verdict, known_newsletter_number};

/// The moments a brief is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Stories published in [start, end).
    pub window: (DateTime<Utc>, DateTime<Utc>),
    pub goes_out: DateTime<Utc>,
}

/// An editor's decisions for a newsletter, and what its earlier editions carried.
pub(super) struct Past {
    pub decisions: HashMap<StoryId, Decision>,
    sent: HashMap<StoryId, EditionName>,
}

impl Past {
    pub fn load(db: &Db, newsletter: &Newsletter) -> Result<Self> {
        let id = newsletter.id.as_str();
        let decisions = Decision::all(db, id)?.into_iter().map(|decision| (decision.story, decision)).collect();
        // Asking gives a newsletter no number, and without one nothing of it was sent.
        let sent = match known_newsletter_number(db, id)? {
            Some(number) => Edition::stories_sent(db, number)?.into_iter().collect(),
            None => HashMap::new(),
        };
        Ok(Self { decisions, sent })
    }

    fn orders(&self, story: StoryId) -> Orders {
        let sent_in = self.sent.get(&story).map(EditionName::to_string);
        let Some(decision) = self.decisions.get(&story) else { return Orders { sent_in, ..Orders::default() } };
        let pin = match decision.verdict {
            Verdict::Pin { place: Some(place) } => Some(Pin::Place(place as usize)),
            Verdict::Pin { place: None } => Some(Pin::Anywhere),
            Verdict::Open | Verdict::Drop => None,
        };
        Orders {
            pin,
            is_dropped: decision.verdict == Verdict::Drop,
            embargo_until: decision.embargo_until,
            expires_at: decision.expires_at,
            sent_in,
        }
    }
}

/// The stories as the selection wants them, with their orders and all that was counted of them.
pub(super) fn candidates(
    db: &Db,
    newsletter: &Newsletter,
    stories: &[Story],
    past: &Past,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>> {
    let mut signals = signals_of(db, &platforms(newsletter), stories, now)?;
    let clicks = usual_clicks(db, newsletter.id.as_str(), now)?;
    let candidate = |story: &Story| {
        let mut candidate = Candidate { orders: past.orders(story.id), ..told(story) };
        candidate.signals = signals.remove(&story.id).unwrap_or_default();
        candidate.signals.clicks = clicks.of(&candidate);
        candidate
    };
    Ok(stories.iter().map(candidate).collect())
}

/// Whose stories a newsletter takes, by id.
pub(super) fn platforms(newsletter: &Newsletter) -> Vec<&str> {
    newsletter.platforms.iter().map(|platform| platform.as_str()).collect()
}

/// What a story itself says.
pub(super) fn told(story: &Story) -> Candidate {
    Candidate {
        story: story.id,
        platform: story.platform.clone(),
        url: story.url.clone(),
        guid: story.guid.clone(),
        title: story.headline.clone(),
        lead: story.standfirst.clone(),
        body: without_markup(&story.body),
        section: story.section.clone(),
        tags: story.tags.clone(),
        authors: story.bylines.clone(),
        published_at: story.published_at,
        signals: Signals::default(),
        orders: Orders::default(),
    }
}

/// What other outlets ran within a window.
pub(super) fn signal_stories(
    db: &Db,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<selection::SignalStory>> {
    let as_signal = |story: SignalStory| selection::SignalStory {
        feed: story.outlet,
        url: story.url,
        title: story.headline,
        lead: story.standfirst,
        published_at: story.published_at,
    };
    Ok(SignalStory::published_between(db, from, to)?.into_iter().map(as_signal).collect())
}

impl Press {
    /// What the platforms are called, by id.
    pub(super) fn platform_names(&self) -> BTreeMap<String, String> {
        let names = self.config().platforms.iter();
        names.map(|platform| (platform.id.to_string(), platform.name.to_string())).collect()
    }

    /// How a newsletter wants its stories chosen.
    pub(super) fn rule(&self, newsletter: &Newsletter, times: Times) -> Rule {
        let zone: Tz = newsletter.timezone.zone();
        let wanted = &newsletter.selection;
        let section = |section: &crate::config::Section| SectionRule {
            title: section.title.to_string(),
            stories: section.stories as usize,
            platforms: section.platforms.iter().map(|platform| platform.to_string()).collect(),
            topics: section.topics.iter().map(|topic| topic.to_string()).collect(),
            is_exclusive: section.exclusive,
            is_sponsored: section.sponsored,
        };
        Rule {
            stories: newsletter.stories as usize,
            now: times.goes_out,
            window: Some(times.window),
            zone,
            weights: wanted.weights,
            counts: self.config().counts.weights(),
            caps: Caps {
                a_platform: wanted.platform_cap.share(),
                a_section: wanted.section_cap as usize,
                an_author: wanted.author_cap as usize,
                floor: 0.0,
            },
            likeness: Likeness::default(),
            relevance: wanted.relevance,
            must_read: newsletter.must_read as usize,
            sections: newsletter.sections.iter().map(section).collect(),
        }
    }
}

/// The words of a sanitised body: only compared, so what a tag was is a space.
fn without_markup(body: &str) -> String {
    let mut is_tag = false;
    let text = body.chars().filter_map(|c| {
        let was_tag = is_tag;
        is_tag = (is_tag || c == '<') && c != '>';
        if c == '>' { Some(' ') } else { Some(c).filter(|_| !is_tag && !was_tag) }
    });
    text.collect()
}
