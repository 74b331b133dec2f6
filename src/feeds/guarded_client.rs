//! The HTTP client of all that griot asks for or tells somebody else's server.

use std::error::Error;
use std::net::IpAddr;

use anyhow::{Context, ensure};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response, redirect};
use url::{Host, Url};

use super::guarded_resolver::{GuardedResolver, refusal};
use super::special_purpose::is_special_purpose;

/// Reaches the public Internet only, unless told otherwise, follows no redirect by itself, and names the publisher's
/// website (rule W: SSRF).
#[derive(Debug, Clone)]
pub struct GuardedClient {
    client: Client,
    guard: Guard,
}

/// Which addresses may be connected to, and where that is decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    pub is_allowed: fn(IpAddr) -> bool,
    /// The table of the configuration whose `allow_private` opens it: "[feeds]".
    pub table: &'static str,
}

impl Guard {
    pub fn new(allow_private: bool, table: &'static str) -> Self {
        let is_allowed = if allow_private { |_| true } else { |address| !is_special_purpose(address) };
        Self { is_allowed, table }
    }
}

impl GuardedClient {
    /// `table` is where `allow_private` stands, for who is refused: `[feeds]`.
    ///
    /// Fails before the process has a rustls crypto provider, and where `website` can't stand in a header.
    pub fn new(website: &str, allow_private: bool, table: &'static str) -> anyhow::Result<Self> {
        Self::guarded_by(Guard::new(allow_private, table), website)
    }

    pub(super) fn guarded_by(guard: Guard, website: &str) -> anyhow::Result<Self> {
        // reqwest panics where this is missing.
        ensure!(
            rustls::crypto::CryptoProvider::get_default().is_some(),
            "no TLS provider is installed; install rustls's ring provider first thing in the process"
        );
        let client = Client::builder()
            .user_agent(format!("griot/{} (+{website})", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // A proxy would look names up itself, past the guard.
            .no_proxy()
            .referer(false)
            .dns_resolver(GuardedResolver { guard })
            // Between two requests every server closes the connection anyway.
            .pool_max_idle_per_host(0)
            .build()
            .context("the client that asks other servers can't be made")?;
        Ok(Self { client, guard })
    }

    /// Sends one request; the error says why there is no answer.
    pub async fn send(&self, method: Method, url: &Url, headers: HeaderMap, body: String) -> Result<Response, String> {
        // Names are checked when they are resolved; an address in the URL never is.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        if let Some(address) = literal.filter(|address| !(self.guard.is_allowed)(*address)) {
            return Err(refusal(address, self.guard.table));
        }
        let mut request = self.client.request(method, url.clone()).headers(headers);
        if !body.is_empty() {
            request = request.body(body);
        }
        request.send().await.map_err(|error| root_cause(&error))
    }
}

/// The innermost cause: the outer ones say that a request could not be sent, and to where.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
