//! Editions: where they stand, what they hold, changing a draft, and letting one go out.

mod change;
mod preview;
mod results;
mod shape;
mod steps;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Asked, Limit, Place, number};
use super::problem::Problem;
use super::room::Room;
use crate::store::{self, DeliveryCounts};
use shape::{Account, Editions};

pub(super) use change::{__path_change_words, __path_set_order, __path_wish, change_words, set_order, wish};
pub(super) use preview::{__path_preview_html, __path_preview_text, preview_html, preview_text};
pub(super) use results::{__path_results, results};
pub(super) use shape::{Edition, told};
pub(super) use steps::{
    __path_approve, __path_cancel, __path_pause, __path_resume, __path_schedule, __path_send, approve, cancel, pause,
    resume, schedule, send,
};

/// The edition of a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    /// The newsletter's id.
    #[param(example = "weekly-brief", min_length = 1)]
    newsletter: String,
    /// The edition's number.
    #[param(example = 1, minimum = 1, maximum = 4294967295i64)]
    number: u32,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Only those of this newsletter.
    #[param(example = "weekly-brief")]
    newsletter: Option<String>,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 9007199254740991i64, example = 12)]
    cursor: Option<i64>,
    /// How many a page holds.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 50)]
    limit: Limit,
}

/// List editions, the newest first.
#[utoipa::path(
    get, path = "/api/v1/editions", operation_id = "list_editions", tag = "editions", params(Filter),
    responses((status = 200, description = "A page of editions, each with its account", body = Editions))
)]
pub(super) async fn list(State(room): State<Room>, Asked(filter): Asked<Filter>) -> Result<Json<Editions>, Problem> {
    let page = room.ask(move |store, press| {
        let before = filter.cursor.unwrap_or(i64::MAX);
        store.read(|db| {
            // One more than is shown tells whether there is another page.
            let limit = filter.limit.0;
            let found = store::Edition::page(db, filter.newsletter.as_deref(), before, limit as u32 + 1)?;
            let next = if found.len() > limit { found.get(limit - 1).map(|last| last.id.0) } else { None };
            let account = |edition: &store::Edition| {
                Ok(Account::of(edition, &DeliveryCounts::load(db, edition.id)?, press.now()))
            };
            let editions = found.iter().take(limit).map(account).collect::<anyhow::Result<_>>()?;
            Ok(Editions { editions, next })
        })
    });
    Ok(Json(page.await?))
}

/// Show an edition with its account, its words and its stories.
#[utoipa::path(
    get, path = "/api/v1/editions/{newsletter}/{number}", operation_id = "get_edition", tag = "editions", params(Which),
    responses((status = 200, description = "The edition", body = Edition,
               headers(("ETag" = String, description = "For If-Match"))))
)]
pub(super) async fn show(State(room): State<Room>, Place(which): Place<Which>) -> Result<Response, Problem> {
    let edition = room.edition(which.newsletter, which.number).await?;
    room.ask(move |_, press| told(press, &edition)).await
}
