//! A relay that follows a script to the byte: any reply, half of one, garbage, silence or a cut at any moment, with TLS
//! or without, and an account of every line it heard and every message it got.
//!
//! A thread a connection, on a free port of 127.0.0.1, until the test's process ends.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a connection has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The whole message is here, with its final dot or as the last chunk (RFC 3030).
    Dot,
    Rset,
}

/// What the relay does then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// What a relay says that takes everything.
    Usual,
    /// This, and a line end.
    Reply(String),
    /// These bytes and no more.
    Raw(&'static [u8]),
    /// These bytes, then the connection is cut.
    Cut(&'static [u8]),
    /// Nothing for this long, then the usual.
    Late(Duration),
    /// Nothing for ever, while the connection stays open.
    Nothing,
    /// These bytes, then nothing is said or read any more, while the connection stays open.
    Deaf(&'static [u8]),
}

/// What the script is asked about.
#[derive(Clone, Debug)]
pub struct Moment {
    pub at: At,
    /// The line that was heard; empty at the greeting.
    pub line: String,
    /// Empty before RCPT.
    pub recipient: String,
    /// 1 for the first connection.
    pub connection: usize,
    /// Messages to this recipient that arrived whole before this moment.
    pub arrived_before: usize,
}

/// A message that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub connection: usize,
    pub recipient: String,
    /// As it was before its dots were doubled.
    pub bytes: Vec<u8>,
    /// The script let the usual 250 go out.
    pub was_accepted: bool,
    pub at: Instant,
}

type Script = dyn Fn(&Moment) -> Say + Send + Sync;

#[derive(Clone)]
pub struct ScriptedSmtp {
    pub port: u16,
    inner: Arc<Inner>,
}

struct Inner {
    /// What EHLO is answered with, below the name.
    extensions: Vec<String>,
    tls: Option<Arc<ServerConfig>>,
    tls_from_first_byte: bool,
    script: Box<Script>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    connections: AtomicUsize,
    heard: Mutex<Vec<(usize, String)>>,
    arrived: Mutex<Vec<Arrived>>,
}

/// What a relay is started with.
pub struct Setup {
    pub extensions: Vec<&'static str>,
    pub tls: Option<Arc<ServerConfig>>,
    pub tls_from_first_byte: bool,
    /// Connections taken before the port is closed; those after are refused by the kernel.
    pub connections: usize,
}

impl Default for Setup {
    fn default() -> Self {
        let extensions = vec!["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"];
        Self { extensions, tls: None, tls_from_first_byte: false, connections: usize::MAX }
    }
}

impl ScriptedSmtp {
    pub fn start(script: impl Fn(&Moment) -> Say + Send + Sync + 'static) -> Self {
        Self::set_up(Setup::default(), script)
    }

    /// The same without PIPELINING.
    pub fn start_step_by_step(script: impl Fn(&Moment) -> Say + Send + Sync + 'static) -> Self {
        Self::set_up(Setup { extensions: vec!["ENHANCEDSTATUSCODES"], ..Setup::default() }, script)
    }

    pub fn set_up(setup: Setup, script: impl Fn(&Moment) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            extensions: setup.extensions.into_iter().map(String::from).collect(),
            tls: setup.tls,
            tls_from_first_byte: setup.tls_from_first_byte,
            script: Box::new(script),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            heard: Mutex::default(),
            arrived: Mutex::default(),
        });
        let serving = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().take(setup.connections) {
                let inner = Arc::clone(&serving);
                thread::spawn(move || inner.serve(stream.unwrap()));
            }
        });
        Self { port, inner }
    }

    /// With CHUNKING, so that whole messages come one behind the other.
    pub fn start_in_chunks(script: impl Fn(&Moment) -> Say + Send + Sync + 'static) -> Self {
        let extensions = vec!["PIPELINING", "CHUNKING", "ENHANCEDSTATUSCODES", "8BITMIME"];
        Self::set_up(Setup { extensions, ..Setup::default() }, script)
    }

    /// The lines heard, with the number of the connection each came over. Messages are not among them.
    pub fn heard(&self) -> Vec<(usize, String)> {
        self.inner.heard.lock().unwrap().clone()
    }

    /// The first words of the lines of one connection.
    pub fn verbs(&self, connection: usize) -> Vec<String> {
        let verb = |line: &str| line.split([' ', ':']).next().unwrap_or_default().to_owned();
        self.heard().iter().filter(|(on, _)| *on == connection).map(|(_, line)| verb(line)).collect()
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.inner.arrived.lock().unwrap().clone()
    }

    pub fn arrived_for(&self, recipient: &str) -> Vec<Arrived> {
        self.arrived().into_iter().filter(|message| message.recipient == recipient).collect()
    }

    pub fn connections(&self) -> usize {
        self.inner.connections.load(SeqCst)
    }

    pub fn most_open_at_once(&self) -> usize {
        self.inner.most_open.load(SeqCst)
    }
}

