//! Certificates that are near their end: that of the public URL, looked at once a day, and those that relays show when griot
//! connects to them anyway.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tracing::debug;

use super::{Kind, Problem, Severity};
use crate::delivery::{RelayFigures, certificate_end, tls_config};
use crate::publishing::Press;
use crate::saying::time::{distance, utc};

const LOOKED_AT_EVERY: TimeDelta = TimeDelta::hours(24);
/// For the connection and the handshake.
const WITHIN: Duration = Duration::from_secs(15);
/// From here on nobody can wait until tomorrow.
const URGENT: TimeDelta = TimeDelta::days(3);

/// What the last look at the public URL found.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    looked_at: Option<DateTime<Utc>>,
    /// The host, and when its certificate ends.
    web: Option<(String, DateTime<Utc>)>,
}

impl Certificates {
    /// Looks at the public URL, if that was long ago. Where it cannot be reached from here nothing is known: a name may
    /// lead elsewhere inside than outside.
    pub async fn look(&mut self, press: &Press) {
        let (url, now) = (press.config().web.public_url.as_url(), press.now());
        if url.scheme() != "https" || self.looked_at.is_some_and(|at| now - at < LOOKED_AT_EVERY) {
            return;
        }
        self.looked_at = Some(now);
        let (Some(host), port) = (url.host_str(), url.port_or_known_default().unwrap_or(443)) else { return };
        match timeout(WITHIN, shown_by(host, port)).await {
            Ok(Ok(end)) => self.web = Some((host.to_owned(), end)),
            Ok(Err(error)) => debug!(host, error = format!("{error:#}"), "its certificate could not be looked at"),
            Err(_) => debug!(host, "its certificate could not be looked at in time"),
        }
    }

    pub fn of_web(&self, press: &Press) -> Option<Problem> {
        let (host, end) = self.web.as_ref()?;
        near(&format!("the pages at {host}"), host, *end, press)
    }

    pub fn of_relays(&self, relays: &[RelayFigures], press: &Press) -> Vec<Problem> {
        let of_relay = |relay: &RelayFigures| {
            near(&format!("the relay {}", relay.id), relay.id.as_str(), relay.certificate_ends?, press)
        };
        relays.iter().filter_map(of_relay).collect()
    }
}

async fn shown_by(host: &str, port: u16) -> Result<DateTime<Utc>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let tcp = TcpStream::connect((bare, port)).await.context("no connection")?;
    let name = ServerName::try_from(bare.to_owned()).context("no name for TLS")?;
    let config = tls_config(None, "the system's authorities")?;
    let stream = TlsConnector::from(config).connect(name, tcp).await.context("no TLS handshake")?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    match shown.and_then(certificate_end) {
        Some(end) => Ok(end),
        None => bail!("no certificate that can be read"),
    }
}

fn near(whose: &str, subject: &str, end: DateTime<Utc>, press: &Press) -> Option<Problem> {
    judged(whose, subject, end, press.config().alerts.certificate.delta(), press.now())
}

fn judged(whose: &str, subject: &str, end: DateTime<Utc>, within: TimeDelta, now: DateTime<Utc>) -> Option<Problem> {
    if end - now > within {
        return None;
    }
    let severity = if end - now <= URGENT { Severity::Urgent } else { Severity::Warning };
    let ends = if end <= now { "has ended" } else { "ends" };
    Some(Problem {
        what: format!("The certificate of {whose} {ends} {} ({})", distance(end, now), utc(end)),
        todo: "See why it is not renewed by itself, and renew it".to_owned(),
        ..Problem::new(Kind::CertificateEnds, subject, severity, format!("The certificate of {whose} {ends}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_told_of_a_while_before_its_end() {
        let now = DateTime::UNIX_EPOCH;
        let found = |days| judged("the relay ses", "ses", now + TimeDelta::days(days), TimeDelta::days(14), now);
        assert_eq!(found(15), None);
        assert_eq!(found(14).map(|problem| problem.severity), Some(Severity::Warning));
        let problem = found(3).unwrap();
        assert_eq!(problem.severity, Severity::Urgent);
        assert_eq!(problem.what, "The certificate of the relay ses ends in 3 days (1970-01-04 00:00 UTC)");
        assert_eq!(found(-2).unwrap().title, "The certificate of the relay ses has ended");
    }
}
