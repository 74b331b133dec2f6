//! An SMTP server that takes every message and keeps none, for measuring what sends and for killing it.
//!
//!     smtp-sink PORT [--accepted FILE] [--stat FILE] [--delay MS] [--hide EXTENSION]…
//!
//! PORT 0 takes a free one; the first line printed says which. `--accepted` gets the recipient of each message, a line
//! each, written out before the 250 that accepts it, so that no sender can know more than the file. `--stat` is
//! rewritten ten times a second with counts since the start. `--delay` lets every reply leave so much later than what
//! it answers arrived, as over a long wire, while reading goes on. `--hide` leaves an extension out of the answer to
//! EHLO.
//!
//! Owns nothing but its counters: a thread per connection, good for some hundred of them.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const USAGE: &str = "smtp-sink PORT [--accepted FILE] [--stat FILE] [--delay MS] [--hide EXTENSION]…";
const EXTENSIONS: [&str; 5] = ["PIPELINING", "CHUNKING", "SIZE 100000000", "8BITMIME", "ENHANCEDSTATUSCODES"];

struct Options {
    port: u16,
    accepted: Option<String>,
    stat: Option<String>,
    delay: Duration,
    extensions: Vec<&'static str>,
}

struct Sink {
    started: Instant,
    delay: Duration,
    /// The whole answer to EHLO.
    greeting: String,
    accepted_log: Option<Mutex<File>>,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    accepted: AtomicU64,
    connections: AtomicU64,
    open: AtomicU64,
    bytes: AtomicU64,
    /// Microseconds from the start to the first and the last accepted message; 0 before there was one.
    first_us: AtomicU64,
    last_us: AtomicU64,
}

/// Where replies go: at once, or through a thread that holds each back until it is due.
enum Replies {
    AtOnce(TcpStream),
    Late(mpsc::Sender<(Instant, Vec<u8>)>, Duration),
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let listener = TcpListener::bind(("127.0.0.1", options.port))?;
    println!("listening on {}", listener.local_addr()?);
    let sink = Arc::new(Sink {
        started: Instant::now(),
        delay: options.delay,
        greeting: greeting(&options.extensions),
        accepted_log: options.accepted.map(File::create).transpose()?.map(Mutex::new),
        counters: Counters::default(),
    });
    if let Some(path) = options.stat {
        let sink = Arc::clone(&sink);
        thread::spawn(move || {
            loop {
                if let Err(error) = std::fs::write(&path, sink.counters.line()) {
                    eprintln!("{path}: {error}");
                }
                thread::sleep(Duration::from_millis(100));
            }
        });
    }
    for stream in listener.incoming() {
        let stream = stream?;
        let sink = Arc::clone(&sink);
        thread::Builder::new().stack_size(256 * 1024).spawn(move || sink.serve(stream))?;
    }
    Ok(())
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let port = words.next().and_then(|port| port.parse().ok()).ok_or(USAGE)?;
        let mut options =
            Self { port, accepted: None, stat: None, delay: Duration::ZERO, extensions: EXTENSIONS.to_vec() };
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| format!("{option} needs a value\n{USAGE}"))?;
            match option.as_str() {
                "--accepted" => options.accepted = Some(value),
                "--stat" => options.stat = Some(value),
                "--delay" => options.delay = Duration::from_millis(value.parse()?),
                "--hide" => options.extensions.retain(|extension| !extension.starts_with(&value)),
                _ => return Err(format!("{option} is not known\n{USAGE}").into()),
            }
        }
        Ok(options)
    }
}

fn greeting(extensions: &[&str]) -> String {
    let lines = extensions.iter().map(|extension| format!("250-{extension}\r\n"));
    format!("250-sink\r\n{}250 HELP\r\n", lines.collect::<String>())
}

impl Sink {
    fn serve(&self, stream: TcpStream) {
        self.counters.connections.fetch_add(1, Relaxed);
        self.counters.open.fetch_add(1, Relaxed);
        // A peer that cuts the connection is what a sink is for: no error worth a word.
        let _ = self.converse(stream);
        self.counters.open.fetch_sub(1, Relaxed);
    }

