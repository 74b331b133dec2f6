//! An SMTP server that takes every message and keeps none, for measuring what sends and for killing it.
//!
//!     smtp-sink PORT [--accepted FILE | --envelopes FILE] [--stat FILE] [--delay MS] [--moody SEED] [--hide EXTENSION]…
//!
//! PORT 0 takes a free one; the first line printed says which. `--accepted` gets the recipient of each message, a line
//! each, written out before the 250 that accepts it, so that no sender can know more than the file. `--envelopes` is the
//! same with the sender before it, and what is there already stays. `--stat` is
//! rewritten ten times a second with counts since the start, the seconds from the first accepted message to the last, and
//! the time of the first in seconds since 1970. `--delay` lets every reply leave so much later than what
//! it answers arrived, as over a long wire, while reading goes on. `--moody` makes it refuse, close or fall silent now and
//! then. `--hide` leaves an extension out of the answer to EHLO.
//!
//! Owns nothing but its counters: a thread per connection, good for some hundred of them.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use memchr::memchr;
use memchr::memmem::Finder;

#[path = "smtp-sink/moody.rs"]
mod moody;

use moody::{At, Mood, Moods};

const USAGE: &str =
    "smtp-sink PORT [--accepted FILE | --envelopes FILE] [--stat FILE] [--delay MS] [--moody SEED] [--hide EXTENSION]…";
const EXTENSIONS: [&str; 5] = ["PIPELINING", "CHUNKING", "SIZE 100000000", "8BITMIME", "ENHANCEDSTATUSCODES"];
/// Of one connection: room for several messages, so that a sender that runs ahead is read in few calls.
const BUFFER: usize = 256 * 1024;
const END_OF_MESSAGE: &[u8] = b"\r\n.\r\n";

struct Options {
    port: u16,
    accepted: Option<String>,
    envelopes: Option<String>,
    stat: Option<String>,
    delay: Duration,
    moody: Option<u64>,
    extensions: Vec<&'static str>,
}

struct Sink {
    started: Instant,
    /// The same moment, since 1970.
    started_at: Duration,
    delay: Duration,
    moody: Option<u64>,
    /// The whole answer to EHLO.
    greeting: String,
    accepted_log: Option<Mutex<File>>,
    /// The log names senders, too.
    has_envelopes: bool,
    counters: Counters,
    /// Searching is what a sink does most: one that went through messages line by line would measure itself.
    end_of_message: Finder<'static>,
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

/// What is being read.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Command,
    /// What follows DATA, up to the line that holds only a dot.
    Message,
    Chunk {
        left: usize,
        is_last: bool,
    },
    /// Whatever comes, nothing is answered.
    Silent,
    Over,
}

