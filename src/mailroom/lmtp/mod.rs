//! The door for mail servers: LMTP (RFC 2033), as Postfix, Exim and OpenSMTPD hand mail over by it.
//!
//! Owns: the listener and the dialog, each bounded. Leaves out: who may connect; that is for the address it listens on.
//! What may fail: the address is taken, at the start. Later nothing ends it: a mail that cannot be kept is answered
//! with a 4yz, and the mail server has it still.

mod command;
mod input;
mod session;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Queue;
use crate::config::LmtpAddress;
use crate::delivery::Stop;

/// At once; a mail server that opens more comes again.
const MAX_CONNECTIONS: usize = 20;
/// For mails that are being written down when the end is asked for.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);
/// Before the next try where the process is out of file descriptors.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A listener, bound.
#[derive(Debug)]
pub struct Lmtp {
    listener: Listener,
    /// With the port that was given, where port 0 was asked for.
    address: LmtpAddress,
    _file: Option<SocketFile>,
}

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Taken away with the listener.
#[derive(Debug)]
struct SocketFile(PathBuf);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Lmtp {
    pub async fn bind(address: &LmtpAddress) -> Result<Self> {
        let failed = || format!("cannot listen on {address} for mail; another program may, or change bounces.lmtp");
        match address {
            LmtpAddress::Tcp(wanted) => {
                let listener = TcpListener::bind(wanted).await.with_context(failed)?;
                let address = LmtpAddress::Tcp(listener.local_addr().with_context(failed)?);
                Ok(Self { listener: Listener::Tcp(listener), address, _file: None })
            }
            LmtpAddress::Unix(path) => {
                // A socket that nobody answers at was left behind by a process that was killed.
                if UnixStream::connect(path).await.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
                {
                    std::fs::remove_file(path).with_context(failed)?;
                }
                let listener = UnixListener::bind(path).with_context(failed)?;
                let file = Some(SocketFile(path.clone()));
                Ok(Self { listener: Listener::Unix(listener), address: address.clone(), _file: file })
            }
        }
    }

    pub fn address(&self) -> &LmtpAddress {
        &self.address
    }

    /// Takes mails until `stop`; `max` octets are kept of each.
    pub async fn serve(self, queue: Queue, max: u64, mut stop: Stop) {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut sessions = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.asked() => break,
            };
            while sessions.try_join_next().is_some() {}
            match accepted {
                Ok(stream) => match places.clone().try_acquire_owned() {
                    Ok(place) => {
                        let (queue, stop) = (queue.clone(), stop.clone());
                        sessions.spawn(async move {
                            session::hold(stream, queue, max, stop).await;
                            drop(place);
                        });
                    }
                    Err(_) => refuse(stream).await,
                },
                Err(error) => {
                    tracing::warn!("a mail server could not be let in, trying again: {error}");
                    sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
        drop(self.listener);
        // Those that are left lose their connection without a 250, and their client has the mail still.
        let _ = timeout(DRAIN_WITHIN, async { while sessions.join_next().await.is_some() {} }).await;
    }
}

impl Listener {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Answers are one write each; there is nothing to wait for.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            Self::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

async fn refuse(mut stream: Box<dyn Stream>) {
    // It fits the buffer of a new connection, so it waits for nobody.
    let _ = stream.write_all(format!("{}\r\n", session::BUSY).as_bytes()).await;
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
