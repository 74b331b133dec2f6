use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};

use super::site::Site;
use crate::catalogue::Catalogue;
use crate::templates::Page;

/// How long a page that is the same for everybody may be kept, by browsers and by what stands between.
const PUBLIC: &str = "public, max-age=300";

impl Site {
    /// A page for one reader, or one that is not to be kept.
    pub fn page(&self, status: StatusCode, page: &impl Page) -> Response {
        (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], self.press().templates().render(page)).into_response()
    }

    /// A page that is the same for everybody who speaks its language.
    pub fn public_page(&self, words: &Catalogue, page: &impl Page) -> Response {
        let mut response = public("text/html; charset=utf-8", self.press().templates().render(page));
        response.headers_mut().insert(VARY, axum::http::HeaderValue::from_static("Accept-Language"));
        if let Ok(language) = words.language().as_str().parse() {
            response.headers_mut().insert(CONTENT_LANGUAGE, language);
        }
        response
    }
}

/// A document that is the same for everybody.
pub(super) fn public(content_type: &'static str, body: String) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, PUBLIC)], body).into_response()
}

pub(super) fn rendered(template: &impl Template) -> String {
    template.render().expect("a template writes to a string, and no value in it refuses to be written")
}
