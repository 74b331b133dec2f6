use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::Deserialize;

use super::{HttpUrl, IpRange};

/// `[web]`: the pages readers and editors see.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Port 0 takes any free port.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// What links in messages begin with. Invariants: https unless it is loopback; no query, no fragment.
    pub public_url: HttpUrl,
    /// Whose `X-Forwarded-For` is believed; nobody's where it is empty.
    #[serde(default)]
    pub trusted_proxies: Vec<IpRange>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))
}

impl Web {
    /// The address readers reach `path` at; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    pub fn trusts_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| range.contains(address))
    }
}
