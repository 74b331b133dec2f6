use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Which;
use crate::address::EmailAddress;
use crate::desk::failure::Failure;
use crate::desk::guard::Signed;
use crate::desk::room::Room;
use crate::store::Role;

/// How a brief is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum As {
    #[default]
    Day,
    /// As mail programs show it that are dark.
    Night,
    /// Without its pictures, as many first show it.
    Bare,
    /// The plain text.
    Text,
    /// As one reader gets it, with the platforms they chose.
    Reader,
}

#[derive(Debug, Deserialize)]
pub(in crate::desk) struct Wanted {
    #[serde(default, rename = "as")]
    how: As,
    /// Whose it is, where it is a reader's.
    #[serde(default)]
    email: String,
}

/// The brief as it will look, to stand in a frame of the edition's page.
pub(in crate::desk) async fn preview(
    State(room): State<Room>,
    signed: Signed,
    Path(Which { newsletter, number }): Path<Which>,
    Query(Wanted { how, email }): Query<Wanted>,
) -> Result<Response, Failure> {
    // Which addresses there are is nobody else's business.
    if how == As::Reader && !signed.member.role.may(Role::Operator) {
        return Err(Failure::NotTheirs);
    }
    let edition = room.edition(newsletter, number).await?;
    let looked_at = room.ask(move |_, press| match how {
        As::Text => press.preview_text(&edition),
        As::Reader => press.preview_for(&edition, &EmailAddress::parse(email.trim())?),
        As::Day | As::Night | As::Bare => press.preview_html(&edition),
    });
    let body = looked_at.await?;
    let (kind, body) = match how {
        As::Text => ("text/plain; charset=utf-8", body),
        As::Night => ("text/html; charset=utf-8", in_scheme(&body, "all")),
        As::Day | As::Bare | As::Reader => ("text/html; charset=utf-8", in_scheme(&body, "not all")),
    };
    Ok(in_frame(&room, kind, body, how != As::Bare))
}

/// A brief by day, to stand in a frame of one of the desk's pages.
pub(in crate::desk) fn brief_in_frame(room: &Room, html: &str) -> Response {
    in_frame(room, "text/html; charset=utf-8", in_scheme(html, "not all"), true)
}

/// What is framed runs no scripts, and loads nothing but pictures.
fn in_frame(room: &Room, kind: &'static str, body: String, shows_images: bool) -> Response {
    // The demo's pictures come from this very machine.
    let local =
        if room.press().config().web.public_url.is_loopback() { " http://127.0.0.1:* http://localhost:*" } else { "" };
    let images = if shows_images { format!(" img-src 'self' https:{local};") } else { String::new() };
    let policy = format!(
        "default-src 'none';{images} style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin"
    );
    let headers = [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, policy.as_str()), (X_FRAME_OPTIONS, "SAMEORIGIN")];
    (headers, body).into_response()
}

/// Has the dark rules of a brief hold always or never, whatever the browser of who looks at it prefers.
fn in_scheme(html: &str, media: &str) -> String {
    html.replace("(prefers-color-scheme:dark)", media).replace("(prefers-color-scheme: dark)", media)
}
