use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::failure::Failure;

/// The fields of a form, in the order they came. A mail program may send them urlencoded or as multipart/form-data
/// (RFC 8058 §3.1); a body of no declared type is read as the former.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of this name, without white space at its ends.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// The first value of this name as it was sent: white space at the ends of a password is part of it.
    pub fn get_whole(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of this name, in their order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let content_type = request.headers().get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
        if !content_type.is_some_and(|value| value.starts_with(b"multipart/form-data")) {
            let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
            return Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()));
        }
        let mut parts =
            Multipart::from_request(request, state).await.map_err(|_| Failure::NothingChosen.into_response())?;
        let mut fields = Vec::new();
        while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
            let name = part.name().unwrap_or_default().to_owned();
            fields.push((name, part.text().await.map_err(IntoResponse::into_response)?));
        }
        Ok(Self(fields))
    }
}
