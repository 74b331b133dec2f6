use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;
use url::{Host, ParseError, Url};

use super::problem::{Problem, parse_inside_serde};

/// An `http` or `https` address with a host.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct HttpUrl(Url);

impl HttpUrl {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        // What to write instead depends on the key: see advice.rs.
        let wrong = |reason: String| Problem::new(reason, "");
        let url = Url::parse(text).map_err(|cause| match cause {
            ParseError::RelativeUrlWithoutBase => wrong(format!("`{text}` has no https:// in front")),
            _ => wrong(format!("`{text}` is not a web address: {cause}")),
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            let reason = format!("`{text}` begins with neither http:// nor https://");
            // Calendars are often linked like this, so that a click opens the program for them.
            return Err(match text.strip_prefix("webcal://") {
                Some(rest) => Problem::new(reason, format!("write: \"https://{rest}\"")),
                None => wrong(reason),
            });
        }
        Ok(Self(url))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn as_url(&self) -> &Url {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether only this machine can reach it: `localhost`, 127.0.0.0/8 or ::1.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
            None => false,
        }
    }
}

/// The host and port of a URL, for people and logs: its path and query may hold a secret.
pub fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or("a URL without a host");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// For the command line, which says it all on one line.
impl FromStr for HttpUrl {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).map_err(|problem| format!("{}; write it like https://example.org/page", problem.message))
    }
}

parse_inside_serde!(HttpUrl);

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_on_the_web() {
        for text in ["example.org", "ftp://example.org", "javascript:alert(1)", "https://", ""] {
            assert!(HttpUrl::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn knows_loopback() {
        for (text, loopback) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:8080/", true),
            ("http://127.example.org", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(HttpUrl::parse(text).unwrap().is_loopback(), loopback, "{text}");
        }
    }
}
