use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use url::Url;

use super::failure::Failure;
use super::{Fetch, Hooks};
use crate::config::SesHook;
use crate::feedback::Own;
use crate::feedback::webhooks::sns::{Certificate, Envelope, Purpose};
use crate::feedback::webhooks::{Report, ses};
use crate::feeds::{FetchLimits, FetchOutcome, FetchRequest, Fetcher};

/// Of a certificate, or of the answer to a confirmation.
const LIMITS: FetchLimits = FetchLimits { bytes: 64 * 1024, time: Duration::from_secs(10), redirects: 0 };
/// Amazon changes its certificate about once a year.
const CERTIFICATES: usize = 8;

pub(super) async fn read(hooks: &Hooks, hook: &SesHook, body: &[u8]) -> Result<Vec<Report>, Failure> {
    let now = hooks.0.press.now();
    let certificates = &hooks.0.certificates;
    let envelope = Envelope::open(body, &hook.topics, now)?;
    let certificate = certificates.at(envelope.certificate_url()?).await?;
    match envelope.verify(&certificate, now)? {
        Purpose::Notify { id, message } => {
            Ok(ses::read(id, message, &Own { keys: Some(&hooks.keys()) }).into_iter().collect())
        }
        Purpose::Confirm(url) => {
            certificates.fetch(url).await?;
            tracing::info!(topic = envelope.topic(), "the subscription of a topic is confirmed");
            Ok(Vec::new())
        }
        Purpose::Ended => {
            tracing::warn!(topic = envelope.topic(), "the subscription has ended; nothing more will be told from it");
            Ok(Vec::new())
        }
    }
}

/// Amazon's certificates, kept by their URLs.
pub(super) struct Certificates {
    fetch: Fetch,
    kept: Mutex<HashMap<Url, Certificate>>,
    /// Held while something is fetched, so that made-up URLs cannot make us ask much at once.
    turn: tokio::sync::Mutex<()>,
}

impl Certificates {
    pub fn new(fetch: Fetch) -> Self {
        Self { fetch, kept: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    async fn at(&self, url: Url) -> Result<Certificate, Failure> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept().get(&url).cloned();
        if let Some(certificate) = found {
            return Ok(certificate);
        }
        let certificate = Certificate::from_pem(&self.fetch(url.clone()).await?)?;
        let mut kept = kept();
        if kept.len() >= CERTIFICATES {
            kept.clear();
        }
        kept.insert(url, certificate.clone());
        Ok(certificate)
    }

    async fn fetch(&self, url: Url) -> Result<Vec<u8>, Failure> {
        let _turn = self.turn.lock().await;
        (self.fetch)(url).await.map_err(Failure::NotFetched)
    }
}

/// Within bounds, without redirects, and from the public Internet only (rule W, SSRF).
pub(super) fn fetch_from_internet(website: &str) -> Result<Fetch> {
    Ok(fetch_with(Fetcher::new(website, LIMITS, false)?))
}

fn fetch_with(fetcher: Fetcher) -> Fetch {
    Box::new(move |url| {
        let fetcher = fetcher.clone();
        Box::pin(async move {
            match fetcher.fetch(FetchRequest { url, etag: None, last_modified: None }).await {
                FetchOutcome::Fresh(fetched) => Ok(fetched.bytes),
                FetchOutcome::RetryLater { reason, .. } | FetchOutcome::Failed { reason } => Err(reason),
                FetchOutcome::NotModified | FetchOutcome::Gone => Err("it is gone".to_owned()),
            }
        })
    })
}

/// Where no webhook needs it.
pub(super) fn fetch_nothing() -> Fetch {
    Box::new(|_| Box::pin(async { Err("nothing is fetched".to_owned()) }))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn w_ssrf_no_redirect_is_followed_and_no_machine_of_the_inside_asked() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let from_internet = fetch_from_internet("https://example.org").unwrap();
        let reason = from_internet(url.clone()).await.unwrap_err();
        assert!(reason.contains("not on the public Internet"), "{reason}");

        let location = url.clone();
        let asked = tokio::spawn(async move {
            let mut asked = 0;
            while let Ok(Ok((mut stream, _))) =
                tokio::time::timeout(Duration::from_millis(300), listener.accept()).await
            {
                asked += 1;
                let _ = stream.read(&mut [0; 4096]).await.unwrap();
                let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            asked
        });
        let fetch = fetch_with(Fetcher::new("https://example.org", LIMITS, true).unwrap());
        let reason = fetch(url).await.unwrap_err();
        assert!(reason.ends_with("it redirects more than 0 times"), "{reason}");
        assert_eq!(asked.await.unwrap(), 1);
    }
}
