use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::guard::Caller;
use super::input::{Asked, Input, Limit, Place, Text};
use super::problem::Problem;
use super::room::Room;
use crate::publishing::{NewStory, Press, Revised};
use crate::store::{self, StoryId, StoryImage, StoryPlace, StorySearch};

/// A page of stories.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"stories": [{
    "id": 7, "platform": "harmattan", "headline": "The hall opens", "section": "Culture",
    "published_at": "2026-11-23T08:00:00Z"
}], "next": null}))]
pub(super) struct Stories {
    stories: Vec<StoryLine>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StoryLine {
    id: i64,
    platform: String,
    headline: String,
    section: String,
    published_at: DateTime<Utc>,
}

/// A story as readers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 7, "platform": "harmattan", "headline": "The hall opens", "standfirst": "", "kicker": "",
    "url": "https://example.org/the-hall-opens", "image_url": "", "image_alt": "", "bylines": ["Ama Añuli"],
    "section": "Culture", "tags": [], "published_at": "2026-11-23T08:00:00Z", "updated_at": null,
    "first_seen_at": "2026-11-23T08:10:00Z", "comments": null, "words": 300, "editions": ["weekly-brief/12"]
}))]
pub(super) struct Story {
    id: i64,
    platform: String,
    headline: String,
    standfirst: String,
    /// Empty where the platform and the section stand there.
    kicker: String,
    url: String,
    /// Empty for none.
    image_url: String,
    image_alt: String,
    bylines: Vec<String>,
    section: String,
    tags: Vec<String>,
    published_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    first_seen_at: DateTime<Utc>,
    comments: Option<u32>,
    words: u32,
    /// Those it is in.
    editions: Vec<String>,
}

impl Story {
    fn of(press: &Press, own: store::Story) -> anyhow::Result<Self> {
        let shown = press.shown(own.id)?;
        let editions = press.store().read(|db| store::Edition::with_story(db, own.id))?;
        Ok(Self {
            id: own.id.0,
            platform: own.platform,
            headline: shown.headline,
            standfirst: shown.standfirst,
            kicker: shown.kicker,
            url: own.url,
            image_url: shown.image_url,
            image_alt: shown.image_alt,
            bylines: own.bylines,
            section: own.section,
            tags: own.tags,
            published_at: own.published_at,
            updated_at: own.updated_at,
            first_seen_at: own.first_seen_at,
            comments: own.comments,
            words: own.words,
            editions: editions.into_iter().map(|(name, _)| name.to_string()).collect(),
        })
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Words of the headline or standfirst, or their beginnings.
    #[param(value_type = Option<String>, max_length = 200, example = "hall")]
    q: Option<Text<0, 200>>,
    /// Only those of this platform.
    #[param(example = "harmattan")]
    platform: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<String>, pattern = "^[0-9]{1,11}-[0-9]{1,15}$", example = "1795435200-7")]
    cursor: Option<String>,
    /// How many a page holds.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 50)]
    limit: Limit,
}

/// List stories, the latest first.
#[utoipa::path(
    get, path = "/api/v1/stories", operation_id = "list_stories", tag = "stories", params(Filter),
    responses((status = 200, description = "A page of stories", body = Stories))
)]
pub(super) async fn list(State(room): State<Room>, Asked(filter): Asked<Filter>) -> Result<Json<Stories>, Problem> {
    let before = filter.cursor.as_deref().map(place).transpose()?;
    let page = room.ask(move |store, _| {
        let question = filter.q.as_deref().unwrap_or_default();
        let search = StorySearch { question, platform: filter.platform.as_deref(), before, limit: filter.limit.0 };
        let found = store.read(|db| search.run(db))?;
        let stories = found.found.into_iter().map(|line| StoryLine {
            id: line.id.0,
            platform: line.platform,
            headline: line.headline,
            section: line.section,
            published_at: line.published_at,
        });
        let next = found.more.map(|more| format!("{}-{}", more.published_at.timestamp(), more.id.0));
        Ok(Stories { stories: stories.collect(), next })
    });
    Ok(Json(page.await?))
}

fn place(cursor: &str) -> Result<StoryPlace, Problem> {
    let read = || {
        let (seconds, id) = cursor.split_once('-')?;
        let is_short = |text: &str, most| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_short(seconds, 11) || !is_short(id, 15) {
            return None;
        }
        let published_at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
        Some(StoryPlace { published_at, id: StoryId(id.parse().ok()?) })
    };
    read().ok_or_else(|| Problem::malformed("cursor", "take it from `next` of the page before"))
}

/// The story of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    /// The story's number.
    #[param(example = 1, minimum = 1, maximum = 9007199254740991i64)]
    id: i64,
}

/// Show a story as readers see it.
#[utoipa::path(
    get, path = "/api/v1/stories/{id}", operation_id = "get_story", tag = "stories", params(Which),
    responses((status = 200, description = "The story", body = Story))
)]
pub(super) async fn show(State(room): State<Room>, Place(Which { id }): Place<Which>) -> Result<Json<Story>, Problem> {
    let found = room.ask(move |store, press| {
        let found = store.read(|db| store::Story::find(db, StoryId(id)))?;
        found.map(|found| Story::of(press, found)).transpose()
    });
    found.await?.map(Json).ok_or_else(|| none(id))
}

fn none(id: i64) -> Problem {
    Problem::not_found(format!("There is no story {id}."))
}

