use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::failure::Failure;
use super::site::Site;
use crate::store::Picture;

/// A picture that an editor brought in. What stands under its name never changes.
pub(super) async fn show(State(site): State<Site>, Path(name): Path<String>) -> Result<Response, Failure> {
    let digest = name.strip_suffix(".jpg").ok_or(Failure::NoSuchPage)?.to_owned();
    let found = site.ask(move |store, _| store.read(|db| Picture::find(db, &digest))).await?;
    let picture = found.ok_or(Failure::NoSuchPage)?;
    let headers = [(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, picture.jpeg).into_response())
}
