use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// What the demo's own pages may do: show pictures of the press, frame a message, post an unsubscribe; run nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; \
                      form-action http: https:; base-uri 'none'; frame-ancestors 'self'";

/// A page, or 500 with the cause where its template fails.
pub fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("This page could not be put together: {error}.\n"))
            .into_response(),
    }
}

#[derive(Template)]
#[template(path = "demo/missing.html")]
struct Missing<'a> {
    what: &'a str,
}

/// 404 with a page that says what is not there.
pub fn missing(what: &str) -> Response {
    (StatusCode::NOT_FOUND, page(&Missing { what })).into_response()
}
