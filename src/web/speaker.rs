use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;

use super::failure::Failure;
use super::site::Site;
use crate::catalogue::Catalogue;

/// The words of the language that the browser asks for, or else the publisher's.
#[derive(Clone, Debug)]
pub(super) struct Speaker(pub Catalogue);

impl Speaker {
    pub fn of(headers: &HeaderMap, site: &Site) -> Self {
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self(site.press().catalogues().negotiate(asked, &[], &site.publisher().language))
    }
}

impl FromRequestParts<Site> for Speaker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        Ok(Self::of(&parts.headers, site))
    }
}
