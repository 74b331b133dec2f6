//! Talking SMTP to the relay (RFC 5321): a [`Connection`] is opened at an [`Endpoint`] and carries messages, each reply
//! matched with the command it answers.
//!
//! A client of our own and not a library's, because the libraries at hand keep what was read before the TLS handshake
//! (S10), cannot tell at which command a connection was lost (S6), and need a round trip for every command.

mod carry;
mod envelope;
mod probe;
mod replies;
mod reply_reader;
mod session;
mod stream;
mod stuffing;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secrecy::SecretString;

use super::{Reply, Trouble, Verdict};
use crate::config::{self, SmtpTimeouts, Tls};

pub use probe::{Probed, Stumble, probe};
pub use reply_reader::read_reply;
pub use tls::{certificate_end, client_config as tls_config};

pub(super) use carry::Condition;
pub(super) use session::Connection;

/// Where a relay is, and how we talk to it.
#[derive(Debug)]
pub(super) struct Endpoint {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, SecretString)>,
    timeouts: SmtpTimeouts,
    messages_per_connection: u32,
    /// Messages on their way over one connection without their answer, where it takes CHUNKING.
    depth: usize,
}

/// Whether and when TLS begins (S10). There is no "if offered": it is required or it is off.
#[derive(Debug)]
enum Security {
    Plain,
    StartTls(Arc<ClientConfig>, ServerName<'static>),
    Implicit(Arc<ClientConfig>, ServerName<'static>),
}

/// What ended a dialogue before its reply was read.
#[derive(Debug, thiserror::Error)]
enum WireError {
    #[error("it did not answer within {} seconds", .0.as_secs())]
    Silent(Duration),
    #[error("it closed the connection")]
    Closed,
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("its answer is no SMTP: {0}")]
    Garbled(String),
    /// The replies are not, or not all, for the commands they were taken for.
    #[error("its answers do not fit what it was asked: {0}")]
    OutOfStep(String),
}

/// Why a connection could not be made ready, or was lost before anything was at stake.
#[derive(Debug)]
enum SessionError {
    Wire(WireError),
    Refused(super::Stage, Reply),
    /// It lacks what the configuration asks for.
    Unfit(String),
    /// The same of TLS (S10).
    Insecure(String),
}

impl From<WireError> for SessionError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl Endpoint {
    /// Errors where the certificates cannot be read; the relay itself is not asked.
    pub(super) fn new(smtp: &config::Smtp) -> Result<Self> {
        let config::Relay::Smtp { host, port, tls, user, password } = &smtp.relay else {
            bail!("{} is not an SMTP relay", smtp.relay);
        };
        let server_name = || {
            ServerName::try_from(host.clone()).with_context(|| format!("smtp.url: {host} cannot be verified by TLS"))
        };
        let config = || tls::client_config(smtp.ca_file.as_deref(), "smtp.ca_file");
        let security = match tls {
            Tls::None => Security::Plain,
            Tls::Required => Security::StartTls(config()?, server_name()?),
            Tls::Implicit => Security::Implicit(config()?, server_name()?),
        };
        Ok(Self {
            host: host.clone(),
            port: *port,
            security,
            login: user.clone().zip(password.clone()),
            timeouts: smtp.timeouts.clone(),
            messages_per_connection: smtp.messages_per_connection,
            depth: smtp.depth as usize,
        })
    }

    /// A connection that is ready for messages.
    pub(super) async fn connect(&self) -> Result<Connection, Trouble> {
        Connection::open(self).await.map_err(|error| self.trouble(error))
    }

    fn trouble(&self, error: SessionError) -> Trouble {
        let relay = format!("the relay {}:{}", self.host, self.port);
        match error {
            SessionError::Wire(error) => Trouble::Unreachable(format!("{relay} cannot be reached: {error}")),
            SessionError::Refused(stage, reply) => match Verdict::of_refusal(stage, reply) {
                Verdict::Trouble(trouble) => trouble,
                // No recipient was named yet, so nothing was said of one.
                verdict => Trouble::Refused(format!("{relay} refuses us: {verdict:?}")),
            },
            SessionError::Unfit(reason) | SessionError::Insecure(reason) => {
                Trouble::Refused(format!("{relay} {reason}"))
            }
        }
    }
}
