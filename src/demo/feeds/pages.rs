use askama::Template;
use axum::response::Response;

use super::Site;
use crate::demo::page::page;
use crate::demo::pictures::Size;
use crate::demo::stories::{Event, Platform, Press, Story};

#[derive(Template)]
#[template(path = "demo/story.html")]
struct StoryPage<'a> {
    press: &'a Press,
    platform: &'a Platform,
    story: &'a Story,
    picture_url: String,
    read_also: Vec<&'a Story>,
}

#[derive(Template)]
#[template(path = "demo/platform.html")]
struct PlatformPage<'a> {
    site: &'a Site,
    press: &'a Press,
    platform: &'a Platform,
}

#[derive(Template)]
#[template(path = "demo/events.html")]
struct EventsPage<'a> {
    press: &'a Press,
    events: &'a [Event],
}

/// One story, to read.
pub fn story(site: &Site, platform: &Platform, story: &Story) -> Response {
    page(&StoryPage {
        press: &site.press,
        platform,
        story,
        picture_url: site.picture_url(platform, story, Size::Lead),
        read_also: story.read_also.iter().filter_map(|slug| platform.story(slug)).collect(),
    })
}

/// All stories of a platform, the newest first.
pub fn front(site: &Site, platform: &Platform) -> Response {
    page(&PlatformPage { site, press: &site.press, platform })
}

/// The events to come.
pub fn events(site: &Site) -> Response {
    page(&EventsPage { press: &site.press, events: &site.press.events })
}
