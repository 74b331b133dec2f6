use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::site::Site;
use crate::store::{Edition, EditionId};

/// For monitors: `ok` where the store answers, status 503 where it does not.
pub(super) async fn show(State(site): State<Site>) -> Response {
    match site.ask(|store, _| store.read(|db| Edition::find(db, EditionId(0)))).await {
        Ok(_) => "ok\n".into_response(),
        Err(failure) => failure.into_response(),
    }
}
