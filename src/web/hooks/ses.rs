use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use url::Url;

use super::failure::Failure;
use super::{Fetch, Hooks};
use crate::config::SesHook;
use crate::feedback::webhooks::sns::{Certificate, Envelope, Purpose};
use crate::feedback::webhooks::{Report, ses};
use crate::feeds::{FetchLimits, FetchOutcome, FetchRequest, Fetcher};

/// Of a certificate, or of the answer to a confirmation.
const LARGEST_ANSWER: usize = 64 * 1024;
const FETCH_WITHIN: Duration = Duration::from_secs(10);
/// Amazon changes its certificate about once a year.
const CERTIFICATES: usize = 8;

pub(super) async fn read(hooks: &Hooks, hook: &SesHook, body: &[u8]) -> Result<Vec<Report>, Failure> {
    let now = hooks.0.press.now();
    let certificates = &hooks.0.certificates;
    let envelope = Envelope::open(body, &hook.topics, now)?;
    let certificate = certificates.at(envelope.certificate_url()?).await?;
    match envelope.verify(&certificate, now)? {
        Purpose::Notify { id, message } => Ok(ses::read(id, message, &hooks.own()).into_iter().collect()),
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
    let limits = FetchLimits { bytes: LARGEST_ANSWER, time: FETCH_WITHIN, redirects: 0 };
    let fetcher = Fetcher::new(website, limits, false)?;
    Ok(Box::new(move |url| {
        let fetcher = fetcher.clone();
        Box::pin(async move {
            match fetcher.fetch(FetchRequest { url, etag: None, last_modified: None }).await {
                FetchOutcome::Fresh(fetched) => Ok(fetched.bytes),
                FetchOutcome::RetryLater { reason, .. } | FetchOutcome::Failed { reason } => Err(reason),
                FetchOutcome::NotModified | FetchOutcome::Gone => Err("it is gone".to_owned()),
            }
        })
    }))
}

/// Where no webhook needs it.
pub(super) fn fetch_nothing() -> Fetch {
    Box::new(|_| Box::pin(async { Err("nothing is fetched".to_owned()) }))
}
