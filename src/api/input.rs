//! What is read of a request: strictly, so that what is mistyped is refused and never guessed at.

use std::ops::Deref;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;

/// A JSON body. What is wrong with it names the field.
#[derive(Debug)]
pub(super) struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::no_json());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let read = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| malformed(&error.path().to_string(), &error.inner().to_string()))?;
        json.end().map_err(|error| Problem::malformed("", error.to_string()))?;
        Ok(Self(read))
    }
}

/// Names the field that can't be read, or that is missing where it should stand.
fn malformed(path: &str, cause: &str) -> Problem {
    let path = if path == "." { "" } else { path };
    let missing = cause.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    match missing {
        Some((name, _)) if path.is_empty() => Problem::malformed(name, "it is missing"),
        Some((name, _)) => Problem::malformed(&format!("{path}.{name}"), "it is missing"),
        None => Problem::malformed(path, cause),
    }
}

fn unread(rejection: BytesRejection) -> Problem {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::malformed("", "the body did not arrive whole"),
    }
}

/// The fields of a query.
#[derive(Debug)]
pub(super) struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
            if names.iter().any(|known| *known == name) {
                return Err(Problem::malformed(&name, "it is given more than once"));
            }
            names.push(name.into_owned());
        }
        let read = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(
            query.as_bytes(),
        )));
        read.map(Self).map_err(|error| malformed(&error.path().to_string(), &error.inner().to_string()))
    }
}

/// The places of a path. What can't be read names nothing that exists.
#[derive(Debug)]
pub(super) struct Place<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Place<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::<T>::from_request_parts(parts, state).await;
        read.map(|Path(read)| Self(read)).map_err(|_| Problem::not_found("There is nothing at this address."))
    }
}

/// A text of so many characters at least and at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<const LEAST: usize, const MOST: usize>(String);

impl<const LEAST: usize, const MOST: usize> Text<LEAST, MOST> {
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const LEAST: usize, const MOST: usize> Deref for Text<LEAST, MOST> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const LEAST: usize, const MOST: usize> Deserialize<'de> for Text<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.chars().count() {
            many if many < LEAST => Err(Error::custom(format!("it has fewer than {LEAST} characters"))),
            many if many > MOST => Err(Error::custom(format!("it has more than {MOST} characters"))),
            _ => Ok(Self(text)),
        }
    }
}

/// Told where it stands: there is no name for each pair of lengths.
impl<const LEAST: usize, const MOST: usize> PartialSchema for Text<LEAST, MOST> {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        text.min_length(Some(LEAST)).max_length(Some(MOST)).into()
    }
}

impl<const LEAST: usize, const MOST: usize> ToSchema for Text<LEAST, MOST> {}

/// The largest whole number that every JSON reader gets right (RFC 8259 §6).
const LARGEST: i64 = 9_007_199_254_740_991;

/// The number of something of ours: from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(pub i64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            number @ 1..=LARGEST => Ok(Self(number)),
            number => Err(Error::custom(format!("{number} is no number from 1 to {LARGEST}"))),
        }
    }
}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
        number.minimum(Some(1)).maximum(Some(LARGEST)).into()
    }
}

impl ToSchema for Number {}

/// How many things a page holds: 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(many @ 1..=200) => Ok(Self(many)),
            _ => Err(Error::custom(format!("{text:?} is no number from 1 to 200"))),
        }
    }
}

/// A number of ours in a query, above 0.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(number @ 1..=LARGEST) => Ok(Some(number)),
        _ => Err(Error::custom(format!("{text:?} is no cursor; take it from `next` of the page before"))),
    }
}
