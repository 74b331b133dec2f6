use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// An IP address or a range of them in CIDR form, `10.0.0.0/8`.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct IpRange {
    network: IpAddr,
    /// Leading bits that count: at most 32 for IPv4, 128 for IPv6.
    prefix: u8,
}

impl IpRange {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let parsed = address.parse::<IpAddr>().ok().and_then(|network| {
            let widest = if network.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.map_or(Some(widest), |prefix| prefix.parse().ok())?;
            (prefix <= widest).then_some(Self { network, prefix })
        });
        parsed.ok_or_else(|| {
            Problem::new(
                format!("`{text}` is not an IP address or a range of them"),
                "write it as \"127.0.0.1\", \"10.0.0.0/8\" or \"fd00::/8\"",
            )
        })
    }

    /// Whether `address` lies within. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

parse_inside_serde!(IpRange);

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

impl fmt::Debug for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_what_shares_its_prefix() {
        for (range, address, inside) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
        ] {
            let range = IpRange::parse(range).unwrap();
            assert_eq!(range.contains(address.parse().unwrap()), inside, "{range} {address}");
        }
        for text in ["", "10.0.0.0/33", "::/129", "localhost", "10.0.0.0/", "10.0.0.0/-1"] {
            assert!(IpRange::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