    fn converse(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut replies = Replies::to(stream.try_clone()?, self.delay);
        let mut reader = BufReader::with_capacity(256 * 1024, stream);
        let mut pending = b"220 sink ESMTP\r\n".to_vec();
        let mut line = Vec::new();
        let mut recipients = String::new();
        loop {
            // Replies to commands that came together leave together (RFC 2920).
            if reader.buffer().is_empty() {
                replies.send(std::mem::take(&mut pending))?;
            }
            line.clear();
            if self.counted(reader.read_until(b'\n', &mut line)?) == 0 {
                return Ok(());
            }
            let command = String::from_utf8_lossy(&line);
            let command = command.trim_end();
            let verb = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            let reply = match verb.as_str() {
                "EHLO" => self.greeting.as_str(),
                "HELO" => "250 sink\r\n",
                "MAIL" | "RSET" => {
                    recipients.clear();
                    "250 2.0.0 ok\r\n"
                }
                "RCPT" => {
                    recipients.push_str(command.split(['<', '>']).nth(1).unwrap_or_default());
                    recipients.push('\n');
                    "250 2.1.5 ok\r\n"
                }
                "NOOP" => "250 2.0.0 ok\r\n",
                "DATA" | "BDAT" if recipients.is_empty() => "503 5.5.1 no recipient\r\n",
                "DATA" => {
                    pending.extend_from_slice(b"354 go\r\n");
                    replies.send(std::mem::take(&mut pending))?;
                    self.swallow_dotted(&mut reader, &mut line)?;
                    self.accept(&mut recipients)?
                }
                "BDAT" => {
                    let (length, is_last) = chunk(command);
                    self.swallow_chunk(&mut reader, length)?;
                    if is_last { self.accept(&mut recipients)? } else { "250 2.0.0 chunk\r\n" }
                }
                "QUIT" => {
                    pending.extend_from_slice(b"221 2.0.0 bye\r\n");
                    return replies.send(pending);
                }
                _ => "502 5.5.2 not known here\r\n",
            };
            pending.extend_from_slice(reply.as_bytes());
        }
    }

    /// Reads up to and with the line that holds only a dot.
    fn swallow_dotted(&self, reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
        loop {
            line.clear();
            match self.counted(reader.read_until(b'\n', line)?) {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if line == b".\r\n" => return Ok(()),
                _ => {}
            }
        }
    }

    fn swallow_chunk(&self, reader: &mut impl BufRead, length: u64) -> io::Result<()> {
        let read = io::copy(&mut reader.take(length), &mut io::sink())?;
        self.counters.bytes.fetch_add(read, Relaxed);
        if read == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn accept(&self, recipients: &mut String) -> io::Result<&'static str> {
        let now = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let _ = self.counters.first_us.compare_exchange(0, now, Relaxed, Relaxed);
        self.counters.last_us.store(now, Relaxed);
        if let Some(log) = &self.accepted_log {
            let mut log = log.lock().map_err(|_| io::Error::other("a thread died while it wrote the log"))?;
            log.write_all(recipients.as_bytes())?;
        }
        recipients.clear();
        self.counters.accepted.fetch_add(1, Relaxed);
        Ok("250 2.0.0 taken\r\n")
    }

    fn counted(&self, bytes: usize) -> usize {
        self.counters.bytes.fetch_add(bytes as u64, Relaxed);
        bytes
    }
}

/// What `BDAT LENGTH [LAST]` says (RFC 3030).
fn chunk(command: &str) -> (u64, bool) {
    let mut words = command.split_whitespace().skip(1);
    let length = words.next().and_then(|length| length.parse().ok()).unwrap_or(0);
    (length, words.next().is_some_and(|word| word.eq_ignore_ascii_case("LAST")))
}

impl Replies {
    fn to(mut stream: TcpStream, delay: Duration) -> Self {
        if delay.is_zero() {
            return Self::AtOnce(stream);
        }
        let (sender, due) = mpsc::channel::<(Instant, Vec<u8>)>();
        thread::spawn(move || {
            for (due_at, bytes) in due {
                thread::sleep(due_at.saturating_duration_since(Instant::now()));
                if stream.write_all(&bytes).is_err() {
                    return;
                }
            }
            // The thread that reads has its own handle, so dropping this one would not end the connection.
            let _ = stream.shutdown(Shutdown::Both);
        });
        Self::Late(sender, delay)
    }

    fn send(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        match self {
            Self::AtOnce(stream) => stream.write_all(&bytes),
            Self::Late(sender, delay) => {
                sender.send((Instant::now() + *delay, bytes)).map_err(|_| io::ErrorKind::BrokenPipe.into())
            }
        }
    }
}

impl Counters {
    fn line(&self) -> String {
        let [accepted, connections, open, bytes, first_us, last_us] =
            [&self.accepted, &self.connections, &self.open, &self.bytes, &self.first_us, &self.last_us]
                .map(|counter| counter.load(Relaxed));
        let seconds = last_us.saturating_sub(first_us) as f64 / 1e6;
        format!("accepted {accepted} connections {connections} open {open} seconds {seconds:.3} bytes {bytes}\n")
    }
}
