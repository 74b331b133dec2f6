//! Over the network: one feed, one answer.

use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::RetryAfter;
use super::guarded_client::{Guard, GuardedClient, root_cause};
use crate::config::host_and_port;

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, \
                      application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";
/// Longest validator that is kept, in bytes.
const MAX_VALIDATOR: usize = 1_000;

/// Fetches feeds: politely, within bounds, and from the public Internet only unless told otherwise (rule W: SSRF).
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: GuardedClient,
    pub(super) limits: FetchLimits,
}

/// What to ask for, with the validators of the last answer (RFC 9110 §13.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    pub url: Url,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What came of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchOutcome {
    Fresh(Box<Fetched>),
    NotModified,
    /// 410: the publisher took the feed away for good.
    Gone,
    /// 429 or 503: the server asks for patience.
    RetryLater {
        after: RetryAfter,
        reason: String,
    },
    /// `reason` names the host, the cause and, where there is one, the next step.
    Failed {
        reason: String,
    },
}

/// The bytes of a feed and what its server said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Decoded (gzip, brotli), at most [`FetchLimits::bytes`].
    pub bytes: Vec<u8>,
    pub content_type: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Where the bytes came from, after redirects: the base of relative URLs.
    pub final_url: Url,
    pub headers: HeaderMap,
    /// The address to ask from now on; set only when every hop of the way was permanent (301 or 308).
    pub moved_permanently_to: Option<Url>,
}

/// Bounds of one fetch (rule W: SSRF).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// Of the decoded body.
    pub bytes: usize,
    /// From the first look-up to the last byte, all redirects included.
    pub time: Duration,
    pub redirects: usize,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { bytes: 10 * 1024 * 1024, time: Duration::from_secs(30), redirects: 5 }
    }
}

impl Fetcher {
    /// Makes a fetcher that names `website` to the servers it asks; with `allow_private` it may reach addresses that are
    /// not on the public Internet.
    ///
    /// Fails before the process has a rustls crypto provider, and where `website` can't stand in a header.
    pub fn new(website: &str, limits: FetchLimits, allow_private: bool) -> anyhow::Result<Self> {
        Self::guarded_by(Guard::new(allow_private, "[feeds]"), website, limits)
    }

    fn guarded_by(guard: Guard, website: &str, limits: FetchLimits) -> anyhow::Result<Self> {
        Ok(Self { client: GuardedClient::guarded_by(guard, website)?, limits })
    }

    /// Fetches a feed, following redirects by hand so that each is checked.
    pub async fn fetch(&self, request: FetchRequest) -> FetchOutcome {
        let host = host_and_port(&request.url);
        let seconds = self.limits.time.as_secs_f32();
        let in_time = tokio::time::timeout(self.limits.time, self.follow(request)).await;
        in_time.unwrap_or_else(|_| failed(&host, &format!("it took longer than {seconds} seconds")))
    }

    async fn follow(&self, request: FetchRequest) -> FetchOutcome {
        let mut url = request.url.clone();
        let mut is_permanent = true;
        for hop in 0..=self.limits.redirects {
            let response = match self.ask(&url, &request).await {
                Ok(response) => response,
                Err(reason) => return failed(&host_and_port(&url), &reason),
            };
            let status = response.status();
            let Some(location) = redirect_location(&response) else {
                let moved_to = Some(url.clone()).filter(|_| is_permanent && hop > 0);
                return self.outcome(response, url, is_permanent, moved_to).await;
            };
            is_permanent &= matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
            url = match url.join(&location) {
                Ok(next) => next,
                Err(error) => return failed(&host_and_port(&url), &format!("it redirects to no URL: {error}")),
            };
        }
        failed(&host_and_port(&request.url), &format!("it redirects more than {} times", self.limits.redirects))
    }

