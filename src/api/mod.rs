//! The API: what programs do with readers, editions, stories and results, at `/api/v1`, in JSON.
//!
//! Owns: its routes with the scope each needs ([`routes`]), tokens as requests bear them, what is read of a request and
//! how it is refused (RFC 9457), and the document that tells all that (OpenAPI 3.1). Leaves out: what the routes set in
//! motion, which `publishing` and the store do, and which tokens there are, which `staff` knows.
//!
//! Only a token opens it: no cookie is looked at, and no page of another site may read an answer.
//!
//! **To add a route**: a handler with `#[utoipa::path]`, and its line in `table` with the scope it needs. The path, the
//! method and the document come from the one attribute; what every route can answer is added by the table.

mod document;
mod editions;
mod events;
mod guard;
mod input;
mod newsletters;
mod problem;
mod room;
mod stories;
mod subscribers;
mod suppressions;
mod table;

use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get};
use axum::{Router, middleware};

use crate::publishing::Press;
use crate::store::Scope;
use room::Room;
use table::Table;

pub use table::Known;

/// Where the document is, for who writes a client.
pub const DOCUMENT: &str = "/api/v1/openapi.json";
/// Bytes of the largest body that is read: an intro.
const LARGEST_BODY: usize = 128 * 1024;

/// Every route of the API, protected.
pub fn router(press: Press) -> Router {
    let room = Room::new(press);
    let Table { router, document, .. } = table(&room);
    router
        .route(DOCUMENT, get(async move || document::answer(&document)))
        .route("/api", any(guard::no_such_route))
        .route("/api/{*other}", any(guard::no_such_route))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(room.clone(), guard::protect))
        .with_state(room)
}

/// Every route with the scope it needs.
pub fn routes(press: Press) -> Vec<Known> {
    table(&Room::new(press)).known
}

fn table(room: &Room) -> Table {
    Table::new(room)
        .add(newsletters::__path_list, Scope::EditionsRead, newsletters::list)
        .add(newsletters::__path_draft, Scope::EditionsWrite, newsletters::draft)
        .add(editions::__path_list, Scope::EditionsRead, editions::list)
        .add(editions::__path_show, Scope::EditionsRead, editions::show)
        .add(editions::__path_preview_html, Scope::EditionsRead, editions::preview_html)
        .add(editions::__path_preview_text, Scope::EditionsRead, editions::preview_text)
        .add(editions::__path_results, Scope::ResultsRead, editions::results)
        .add(editions::__path_change_words, Scope::EditionsWrite, editions::change_words)
        .add(editions::__path_wish, Scope::EditionsWrite, editions::wish)
        .add(editions::__path_set_order, Scope::EditionsWrite, editions::set_order)
        .add(editions::__path_approve, Scope::EditionsSend, editions::approve)
        .add(editions::__path_schedule, Scope::EditionsSend, editions::schedule)
        .add(editions::__path_send, Scope::EditionsSend, editions::send)
        .add(editions::__path_pause, Scope::EditionsSend, editions::pause)
        .add(editions::__path_resume, Scope::EditionsSend, editions::resume)
        .add(editions::__path_cancel, Scope::EditionsSend, editions::cancel)
        .add(subscribers::__path_list, Scope::SubscribersRead, subscribers::list)
        .add(subscribers::__path_show, Scope::SubscribersRead, subscribers::show)
        .add(subscribers::__path_add, Scope::SubscribersWrite, subscribers::add)
        .add(subscribers::__path_rename, Scope::SubscribersWrite, subscribers::rename)
        .add(subscribers::__path_end, Scope::SubscribersWrite, subscribers::end)
        .add(subscribers::__path_erase, Scope::SubscribersWrite, subscribers::erase)
        .add(suppressions::__path_list, Scope::SubscribersRead, suppressions::list)
        .add(suppressions::__path_add, Scope::SubscribersWrite, suppressions::add)
        .add(suppressions::__path_remove, Scope::SubscribersWrite, suppressions::remove)
        .add(stories::__path_list, Scope::StoriesRead, stories::list)
        .add(stories::__path_show, Scope::StoriesRead, stories::show)
        .add(stories::__path_add, Scope::StoriesWrite, stories::add)
        .add(stories::__path_edit, Scope::StoriesWrite, stories::edit)
        .add(events::__path_list, Scope::StoriesRead, events::list)
}
