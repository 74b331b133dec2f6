//! Webhooks: what mail providers post about bounces, complaints and who left.
//!
//! Owns: HTTP for them, a file each: the headers, the bounds, fetching a certificate, and that 200 means durable. Leaves
//! out: who may speak and what it means (`feedback::webhooks`). None of the pages' guards stand here: a provider is no
//! browser, and shows by a signature or a secret who it is. A request that is refused gets a line that says why, and
//! makes a line in the log once a minute at most; where there is no room, or the store is out of order, the provider is
//! told to come again.

mod failure;
mod generic;
mod mailgun;
mod postmark;
mod refusals;
mod sendgrid;
mod ses;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::time::timeout;
use url::Url;

use crate::config::{GenericHook, MailgunHook, PostmarkHook, SendGridHook, SesHook};
use crate::feedback::webhooks::Report;
use crate::mailroom::Queue;
use crate::publishing::{Content, Incoming, Press};
use crate::store::Source;
use crate::token::Keys;
use failure::Failure;
use refusals::Refusals;
use ses::Certificates;

/// Bytes of the largest request that is read. SendGrid's batches have up to a few hundred kilobytes.
const LARGEST_BODY: usize = 1024 * 1024;
/// For a request to arrive whole, be written down and be answered. The provider comes again after it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Fetches what is at a URL: the whole body of an answer that is a success, without a redirect, or why there is none.
pub type Fetch = Box<dyn Fn(Url) -> Fetching + Send + Sync>;
type Fetching = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

/// What webhooks need; one per router, clones share it.
#[derive(Clone)]
pub struct Hooks(Arc<Parts>);

struct Parts {
    press: Press,
    queue: Queue,
    certificates: Certificates,
    refusals: Refusals,
}

/// A webhook that is open.
enum Hook {
    Ses(SesHook),
    SendGrid(SendGridHook),
    Mailgun(MailgunHook),
    Postmark(PostmarkHook),
    Generic(GenericHook),
}

impl Hooks {
    /// Fails before the process has a rustls crypto provider, where Amazon's certificates have to be fetched.
    pub fn new(press: Press, queue: Queue) -> Result<Self> {
        let fetch = match press.config().hooks.ses {
            Some(_) => ses::fetch_from_internet(press.config().publisher.website.as_str())?,
            None => ses::fetch_nothing(),
        };
        Ok(Self::with_fetch(press, queue, fetch))
    }

    /// Fetches Amazon's certificates in another way than over the Internet. The rule for their URLs stays the same.
    pub fn with_fetch(press: Press, queue: Queue, fetch: Fetch) -> Self {
        let (certificates, refusals) = (Certificates::new(fetch), Refusals::default());
        Self(Arc::new(Parts { press, queue, certificates, refusals }))
    }

    fn keys(&self) -> Arc<Keys> {
        self.0.press.keys()
    }

    /// Answers once everything a request says is durable.
    async fn receive(&self, hook: &Hook, request: Request) -> Response {
        let source = hook.source();
        let received = async {
            let (headers, body) = read_whole(request, hook).await?;
            let reports = self.read(hook, &headers, &body).await?;
            let told = reports.into_iter().filter(|report| !report.feedback.is_empty());
            Ok(self.0.queue.put_all(told.map(|report| incoming(source, report)).collect()).await?)
        };
        let taken = match timeout(ANSWER_WITHIN, received).await.unwrap_or(Err(Failure::TooSlow)) {
            Ok(taken) => taken,
            Err(failure) => {
                self.0.refusals.note(source, &failure.to_string(), Instant::now());
                return failure.into_response();
            }
        };
        let known = taken.iter().filter(|taken| taken.is_known).count();
        tracing::info!(provider = %source, taken = taken.len() - known, known, "a webhook was taken in");
        format!("taken: {}, known before: {known}\n", taken.len() - known).into_response()
    }

    async fn read(&self, hook: &Hook, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Report>, Failure> {
        match hook {
            Hook::Ses(hook) => ses::read(self, hook, body).await,
            Hook::SendGrid(hook) => sendgrid::read(self, hook, headers, body),
            Hook::Mailgun(hook) => mailgun::read(self, hook, body),
            Hook::Postmark(_) => postmark::read(body),
            Hook::Generic(hook) => generic::read(self, hook, headers, body),
        }
    }
}

/// The webhooks that are configured, and nothing where none is.
pub(super) fn router(hooks: Hooks) -> Router {
    let configured = hooks.0.press.config().hooks.clone();
    let open = [
        configured.ses.map(Hook::Ses),
        configured.sendgrid.map(Hook::SendGrid),
        configured.mailgun.map(Hook::Mailgun),
        configured.postmark.map(Hook::Postmark),
        configured.generic.map(Hook::Generic),
    ];
    let mut router = Router::new();
    for hook in open.into_iter().flatten().map(Arc::new) {
        let path = format!("/hooks/{}", hook.source());
        let receive = async move |State(hooks): State<Hooks>, request: Request| hooks.receive(&hook, request).await;
        router = router.route(&path, post(receive).fallback(post_only));
    }
    router.layer(DefaultBodyLimit::max(LARGEST_BODY)).layer(from_fn(set_headers)).with_state(hooks)
}

async fn post_only() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")], "only POST is answered here\n").into_response()
}

async fn set_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A login is checked before the body is read at all.
async fn read_whole(request: Request, hook: &Hook) -> Result<(HeaderMap, Bytes), Failure> {
    let headers = request.headers().clone();
    if let Hook::Postmark(hook) = hook {
        postmark::check(hook, &headers)?;
    }
    let body =
        Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
            _ => Failure::CutOff,
        })?;
    Ok((headers, body))
}

/// The text of a header; empty where it is missing, is there twice or is no text.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default(),
        _ => "",
    }
}

fn incoming(source: Source, report: Report) -> Incoming {
    let key = format!("{source} {}", report.id).into_bytes();
    Incoming { source, key, content: Content::Reported(report.feedback) }
}

impl Hook {
    fn source(&self) -> Source {
        match self {
            Self::Ses(_) => Source::Ses,
            Self::SendGrid(_) => Source::SendGrid,
            Self::Mailgun(_) => Source::Mailgun,
            Self::Postmark(_) => Source::Postmark,
            Self::Generic(_) => Source::Generic,
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("press", &self.0.press).finish_non_exhaustive()
    }
}
