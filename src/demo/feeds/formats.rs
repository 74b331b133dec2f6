use anyhow::Context;
use askama::Template;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use super::Site;
use crate::demo::pictures::Size;
use crate::demo::stories::{Outlet, Platform, Story};

/// One story with its links made whole, as all three formats need it.
struct Entry<'a> {
    story: &'a Story,
    url: String,
    picture_url: String,
    thumbnail_url: String,
    content: String,
}

#[derive(Template)]
#[template(path = "demo/story-content.html")]
struct Content<'a> {
    story: &'a Story,
    /// Absent where the format has a place of its own for the picture.
    picture_url: Option<&'a str>,
    /// Headline and address.
    read_also: Vec<(&'a str, String)>,
}

#[derive(Template)]
#[template(path = "demo/feed.rss.xml")]
struct Rss<'a> {
    platform: &'a Platform,
    home: String,
    own: String,
    entries: Vec<Entry<'a>>,
}

#[derive(Template)]
#[template(path = "demo/feed.atom.xml")]
struct Atom<'a> {
    platform: &'a Platform,
    home: String,
    own: String,
    entries: Vec<Entry<'a>>,
}

#[derive(Template)]
#[template(path = "demo/outlet.rss.xml")]
struct Headlines<'a> {
    outlet: &'a Outlet,
    home: String,
}

/// RSS 2.0 with nothing but headlines and summaries.
pub fn headlines(site: &Site, outlet: &Outlet) -> anyhow::Result<String> {
    let home = format!("{}/outlets/{}", site.base, outlet.id);
    Headlines { outlet, home }.render().context("the outlet's feed was not rendered")
}

/// RSS 2.0 with Media RSS, `slash:comments` and `content:encoded`.
pub fn rss(site: &Site, platform: &Platform) -> anyhow::Result<String> {
    let entries = entries(site, platform, false)?;
    let (home, own) = links(site, platform);
    Rss { platform, home, own, entries }.render().context("the RSS feed was not rendered")
}

/// Atom (RFC 4287), with comment counts as in RFC 4685.
pub fn atom(site: &Site, platform: &Platform) -> anyhow::Result<String> {
    let entries = entries(site, platform, true)?;
    let (home, own) = links(site, platform);
    Atom { platform, home, own, entries }.render().context("the Atom feed was not rendered")
}

/// JSON Feed 1.1.
pub fn json(site: &Site, platform: &Platform) -> anyhow::Result<String> {
    let (home, own) = links(site, platform);
    let items: Vec<_> = entries(site, platform, true)?
        .into_iter()
        .map(|Entry { story, url, picture_url, content, .. }| {
            let mut tags = vec![story.section.clone()];
            tags.extend(story.tags.iter().cloned());
            json!({
                "id": url,
                "url": url,
                "title": story.headline,
                "summary": story.standfirst,
                "content_html": content,
                "image": picture_url,
                "date_published": rfc3339(&story.published_at),
                "date_modified": rfc3339(&story.updated_at),
                "authors": [{ "name": story.byline }],
                "tags": tags,
                "language": "en",
                "_harmattan": {
                    "comments": story.comments,
                    "image_alt": story.picture.alt,
                    "image_caption": story.picture.caption,
                    "image_credit": story.picture.credit,
                },
            })
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": platform.name,
        "description": platform.tagline,
        "home_page_url": home,
        "feed_url": own,
        "language": "en",
        "items": items,
    });
    serde_json::to_string_pretty(&feed).context("the JSON feed was not rendered")
}

fn links(site: &Site, platform: &Platform) -> (String, String) {
    (format!("{}/{}", site.base, platform.id), format!("{}{}", site.base, platform.feed_path()))
}

fn entries<'a>(site: &Site, platform: &'a Platform, with_figure: bool) -> anyhow::Result<Vec<Entry<'a>>> {
    let mut entries = Vec::with_capacity(platform.stories.len());
    for story in &platform.stories {
        let picture_url = site.picture_url(platform, story, Size::Lead);
        let also = story.read_also.iter().filter_map(|slug| platform.story(slug));
        let content = Content {
            story,
            picture_url: with_figure.then_some(picture_url.as_str()),
            read_also: also.map(|s| (s.headline.as_str(), site.story_url(platform, &s.slug))).collect(),
        };
        let content = content.render().with_context(|| format!("the story {} was not rendered", story.slug))?;
        entries.push(Entry {
            story,
            url: site.story_url(platform, &story.slug),
            picture_url,
            thumbnail_url: site.picture_url(platform, story, Size::Thumbnail),
            content,
        });
    }
    Ok(entries)
}

fn rfc3339(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn rfc2822(time: &DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