/// One connection: what was said on it, and what is still to be answered.
struct Dialog<'a> {
    sink: &'a Sink,
    state: State,
    moods: Option<Moods>,
    has_sender: bool,
    /// Empty where nobody asks who it is.
    sender: String,
    /// The message is taken, though nobody will be told so.
    has_taken: bool,
    /// A line each.
    recipients: String,
    pending: Vec<u8>,
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
    let accepted_log = match &options.envelopes {
        Some(path) => Some(File::options().append(true).create(true).open(path)?),
        None => options.accepted.map(File::create).transpose()?,
    };
    let sink = Arc::new(Sink {
        started: Instant::now(),
        started_at: SystemTime::now().duration_since(UNIX_EPOCH)?,
        delay: options.delay,
        moody: options.moody,
        greeting: greeting(&options.extensions),
        accepted_log: accepted_log.map(Mutex::new),
        has_envelopes: options.envelopes.is_some(),
        counters: Counters::default(),
        end_of_message: Finder::new(END_OF_MESSAGE),
    });
    if let Some(path) = options.stat {
        let sink = Arc::clone(&sink);
        thread::spawn(move || {
            loop {
                if let Err(error) = std::fs::write(&path, sink.stat()) {
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
        let mut options = Self {
            port,
            accepted: None,
            envelopes: None,
            stat: None,
            delay: Duration::ZERO,
            moody: None,
            extensions: EXTENSIONS.to_vec(),
        };
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| format!("{option} needs a value\n{USAGE}"))?;
            match option.as_str() {
                "--accepted" => options.accepted = Some(value),
                "--envelopes" => options.envelopes = Some(value),
                "--stat" => options.stat = Some(value),
                "--delay" => options.delay = Duration::from_millis(value.parse()?),
                "--moody" => options.moody = Some(value.parse()?),
                "--hide" => options.extensions.retain(|extension| !extension.starts_with(&value)),
                _ => return Err(format!("{option} is not known\n{USAGE}").into()),
            }
        }
        Ok(options)
    }
}

/// The address in a command.
fn named(line: &[u8]) -> String {
    let address = line.split(|byte| b"<>".contains(byte)).nth(1).unwrap_or_default();
    String::from_utf8_lossy(address).into_owned()
}

fn greeting(extensions: &[&str]) -> String {
    let lines = extensions.iter().map(|extension| format!("250-{extension}\r\n"));
    format!("250-sink\r\n{}250 HELP\r\n", lines.collect::<String>())
}

impl Sink {
    fn serve(&self, stream: TcpStream) {
        let number = self.counters.connections.fetch_add(1, Relaxed);
        self.counters.open.fetch_add(1, Relaxed);
        // A peer that cuts the connection is what a sink is for: no error worth a word.
        let _ = self.converse(stream, number);
        self.counters.open.fetch_sub(1, Relaxed);
    }

    fn converse(&self, mut stream: TcpStream, number: u64) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut replies = Replies::to(stream.try_clone()?, self.delay);
        let mut dialog = Dialog {
            sink: self,
            state: State::Command,
            moods: self.moody.map(|seed| Moods::new(seed, number)),
            has_sender: false,
            sender: String::new(),
            has_taken: false,
            recipients: String::new(),
            pending: b"220 sink ESMTP\r\n".to_vec(),
        };
        let mut buffer = vec![0; BUFFER];
        let mut filled = 0;
        loop {
            let used = dialog.take(&buffer[..filled])?;
            buffer.copy_within(used..filled, 0);
            filled -= used;
            // Replies to commands that came together leave together (RFC 2920).
            replies.send(&mut dialog.pending)?;
            // A buffer that is full here holds a command line as long as itself: no peer worth an answer.
            let read = if dialog.state == State::Over { 0 } else { stream.read(&mut buffer[filled..])? };
            if read == 0 {
                return Ok(());
            }
            filled += read;
            self.counters.bytes.fetch_add(read as u64, Relaxed);
        }
    }

    fn count(&self, sender: &str, recipients: &str) -> io::Result<()> {
        let now = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let _ = self.counters.first_us.compare_exchange(0, now, Relaxed, Relaxed);
        self.counters.last_us.store(now, Relaxed);
        if let Some(log) = &self.accepted_log {
            let mut log = log.lock().map_err(|_| io::Error::other("a thread died while it wrote the log"))?;
            if self.has_envelopes {
                let lines: String = recipients.lines().map(|recipient| format!("{sender} {recipient}\n")).collect();
                log.write_all(lines.as_bytes())?;
            } else {
                log.write_all(recipients.as_bytes())?;
            }
        }
        self.counters.accepted.fetch_add(1, Relaxed);
        Ok(())
    }
}