/// Bytes both ways, in plain text or not.
enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

struct Conversation<'a> {
    relay: &'a Inner,
    line: BufReader<Line>,
    number: usize,
    sender: bool,
    /// The recipient that was accepted, or refused last.
    recipient: String,
    has_recipient: bool,
}

impl Inner {
    fn serve(&self, stream: TcpStream) {
        let number = self.connections.fetch_add(1, SeqCst) + 1;
        let open = self.open.fetch_add(1, SeqCst) + 1;
        self.most_open.fetch_max(open, SeqCst);
        // A peer that went away or was cut leaves an error here, which is what the test wanted.
        let _ = self.converse(stream, number);
        self.open.fetch_sub(1, SeqCst);
    }

    fn converse(&self, stream: TcpStream, number: usize) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let line = if self.tls_from_first_byte { self.encrypt(stream)? } else { Line::Plain(stream) };
        let mut conversation = Conversation {
            relay: self,
            line: BufReader::new(line),
            number,
            sender: false,
            recipient: String::new(),
            has_recipient: false,
        };
        conversation.run()
    }

    fn encrypt(&self, stream: TcpStream) -> io::Result<Line> {
        let config = self.tls.clone().expect("the script begins TLS, so it needs a certificate");
        let session = ServerConnection::new(config).map_err(io::Error::other)?;
        let mut tls = StreamOwned::new(session, stream);
        while tls.conn.is_handshaking() {
            tls.conn.complete_io(&mut tls.sock)?;
        }
        Ok(Line::Tls(Box::new(tls)))
    }
}

