use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::dns::{Dns, Unanswered};
use crate::config::{Config, Relay};

/// Providers by their relay's host name, with what lets them send.
const PROVIDERS: [(&str, &str); 6] = [
    ("amazonaws.com", "amazonses.com"),
    ("sendgrid.net", "sendgrid.net"),
    ("mailgun.org", "mailgun.org"),
    ("postmarkapp.com", "spf.mtasv.net"),
    ("smtp-relay.gmail.com", "_spf.google.com"),
    ("smtp.gmail.com", "_spf.google.com"),
];

/// How mail leaves through one relay, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub relay: String,
    pub host: String,
    /// The relay is on a machine of ours, so its address and name are ours to keep.
    pub is_ours: bool,
    /// The name it calls itself by, where it answered.
    pub name: Option<String>,
    /// The addresses that receivers see; empty where they are not known.
    pub addresses: Vec<IpAddr>,
    /// How they were found out.
    pub assumed: String,
}

impl Route {
    /// Finds out about one relay; `name` is what it answered EHLO with. Nothing where messages only become files.
    pub async fn find(
        dns: &Dns,
        config: &Config,
        relay: &crate::config::Smtp,
        name: Option<String>,
    ) -> Result<Option<Self>, Unanswered> {
        let Relay::Smtp { host, .. } = &relay.relay else { return Ok(None) };
        let mut route = Self { relay: relay.id.to_string(), host: host.clone(), name, ..Self::default() };
        let pages = config.web.public_url.as_url().host_str().unwrap_or_default().to_owned();
        let is_loopback = relay.relay.is_loopback();
        let of_host = if is_loopback { Vec::new() } else { dns.addresses(host).await? };
        let of_pages = if config.web.public_url.is_loopback() { Vec::new() } else { dns.addresses(&pages).await? };
        let of_pages = public(of_pages);
        route.is_ours =
            is_loopback || of_host.iter().any(|ip| is_private(*ip)) || of_host.iter().any(|ip| of_pages.contains(ip));
        if !route.is_ours {
            return Ok(Some(route));
        }
        if let Some(name) = route.name.as_ref().filter(|name| name.contains('.')) {
            route.addresses = public(dns.addresses(name).await?);
            route.assumed = format!("the relay calls itself {name}");
        }
        if route.addresses.is_empty() {
            route.addresses = of_pages;
            route.assumed = format!("the relay is beside {pages}");
        }
        Ok(Some(route))
    }

    /// The domain whose SPF record lets this provider send.
    pub fn provider(&self) -> Option<&'static str> {
        let is_under =
            |domain: &str| self.host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        PROVIDERS.into_iter().find(|(host, _)| is_under(host)).map(|(_, include)| include)
    }

    /// What an SPF record has to say of it.
    pub fn spf_terms(&self) -> Vec<String> {
        if let Some(include) = self.provider() {
            return vec![format!("include:{include}")];
        }
        let term = |ip: &IpAddr| if ip.is_ipv4() { format!("ip4:{ip}") } else { format!("ip6:{ip}") };
        self.addresses.iter().map(term).collect()
    }
}

fn public(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    addresses.into_iter().filter(|ip| !is_private(*ip)).collect()
}

/// Whether it is an address no receiver ever sees.
pub(super) fn is_private(ip: IpAddr) -> bool {
    let of_v4 = |ip: Ipv4Addr| {
        let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0b1100_0000 == 64;
        ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified() || shared
    };
    let of_v6 =
        |ip: Ipv6Addr| ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified();
    match ip {
        IpAddr::V4(ip) => of_v4(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| of_v6(ip), of_v4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(host: &str) -> Route {
        Route { host: host.to_owned(), ..Route::default() }
    }

    #[test]
    fn knows_providers_by_their_hosts() {
        for (host, include) in [
            ("email-smtp.eu-west-1.amazonaws.com", Some("amazonses.com")),
            ("smtp.sendgrid.net", Some("sendgrid.net")),
            ("smtp.eu.mailgun.org", Some("mailgun.org")),
            ("smtp.postmarkapp.com", Some("spf.mtasv.net")),
            ("smtp-relay.gmail.com", Some("_spf.google.com")),
            ("smtp.notsendgrid.net", None),
            ("mail.example.org", None),
        ] {
            assert_eq!(to(host).provider(), include, "{host}");
        }
    }

    #[test]
    fn tells_addresses_that_nobody_sees() {
        for (text, private) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("203.0.113.1", false),
            ("::1", true),
            ("fd00::1", true),
            ("::ffff:192.168.0.1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(text.parse().unwrap()), private, "{text}");
        }
    }
}
