use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// How long a page that is the same for everybody may be kept, by browsers and by what stands between.
const PUBLIC: &str = "public, max-age=300";

/// A page for one reader, or one that is not to be kept.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], rendered(template)).into_response()
}

/// A page that is the same for everybody.
pub(super) fn public_page(template: &impl Template) -> Response {
    public("text/html; charset=utf-8", rendered(template))
}

/// A document that is the same for everybody.
pub(super) fn public(content_type: &'static str, body: String) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, PUBLIC)], body).into_response()
}

pub(super) fn rendered(template: &impl Template) -> String {
    template.render().expect("a template writes to a string, and no value in it refuses to be written")
}
