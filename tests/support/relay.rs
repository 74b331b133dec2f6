//! A relay that says what a test wants to hear: any reply at any stage, late, or none and the connection cut.
//!
//! A thread per connection, on a free port of 127.0.0.1, until the test's process ends.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a connection has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Mail,
    Rcpt,
    Data,
    /// The whole message is there, with its final dot.
    Dot,
}

/// What the relay does then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What a relay says that takes everything.
    Usual,
    /// The same after this time.
    Late(Duration),
    /// This instead, without its line end.
    Reply(&'static str),
    /// Nothing: the connection is cut. At [`Stage::Dot`] the message is kept all the same.
    Cut,
}

/// What the script is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    pub stage: Stage,
    /// Empty before RCPT.
    pub recipient: &'a str,
    /// How many messages to this recipient were taken already.
    pub taken_before: usize,
}

/// A message the relay took, whether or not it could say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub recipient: String,
    /// As it was before its dots were stuffed.
    pub bytes: Vec<u8>,
}

type Script = dyn Fn(Moment<'_>) -> Answer + Send + Sync;

#[derive(Clone)]
pub struct Relay {
    pub port: u16,
    script: Arc<Script>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

struct Conversation<'a> {
    relay: &'a Relay,
    out: TcpStream,
    recipient: String,
}

impl Relay {
    pub fn start(script: impl Fn(Moment<'_>) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let relay = Self { port, script: Arc::new(script), taken: Arc::default() };
        let serving = relay.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let relay = serving.clone();
                // A peer that was killed leaves an error here, which is the peer's matter.
                thread::spawn(move || relay.converse(stream?));
            }
        });
        relay
    }

    /// What was taken, in order. Each is noted before its 250 leaves, so that no sender can know more.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    fn converse(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut conversation = Conversation { relay: self, out: stream, recipient: String::new() };
        conversation.answer(Stage::Greeting, "220 relay.example ESMTP")?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.split_whitespace().next().unwrap_or_default() {
                "EHLO" => conversation.say("250-relay.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES")?,
                "MAIL" => {
                    conversation.recipient.clear();
                    conversation.answer(Stage::Mail, "250 2.1.0 ok")?;
                }
                "RCPT" => {
                    conversation.recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    if !conversation.answer(Stage::Rcpt, "250 2.1.5 ok")? {
                        conversation.recipient.clear();
                    }
                }
                "DATA" if conversation.recipient.is_empty() => conversation.say("503 5.5.1 no recipient")?,
                "DATA" => {
                    if conversation.answer(Stage::Data, "354 go on")? {
                        let bytes = read_message(&mut lines)?;
                        conversation.take(bytes)?;
                    }
                }
                "QUIT" => return conversation.say("221 2.0.0 bye"),
                _ => conversation.say("250 2.0.0 ok")?,
            }
        }
    }
}

impl Conversation<'_> {
    /// Whether it went the usual way.
    fn answer(&mut self, stage: Stage, usual: &str) -> io::Result<bool> {
        let (reply, is_usual) = match self.scripted(stage) {
            Answer::Usual => (usual, true),
            Answer::Late(delay) => {
                thread::sleep(delay);
                (usual, true)
            }
            Answer::Reply(reply) => (reply, false),
            Answer::Cut => return Err(ErrorKind::ConnectionAborted.into()),
        };
        self.say(reply)?;
        Ok(is_usual)
    }

    /// What the script says, and the message kept where that means it was taken.
    fn take(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        let answer = self.scripted(Stage::Dot);
        if !matches!(answer, Answer::Reply(_)) {
            let recipient = self.recipient.clone();
            self.relay.taken.lock().unwrap().push(Taken { recipient, bytes });
        }
        match answer {
            Answer::Usual => self.say("250 2.0.0 taken"),
            Answer::Late(delay) => {
                thread::sleep(delay);
                self.say("250 2.0.0 taken")
            }
            Answer::Reply(reply) => self.say(reply),
            Answer::Cut => Err(ErrorKind::ConnectionAborted.into()),
        }
    }

    fn scripted(&self, stage: Stage) -> Answer {
        let taken = self.relay.taken.lock().unwrap();
        let taken_before = taken.iter().filter(|message| message.recipient == self.recipient).count();
        drop(taken);
        (self.relay.script)(Moment { stage, recipient: &self.recipient, taken_before })
    }

    fn say(&mut self, reply: &str) -> io::Result<()> {
        self.out.write_all(format!("{reply}\r\n").as_bytes())
    }
}

/// Reads up to and with the lone dot.
fn read_message(lines: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        match line.as_slice() {
            b".\r\n" => return Ok(message),
            [b'.', rest @ ..] => message.extend_from_slice(rest),
            whole => message.extend_from_slice(whole),
        }
    }
}
