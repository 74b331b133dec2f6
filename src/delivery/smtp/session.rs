use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::reply_reader::ReplyReader;
use super::stream::Stream;
use super::tls::certificate_end;
use super::{Endpoint, Security, SessionError, WireError};
use crate::config::SmtpTimeouts;
use crate::delivery::{Reply, Stage};

/// A connection that is ready for transactions. Dropped, not used again, after anything unexpected.
#[derive(Debug)]
pub(in crate::delivery) struct Connection {
    pub(super) stream: Stream,
    pub(super) replies: ReplyReader,
    pub(super) offers: Offers,
    /// Transactions so far.
    pub(super) transactions: u32,
    /// The last transaction was refused before its message, and the relay still holds to it: RSET goes before the next.
    pub(super) owes_reset: bool,
    /// It has said 421.
    pub(super) is_leaving: bool,
}

/// What the relay offers in its answer to EHLO, as far as we use it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) pipelining: bool,
    /// BDAT (RFC 3030).
    pub(super) chunking: bool,
    /// RET, ENVID, NOTIFY and ORCPT (RFC 3461).
    pub(super) dsn: bool,
    /// Octets a message may have (RFC 1870); `None` is no stated limit.
    pub(super) size: Option<usize>,
    pub(super) declares_size: bool,
    /// What it calls itself.
    pub(super) name: String,
    starttls: bool,
    auth: Vec<String>,
}

impl Offers {
    pub(super) fn parse<'a>(mut lines: impl Iterator<Item = Cow<'a, str>>) -> Self {
        let greeting = lines.next().unwrap_or_default();
        let name = greeting.split_ascii_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let mut offers = Self { name, ..Self::default() };
        for line in lines {
            let mut words = line.split_ascii_whitespace().map(str::to_ascii_uppercase);
            match words.next().as_deref() {
                Some("PIPELINING") => offers.pipelining = true,
                Some("CHUNKING") => offers.chunking = true,
                Some("DSN") => offers.dsn = true,
                Some("STARTTLS") => offers.starttls = true,
                Some("SIZE") => {
                    offers.declares_size = true;
                    offers.size = words.next().and_then(|size| size.parse().ok()).filter(|size| *size > 0);
                }
                Some("AUTH") => offers.auth.extend(words),
                _ => {}
            }
        }
        offers
    }
}

impl Connection {
    /// Connects, greets, begins TLS and logs in, as the relay's configuration says.
    pub(super) async fn open(relay: &Endpoint) -> Result<Self, SessionError> {
        let timeouts = &relay.timeouts;
        let connect = TcpStream::connect((relay.host.as_str(), relay.port));
        let deadline = timeouts.connect.duration();
        let tcp = timeout(deadline, connect).await.map_err(|_| WireError::Silent(deadline))?.map_err(WireError::Io)?;
        // A transaction is small writes that each wait for an answer: with Nagle's algorithm they would also wait for
        // the other side's delayed acknowledgement, 40 ms each.
        tcp.set_nodelay(true).map_err(WireError::Io)?;
        // An address literal (RFC 5321 §4.1.3): true everywhere, where a host name is often not.
        let hello = match tcp.local_addr().map_err(WireError::Io)?.ip() {
            IpAddr::V4(ip) => format!("[{ip}]"),
            IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
        };
        let stream = match &relay.security {
            Security::Implicit(config, name) => {
                handshake(TlsConnector::from(config.clone()), name.clone(), tcp, timeouts).await?
            }
            Security::Plain | Security::StartTls(..) => Stream::Plain(tcp),
        };
        let mut connection = Self::over(stream);
        let answer = timeouts.greeting.duration();
        let greeting = connection.reply(answer).await?;
        expect(Stage::Connect, 220, greeting)?;
        connection.greet(&hello, answer).await?;
        if let Security::StartTls(config, name) = &relay.security {
            if !connection.offers.starttls {
                return Err(SessionError::Insecure(
                    "offers no STARTTLS, and nothing is sent without it; use smtps://, or ?tls=none for a relay on this \
                     machine"
                        .into(),
                ));
            }
            let reply = connection.command("STARTTLS\r\n", answer).await?;
            expect(Stage::Connect, 220, reply)?;
            let Self { stream: Stream::Plain(tcp), replies, .. } = connection else {
                return Err(SessionError::Insecure("was asked for TLS twice".into()));
            };
            // What came after the 220 in plain text was not said by who holds the certificate (S10).
            if replies.has_more() {
                return Err(SessionError::Insecure(
                    "sent plain text after agreeing to TLS; the connection was closed".into(),
                ));
            }
            let stream = handshake(TlsConnector::from(config.clone()), name.clone(), tcp, timeouts).await?;
            connection = Self::over(stream);
            connection.greet(&hello, answer).await?;
        }
        connection.log_in(relay, answer).await?;
        Ok(connection)
    }

