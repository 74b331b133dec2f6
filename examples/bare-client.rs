//! A client that says nothing but what it must, for knowing how much a sender could reach at best.
//!
//!     bare-client HOST:PORT MESSAGES [--connections N] [--size BYTES] [--chunking DEPTH]
//!
//! A thread per connection sends one prepared message again and again: one write that ends a message and begins the next
//! (body, final dot, MAIL, RCPT, DATA), one read of the answers to it (RFC 2920). With `--chunking` whole messages go
//! out by BDAT (RFC 3030), and up to DEPTH of them are unanswered at a time. It builds nothing, records nothing and
//! survives nothing: any answer but a good one ends it. `--size` is that of the message between DATA and its dot.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

const USAGE: &str = "bare-client HOST:PORT MESSAGES [--connections N] [--size BYTES] [--chunking DEPTH]";
const ENVELOPE: &str = "MAIL FROM:<bare@example.org>\r\nRCPT TO:<reader00000000@readers.example>\r\n";
const LINE: &[u8] = b"Seventy-six characters of text, as a quoted-printable body has them in a line.\r\n";

struct Options {
    relay: String,
    messages: u64,
    connections: usize,
    size: usize,
    /// Messages unanswered at a time; none where it is DATA that carries them.
    depth: Option<u64>,
}

/// A connection, and the answers that arrived on it and were not asked for yet.
struct Wire {
    stream: TcpStream,
    arrived: Vec<u8>,
}

/// Messages that no connection has taken on yet.
struct Left(AtomicU64);

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let left = Left(AtomicU64::new(options.messages));
    let body = message(options.size);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..options.connections)
            .map(|_| {
                scope.spawn(|| match options.depth {
                    Some(depth) => send_by_chunks(&options.relay, &body, depth, &left),
                    None => send_overlapped(&options.relay, &body, &left),
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread died")?.map_err(Box::from))
    })
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let relay = words.next().ok_or(USAGE)?;
        let messages = words.next().ok_or(USAGE)?.parse()?;
        let mut options = Self { relay, messages, connections: 16, size: 25_000, depth: None };
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| format!("{option} needs a value\n{USAGE}"))?;
            match option.as_str() {
                "--connections" => options.connections = value.parse()?,
                "--size" => options.size = value.parse()?,
                "--chunking" => options.depth = Some(value.parse::<u64>()?.max(1)),
                _ => return Err(format!("{option} is not known\n{USAGE}").into()),
            }
        }
        Ok(options)
    }
}

/// `size` bytes, the last of them a line end.
fn message(size: usize) -> Vec<u8> {
    let mut body = b"From: bare@example.org\r\nSubject: bare\r\n\r\n".to_vec();
    while body.len() + LINE.len() < size {
        body.extend_from_slice(LINE);
    }
    body.resize(size.max(body.len() + 2) - 2, b'.');
    body.extend_from_slice(b"\r\n");
    body
}

fn send_overlapped(relay: &str, body: &[u8], left: &Left) -> io::Result<()> {
    if !left.take() {
        return Ok(());
    }
    let next = format!("{ENVELOPE}DATA\r\n");
    let turn = [body, b".\r\n", next.as_bytes()].concat();
    let end = [body, b".\r\nQUIT\r\n"].concat();
    let mut wire = Wire::open(relay)?;
    wire.stream.write_all(next.as_bytes())?;
    wire.expect(&["250", "250", "354"])?;
    while left.take() {
        wire.stream.write_all(&turn)?;
        wire.expect(&["250", "250", "250", "354"])?;
    }
    wire.stream.write_all(&end)?;
    wire.expect(&["250", "221"])
}

fn send_by_chunks(relay: &str, body: &[u8], depth: u64, left: &Left) -> io::Result<()> {
    let chunk = format!("{ENVELOPE}BDAT {} LAST\r\n", body.len());
    let turn = [chunk.as_bytes(), body].concat();
    let mut wire = Wire::open(relay)?;
    let mut unanswered = 0;
    loop {
        while unanswered < depth && left.take() {
            wire.stream.write_all(&turn)?;
            unanswered += 1;
        }
        if unanswered == 0 {
            wire.stream.write_all(b"QUIT\r\n")?;
            return wire.expect(&["221"]);
        }
        wire.expect(&["250", "250", "250"])?;
        unanswered -= 1;
    }
}

impl Wire {
    fn open(relay: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(relay)?;
        stream.set_nodelay(true)?;
        let mut wire = Self { stream, arrived: Vec::new() };
        wire.expect(&["220"])?;
        wire.stream.write_all(b"EHLO bare.example\r\n")?;
        wire.expect(&["250"])?;
        Ok(wire)
    }

    /// Reads as many answers as there are codes, and checks them.
    fn expect(&mut self, codes: &[&str]) -> io::Result<()> {
        let mut at = 0;
        for code in codes {
            loop {
                let line = match self.arrived[at..].iter().position(|&byte| byte == b'\n') {
                    Some(end) => &self.arrived[at..=at + end],
                    None => {
                        self.read_more()?;
                        continue;
                    }
                };
                if !line.starts_with(code.as_bytes()) {
                    return Err(io::Error::other(format!(
                        "{code} was due, not {}",
                        String::from_utf8_lossy(line).trim()
                    )));
                }
                at += line.len();
                // `250-` goes on, `250 ` ends.
                if line.get(3) != Some(&b'-') {
                    break;
                }
            }
        }
        self.arrived.drain(..at);
        Ok(())
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut bytes = [0; 4096];
        let read = self.stream.read(&mut bytes)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.arrived.extend_from_slice(&bytes[..read]);
        Ok(())
    }
}

impl Left {
    fn take(&self) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}
