//! Whether a link leads somewhere: asked for politely, and nothing of it is kept.

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use url::Url;

use super::fetch::{Fetcher, redirect_location};
use crate::config::host_and_port;

const ACCEPT: &str = "text/html, application/xhtml+xml, */*;q=0.8";
/// What LinkedIn answers to whoever is no browser.
const NO_ROBOTS: u16 = 999;

/// What is found where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkAnswer {
    Well,
    /// 404 or 410, with these words.
    Gone(String),
    /// The site wants a login, or lets no program look: it says nothing of whether the page is there.
    Refused(String),
    /// It asks for patience. No more should be asked of its host for a while.
    Busy(String),
    /// Nobody answers, or with an error, or it may not be asked. The words name the host.
    Failing(String),
}

impl Fetcher {
    /// Looks where a link leads, following redirects so that each is checked.
    ///
    /// It is asked for its head. Some answer that wrongly who show the page well, so nothing is called dead on that word
    /// alone: what is not well by its head is asked for once more as a browser does, and the body dropped.
    pub async fn look(&self, url: &Url) -> LinkAnswer {
        let seconds = self.limits.time.as_secs_f32();
        let in_time = tokio::time::timeout(self.limits.time, self.look_along(url.clone())).await;
        in_time.unwrap_or_else(|_| {
            LinkAnswer::Failing(format!("{} did not answer within {seconds} seconds", host_and_port(url)))
        })
    }

    async fn look_along(&self, mut url: Url) -> LinkAnswer {
        let host = host_and_port(&url);
        if url.host_str().is_some_and(is_an_example) {
            return LinkAnswer::Refused(format!("{host} is a name for examples and is not asked"));
        }
        for _ in 0..=self.limits.redirects {
            let mut answer = self.send(Method::HEAD, &url, headers()).await;
            if answer.as_ref().is_ok_and(|response| is_to_be_asked_again(response.status())) {
                answer = self.send(Method::GET, &url, headers()).await;
            }
            let response = match answer {
                Ok(response) => response,
                Err(reason) => return LinkAnswer::Failing(format!("{}: {reason}", host_and_port(&url))),
            };
            let Some(location) = redirect_location(&response) else { return judged(response.status(), &url) };
            url = match url.join(&location) {
                Ok(next) => next,
                Err(error) => {
                    return LinkAnswer::Failing(format!("{} redirects to no URL: {error}", host_and_port(&url)));
                }
            };
        }
        LinkAnswer::Failing(format!("{host} redirects more than {} times", self.limits.redirects))
    }
}

/// RFC 2606: names that manuals and made-up publishers use. Whose they are wants no visits for it.
fn is_an_example(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    let (top, second) = (labels.next(), labels.next());
    matches!((top, second), (Some("test" | "example" | "invalid"), _) | (Some("com" | "net" | "org"), Some("example")))
}

fn headers() -> HeaderMap {
    HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(ACCEPT))])
}

/// Not where another request is what the site does not want.
fn is_to_be_asked_again(status: StatusCode) -> bool {
    let is_bad = status.is_client_error() || status.is_server_error();
    is_bad && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)
}

fn judged(status: StatusCode, url: &Url) -> LinkAnswer {
    let said = format!("{} answered {status}", host_and_port(url));
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => LinkAnswer::Gone(said),
        StatusCode::TOO_MANY_REQUESTS => LinkAnswer::Busy(said),
        StatusCode::UNAUTHORIZED
        | StatusCode::PAYMENT_REQUIRED
        | StatusCode::FORBIDDEN
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::NOT_ACCEPTABLE
        | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => LinkAnswer::Refused(said),
        _ if status.as_u16() == NO_ROBOTS => LinkAnswer::Refused(said),
        _ if status.is_client_error() || status.is_server_error() => LinkAnswer::Failing(said),
        // 304 and the like: whatever it is, somebody is there.
        _ => LinkAnswer::Well,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_examples_are_not_asked() {
        for host in ["example.org", "www.example.com", "example.net", "north-star.example", "a.test", "b.invalid"] {
            assert!(is_an_example(host), "{host}");
        }
        for host in ["example.fr", "anexample.org", "example.org.uk", "test.org", "localhost", "127.0.0.1"] {
            assert!(!is_an_example(host), "{host}");
        }
    }
}
