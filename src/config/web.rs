use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::document::Secrecy;
use super::problem::{Problem, Step};
use super::secret::{SecretPlaces, check_exposed};
use super::{Environment, HttpUrl, IpRange};

/// Of the token for metrics: fewer can be tried out.
const TOKEN_LETTERS: usize = 24;
const MAKE_ONE: &str = "make one: openssl rand -hex 24";

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
    /// Who may read the metrics without a token. Where it is missing: this machine, as far as that can be told.
    metrics: Option<Vec<IpRange>>,
    /// Who has it may read the metrics from anywhere. Invariant once it is resolved: no two places give one.
    metrics_token: Option<SecretString>,
    metrics_token_file: Option<PathBuf>,
}

/// What becomes of who asks for the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsAccess {
    Granted,
    /// With the token they may.
    NeedsToken,
    Refused,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))
}

impl Web {
    /// The address readers reach `path` at; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Finds the token; `name` is the configuration file.
    pub(super) fn resolve(&mut self, name: &Path, environment: &Environment, secrecy: Secrecy) -> Result<(), Problem> {
        let within = |problem: Problem| problem.within(&[Step::Key("web")]);
        let inline = self.metrics_token.iter().map(|_| (Vec::new(), "metrics_token"));
        check_exposed(inline, name, secrecy).map_err(within)?;
        let places = SecretPlaces {
            noun: "token",
            variable: Environment::METRICS_TOKEN,
            file_key: "metrics_token_file",
            file: self.metrics_token_file.as_ref(),
            key: "metrics_token",
            inline: self.metrics_token.as_ref(),
        };
        let token = places.find(name.parent().unwrap_or(Path::new("")), environment).map_err(within)?;
        if let Some(token) = &token
            && token.expose_secret().len() < TOKEN_LETTERS
        {
            let letters = token.expose_secret().len();
            let message = format!("the token has {letters} characters, and {TOKEN_LETTERS} are the least");
            return Err(match places.found_at(environment) {
                Some(key) => within(Problem::new(message, MAKE_ONE).at([Step::Key(key)])),
                None => Problem::new(format!("{}: {message}", Environment::METRICS_TOKEN), MAKE_ONE),
            });
        }
        self.metrics_token = token;
        Ok(())
    }

    /// Whether who asks from `client`, with this token, may read the metrics.
    ///
    /// Without `metrics` it is this machine. Behind a proxy that is not named among `trusted_proxies` everybody seems to
    /// be this machine, and so nobody is.
    pub fn may_read_metrics(&self, client: IpAddr, token: Option<&str>) -> MetricsAccess {
        let is_known = match &self.metrics {
            Some(ranges) => ranges.iter().any(|range| range.contains(client)),
            None => {
                let is_in_front = self.public_url.is_loopback() || !self.listen.ip().is_loopback();
                client.to_canonical().is_loopback() && (is_in_front || !self.trusted_proxies.is_empty())
            }
        };
        let has_token = |wanted: &SecretString| {
            token.is_some_and(|token| token.as_bytes().ct_eq(wanted.expose_secret().as_bytes()).into())
        };
        match &self.metrics_token {
            _ if is_known => MetricsAccess::Granted,
            Some(wanted) if has_token(wanted) => MetricsAccess::Granted,
            Some(_) => MetricsAccess::NeedsToken,
            None => MetricsAccess::Refused,
        }
    }

    pub fn trusts_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| range.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEHIND: &str = "public_url = \"https://brief.example.org\"";
    const TOKEN: &str = "metrics_token = \"0123456789abcdef01234567\"";

    fn access(lines: &[&str], client: &str, token: Option<&str>) -> MetricsAccess {
        let web: Web = toml::from_str(&lines.join("\n")).unwrap();
        web.may_read_metrics(client.parse().unwrap(), token)
    }

    #[test]
    fn w_metrics_are_for_this_machine_where_it_can_be_told_and_for_who_is_named() {
        use MetricsAccess::{Granted, NeedsToken, Refused};
        let local = "public_url = \"http://127.0.0.1:8080\"";
        assert_eq!(access(&[local], "127.0.0.1", None), Granted);
        assert_eq!(access(&[local], "::1", None), Granted);
        assert_eq!(access(&[local], "192.0.2.1", None), Refused);
        // Behind a proxy that is not named everybody comes from this machine.
        assert_eq!(access(&[BEHIND], "127.0.0.1", None), Refused);
        assert_eq!(access(&[BEHIND, "trusted_proxies = [\"127.0.0.1\"]"], "127.0.0.1", None), Granted);
        assert_eq!(access(&[BEHIND, "listen = \"0.0.0.0:80\""], "127.0.0.1", None), Granted);
        let named = "metrics = [\"10.0.0.0/8\"]";
        assert_eq!(access(&[BEHIND, named], "10.1.2.3", None), Granted);
        assert_eq!(access(&[BEHIND, named], "127.0.0.1", None), Refused);
        assert_eq!(access(&[BEHIND, TOKEN], "192.0.2.1", None), NeedsToken);
        assert_eq!(access(&[BEHIND, TOKEN], "192.0.2.1", Some("0123456789abcdef01234568")), NeedsToken);
        assert_eq!(access(&[BEHIND, TOKEN], "192.0.2.1", Some("0123456789abcdef01234567")), Granted);
        assert_eq!(access(&[BEHIND, TOKEN, named], "10.1.2.3", None), Granted);
    }
}
