use std::time::Duration;

use tokio::time::timeout;

use super::stream::Stream;
use super::{Connection, Endpoint, SessionError};
use crate::config;
use crate::delivery::Stage;

/// A relay as it shows itself to who is about to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// What it calls itself in its answer to EHLO, in lower case.
    pub name: String,
    /// Octets a message may have; `None` is no stated limit.
    pub size: Option<usize>,
    pub pipelining: bool,
    pub chunking: bool,
    /// `TLS 1.3`; `None` without TLS.
    pub tls: Option<&'static str>,
    /// The certificate it showed, DER.
    pub certificate: Option<Vec<u8>>,
}

/// What came in the way, and what the relay or the network said. Each text goes on from the relay's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stumble {
    /// No connection, or no SMTP.
    Connecting(String),
    Tls(String),
    LoggingIn(String),
}

/// Connects, greets, begins TLS and logs in as for sending, and leaves again: no sender and no recipient is named.
///
/// # Errors
/// The outer one where the certificates of `smtp.ca_file` cannot be read.
pub async fn probe(smtp: &config::Smtp, patience: Duration) -> anyhow::Result<Result<Probed, Stumble>> {
    let endpoint = Endpoint::new(smtp)?;
    let opened = match timeout(patience, Connection::open(&endpoint)).await {
        Err(_) => {
            let seconds = patience.as_secs();
            return Ok(Err(Stumble::Connecting(format!("was not ready within {seconds} seconds"))));
        }
        Ok(opened) => opened,
    };
    let connection = match opened {
        Ok(connection) => connection,
        Err(error) => return Ok(Err(stumble(error))),
    };
    let mut probed = Probed {
        name: connection.offers.name.clone(),
        size: connection.offers.size,
        pipelining: connection.offers.pipelining,
        chunking: connection.offers.chunking,
        ..Probed::default()
    };
    if let Stream::Tls(stream) = &connection.stream {
        let session = stream.get_ref().1;
        let is_newest = session.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
        probed.tls = Some(if is_newest { "TLS 1.3" } else { "TLS 1.2" });
        probed.certificate = session.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
    }
    connection.quit().await;
    Ok(Ok(probed))
}

fn stumble(error: SessionError) -> Stumble {
    match error {
        SessionError::Wire(error) => Stumble::Connecting(format!("cannot be reached: {error}")),
        SessionError::Refused(Stage::Auth, reply) => Stumble::LoggingIn(format!("refuses the login: {reply}")),
        SessionError::Refused(_, reply) => Stumble::Connecting(format!("refuses us: {reply}")),
        SessionError::Insecure(reason) => Stumble::Tls(reason),
        SessionError::Unfit(reason) => Stumble::LoggingIn(reason),
    }
}
