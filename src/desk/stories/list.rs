use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::DateTime;
use serde::Deserialize;

use super::{PART, address, platform_name};
use crate::desk::failure::Failure;
use crate::desk::frame::{Frame, page};
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::saying::time::day_in_zone;
use crate::store::{FoundStories, StoryId, StoryLine, StoryPlace, StorySearch};

/// Stories on a page.
const SHOWN: usize = 60;

#[derive(Debug, Template)]
#[template(path = "desk/stories.html")]
struct Stories {
    frame: Frame,
    question: String,
    /// Id, name, and whether only its stories are shown.
    platforms: Vec<(String, String, bool)>,
    told: String,
    days: Vec<Day>,
    more: String,
}

/// What came out on one day, in the zone of the first newsletter.
#[derive(Debug)]
struct Day {
    name: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    link: String,
    headline: String,
    kicker: String,
    time: String,
}

#[derive(Debug, Deserialize)]
pub(in crate::desk) struct Asked {
    #[serde(default, rename = "q")]
    question: String,
    #[serde(default)]
    platform: String,
    /// Seconds and number of the last story of the page before, with a hyphen between.
    #[serde(default)]
    before: String,
}

pub(in crate::desk) async fn list(
    State(room): State<Room>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let (question, platform, before) = (asked.question.clone(), asked.platform.clone(), place(&asked.before));
    let FoundStories { found, more } = room
        .ask(move |store, _| {
            let platform = Some(platform.as_str()).filter(|id| !id.is_empty());
            store.read(|db| StorySearch { question: &question, platform, before, limit: SHOWN }.run(db))
        })
        .await?;
    let (config, now) = (room.press().config(), room.press().now());
    let zone = config.home_zone();
    let told = match (found.len(), asked.question.trim().is_empty()) {
        (0, true) => "No stories yet; polling the feeds brings them.".to_owned(),
        (0, false) => "No other headline or standfirst has these words. A word is found by its beginning.".to_owned(),
        (_, true) => "The latest first".to_owned(),
        (_, false) => "Those that came last are first".to_owned(),
    };
    let mut days: Vec<Day> = Vec::new();
    for story in found {
        let name = day_in_zone(story.published_at, zone, now);
        let row = row(&room, &story);
        match days.last_mut().filter(|day| day.name == name) {
            Some(day) => day.rows.push(row),
            None => days.push(Day { name, rows: vec![row] }),
        }
    }
    let platforms = config.platforms.iter().map(|platform| {
        let id = platform.id.to_string();
        let is_chosen = id == asked.platform;
        (id, platform.name.to_string(), is_chosen)
    });
    let more = more.map_or_else(String::new, |StoryPlace { published_at, id }| {
        let before = format!("{}-{}", published_at.timestamp(), id.0);
        let fields = [("q", &asked.question), ("platform", &asked.platform), ("before", &before)];
        let filled = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
        format!("{PART}?{query}")
    });
    let platforms = platforms.collect();
    let frame = Frame::new(&room, &signed, PART, "Stories");
    Ok(page(StatusCode::OK, &Stories { frame, question: asked.question, platforms, told, days, more }))
}

fn row(room: &Room, story: &StoryLine) -> Row {
    let platform = platform_name(room, &story.platform);
    let zone = room.press().config().home_zone();
    Row {
        link: address(story.id),
        headline: story.headline.clone(),
        kicker: if story.section.is_empty() { platform } else { format!("{platform} · {}", story.section) },
        time: story.published_at.with_timezone(&zone).format("%H:%M").to_string(),
    }
}

fn place(text: &str) -> Option<StoryPlace> {
    let (seconds, id) = text.rsplit_once('-')?;
    let published_at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
    Some(StoryPlace { published_at, id: StoryId(id.parse().ok()?) })
}
