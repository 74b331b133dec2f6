use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Which;
use super::shape::{Edition, Standing, told};
use crate::api::guard::Caller;
use crate::api::input::{Input, Number, Place, Text};
use crate::api::problem::Problem;
use crate::api::room::Room;
use crate::publishing::{Revised, Revision, Wish};
use crate::store::{self, EditionWords, Story, StoryId};

/// Words of a draft; what is left out stays as it is, and an empty text takes the editor's back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "The hall opens", "intro": "Good morning."}))]
pub(in crate::api) struct Words {
    #[schema(value_type = Option<String>, max_length = 200)]
    subject: Option<Text<0, 200>>,
    #[schema(value_type = Option<String>, max_length = 300)]
    preheader: Option<Text<0, 300>>,
    #[schema(value_type = Option<String>, max_length = 5000)]
    intro: Option<Text<0, 5000>>,
}

/// What is wanted of a story in the newsletter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"story": 1, "wish": "pin", "place": 1}))]
pub(in crate::api) struct NewWish {
    #[schema(inline)]
    story: Number,
    wish: WishWord,
    /// With `pin`: where it is to stand, 1 is the lead.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 255)]
    place: Option<std::num::NonZeroU8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::api) enum WishWord {
    Pin,
    Unpin,
    Drop,
    Undrop,
}

/// The stories of the brief in the order they are to stand in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stories": [2, 1]}))]
pub(in crate::api) struct Order {
    /// Each once; those left out come behind them.
    #[schema(inline, min_items = 1, max_items = 100)]
    stories: Vec<Number>,
}

/// Write the words of a draft.
#[utoipa::path(
    patch, path = "/api/v1/editions/{newsletter}/{number}", operation_id = "edit_words", tag = "editions",
    params(Which, ("If-Match" = String, Header, description = "The edition's ETag as it was read", example = "\"Wq5nJ4cCkqAb\"")),
    request_body = Words,
    responses(
        (status = 200, description = "The draft as it stands now", body = Edition,
         headers(("ETag" = String, description = "For If-Match"))),
        (status = 409, description = "It is no draft any more"),
        (status = 412, description = "Somebody else changed it meanwhile"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub(in crate::api) async fn change_words(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
    headers: HeaderMap,
    Input(given): Input<Words>,
) -> Result<Response, Problem> {
    revise(&room, caller, which, &headers, move |_, edition, _| {
        let seen = edition.words();
        let or = |given: Option<String>, known: &str| given.unwrap_or_else(|| known.to_owned());
        let words = EditionWords {
            subject: or(given.subject.map(Text::into_string), &seen.subject),
            preheader: or(given.preheader.map(Text::into_string), &seen.preheader),
            intro: or(given.intro.map(Text::into_string), &seen.intro),
        };
        if words.intro.chars().any(|one| one.is_control() && !matches!(one, '\n' | '\r')) {
            return Err(Problem::invalid("intro", "it holds a control character; leave out all but line breaks"));
        }
        Ok(Revision::Words { words, seen })
    })
    .await
}

/// Pin a story, drop it, or take either back. The draft is made again around it.
#[utoipa::path(
    post, path = "/api/v1/editions/{newsletter}/{number}/wishes", operation_id = "wish", tag = "editions",
    params(Which, ("If-Match" = String, Header, description = "The edition's ETag as it was read", example = "\"Wq5nJ4cCkqAb\"")),
    request_body = NewWish,
    responses(
        (status = 200, description = "The draft as it stands now", body = Edition,
         headers(("ETag" = String, description = "For If-Match"))),
        (status = 409, description = "It is no draft any more, or there is nothing to take back"),
        (status = 412, description = "Somebody else changed it meanwhile"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub(in crate::api) async fn wish(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
    headers: HeaderMap,
    Input(given): Input<NewWish>,
) -> Result<Response, Problem> {
    let wish = match (given.wish, given.place) {
        (WishWord::Pin, None) => Wish::Pin,
        (WishWord::Pin, Some(place)) => Wish::PinAt(place.get().into()),
        (_, Some(_)) => return Err(Problem::invalid("place", "only a pin has one")),
        (WishWord::Unpin, None) => Wish::Unpin,
        (WishWord::Drop, None) => Wish::Drop,
        (WishWord::Undrop, None) => Wish::Undrop,
    };
    let story = StoryId(given.story.0);
    revise(&room, caller, which, &headers, move |store, _, _| {
        known(store, "story", story)?;
        Ok(Revision::Wish { story, wish })
    })
    .await
}

/// Set the order of the stories: each is pinned to its place.
#[utoipa::path(
    put, path = "/api/v1/editions/{newsletter}/{number}/order", operation_id = "set_order", tag = "editions",
    params(Which, ("If-Match" = String, Header, description = "The edition's ETag as it was read", example = "\"Wq5nJ4cCkqAb\"")),
    request_body = Order,
    responses(
        (status = 200, description = "The draft as it stands now", body = Edition,
         headers(("ETag" = String, description = "For If-Match"))),
        (status = 409, description = "It is no draft any more"),
        (status = 412, description = "Somebody else changed it meanwhile"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub(in crate::api) async fn set_order(
    State(room): State<Room>,
    caller: Caller,
    Place(which): Place<Which>,
    headers: HeaderMap,
    Input(given): Input<Order>,
) -> Result<Response, Problem> {
    if !(1..=100).contains(&given.stories.len()) {
        return Err(Problem::malformed("stories", "name 1 to 100 stories"));
    }
    let wanted: Vec<StoryId> = given.stories.iter().map(|id| StoryId(id.0)).collect();
    revise(&room, caller, which, &headers, move |store, _, standing| {
        for (place, story) in wanted.iter().enumerate() {
            if wanted[..place].contains(story) {
                return Err(Problem::invalid(&format!("stories[{place}]"), "it is named twice"));
            }
            known(store, &format!("stories[{place}]"), *story)?;
        }
        Ok(Revision::Order { wanted, seen: standing.order.clone() })
    })
    .await
}

fn known(store: &store::Store, field: &str, story: StoryId) -> Result<(), Problem> {
    match store.read(|db| Story::find(db, story)).map_err(Problem::of)? {
        Some(_) => Ok(()),
        None => Err(Problem::invalid(field, format!("there is no story {}", story.0))),
    }
}

/// Changes a draft that stands as its ETag says, as `revision` makes of it.
async fn revise(
    room: &Room,
    caller: Caller,
    which: Which,
    headers: &HeaderMap,
    revision: impl FnOnce(&store::Store, &store::Edition, &Standing) -> Result<Revision, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let condition = headers.get(IF_MATCH).and_then(|tags| tags.to_str().ok()).map(ToOwned::to_owned);
    let edition = room.edition(which.newsletter, which.number).await?;
    let condition = condition.ok_or_else(Problem::no_condition)?;
    room.ask(move |store, press| {
        let standing = Standing::of(press, &edition)?;
        let is_met = condition.trim() == "*" || condition.split(',').any(|tag| tag.trim() == standing.tag);
        if !is_met {
            return Err(Problem::changed().into());
        }
        let revision = revision(store, &edition, &standing)?;
        // What is changed between the two is a clash of what was seen.
        match press.revise(&edition, caller.name(), &revision)? {
            Revised::Clash(_) => Err(Problem::changed().into()),
            Revised::Done => told(press, &press.edition(&edition.name.to_string())?),
        }
    })
    .await
}