    /// Sends one request; the error says why there is no answer.
    async fn ask(&self, url: &Url, request: &FetchRequest) -> Result<Response, String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        let validators = [(header::IF_NONE_MATCH, &request.etag), (header::IF_MODIFIED_SINCE, &request.last_modified)];
        for (name, value) in validators {
            // One that can't be sent costs a download, no more.
            if let Some(Ok(value)) = value.as_deref().map(HeaderValue::from_str) {
                headers.insert(name, value);
            }
        }
        self.send(Method::GET, url, headers).await
    }

    /// Sends a request where it may go, and nowhere else.
    pub(super) async fn send(&self, method: Method, url: &Url, headers: HeaderMap) -> Result<Response, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("only http and https are fetched, not {}", url.scheme()));
        }
        self.client.send(method, url, headers, String::new()).await
    }

    async fn outcome(&self, response: Response, url: Url, is_permanent: bool, moved_to: Option<Url>) -> FetchOutcome {
        let host = host_and_port(&url);
        let status = response.status();
        match status {
            StatusCode::NOT_MODIFIED => FetchOutcome::NotModified,
            // Behind a detour that may be taken back, nothing is gone for good.
            StatusCode::GONE if is_permanent => FetchOutcome::Gone,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => FetchOutcome::RetryLater {
                after: RetryAfter::of(response.headers()),
                reason: format!("{host}: it answered {status}"),
            },
            _ if status.is_success() => {
                let said = |name| header_text(&response, name);
                let short = |value: &String| value.len() <= MAX_VALIDATOR;
                let content_type = said(header::CONTENT_TYPE);
                let (etag, last_modified) = (said(header::ETAG), said(header::LAST_MODIFIED));
                let headers = response.headers().clone();
                match self.read(response).await {
                    Ok(bytes) => FetchOutcome::Fresh(Box::new(Fetched {
                        bytes,
                        content_type,
                        etag: etag.filter(short),
                        last_modified: last_modified.filter(short),
                        final_url: url,
                        headers,
                        moved_permanently_to: moved_to,
                    })),
                    Err(reason) => failed(&host, &reason),
                }
            }
            _ => failed(&host, &format!("it answered {status}")),
        }
    }

    /// Reads a body as it is decoded, so that neither an endless one nor a bomb is ever held whole.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| root_cause(&error))? {
            if bytes.len() + chunk.len() > self.limits.bytes {
                return Err(format!("it is larger than {} bytes", self.limits.bytes));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn failed(host: &str, reason: &str) -> FetchOutcome {
    FetchOutcome::Failed { reason: format!("{host}: {reason}") }
}

pub(super) fn redirect_location(response: &Response) -> Option<String> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    if is_redirect { header_text(response, header::LOCATION) } else { None }
}

fn header_text(response: &Response, name: HeaderName) -> Option<String> {
    // Locations and types in raw UTF-8 are out there.
    let text = String::from_utf8_lossy(response.headers().get(name)?.as_bytes()).trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Redirects must not lead where the first URL could not: here all but one address count as private.
    #[tokio::test]
    async fn w_ssrf_checks_the_address_of_every_redirect() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        for target in
            ["http://127.0.0.2:9/", "http://[::1]:9/", "http://2130706434/", "http://0x7f.2/", "file:///etc/passwd"]
        {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let url = Url::parse(&format!("http://{}/feed", listener.local_addr().unwrap())).unwrap();
            let server = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await.unwrap();
                let answer = format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            });
            let only_one = Guard { is_allowed: |address| address == IpAddr::V4(Ipv4Addr::LOCALHOST), table: "[feeds]" };
            let fetcher = Fetcher::guarded_by(only_one, "https://example.org", FetchLimits::default()).unwrap();
            let outcome = fetcher.fetch(FetchRequest { url, etag: None, last_modified: None }).await;
            server.await.unwrap();
            let FetchOutcome::Failed { reason } = outcome else { panic!("{target} was fetched") };
            assert!(reason.contains("not on the public Internet") || reason.contains("only http"), "{reason}");
        }
    }
}
