use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::Which;
use crate::api::input::Place;
use crate::api::problem::Problem;
use crate::api::room::Room;

/// Mail is shown with its pictures and its inline styles, and does nothing.
const OF_MAIL: &str = "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; \
                       frame-ancestors 'none'; sandbox";

/// Show the HTML of the message as a reader sees it, with links that belong to nobody.
#[utoipa::path(
    get, path = "/api/v1/editions/{newsletter}/{number}/preview.html", operation_id = "preview_html", tag = "editions",
    params(Which),
    responses(
        (status = 200, description = "The HTML", body = String, content_type = "text/html",
         example = "<!DOCTYPE html>…"),
        (status = 409, description = "It holds no story yet"),
    )
)]
pub(in crate::api) async fn preview_html(
    State(room): State<Room>,
    Place(which): Place<Which>,
) -> Result<Response, Problem> {
    let edition = room.edition(which.newsletter, which.number).await?;
    let html = room.ask(move |_, press| press.preview_html(&edition)).await?;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, OF_MAIL)];
    Ok((headers, html).into_response())
}

/// Show the plain text of the message.
#[utoipa::path(
    get, path = "/api/v1/editions/{newsletter}/{number}/preview.txt", operation_id = "preview_text", tag = "editions",
    params(Which),
    responses(
        (status = 200, description = "The plain text", body = String, content_type = "text/plain",
         example = "THE WEEKLY BRIEF"),
        (status = 409, description = "It holds no story yet"),
    )
)]
pub(in crate::api) async fn preview_text(
    State(room): State<Room>,
    Place(which): Place<Which>,
) -> Result<Response, Problem> {
    let edition = room.edition(which.newsletter, which.number).await?;
    let text = room.ask(move |_, press| press.preview_text(&edition)).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
