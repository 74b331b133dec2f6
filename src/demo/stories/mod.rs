//! What Harmattan Press published lately: three platforms with some fourteen stories each, and the events to come.
//!
//! The writing is in the TOML files beside this one, dated by age, so that the demo is always about this week. People,
//! organisations and events in it are made up. Leaves out how a story travels ([`super::feeds`]).

use chrono::{DateTime, Datelike, Days, Duration, NaiveTime, Utc, Weekday};
use serde::Deserialize;

use super::pictures::Motif;
use crate::catalogue::Catalogue;

const FILES: [&str; 3] =
    [include_str!("harmattan.toml"), include_str!("beatline.toml"), include_str!("north-star.toml")];
const EVENTS: &str = include_str!("events.toml");
const OUTLETS: &str = include_str!("outlets.toml");

/// The made-up publisher, with everything dated relative to one moment.
#[derive(Debug, Clone)]
pub struct Newsroom {
    pub name: &'static str,
    pub tagline: &'static str,
    /// The postal address for the footer.
    pub address: &'static str,
    pub platforms: Vec<Platform>,
    /// The next one first.
    pub events: Vec<Event>,
    /// None of the publisher's: they are followed as a measure of importance.
    pub outlets: Vec<Outlet>,
}

/// One of the publisher's sites.
#[derive(Debug, Clone)]
pub struct Platform {
    /// First part of the path of all its pages: `harmattan`.
    pub id: String,
    pub name: String,
    pub tagline: String,
    /// The newest first, never empty.
    pub stories: Vec<Story>,
}

/// What a reader sees on a story page.
///
/// Invariants: the slug is unique within its platform and fit for a path; no text is empty.
#[derive(Debug, Clone)]
pub struct Story {
    pub slug: String,
    pub published_at: DateTime<Utc>,
    /// Not before `published_at`; the same where the story was not touched again.
    pub updated_at: DateTime<Utc>,
    pub headline: String,
    pub standfirst: String,
    pub byline: String,
    pub section: String,
    pub tags: Vec<String>,
    pub comments: u32,
    /// As the publisher's own statistics count them; not told by its feed.
    pub views: Option<u32>,
    pub paragraphs: Vec<String>,
    pub picture: Picture,
    /// Slugs on the same platform.
    pub read_also: Vec<String>,
}

/// The lead image of a story.
#[derive(Debug, Clone)]
pub struct Picture {
    pub motif: Motif,
    pub alt: String,
    pub caption: String,
    pub credit: String,
}

/// Somebody else's site, of which there is a feed and nothing more.
#[derive(Debug, Clone)]
pub struct Outlet {
    /// Last part of its feed's path: `coast-wire`.
    pub id: String,
    pub name: String,
    /// The newest first.
    pub items: Vec<OutletItem>,
}

#[derive(Debug, Clone)]
pub struct OutletItem {
    pub slug: String,
    pub published_at: DateTime<Utc>,
    pub headline: String,
    pub summary: String,
}

/// Something with a date and a place.
#[derive(Debug, Clone)]
pub struct Event {
    pub slug: String,
    pub title: String,
    pub place: String,
    pub starts_at: DateTime<Utc>,
    pub about: String,
}

impl Newsroom {
    /// The publisher as it stands at `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        let platforms = FILES
            .iter()
            .map(|text| {
                // The files are compiled in, and every one is read by a test.
                let file: PlatformFile = toml::from_str(text).expect("a demo file is valid");
                file.dated(now)
            })
            .collect();
        let file: EventsFile = toml::from_str(EVENTS).expect("the demo's events are valid");
        let mut events: Vec<Event> = file.event.into_iter().map(|event| event.dated(now)).collect();
        events.sort_by_key(|event| event.starts_at);
        let file: OutletsFile = toml::from_str(OUTLETS).expect("the demo's outlets are valid");
        Self {
            name: "Harmattan Press",
            tagline: "News, culture and enterprise from Accra and beyond",
            address: "1 Example Street, Accra, Ghana",
            platforms,
            events,
            outlets: file.outlet.into_iter().map(|outlet| outlet.dated(now)).collect(),
        }
    }

    pub fn platform(&self, id: &str) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.id == id)
    }
}