impl Dialog<'_> {
    /// Goes through what has arrived and returns how much of it is done with; the rest must come again, with more.
    fn take(&mut self, arrived: &[u8]) -> io::Result<usize> {
        let mut at = 0;
        loop {
            let rest = &arrived[at..];
            match self.state {
                State::Over => return Ok(at),
                State::Silent => return Ok(arrived.len()),
                State::Command => {
                    let Some(end) = memchr(b'\n', rest) else { return Ok(at) };
                    at += end + 1;
                    self.answer(&rest[..end]);
                    if self.state == State::Message && rest[..end].ends_with(b"\r") {
                        // An empty message has no line end before its dot but the one of DATA itself.
                        at -= 2;
                    }
                }
                State::Message => match self.sink.end_of_message.find(rest) {
                    Some(found) => {
                        at += found + END_OF_MESSAGE.len();
                        self.accept()?;
                    }
                    // The end may have arrived in part.
                    None => return Ok(at + rest.len().saturating_sub(END_OF_MESSAGE.len() - 1)),
                },
                State::Chunk { left, is_last } if left > rest.len() => {
                    self.state = State::Chunk { left: left - rest.len(), is_last };
                    return Ok(arrived.len());
                }
                State::Chunk { left, is_last } => {
                    at += left;
                    self.state = State::Command;
                    if is_last { self.accept()? } else { self.reply("250 2.0.0 chunk\r\n") }
                }
            }
        }
    }

    fn answer(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        let verb = line.split(|&byte| byte == b' ').next().unwrap_or_default();
        let is = |name: &str| verb.eq_ignore_ascii_case(name.as_bytes());
        if is("MAIL") || is("RSET") {
            self.recipients.clear();
            self.has_sender = is("MAIL") && self.is_willing(At::Mail, "the sender");
            if self.has_sender && self.sink.has_envelopes {
                self.sender = named(line);
            }
            if self.has_sender || is("RSET") {
                self.reply("250 2.0.0 ok\r\n");
            }
        } else if is("RCPT") && !self.has_sender {
            self.reply("503 5.5.1 no sender\r\n");
        } else if is("RCPT") {
            let address = named(line);
            if self.is_willing(At::Rcpt, &address) {
                self.recipients.push_str(&address);
                self.recipients.push('\n');
                self.reply("250 2.1.5 ok\r\n");
            }
        } else if is("BDAT") {
            // Its chunk follows whether it is wanted or not (RFC 3030 §4.2).
            let (left, is_last) = chunk(&String::from_utf8_lossy(line));
            self.state = State::Chunk { left, is_last };
        } else if is("DATA") && self.recipients.is_empty() {
            self.reply("503 5.5.1 no recipient\r\n");
        } else if is("DATA") {
            if self.is_willing_for_all(At::Data) {
                self.state = State::Message;
                self.reply("354 go\r\n");
            }
        } else if is("EHLO") {
            self.reply(&self.sink.greeting);
        } else if is("HELO") {
            self.reply("250 sink\r\n");
        } else if is("NOOP") {
            self.reply("250 2.0.0 ok\r\n");
        } else if is("QUIT") {
            self.state = State::Over;
            self.reply("221 2.0.0 bye\r\n");
        } else {
            self.reply("502 5.5.2 not known here\r\n");
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        self.state = State::Command;
        if self.recipients.is_empty() {
            self.reply("503 5.5.1 no recipient\r\n");
            return Ok(());
        }
        if self.is_willing_for_all(At::End) {
            self.sink.count(&self.sender, &self.recipients)?;
            self.reply("250 2.0.0 taken\r\n");
        } else if self.has_taken {
            self.sink.count(&self.sender, &self.recipients)?;
        }
        self.recipients.clear();
        self.has_sender = false;
        Ok(())
    }

    fn is_willing_for_all(&mut self, at: At) -> bool {
        self.moods.is_none() || self.is_willing(at, &self.recipients.trim_end().replace('\n', ", "))
    }

    /// Whether the relay does as it is asked. If not, that is answered, or never will be.
    fn is_willing(&mut self, at: At, whom: &str) -> bool {
        let mood = self.moods.as_mut().map_or(Mood::Good, |moods| moods.next(at));
        match mood {
            Mood::Good => return true,
            Mood::Closing => {
                self.reply("421 4.3.2 not in the mood\r\n");
                self.state = State::Over;
            }
            Mood::Refusing(reply) => self.reply(&format!("{reply}: {whom}\r\n")),
            Mood::Silent { has_taken } => {
                self.has_taken = has_taken;
                self.state = State::Silent;
            }
        }
        false
    }

    fn reply(&mut self, text: &str) {
        self.pending.extend_from_slice(text.as_bytes());
    }
}

/// What `BDAT LENGTH [LAST]` says (RFC 3030).
fn chunk(command: &str) -> (usize, bool) {
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

    /// Sends what is there, if anything, and leaves `bytes` empty.
    fn send(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        match self {
            Self::AtOnce(stream) => {
                stream.write_all(bytes)?;
                bytes.clear();
                Ok(())
            }
            Self::Late(sender, delay) => sender
                .send((Instant::now() + *delay, std::mem::take(bytes)))
                .map_err(|_| io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Sink {
    fn stat(&self) -> String {
        let [accepted, connections, open, bytes, first_us, last_us] = [
            &self.counters.accepted,
            &self.counters.connections,
            &self.counters.open,
            &self.counters.bytes,
            &self.counters.first_us,
            &self.counters.last_us,
        ]
        .map(|counter| counter.load(Relaxed));
        let seconds = last_us.saturating_sub(first_us) as f64 / 1e6;
        let first_at = match first_us {
            0 => 0.0,
            first_us => self.started_at.as_secs_f64() + first_us as f64 / 1e6,
        };
        format!(
            "accepted {accepted} connections {connections} open {open} seconds {seconds:.3} bytes {bytes} \
             first_at {first_at:.3}\n"
        )
    }
}
