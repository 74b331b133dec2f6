use askama::Template;
use axum::response::Response;

use super::picture_path;
use crate::demo::page::page;
use crate::demo::pictures::Size;
use crate::demo::stories::{Newsroom, Platform, Story};

#[derive(Template)]
#[template(path = "demo/story.html")]
struct StoryPage<'a> {
    press: &'a Newsroom,
    platform: &'a Platform,
    story: &'a Story,
    picture_path: String,
    read_also: Vec<&'a Story>,
}

#[derive(Template)]
#[template(path = "demo/platform.html")]
struct PlatformPage<'a> {
    press: &'a Newsroom,
    platform: &'a Platform,
}

#[derive(Template)]
#[template(path = "demo/events.html")]
struct EventsPage<'a> {
    press: &'a Newsroom,
}

/// One story, to read.
pub fn story(press: &Newsroom, platform: &Platform, story: &Story) -> Response {
    page(&StoryPage {
        press,
        platform,
        story,
        picture_path: picture_path(platform, story, Size::Lead),
        read_also: story.read_also.iter().filter_map(|slug| platform.story(slug)).collect(),
    })
}

/// All stories of a platform, the newest first.
pub fn front(press: &Newsroom, platform: &Platform) -> Response {
    page(&PlatformPage { press, platform })
}

/// The events to come.
pub fn events(press: &Newsroom) -> Response {
    page(&EventsPage { press })
}