impl Conversation<'_> {
    fn run(&mut self) -> io::Result<()> {
        self.answer(At::Greeting, "", "220 relay.example ESMTP")?;
        loop {
            let line = self.hear()?;
            match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => {
                    let offers: String = self.relay.extensions.iter().map(|name| format!("250-{name}\r\n")).collect();
                    self.answer(At::Ehlo, &line, &format!("250-relay.example\r\n{offers}250 HELP"))?;
                }
                "STARTTLS" => {
                    if self.answer(At::StartTls, &line, "220 2.0.0 go on")? {
                        self.begin_tls()?;
                    }
                }
                "AUTH" => {
                    self.answer(At::Auth, &line, "235 2.7.0 welcome")?;
                }
                "MAIL" => {
                    self.has_recipient = false;
                    self.recipient.clear();
                    self.sender = self.answer(At::Mail, &line, "250 2.1.0 ok")?;
                }
                "RCPT" => {
                    self.recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let usual = if self.sender { "250 2.1.5 ok" } else { "503 5.5.1 no sender" };
                    self.has_recipient = self.answer(At::Rcpt, &line, usual)? && self.sender;
                }
                "DATA" => self.data(&line)?,
                "BDAT" => self.last_chunk(&line)?,
                "RSET" => {
                    self.sender = false;
                    self.has_recipient = false;
                    self.answer(At::Rset, &line, "250 2.0.0 ok")?;
                }
                "QUIT" => return self.put(b"221 2.0.0 bye\r\n"),
                _ => self.put(b"500 5.5.2 what\r\n")?,
            }
        }
    }

    fn data(&mut self, line: &str) -> io::Result<()> {
        let usual = if self.has_recipient { "354 go on" } else { "554 5.5.1 no valid recipient" };
        let say = self.asked(At::Data, line);
        let goes_on = match &say {
            Say::Usual | Say::Late(_) => self.has_recipient,
            Say::Reply(reply) => reply.starts_with("354"),
            Say::Raw(_) | Say::Cut(_) | Say::Nothing | Say::Deaf(_) => false,
        };
        self.act(say, usual)?;
        if !goes_on {
            return Ok(());
        }
        let bytes = self.message()?;
        self.whole(bytes)
    }

    /// RFC 3030 §3: the octets of a chunk are taken off the wire whatever was said before it.
    fn last_chunk(&mut self, line: &str) -> io::Result<()> {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, octets, "LAST"] = words[..] else { return self.put(b"501 5.5.4 one chunk a message, here\r\n") };
        let mut bytes = vec![0; octets.parse().map_err(io::Error::other)?];
        self.line.read_exact(&mut bytes)?;
        if self.has_recipient { self.whole(bytes) } else { self.put(b"554 5.5.1 no valid recipient\r\n") }
    }

    fn whole(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        let say = self.asked(At::Dot, "");
        let arrived = Arrived {
            connection: self.number,
            recipient: if self.has_recipient { self.recipient.clone() } else { String::new() },
            bytes,
            was_accepted: self.has_recipient && matches!(say, Say::Usual | Say::Late(_)),
            at: Instant::now(),
        };
        self.relay.arrived.lock().unwrap().push(arrived);
        let usual = if self.has_recipient { "250 2.0.0 taken" } else { "554 5.5.1 no valid recipient" };
        self.sender = false;
        self.act(say, usual).map(drop)
    }

    fn begin_tls(&mut self) -> io::Result<()> {
        let Line::Plain(stream) = self.line.get_ref() else { return Err(ErrorKind::InvalidData.into()) };
        let encrypted = self.relay.encrypt(stream.try_clone()?)?;
        self.line = BufReader::new(encrypted);
        Ok(())
    }

    fn hear(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.line.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        self.relay.heard.lock().unwrap().push((self.number, line.clone()));
        Ok(line)
    }

    /// Up to and with the lone dot, the doubled dots single again.
    fn message(&mut self) -> io::Result<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.line.read_until(b'\n', &mut line)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            match line.as_slice() {
                b".\r\n" => return Ok(message),
                [b'.', rest @ ..] => message.extend_from_slice(rest),
                whole => message.extend_from_slice(whole),
            }
        }
    }

    fn asked(&self, at: At, line: &str) -> Say {
        let recipient = self.recipient.clone();
        let arrived = self.relay.arrived.lock().unwrap();
        let arrived_before = arrived.iter().filter(|message| message.recipient == recipient).count();
        drop(arrived);
        (self.relay.script)(&Moment { at, line: line.to_owned(), recipient, connection: self.number, arrived_before })
    }

    /// Whether a yes went out.
    fn answer(&mut self, at: At, line: &str, usual: &str) -> io::Result<bool> {
        let say = self.asked(at, line);
        self.act(say, usual)
    }

    fn act(&mut self, say: Say, usual: &str) -> io::Result<bool> {
        match say {
            Say::Usual => self.put(format!("{usual}\r\n").as_bytes())?,
            Say::Late(delay) => {
                thread::sleep(delay);
                self.put(format!("{usual}\r\n").as_bytes())?;
            }
            Say::Reply(reply) => {
                self.put(format!("{reply}\r\n").as_bytes())?;
                return Ok(reply.starts_with(['2', '3']));
            }
            Say::Raw(bytes) => {
                self.put(bytes)?;
                return Ok(bytes.starts_with(b"2"));
            }
            Say::Cut(bytes) => {
                self.put(bytes)?;
                return Err(ErrorKind::ConnectionAborted.into());
            }
            Say::Deaf(bytes) => {
                self.put(bytes)?;
                // Longer than any test takes.
                thread::sleep(Duration::from_secs(600));
                return Err(ErrorKind::UnexpectedEof.into());
            }
            Say::Nothing => {
                // Until the other side gives up.
                while self.line.read(&mut [0; 1024])? > 0 {}
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(usual.starts_with(['2', '3']))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.line.get_mut().write_all(bytes)?;
        self.line.get_mut().flush()
    }
}
