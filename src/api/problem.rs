use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Scope, is_of_store};

pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not answered as it was meant (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:griot:problem:invalid", "title": "Something in the request can't be used", "status": 422,
    "detail": "email: there is no @", "errors": [{"field": "email", "detail": "there is no @"}]
}))]
pub(super) struct Problem {
    /// What kind of problem it is, for programs.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    kind: String,
    /// The same for people.
    title: String,
    status: u16,
    /// What happened this time, and the next step.
    detail: String,
    /// The fields that have to be mended, if it is theirs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// Where it stands in the body, the query or the headers, such as `stories[2]`.
    field: String,
    detail: String,
}

impl Problem {
    fn new(kind: &str, title: &str, status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:griot:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new("not-found", "There is no such thing", StatusCode::NOT_FOUND, what)
    }

    pub fn no_token() -> Self {
        let detail = "Send a good token, as `Authorization: Bearer …`; `griot desk token add` makes one.";
        Self::new("no-token", "No token opens this", StatusCode::UNAUTHORIZED, detail)
    }

    pub fn no_scope(needed: Scope) -> Self {
        let detail = format!("This needs a token with the scope {needed}.");
        Self::new("no-scope", "This token does not open that", StatusCode::FORBIDDEN, detail)
    }

    pub fn too_many(seconds: u64) -> Self {
        let detail = format!("Wait {seconds} s, then go on more slowly.");
        let title = "Too many requests with this token";
        Self { retry_after: Some(seconds), ..Self::new("too-many", title, StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// The request is not made as the document says.
    pub fn malformed(field: &str, detail: impl Into<String>) -> Self {
        Self::of_field(
            "malformed",
            "The request is not made as the document says",
            StatusCode::BAD_REQUEST,
            field,
            detail,
        )
    }

    /// The request is well made, but a value in it can't be used.
    pub fn invalid(field: &str, detail: impl Into<String>) -> Self {
        let title = "Something in the request can't be used";
        Self::of_field("invalid", title, StatusCode::UNPROCESSABLE_ENTITY, field, detail)
    }

    fn of_field(kind: &str, title: &str, status: StatusCode, field: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let told = if field.is_empty() { detail.clone() } else { format!("{field}: {detail}") };
        let errors = if field.is_empty() { Vec::new() } else { vec![FieldProblem { field: field.to_owned(), detail }] };
        Self { errors, ..Self::new(kind, title, status, told) }
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new("conflict", "That can't be done as things stand", StatusCode::CONFLICT, detail)
    }

    pub fn changed() -> Self {
        let detail = "It was changed since it was read. Read it again, and send the change with its new ETag.";
        Self::new("changed", "Somebody else changed it meanwhile", StatusCode::PRECONDITION_FAILED, detail)
    }

    pub fn no_condition() -> Self {
        let detail = "Send the ETag of the edition as it was read in If-Match.";
        let title = "It is not said what the change was made of";
        Self::new("no-condition", title, StatusCode::PRECONDITION_REQUIRED, detail)
    }

    pub fn no_json() -> Self {
        let detail = "Send JSON, and say so in Content-Type: application/json.";
        Self::new("no-json", "The body is not JSON", StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    pub fn too_large() -> Self {
        let detail = "Nothing was changed. Send less at once: a body holds at most 128 KB.";
        Self::new("too-large", "The body is too large", StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    pub fn too_slow() -> Self {
        let detail = "Ask again to see what was done.";
        Self::new("too-slow", "That took too long", StatusCode::REQUEST_TIMEOUT, detail)
    }

    pub fn wrong_method() -> Self {
        let detail = "The header Allow tells what can be done here.";
        Self::new("wrong-method", "That can't be done here", StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    fn broken() -> Self {
        let detail = "Nothing was changed. Try again; if it stays so, the log says why.";
        let broken = Self::new("broken", "The store did not answer", StatusCode::SERVICE_UNAVAILABLE, detail);
        Self { retry_after: Some(10), ..broken }
    }

    /// What an error of the work behind a route comes to: the store's are logged here and nowhere else, all others are
    /// sentences for who asked.
    pub fn of(error: anyhow::Error) -> Self {
        if is_of_store(&error) {
            tracing::error!("a request to the API could not be answered: {error:#}");
            return Self::broken();
        }
        match error.downcast::<Self>() {
            Ok(problem) => problem,
            Err(error) => Self::conflict(format!("{error:#}")),
        }
    }
}

/// So that work on the store can end in one.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Its strings and numbers can all be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let mut response = (status, [(CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"griot\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
