use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// For the server to take what is written, and to say the next part of an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// All text of one response, literals aside. Far more than the numbers of a thousand mails.
const MAX_TEXT: usize = 256 * 1024;
const READ: usize = 64 * 1024;

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for S {}

/// Commands and responses of IMAP (RFC 9051 §2.2), as far as an emptied mailbox needs them.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    read: Vec<u8>,
    taken: usize,
    commands: u64,
    /// Octets of one literal at most.
    max_literal: usize,
}

/// One response. Where a literal stood, the text has `{}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    pub text: String,
    pub literals: Vec<Vec<u8>>,
}

/// What a command came to: `NO` and `BAD` are no errors of the connection.
#[derive(Debug)]
pub(super) struct Completion {
    pub is_ok: bool,
    /// Behind OK, NO or BAD.
    pub text: String,
}

impl Response {
    /// The words behind `* `, of an untagged response.
    pub fn untagged(&self) -> Option<&str> {
        self.text.strip_prefix("* ")
    }

    /// The text behind `+`, of a request to go on.
    pub fn request(&self) -> Option<&str> {
        self.text.strip_prefix('+').map(str::trim)
    }
}

impl Wire {
    pub fn new(stream: Box<dyn Stream>, max_literal: u64) -> Self {
        let max_literal = usize::try_from(max_literal).unwrap_or(usize::MAX);
        Self { stream, read: Vec::new(), taken: 0, commands: 0, max_literal }
    }

    /// The stream again, to begin TLS on. Whoever spoke before that may be anybody, so nothing may be left of it (S10).
    pub fn into_stream(self) -> Result<Box<dyn Stream>> {
        ensure!(self.taken == self.read.len(), "the server said something more before TLS; somebody may be in between");
        Ok(self.stream)
    }

    pub async fn write(&mut self, text: &str) -> Result<()> {
        let write = async {
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.flush().await
        };
        timeout(PATIENCE, write).await.map_err(|_| silent(PATIENCE))?.context("the connection was lost")
    }

    /// Writes a command and answers its tag.
    pub async fn begin(&mut self, command: &str) -> Result<String> {
        self.commands += 1;
        let tag = format!("g{}", self.commands);
        self.write(&format!("{tag} {command}\r\n")).await?;
        Ok(tag)
    }

    /// What `tag` came to, if the response says so.
    pub fn completion(response: &Response, tag: &str) -> Option<Completion> {
        let (state, text) = response.text.strip_prefix(tag)?.strip_prefix(' ')?.split_once(' ').unwrap_or_default();
        Some(Completion { is_ok: state.eq_ignore_ascii_case("OK"), text: text.to_owned() })
    }

    /// The next response; the server may be silent for so long.
    pub async fn response(&mut self, patience: Duration) -> Result<Response> {
        let mut response = Response::default();
        let mut patience = patience;
        loop {
            let line = self.line(MAX_TEXT.saturating_sub(response.text.len()), patience).await?;
            // Once it has begun to speak it goes on.
            patience = PATIENCE;
            let Some((text, octets)) = literal_of(&line) else {
                response.text.push_str(&line);
                return Ok(response);
            };
            ensure!(octets <= self.max_literal, "the server sends {octets} octets where fewer were asked for");
            response.text.push_str(text);
            response.text.push_str("{}");
            let literal = self.octets(octets).await?;
            response.literals.push(literal);
        }
    }

    pub async fn next(&mut self) -> Result<Response> {
        self.response(PATIENCE).await
    }

    async fn line(&mut self, max: usize, patience: Duration) -> Result<String> {
        let mut looked_at = 0;
        loop {
            let waiting = &self.read[self.taken..];
            if let Some(end) = waiting[looked_at..].iter().position(|b| *b == b'\n') {
                let line = &waiting[..looked_at + end];
                let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
                self.taken += looked_at + end + 1;
                return Ok(line);
            }
            looked_at = waiting.len();
            ensure!(looked_at <= max, "the server sends a response that does not end");
            self.fill(patience).await?;
        }
    }

    async fn octets(&mut self, octets: usize) -> Result<Vec<u8>> {
        let mut literal = Vec::with_capacity(octets);
        loop {
            let waiting = &self.read[self.taken..];
            let part = waiting.len().min(octets - literal.len());
            literal.extend_from_slice(&waiting[..part]);
            self.taken += part;
            if literal.len() == octets {
                return Ok(literal);
            }
            self.fill(PATIENCE).await?;
        }
    }

    async fn fill(&mut self, patience: Duration) -> Result<()> {
        self.read.drain(..self.taken);
        self.taken = 0;
        self.read.reserve(READ);
        match timeout(patience, self.stream.read_buf(&mut self.read)).await {
            Err(_) => Err(silent(patience)),
            Ok(Ok(0)) => bail!("the server closed the connection"),
            Ok(read) => read.map(drop).context("the connection was lost"),
        }
    }
}

fn silent(patience: Duration) -> anyhow::Error {
    anyhow!("the server said nothing for {} s", patience.as_secs())
}

/// The text before a literal, and its length, where a line ends in one.
fn literal_of(line: &str) -> Option<(&str, usize)> {
    let (text, number) = line.strip_suffix('}')?.rsplit_once('{')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    Some((text, is_number.then(|| number.parse().unwrap_or(usize::MAX))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(text: &[u8]) -> Wire {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        far.write_all(text).await.unwrap();
        Wire::new(Box::new(near), 10)
    }

    #[tokio::test]
    async fn takes_literals_out_of_responses() {
        let mut wire =
            told(b"* 3 FETCH (UID 9 BODY[]<0> {4}\r\na\r\nb FLAGS ())\r\n* OK {4}x\r\ng1 NO [X] sorry\r\n").await;
        let fetched = wire.next().await.unwrap();
        assert_eq!(fetched.untagged(), Some("3 FETCH (UID 9 BODY[]<0> {} FLAGS ())"));
        assert_eq!(fetched.literals, [b"a\r\nb"]);
        assert_eq!(wire.next().await.unwrap().untagged(), Some("OK {4}x"));
        let tagged = wire.next().await.unwrap();
        assert!(Wire::completion(&tagged, "g11").is_none());
        let completion = Wire::completion(&tagged, "g1").unwrap();
        assert_eq!((completion.is_ok, completion.text.as_str()), (false, "[X] sorry"));
    }

    #[tokio::test]
    async fn bounds_what_a_server_may_send() {
        let more_than_asked = told(b"* 1 FETCH (BODY[] {11}\r\n").await.next().await.unwrap_err();
        assert!(more_than_asked.to_string().contains("11 octets"), "{more_than_asked}");
        let huge = told(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n").await.next().await;
        assert!(huge.is_err());
        let endless = told(&vec![b'x'; MAX_TEXT + 1]).await.next().await.unwrap_err();
        assert!(endless.to_string().contains("does not end"), "{endless}");
    }

    #[tokio::test]
    async fn s10_what_was_said_before_tls_is_not_believed() {
        let mut wire = told(b"g1 OK begin\r\ng2 OK logged in\r\n").await;
        wire.next().await.unwrap();
        assert!(wire.into_stream().is_err());
    }
}
