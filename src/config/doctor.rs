use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// `[doctor]`: how `griot doctor` finds things out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Doctor {
    /// The name server that is asked; the system's where it is missing.
    pub resolver: Option<NameServer>,
}

/// An address to put questions to: `9.9.9.9`, or with a port other than 53, `127.0.0.1:5353`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NameServer(pub SocketAddr);

impl NameServer {
    fn parse(text: &str) -> Result<Self, Problem> {
        let with_port = || text.parse::<SocketAddr>().ok();
        let alone = || text.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53));
        with_port().or_else(alone).map(Self).ok_or_else(|| {
            let message = format!("`{text}` is not the address of a name server");
            Problem::new(message, "write an IP address, with a port if it is not 53: \"127.0.0.1:5353\"")
        })
    }
}

parse_inside_serde!(NameServer);

impl FromStr for NameServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).map_err(|problem| problem.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_an_address_with_or_without_a_port() {
        for (text, address) in [
            ("9.9.9.9", "9.9.9.9:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ] {
            assert_eq!(text.parse::<NameServer>().unwrap().0.to_string(), address);
        }
        assert!("dns.example.org".parse::<NameServer>().is_err());
    }
}