impl Platform {
    pub fn story(&self, slug: &str) -> Option<&Story> {
        self.stories.iter().find(|story| story.slug == slug)
    }

    /// The path of its feed, each platform speaking another format: RSS 2.0, Atom, JSON Feed.
    pub fn feed_path(&self) -> &'static str {
        match self.id.as_str() {
            "beatline" => "/beatline/atom.xml",
            "north-star" => "/north-star/feed.json",
            _ => "/harmattan/feed",
        }
    }

    /// When anything in it last changed.
    pub fn updated_at(&self) -> DateTime<Utc> {
        self.stories.iter().map(|story| story.updated_at).max().unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformFile {
    id: String,
    name: String,
    tagline: String,
    story: Vec<StoryFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoryFile {
    slug: String,
    hours_ago: f64,
    /// Hours from publication to the last edit.
    edited_after: Option<f64>,
    headline: String,
    standfirst: String,
    byline: String,
    section: String,
    tags: Vec<String>,
    comments: u32,
    views: Option<u32>,
    picture: Motif,
    alt: String,
    caption: String,
    credit: String,
    #[serde(default)]
    read_also: Vec<String>,
    /// Paragraphs parted by a blank line.
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsFile {
    event: Vec<EventFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventFile {
    slug: String,
    title: String,
    place: String,
    in_days: u64,
    /// UTC, which is also the time in Accra.
    at: NaiveTime,
    about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutletsFile {
    outlet: Vec<OutletFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutletFile {
    id: String,
    name: String,
    item: Vec<OutletItemFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutletItemFile {
    slug: String,
    hours_ago: f64,
    headline: String,
    summary: String,
}

impl OutletFile {
    fn dated(self, now: DateTime<Utc>) -> Outlet {
        let item = |item: OutletItemFile| OutletItem {
            slug: item.slug,
            published_at: before(now, item.hours_ago),
            headline: item.headline,
            summary: item.summary,
        };
        let mut items: Vec<OutletItem> = self.item.into_iter().map(item).collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.published_at));
        Outlet { id: self.id, name: self.name, items }
    }
}

impl PlatformFile {
    fn dated(self, now: DateTime<Utc>) -> Platform {
        let mut stories: Vec<Story> = self.story.into_iter().map(|story| story.dated(now)).collect();
        stories.sort_by_key(|story| std::cmp::Reverse(story.published_at));
        Platform { id: self.id, name: self.name, tagline: self.tagline, stories }
    }
}

impl StoryFile {
    fn dated(self, now: DateTime<Utc>) -> Story {
        let published_at = before(now, self.hours_ago);
        let edited_hours_ago = self.hours_ago - self.edited_after.unwrap_or(0.0);
        let weekdays = |text: &str| with_weekdays(text, published_at.weekday());
        Story {
            published_at,
            updated_at: before(now, edited_hours_ago),
            headline: self.headline,
            standfirst: weekdays(&self.standfirst),
            byline: self.byline,
            section: self.section,
            tags: self.tags,
            comments: self.comments,
            views: self.views,
            paragraphs: paragraphs(&weekdays(&self.body)),
            picture: Picture {
                motif: self.picture,
                alt: self.alt,
                caption: weekdays(&self.caption),
                credit: self.credit,
            },
            read_also: self.read_also,
            slug: self.slug,
        }
    }
}

impl EventFile {
    fn dated(self, now: DateTime<Utc>) -> Event {
        let date = now.date_naive() + Days::new(self.in_days);
        let starts_at = date.and_time(self.at).and_utc();
        Event { slug: self.slug, title: self.title, place: self.place, starts_at, about: self.about.trim().to_owned() }
    }
}

/// To the whole minute, as a newsroom's clock has it.
fn before(now: DateTime<Utc>, hours: f64) -> DateTime<Utc> {
    let minutes = (hours * 60.0).round() as i64;
    let moment = now - Duration::minutes(minutes);
    moment
        - Duration::seconds(moment.timestamp().rem_euclid(60))
        - Duration::nanoseconds(moment.timestamp_subsec_nanos().into())
}

/// Puts real weekdays where the text has `{today}`, `{yesterday}` or `{tomorrow}`.
fn with_weekdays(text: &str, published: Weekday) -> String {
    let words = Catalogue::english();
    text.replace("{today}", &words.weekday_name(published))
        .replace("{yesterday}", &words.weekday_name(published.pred()))
        .replace("{tomorrow}", &words.weekday_name(published.succ()))
}

fn paragraphs(body: &str) -> Vec<String> {
    body.split("\n\n")
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|p| !p.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-06T07:30:21.5Z".parse().unwrap()
    }

    #[test]
    fn every_story_has_all_its_parts() {
        let press = Newsroom::at(now());
        assert_eq!(
            press.platforms.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(),
            ["harmattan", "beatline", "north-star"]
        );
        for platform in &press.platforms {
            assert!(platform.stories.len() >= 14, "{} has {} stories", platform.id, platform.stories.len());
            let slugs: HashSet<&str> = platform.stories.iter().map(|s| s.slug.as_str()).collect();
            assert_eq!(slugs.len(), platform.stories.len(), "{} has a slug twice", platform.id);
            for story in &platform.stories {
                let slug = &story.slug;
                assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{slug}");
                assert!((3..=6).contains(&story.paragraphs.len()), "{slug}: {} paragraphs", story.paragraphs.len());
                assert!(!story.tags.is_empty(), "{slug} has no tags");
                let picture = &story.picture;
                let texts = [&story.headline, &story.standfirst, &story.byline, &story.section, &picture.alt];
                for text in texts.into_iter().chain([&picture.caption, &picture.credit]).chain(&story.paragraphs) {
                    assert!(!text.trim().is_empty() && !text.contains(['{', '}', '!']), "{slug}: {text:?}");
                }
                assert!(story.headline.chars().count() <= 80, "{slug}: a long headline");
                for also in &story.read_also {
                    assert!(also != slug && platform.story(also).is_some(), "{slug}: READ ALSO {also} leads nowhere");
                }
            }
        }
    }

    #[test]
    fn stories_are_of_the_past_eight_days_newest_first() {
        for platform in &Newsroom::at(now()).platforms {
            assert!(platform.stories.is_sorted_by(|a, b| a.published_at >= b.published_at));
            for story in &platform.stories {
                let age = now() - story.published_at;
                assert!(age > Duration::zero() && age <= Duration::days(8), "{}", story.slug);
                assert!(story.published_at <= story.updated_at && story.updated_at < now(), "{}", story.slug);
                assert_eq!(story.published_at.timestamp() % 60, 0, "{}", story.slug);
            }
        }
    }

    #[test]
    fn some_stories_are_too_old_for_a_week_so_that_selection_has_something_to_leave_out() {
        let press = Newsroom::at(now());
        let old =
            press.platforms.iter().flat_map(|p| &p.stories).filter(|s| now() - s.published_at > Duration::days(7));
        assert!(old.count() >= 3);
    }

    #[test]
    fn events_are_ahead_and_in_order() {
        let events = Newsroom::at(now()).events;
        assert!((3..=4).contains(&events.len()));
        assert!(events.iter().all(|event| event.starts_at > now() && !event.about.is_empty()));
        assert!(events.is_sorted_by_key(|event| event.starts_at));
    }

    #[test]
    fn weekdays_follow_the_day_of_publication() {
        assert_eq!(with_weekdays("{yesterday}, {today}, {tomorrow}", Weekday::Mon), "Sunday, Monday, Tuesday");
    }
}
