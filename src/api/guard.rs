use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::problem::{PROBLEM_JSON, Problem};
use super::room::Room;
use crate::staff::{self, Opaque};
use crate::store::{ApiToken, AuditEntry, Db, Scope};

/// For a request to arrive whole and its answer to begin.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// An answer that a browser is led to does nothing there, and is shown in no frame.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Stands around every route: a time limit, a problem document for what the router refused, the headers of rule W, a line
/// in the log.
pub(super) async fn protect(State(room): State<Room>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    // The pattern, not the path: an address never reaches the log.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let answered = timeout(ANSWER_WITHIN, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| Problem::too_slow().into_response());
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = response.headers_mut().remove(ALLOW);
        response = Problem::wrong_method().into_response();
        response.headers_mut().extend(allowed.map(|allowed| (ALLOW, allowed)));
    }
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    if room.press().config().web.public_url.is_https() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    debug_assert!(
        !(response.status().is_client_error() || response.status().is_server_error())
            || response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON),
        "{route} refused without saying why"
    );
    tracing::info!(
        %method,
        route = if route.is_empty() { "none" } else { &route },
        status = response.status().as_u16(),
        milliseconds = started.elapsed().as_millis() as u64,
        "answered"
    );
    response
}

pub(super) async fn no_such_route() -> Problem {
    Problem::not_found("There is no such route; /api/v1/openapi.json tells those there are.")
}

/// Which token may take a route.
#[derive(Clone)]
pub(super) struct Admission {
    pub room: Room,
    pub scope: Scope,
}

/// Lets in who bears a good token with the scope, not too often, and tells the route whose it is.
pub(super) async fn admit(State(admission): State<Admission>, mut request: Request, next: Next) -> Response {
    let Admission { room, scope } = admission;
    let Some(secret) = secret_of(request.headers()) else { return Problem::no_token().into_response() };
    let found = room.ask(move |store, press| staff::token(store, &secret, press.now())).await;
    let token = match found {
        Ok(Some(token)) => token,
        Ok(None) => return Problem::no_token().into_response(),
        Err(problem) => return problem.into_response(),
    };
    if let Err(wait) = room.take(token.id) {
        return Problem::too_many(wait.as_secs() + 1).into_response();
    }
    if !token.scopes.contains(&scope) {
        return Problem::no_scope(scope).into_response();
    }
    request.extensions_mut().insert(Caller::of(&token));
    next.run(request).await
}

fn secret_of(headers: &HeaderMap) -> Option<Opaque> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let (scheme, secret) = field.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Opaque::read(secret.trim()) } else { None }
}

/// Who asks, as the record of who did what has it.
#[derive(Clone, Debug)]
pub(super) struct Caller(String);

impl Caller {
    /// Never to be taken for somebody of staff who has the same name.
    fn of(token: &ApiToken) -> Self {
        Self(format!("token {}", token.name))
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// Writes down what was done.
    pub fn did(
        &self,
        db: &Db,
        action: &str,
        subject: &str,
        detail: &str,
        now: chrono::DateTime<chrono::Utc>,
    ) -> anyhow::Result<()> {
        AuditEntry::add(db, &self.0, action, subject, detail, now)
    }
}

impl FromRequestParts<Room> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Room) -> Result<Self, Problem> {
        // `admit` put it there.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::no_token)
    }
}
