//! Names, resolved to addresses that may be reached.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guarded_client::Guard;

/// Resolves names to addresses that may be connected to, and to no others (rule W: SSRF).
///
/// The connection is made to what this returns, so a second answer of the name server can't change what was checked.
#[derive(Debug, Clone, Copy)]
pub struct GuardedResolver {
    pub guard: Guard,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Guard { is_allowed, table } = self.guard;
        Box::pin(async move {
            // The port is put in by the connector.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.iter().copied().filter(|found| is_allowed(found.ip())).collect();
            match found.first() {
                Some(refused) if allowed.is_empty() => Err(refusal(refused.ip(), table).into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

/// Why an address is not connected to, and what to do if it should be: in this table of the configuration.
pub fn refusal(address: IpAddr, table: &str) -> String {
    format!(
        "its address {address} is not on the public Internet; to reach it all the same, set allow_private = true in {table}"
    )
}