/// A story that no feed brings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "platform": "harmattan", "url": "https://example.org/the-hall-opens", "headline": "The hall opens"
}))]
pub(super) struct AddedStory {
    /// Its id in the configuration.
    platform: String,
    #[schema(value_type = String, format = "uri", max_length = 2000)]
    url: Text<0, 2000>,
    #[schema(value_type = String, min_length = 1, max_length = 300)]
    headline: Text<1, 300>,
    #[schema(value_type = Option<String>, max_length = 1000)]
    standfirst: Option<Text<0, 1000>>,
    #[serde(default)]
    #[schema(inline, required = false, max_items = 20)]
    bylines: Vec<Text<1, 100>>,
    #[schema(value_type = Option<String>, max_length = 100)]
    section: Option<Text<0, 100>>,
    #[schema(value_type = Option<String>, format = "uri", max_length = 2000)]
    image_url: Option<Text<0, 2000>>,
    /// What the picture shows, for who can't see it.
    #[schema(value_type = Option<String>, max_length = 500)]
    image_alt: Option<Text<0, 500>>,
    /// Now, where it is missing.
    published_at: Option<DateTime<Utc>>,
}

/// Add a story by hand.
#[utoipa::path(
    post, path = "/api/v1/stories", operation_id = "add_story", tag = "stories", request_body = AddedStory,
    responses((status = 201, description = "The story", body = Story))
)]
pub(super) async fn add(
    State(room): State<Room>,
    caller: Caller,
    Input(given): Input<AddedStory>,
) -> Result<(StatusCode, Json<Story>), Problem> {
    if given.bylines.len() > 20 {
        return Err(Problem::malformed("bylines", "name at most 20"));
    }
    if room.press().config().platform(&given.platform).is_none() {
        return Err(Problem::invalid("platform", format!("there is no platform {:?}", given.platform)));
    }
    // The store knows seconds of years of four digits.
    if given.published_at.is_some_and(|at| at.format("%Y").to_string().len() != 4) {
        return Err(Problem::invalid("published_at", "choose a year of four digits"));
    }
    let text = |text: Option<String>| text.unwrap_or_default();
    let url = text(given.image_url.map(Text::into_string));
    let alt = text(given.image_alt.map(Text::into_string));
    let new = NewStory {
        platform: given.platform,
        url: given.url.into_string(),
        headline: given.headline.into_string(),
        standfirst: text(given.standfirst.map(Text::into_string)),
        bylines: given.bylines.into_iter().map(Text::into_string).collect(),
        section: text(given.section.map(Text::into_string)),
        image: (!url.is_empty()).then(|| StoryImage { url, alt, ..StoryImage::default() }),
        published_at: given.published_at,
    };
    let added = room.ask(move |store, press| {
        let added = press.add_story(new).map_err(refused)?;
        let subject = format!("story {}", added.id.0);
        store.write(|db| caller.did(db, "added", &subject, &added.headline, press.now()))?;
        Story::of(press, added)
    });
    Ok((StatusCode::CREATED, Json(added.await?)))
}

/// What readers see of a story; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"headline": "The hall opens at last"}))]
pub(super) struct EditedStory {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300)]
    headline: Option<Text<1, 300>>,
    #[schema(value_type = Option<String>, max_length = 1000)]
    standfirst: Option<Text<0, 1000>>,
    #[schema(value_type = Option<String>, max_length = 100)]
    kicker: Option<Text<0, 100>>,
    /// Empty shows none.
    #[schema(value_type = Option<String>, max_length = 2000)]
    image_url: Option<Text<0, 2000>>,
    #[schema(value_type = Option<String>, max_length = 500)]
    image_alt: Option<Text<0, 500>>,
}

/// Write what readers see of a story, in every newsletter. What is approved stays as it is.
#[utoipa::path(
    patch, path = "/api/v1/stories/{id}", operation_id = "edit_story", tag = "stories", params(Which),
    request_body = EditedStory,
    responses((status = 200, description = "The story as it is now", body = Story),
              (status = 409, description = "Somebody else wrote at the same moment"))
)]
pub(super) async fn edit(
    State(room): State<Room>,
    caller: Caller,
    Place(Which { id }): Place<Which>,
    Input(given): Input<EditedStory>,
) -> Result<Json<Story>, Problem> {
    let edited = room.ask(move |store, press| {
        let Some(own) = store.read(|db| store::Story::find(db, StoryId(id)))? else { return Err(none(id).into()) };
        let seen = press.shown(own.id)?;
        let mut shown = seen.clone();
        let fields = [
            (&mut shown.headline, given.headline.map(Text::into_string)),
            (&mut shown.standfirst, given.standfirst.map(Text::into_string)),
            (&mut shown.kicker, given.kicker.map(Text::into_string)),
            (&mut shown.image_url, given.image_url.map(Text::into_string)),
            (&mut shown.image_alt, given.image_alt.map(Text::into_string)),
        ];
        for (field, given) in fields {
            if let Some(given) = given {
                *field = given;
            }
        }
        match press.rewrite(own.id, caller.name(), &shown, &seen).map_err(refused)? {
            Revised::Clash(_) => {
                Err(Problem::conflict("Somebody else wrote at the same moment. Send it again.").into())
            }
            Revised::Done => Story::of(press, own),
        }
    });
    Ok(Json(edited.await?))
}

/// What is wrong with what was written is the writer's to mend.
fn refused(error: anyhow::Error) -> anyhow::Error {
    if store::is_of_store(&error) { error } else { Problem::invalid("", format!("{error:#}")).into() }
}
