use axum::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

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

/// A document that is the same for everybody. Who has it already is not sent it again: see [`is_known`].
pub(super) fn public(content_type: &'static str, body: String) -> Response {
    let tag = format!("\"{}\"", HEXLOWER.encode(&Sha256::digest(&body)[..12]));
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, PUBLIC), (ETAG, tag.as_str())], body).into_response()
}

/// Whether a request names what would be answered as what it has (RFC 9110 §13.1.2).
pub(super) fn is_known(asked: &HeaderMap, answer: &Response) -> bool {
    let Some(tag) = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok()) else { return false };
    let mut known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_it = |known: &str| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag;
    answer.status() == StatusCode::OK && known.any(|list| list.split(',').any(|one| is_it(one.trim())))
}