    fn over(stream: Stream) -> Self {
        let (replies, offers) = Default::default();
        Self { stream, replies, offers, transactions: 0, owes_reset: false, is_leaving: false }
    }

    /// Until when the relay's certificate holds; `None` without TLS.
    pub(in crate::delivery) fn certificate_end(&self) -> Option<DateTime<Utc>> {
        let Stream::Tls(stream) = &self.stream else { return None };
        certificate_end(stream.get_ref().1.peer_certificates()?.first()?)
    }

    /// Says goodbye; whether it is heard does not matter.
    pub(in crate::delivery) async fn quit(mut self) {
        // What was accepted is accepted: a relay that is slow to close must not hold anybody up.
        let _ = self.command("QUIT\r\n", Duration::from_secs(2)).await;
    }

    async fn reply(&mut self, deadline: Duration) -> Result<Reply, WireError> {
        Ok(self.replies.read(&mut self.stream, deadline).await?.to_reply())
    }

    async fn command(&mut self, line: &str, deadline: Duration) -> Result<Reply, WireError> {
        self.stream.write(&[line.as_bytes()], deadline).await.map_err(|unwritten| unwritten.error)?;
        self.reply(deadline).await
    }

    async fn greet(&mut self, hello: &str, deadline: Duration) -> Result<(), SessionError> {
        let line = format!("EHLO {hello}\r\n");
        self.stream.write(&[line.as_bytes()], deadline).await.map_err(|unwritten| unwritten.error)?;
        let answer = self.replies.read(&mut self.stream, deadline).await?;
        expect(Stage::Connect, 250, answer.to_reply())?;
        self.offers = Offers::parse(answer.lines());
        Ok(())
    }

    async fn log_in(&mut self, relay: &Endpoint, deadline: Duration) -> Result<(), SessionError> {
        let Some((user, password)) = &relay.login else { return Ok(()) };
        let offers = |mechanism: &str| self.offers.auth.iter().any(|offered| offered == mechanism);
        let password = password.expose_secret();
        let reply = if offers("PLAIN") {
            let secret = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
            self.command(&format!("AUTH PLAIN {secret}\r\n"), deadline).await?
        } else if offers("LOGIN") {
            let mut reply = self.command("AUTH LOGIN\r\n", deadline).await?;
            for secret in [user.as_str(), password] {
                expect(Stage::Auth, 334, reply)?;
                reply = self.command(&format!("{}\r\n", BASE64.encode(secret.as_bytes())), deadline).await?;
            }
            reply
        } else {
            let offered = self.offers.auth.join(", ");
            let offered = if offered.is_empty() { "no AUTH at all".into() } else { format!("AUTH {offered} only") };
            return Err(SessionError::Unfit(format!(
                "offers {offered}; griot logs in by PLAIN or LOGIN. Take the user out of smtp.url, or use TLS"
            )));
        };
        expect(Stage::Auth, 235, reply)
    }
}

async fn handshake(
    connector: TlsConnector,
    name: rustls::pki_types::ServerName<'static>,
    tcp: TcpStream,
    timeouts: &SmtpTimeouts,
) -> Result<Stream, SessionError> {
    let deadline = timeouts.connect.duration();
    match timeout(deadline, connector.connect(name, tcp)).await {
        Err(_) => Err(WireError::Silent(deadline).into()),
        // A certificate that is not trusted needs somebody to look, not another try.
        Ok(Err(error)) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Err(SessionError::Insecure(format!(
                "failed the TLS handshake: {error}. Its certificate must be trusted by this system or smtp.ca_file"
            )))
        }
        Ok(Err(error)) => Err(WireError::Io(error).into()),
        Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
    }
}

fn expect(stage: Stage, code: u16, reply: Reply) -> Result<(), SessionError> {
    if reply.code == code { Ok(()) } else { Err(SessionError::Refused(stage, reply)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_offered_whatever_the_case() {
        let lines = ["mail.example.org", "pipelining", "SIZE 10240000", "AUTH PLAIN login", "8BITMIME", "STARTTLS"];
        let offers = Offers::parse(lines.into_iter().map(Cow::Borrowed));
        assert!(offers.pipelining && offers.starttls && offers.declares_size);
        assert_eq!(offers.name, "mail.example.org");
        assert_eq!((offers.size, offers.auth), (Some(10_240_000), vec!["PLAIN".into(), "LOGIN".into()]));
        assert_eq!(Offers::parse(["relay".into(), "SIZE 0".into()].into_iter()).size, None);
    }
}
