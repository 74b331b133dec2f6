//! The built-in inbox: an SMTP server that keeps what it gets in memory, and pages to look at it.
//!
//! Owns: the SMTP dialog ([`dialog`]), the server around it ([`Inbox::run`]), the messages it keeps, and the pages below
//! `/inbox` ([`web`]). It is strict where a relay would be: lines end in CRLF and are no longer than RFC 5321 allows, and
//! a fault is refused rather than mended, because a demo that hides a fault is none. Leaves out: TLS, authentication,
//! delivery to anywhere.
//!
//! What may fail: accepting a connection. A client that misbehaves loses its own connection only.

pub mod dialog;
mod shown;
pub mod web;

use std::collections::VecDeque;
use std::future::Future;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use dialog::{Dialog, Envelope};

/// Connections served at once; further ones wait until one ends.
const MAX_CONNECTIONS: usize = 64;
/// How long a client may be silent (RFC 5321 §4.5.3.2.7), or leave a reply unread.
const IDLE: Duration = Duration::from_secs(300);

/// Messages that came in over SMTP. A clone is another handle to the same inbox.
#[derive(Debug, Clone)]
pub struct Inbox {
    kept: Arc<Mutex<Kept>>,
    limits: Limits,
}

/// How much an inbox keeps; beyond it the oldest messages go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub messages: usize,
    /// Octets of all messages together.
    pub total: usize,
    /// Octets of one message; offered as SIZE (RFC 1870) and refused beyond.
    pub message: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { messages: 1000, total: 64 << 20, message: 10 << 20 }
    }
}

/// One message as it came.
#[derive(Debug)]
pub struct Message {
    /// From 1, in the order of arrival; never given twice.
    pub number: u64,
    pub received_at: DateTime<Utc>,
    pub envelope: Envelope,
    /// The octets between DATA and the final dot, dots unstuffed.
    pub bytes: Vec<u8>,
}

/// Invariant: `total` is the sum of the kept messages' octets.
#[derive(Debug, Default)]
struct Kept {
    messages: VecDeque<Arc<Message>>,
    total: usize,
    last_number: u64,
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Inbox {
    /// An empty inbox.
    pub fn new(limits: Limits) -> Self {
        Self { kept: Arc::default(), limits }
    }

    /// Serves SMTP on the listener until `shutdown` is done; connections still open are then dropped.
    ///
    /// # Errors
    /// When no connection can be accepted any more.
    pub async fn run(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => return Ok(()),
                _ = connections.join_next(), if connections.len() >= MAX_CONNECTIONS => {}
                accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                    let stream = match accepted {
                        Ok((stream, _)) => stream,
                        // The client left while it waited in line.
                        Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                        Err(error) => return Err(error),
                    };
                    let inbox = self.clone();
                    connections.spawn(async move {
                        // A connection that breaks is the client's affair: what it completed is kept already.
                        let _ = inbox.serve(stream).await;
                    });
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut dialog = Dialog::new(self.limits.message);
        stream.write_all(dialog.greeting().as_bytes()).await?;
        let mut buffer = vec![0; 16 << 10];
        loop {
            let length = timeout(IDLE, stream.read(&mut buffer)).await??;
            if length == 0 {
                return Ok(());
            }
            let answer = dialog.take(&buffer[..length]);
            // Kept before the reply goes out: a sender that has read its 250 finds the message here.
            for (envelope, bytes) in answer.messages {
                self.keep(envelope, bytes, Utc::now());
            }
            timeout(IDLE, stream.write_all(answer.replies.as_bytes())).await??;
            if answer.is_over {
                return stream.shutdown().await;
            }
        }
    }

    /// Puts a message in, as if it had come over SMTP, and drops the oldest beyond the limits.
    pub fn keep(&self, envelope: Envelope, bytes: Vec<u8>, received_at: DateTime<Utc>) {
        let mut kept = self.lock();
        kept.last_number += 1;
        kept.total += bytes.len();
        let number = kept.last_number;
        kept.messages.push_back(Arc::new(Message { number, received_at, envelope, bytes }));
        while kept.messages.len() > self.limits.messages || kept.total > self.limits.total {
            let Some(oldest) = kept.messages.pop_front() else { break };
            kept.total -= oldest.bytes.len();
        }
    }

    /// Everything kept, the newest first.
    pub fn messages(&self) -> Vec<Arc<Message>> {
        self.lock().messages.iter().rev().cloned().collect()
    }

    /// The message of that number, if it is still kept.
    pub fn message(&self, number: u64) -> Option<Arc<Message>> {
        self.lock().messages.iter().find(|message| message.number == number).cloned()
    }

    /// No code panics while it holds the lock, so a poisoned one still guards a whole inbox.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(inbox: &Inbox) -> Vec<u64> {
        inbox.messages().iter().map(|message| message.number).collect()
    }

    #[test]
    fn keeps_the_newest_by_number_and_by_size() {
        let inbox = Inbox::new(Limits { messages: 3, total: 100, message: 100 });
        for _ in 0..5 {
            inbox.keep(Envelope::default(), vec![b'a'; 10], DateTime::UNIX_EPOCH);
        }
        assert_eq!(numbers(&inbox), [5, 4, 3]);
        inbox.keep(Envelope::default(), vec![b'a'; 85], DateTime::UNIX_EPOCH);
        assert_eq!(numbers(&inbox), [6, 5]);
        assert!(inbox.message(4).is_none());
        assert_eq!(inbox.message(6).map(|m| m.bytes.len()), Some(85));
    }
}
