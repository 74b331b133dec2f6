use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::problem::{Problem, parse_inside_serde};

/// Where the daemon listens for mail that a mail server hands over: `127.0.0.1:2424`, or `unix:lmtp` for a socket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LmtpAddress {
    Tcp(SocketAddr),
    /// A socket in the file system, which only those can reach who may write to it.
    Unix(PathBuf),
}

impl LmtpAddress {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if let Some(path) = text.strip_prefix("unix:")
            && !path.is_empty()
        {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        text.parse().map(Self::Tcp).map_err(|_| {
            let message = format!("`{text}` is neither an address with a port nor a socket");
            Problem::new(message, "write: lmtp = \"127.0.0.1:2424\" or lmtp = \"unix:/run/griot/lmtp\"")
        })
    }
}

parse_inside_serde!(LmtpAddress);

impl fmt::Display for LmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_an_address_or_a_socket() {
        for text in ["127.0.0.1:2424", "[::1]:24", "unix:/run/griot/lmtp"] {
            assert_eq!(LmtpAddress::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "2424", "localhost:2424", "unix:", "127.0.0.1"] {
            assert!(LmtpAddress::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
