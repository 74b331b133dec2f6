use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::failure::Failure;
use super::site::Site;
use crate::config::Web;

/// The other end of the connection a request came over; [`serve`](super::serve) puts it into every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Who asks: the other end of the connection, or, where that is a proxy we trust, the last address in `X-Forwarded-For`
/// that no such proxy has. What stands before that anybody may have written.
pub fn client_address(web: &Web, peer: Option<&Peer>, headers: &HeaderMap) -> IpAddr {
    let mut address = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(peer)| peer.ip()).to_canonical();
    if !web.trusts_proxy(address) {
        return address;
    }
    for field in headers.get_all("x-forwarded-for").iter().rev() {
        for told in field.to_str().unwrap_or_default().rsplit(',') {
            // Nothing that stands before what is no address can be told apart from it.
            let Some(told) = forwarded(told.trim()) else { return address };
            address = told;
            if !web.trusts_proxy(address) {
                return address;
            }
        }
    }
    address
}

/// An address as proxies write it: bare, in brackets, with a port.
fn forwarded(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

/// Who asks, as handlers take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Client(pub IpAddr);

impl Client {
    /// See [`network_of`].
    pub fn network(self) -> IpAddr {
        network_of(self.0)
    }
}

/// What limits count as one: an IPv4 address, or the 64 bits of IPv6 that a household has (rule W).
pub fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

impl FromRequestParts<Site> for Client {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let web = &site.press().config().web;
        Ok(Self(client_address(web, parts.extensions.get::<Peer>(), &parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(peer: &str, forwarded: &[&str]) -> String {
        let web = "public_url = \"https://brief.example.org\"\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]";
        let web: Web = toml::from_str(web).unwrap();
        let mut headers = HeaderMap::new();
        for field in forwarded {
            headers.append("x-forwarded-for", field.parse().unwrap());
        }
        client_address(&web, Some(&Peer(SocketAddr::new(peer.parse().unwrap(), 1234))), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(asked("192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(asked("127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(asked("::ffff:127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(asked("127.0.0.1", &["198.51.100.1, 203.0.113.9, 10.1.2.3"]), "203.0.113.9");
        assert_eq!(asked("127.0.0.1", &["198.51.100.1", "203.0.113.9", "10.1.2.3"]), "203.0.113.9");
        assert_eq!(asked("127.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(asked("127.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
    }

    #[test]
    fn what_is_no_address_hides_all_before_it() {
        assert_eq!(asked("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(asked("127.0.0.1", &["203.0.113.9, unknown, 10.1.2.3"]), "10.1.2.3");
        assert_eq!(asked("127.0.0.1", &["10.1.2.3"]), "10.1.2.3");
        assert_eq!(asked("127.0.0.1", &[""]), "127.0.0.1");
    }

    #[test]
    fn w_a_network_of_64_bits_is_one_client() {
        let network = |text: &str| Client(text.parse().unwrap()).network();
        assert_eq!(network("2001:db8:0:1:aaaa::1"), network("2001:db8:0:1:bbbb::2"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
