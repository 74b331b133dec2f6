use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, USER_AGENT, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite};
use tokio::time::timeout;

use super::failure::Failure;
use super::room::Room;
use crate::staff::{self, Opaque, Visitor};
use crate::store::{Member, Role, Session};
use crate::web::{Peer, client_address};

/// For a request to arrive whole and its answer to begin.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; \
                      connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
const HSTS: &str = "max-age=31536000";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Stands around every page: nothing is changed from another site, a time limit, a page for what failed, the headers of
/// rule W, a line in the log.
pub(super) async fn protect(State(room): State<Room>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    // The pattern, not the path: a token never reaches the log.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let is_page = request.headers().get(axum::http::header::ACCEPT).is_none_or(|accept| accept != "text/event-stream");
    let is_part = request.headers().contains_key("hx-request");
    let back = request.uri().path_and_query().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let is_safe = matches!(method, Method::GET | Method::HEAD);
    let mut response = if is_safe || is_from_here(request.headers(), &room) {
        let answered = timeout(ANSWER_WITHIN, next.run(request)).await;
        answered.unwrap_or_else(|_| Failure::TooSlow.into_response())
    } else {
        Failure::FromElsewhere.into_response()
    };
    if let Some(failure) = Failure::of_response(&response) {
        response = match failure {
            Failure::SignedOut if method == Method::GET && is_page && !is_part => to_sign_in(&back),
            failure => failure.page(&room),
        };
    }
    if is_part && (response.status().is_client_error() || response.status().is_server_error()) {
        // What went wrong is told above the page, which stays as it is.
        for (name, value) in [("hx-retarget", "#notice"), ("hx-reselect", "#problem"), ("hx-reswap", "innerHTML")] {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
    set_headers(&room, &mut response);
    tracing::info!(
        %method,
        route = if route.is_empty() { "none" } else { &route },
        status = response.status().as_u16(),
        milliseconds = started.elapsed().as_millis() as u64,
        "answered"
    );
    response
}

fn set_headers(room: &Room, response: &mut Response) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    // With no-referrer, browsers hide the origin of our own forms too.
    set(REFERRER_POLICY, "same-origin");
    set(ROBOTS, "noindex, nofollow");
    if room.is_https() {
        set(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers.entry(X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    // What never changes says so; a stream of numbers is kept no more than a page.
    if !headers.get(CACHE_CONTROL).is_some_and(|kept| kept.as_bytes().ends_with(b"immutable")) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
}

/// Whether a request that changes something was sent by a page of ours (rule W, CSRF): browsers say so themselves, in
/// Sec-Fetch-Site, or where the connection is not encrypted at least in Origin. Who says neither is refused.
fn is_from_here(headers: &HeaderMap, room: &Room) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return site == "same-origin";
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else { return false };
    let Some((_, authority)) = origin.split_once("://") else { return false };
    // As the browser reached us; behind a proxy that rewrites Host, by the public address.
    let is_host = headers.get(HOST).is_some_and(|host| host.as_bytes() == authority.as_bytes());
    is_host || room.press().config().web.link("").eq_ignore_ascii_case(origin)
}

fn to_sign_in(back: &str) -> Response {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", back).finish();
    see_other(&format!("/desk/sign-in?{query}"))
}

/// To another page of ours, whatever was done.
pub(super) fn see_other(path: &str) -> Response {
    // What is no header value is no path of ours either.
    let path = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/desk"));
    (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response()
}

/// A page of the desk to come back to; the first where it is none: nobody is led elsewhere (rule W, redirect).
pub(super) fn place(to: &str) -> &str {
    let is_ours = to == "/desk" || to.starts_with("/desk/") || to.starts_with("/desk?");
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours && is_plain && !to.contains("//") && !to.starts_with("/desk/sign") { to } else { "/desk" }
}

/// Who may take a route.
#[derive(Clone)]
pub(super) struct Admission {
    pub room: Room,
    pub role: Role,
}

/// Lets in who is signed in with a role that is enough, and tells the page who it is.
pub(super) async fn admit(State(admission): State<Admission>, mut request: Request, next: Next) -> Response {
    let Admission { room, role } = admission;
    let Some(secret) = secret_of(request.headers(), &room) else { return Failure::SignedOut.into_response() };
    let now = room.press().now();
    let found = room.ask(move |store, _| {
        let found = store.read(|db| staff::session(db, &secret, now))?;
        if let Some((session, _)) = found.as_ref().filter(|(session, _)| session.is_stale(now)) {
            store.write(|db| session.touch(db, now))?;
        }
        Ok(found)
    });
    match found.await {
        Ok(Some((session, member))) if member.role.may(role) => {
            request.extensions_mut().insert(Signed { member, session });
            next.run(request).await
        }
        Ok(Some(_)) => Failure::NotTheirs.into_response(),
        Ok(None) => Failure::SignedOut.into_response(),
        Err(failure) => failure.into_response(),
    }
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub member: Member,
    pub session: Session,
}

impl FromRequestParts<Room> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Room) -> Result<Self, Failure> {
        // `admit` put it there.
        parts.extensions.get::<Self>().cloned().ok_or(Failure::SignedOut)
    }
}

/// The browser at the other end.
impl FromRequestParts<Room> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, room: &Room) -> Result<Self, Failure> {
        let address = client_address(&room.press().config().web, parts.extensions.get::<Peer>(), &parts.headers);
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Ok(Self { address, agent: agent.to_owned(), session: secret_of(&parts.headers, room) })
    }
}

/// The cookie's name: over TLS one that no other host and no plain connection can have set (RFC 6265bis, `__Host-`), so
/// that nobody is given a session of somebody else's choosing.
fn cookie_name(room: &Room) -> &'static str {
    if room.is_https() { "__Host-griot" } else { "griot" }
}

fn secret_of(headers: &HeaderMap, room: &Room) -> Option<Opaque> {
    let fields = headers.get_all(COOKIE).iter().filter_map(|field| field.to_str().ok());
    let mut cookies = fields.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let found = cookies.find(|cookie| cookie.name() == cookie_name(room))?;
    Opaque::read(found.value())
}

/// Has the browser keep a session's secret, until it is closed or the session ends.
pub(super) fn with_session(mut response: Response, room: &Room, secret: &Opaque) -> Response {
    let cookie = Cookie::build((cookie_name(room), secret.as_str().to_owned()));
    put(&mut response, room, cookie.max_age(cookie::time::Duration::days(14)));
    response
}

pub(super) fn without_session(mut response: Response, room: &Room) -> Response {
    let cookie = Cookie::build((cookie_name(room), ""));
    put(&mut response, room, cookie.max_age(cookie::time::Duration::ZERO));
    response
}

fn put(response: &mut Response, room: &Room, cookie: cookie::CookieBuilder<'_>) {
    // Lax, so that the link in a letter to an editor leads to the draft.
    let cookie = cookie.path("/").http_only(true).same_site(SameSite::Lax).secure(room.is_https());
    if let Ok(value) = HeaderValue::from_str(&cookie.build().to_string()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_nobody_is_led_elsewhere() {
        for ours in ["/desk", "/desk/editions/weekly-brief/12", "/desk?done=sent", "/desk/readers?q=ama%20m"] {
            assert_eq!(place(ours), ours);
        }
        let others = [
            "",
            "/",
            "//evil.example",
            "https://evil.example",
            "/desk//evil.example",
            "/desk/\\evil",
            "/deskx",
            "/desk/a\r\nSet-Cookie: x",
            "/desk/sign-in",
            "javascript:alert(1)",
        ];
        for other in others {
            assert_eq!(place(other), "/desk", "{other:?}");
        }
    }
}
