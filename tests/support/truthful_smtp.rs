//! A relay that misbehaves in every way it can think of, and keeps the truth about every transaction: what it decided to
//! say to each command, whether that went out, and whether it kept the message.
//!
//! A thread a connection; all of it ends when the relay is dropped and its connections are closed.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::truth::{Draw, Stage, Told, Transaction, Truth, Way};

struct Inner {
    way: Way,
    seed: u64,
    is_over: AtomicBool,
    connections: AtomicUsize,
    /// How much mischief is left; then it only refuses now and then.
    budget: Mutex<usize>,
    truth: Mutex<Truth>,
}

pub struct TruthfulSmtp {
    pub port: u16,
    inner: Arc<Inner>,
}

impl TruthfulSmtp {
    pub fn start(way: Way, seed: u64, budget: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (is_over, connections, truth) = Default::default();
        let inner = Arc::new(Inner { way, seed, is_over, connections, budget: Mutex::new(budget), truth });
        let serving = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.is_over.load(SeqCst) {
                    break;
                }
                let inner = Arc::clone(&serving);
                // A sender that went away leaves an error here.
                thread::spawn(move || Talk::over(&inner, stream?)?.run());
            }
        });
        Self { port, inner }
    }

    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.inner.truth.lock().unwrap()
    }
}

impl Drop for TruthfulSmtp {
    fn drop(&mut self) {
        self.inner.is_over.store(true, SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// What it does beside, or instead of, saying what it decided upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mischief {
    None,
    CutBefore,
    CutAmid,
    CutAfter,
    Silence,
    /// 421 instead, and it closes.
    Closing,
    /// 421 instead, and it goes on as if nothing had been.
    Careless,
    /// 421 behind what it says, and it closes.
    Goodbye,
    Surplus,
    Nonsense,
    /// A reply that does not fit the command.
    Odd,
}

struct Talk<'a> {
    relay: &'a Inner,
    input: BufReader<TcpStream>,
    draw: Draw,
    number: usize,
    transaction: usize,
    has_sender: bool,
    has_recipient: bool,
    /// Said, and held back to leave together with what comes next.
    out: Vec<u8>,
    /// No more mischief over this connection.
    is_calm: bool,
    has_surplus: bool,
}

impl<'a> Talk<'a> {
    fn over(relay: &'a Inner, stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        // A test that ended leaves no thread behind.
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let number = relay.connections.fetch_add(1, SeqCst) + 1;
        Ok(Self {
            relay,
            input: BufReader::new(stream),
            draw: Draw(relay.seed ^ (number as u64).wrapping_mul(0x0123_4567_89ab_cdef)),
            number,
            transaction: usize::MAX,
            has_sender: false,
            has_recipient: false,
            out: Vec::new(),
            is_calm: false,
            has_surplus: false,
        })
    }

    fn truth(&self) -> MutexGuard<'a, Truth> {
        self.relay.truth.lock().unwrap()
    }

    fn run(mut self) -> io::Result<()> {
        self.say(Stage::Greeting, 220, "")?;
        loop {
            let line = self.hear()?;
            match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => {
                    let offers = match self.relay.way {
                        Way::Plain => "",
                        Way::Groups => "PIPELINING\n",
                        Way::Chunks => "PIPELINING\nCHUNKING\n",
                    };
                    self.say(Stage::Ehlo, 250, offers)?;
                }
                "RSET" => {
                    (self.has_sender, self.has_recipient) = (false, false);
                    self.say(Stage::Reset, 250, "")?;
                }
                "MAIL" => {
                    let mut truth = self.truth();
                    self.transaction = truth.transactions.len();
                    truth.transactions.push(Transaction::default());
                    drop(truth);
                    self.has_recipient = false;
                    let code = if self.draw.percent(5) { 251 } else { 250 };
                    self.has_sender = self.say(Stage::Mail, code, "")? / 100 == 2;
                }
                "RCPT" => {
                    let recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    if let Some(transaction) = self.truth().transactions.get_mut(self.transaction) {
                        transaction.recipient = recipient;
                    }
                    let code = match self.draw.below(100) {
                        _ if !self.has_sender => 503,
                        0..5 => self.draw.one_of(&[450, 451, 452, 471, 552]),
                        5..10 => self.draw.one_of(&[550, 551, 553, 599]),
                        10..15 => 251,
                        _ => 250,
                    };
                    self.has_recipient = self.say(Stage::Rcpt, code, "")? / 100 == 2 && self.has_sender;
                }
                "DATA" => {
                    let code = match self.draw.below(100) {
                        // Some say yes although nobody is to get it (S7).
                        0..20 if !self.has_recipient => 354,
                        _ if !self.has_recipient => 554,
                        0..3 => 451,
                        3..6 => 554,
                        _ => 354,
                    };
                    if self.say(Stage::Data, code, "")? == 354 {
                        let bytes = self.dotted()?;
                        self.whole(&bytes)?;
                    }
                }
                "BDAT" => {
                    let octets = line.split(' ').nth(1).and_then(|octets| octets.parse().ok());
                    let bytes = self.chunk(octets.ok_or(ErrorKind::InvalidData)?)?;
                    self.whole(&bytes)?;
                }
                "QUIT" => {
                    self.out.extend_from_slice(b"221 2.0.0 bye\r\n");
                    return self.flush();
                }
                _ => {
                    if !self.has_surplus {
                        let line = line.chars().take(60).collect::<String>();
                        self.truth().out_of_step.push(format!("connection {}: {line:?}", self.number));
                    }
                    self.out.extend_from_slice(b"500 5.5.2 what\r\n");
                }
            }
        }
    }

    fn whole(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(transaction) = self.truth().transactions.get_mut(self.transaction)
            && self.has_recipient
        {
            transaction.digest = Some(Sha256::digest(bytes).into());
        }
        let code = match self.draw.below(100) {
            _ if !self.has_recipient => 554,
            0..5 => self.draw.one_of(&[451, 452, 471]),
            5..10 => self.draw.one_of(&[550, 552, 554, 599]),
            10..13 => self.draw.one_of(&[200, 251, 299]),
            _ => 250,
        };
        self.say(Stage::Message, code, "")?;
        (self.has_sender, self.has_recipient) = (false, false);
        Ok(())
    }

    /// Whether a message is kept is on record before the first byte of an answer can leave.
    fn decide(&mut self, stage: Stage, code: u16, mischief: Mischief) {
        if stage != Stage::Message || !self.has_recipient {
            return;
        }
        let kept = match mischief {
            // It says nothing that could be relied upon, so that either may be.
            Mischief::CutBefore | Mischief::CutAmid | Mischief::Silence | Mischief::Nonsense => self.draw.percent(50),
            _ if code / 100 == 3 => self.draw.percent(50),
            _ => code / 100 == 2,
        };
        if let Some(transaction) = self.truth().transactions.get_mut(self.transaction) {
            transaction.kept = kept;
        }
    }

    /// Says this, or something worse; what it decided upon.
    fn say(&mut self, stage: Stage, code: u16, lines: &str) -> io::Result<u16> {
        let mischief = self.mischief(stage);
        let code = match mischief {
            Mischief::Closing | Mischief::Careless => 421,
            Mischief::Odd => self.draw.one_of(odd(stage)),
            _ => code,
        };
        self.decide(stage, code, mischief);
        if self.draw.percent(5) {
            // What has to leave together waits together.
            if !self.has_surplus {
                self.flush()?;
            }
            thread::sleep(Duration::from_millis(1 + self.draw.below(8) as u64));
        }
        let reply = self.reply(stage, code, lines);
        match mischief {
            Mischief::CutBefore => {
                self.flush()?;
                return Err(ErrorKind::ConnectionAborted.into());
            }
            Mischief::CutAmid => {
                let part = self.draw.below(reply.len());
                self.out.extend_from_slice(&reply[..part]);
                self.flush()?;
                return Err(ErrorKind::ConnectionAborted.into());
            }
            Mischief::CutAfter | Mischief::Closing | Mischief::Goodbye => {
                self.out.extend_from_slice(&reply);
                if mischief == Mischief::Goodbye {
                    let bye = self.reply(Stage::Surplus, 421, "");
                    self.out.extend_from_slice(&bye);
                }
                self.flush()?;
                return Err(ErrorKind::ConnectionAborted.into());
            }
            Mischief::Silence => {
                let part = if self.draw.percent(50) { self.draw.below(reply.len()) } else { 0 };
                self.out.extend_from_slice(&reply[..part]);
                self.flush()?;
                io::copy(&mut self.input, &mut io::sink())?;
                return Err(ErrorKind::ConnectionAborted.into());
            }
            Mischief::Nonsense => {
                let words: &[&[u8]] =
                    &[b"what?\r\n", b"250_ok\r\n", b"\r\n", b"+OK\r\n", b"999 no\r\n", b"\xff\x00\r\n"];
                let words = self.draw.one_of(words);
                self.out.extend_from_slice(words);
                self.flush()?;
                // What it makes of the command, nobody is told.
                return Ok(if self.draw.percent(50) { code } else { 500 });
            }
            Mischief::Surplus => {
                self.out.extend_from_slice(&reply);
                let code = self.draw.one_of(&[250, 250, 250, 250, 251, 354, 450, 550]);
                let surplus = self.reply(Stage::Surplus, code, "");
                self.out.extend_from_slice(&surplus);
            }
            _ => self.out.extend_from_slice(&reply),
        }
        self.leave(stage)?;
        Ok(code)
    }

    /// Now, in pieces, or together with the next.
    fn leave(&mut self, stage: Stage) -> io::Result<()> {
        if self.must_hold(stage) {
            return Ok(());
        }
        match self.draw.below(100) {
            0..20 => Ok(()),
            20..30 if !self.has_surplus && !self.out.is_empty() => {
                let at = self.draw.below(self.out.len());
                let rest = self.out.split_off(at);
                self.flush()?;
                thread::sleep(Duration::from_millis(1 + self.draw.below(4) as u64));
                self.out = rest;
                self.flush()
            }
            _ => self.flush(),
        }
    }

    /// The one case in which a reply too many cannot be noticed, and which this relay therefore leaves out.
    ///
    /// In chunks the sender reads as many replies as it has commands on the wire. Behind one too many it reads the yes
    /// to the last RCPT as the yes to the last message; that it does not is told only by the reply that is left over.
    /// Where that one has not come yet, the two are told apart by nothing: a code says which class a reply is of, not
    /// which command it is for. So here both leave together, and no connection is cut between them. (One command at a
    /// time, or group by group, nothing is sent before the replies were counted, and this case does not exist.)
    fn must_hold(&self, stage: Stage) -> bool {
        self.has_surplus && self.relay.way == Way::Chunks && stage == Stage::Rcpt
    }

    fn mischief(&mut self, stage: Stage) -> Mischief {
        let percent = if matches!(stage, Stage::Greeting | Stage::Ehlo) { 2 } else { 6 };
        if self.is_calm || !self.draw.percent(percent) || !self.takes_from_budget() {
            return Mischief::None;
        }
        use Mischief::*;
        let kinds =
            [CutBefore, CutAmid, CutAfter, Silence, Closing, Careless, Goodbye, Surplus, Surplus, Nonsense, Odd];
        let kind = match (self.draw.one_of(&kinds), stage) {
            // These would only make it refuse us for good, which is another matter.
            (Careless | Surplus | Odd, Stage::Greeting | Stage::Ehlo) => CutAmid,
            (kind, _) => kind,
        };
        if matches!(kind, Surplus | Careless) {
            // After a reply too many, a connection that ends one reply early looks as one that ended in order. And
            // whoever says 421 and means it looks at nothing behind it; who goes on, has to say what came of it.
            self.is_calm = true;
        }
        self.has_surplus |= kind == Surplus;
        kind
    }

    fn takes_from_budget(&mut self) -> bool {
        let mut left = self.relay.budget.lock().unwrap();
        let is_left = *left > 0;
        *left = left.saturating_sub(1);
        if is_left {
            self.truth().mischief += 1;
        }
        is_left
    }

    /// The bytes, put on record; each of its lines has its number.
    fn reply(&mut self, stage: Stage, code: u16, lines: &str) -> Vec<u8> {
        let mut truth = self.relay.truth.lock().unwrap();
        let number = truth.told.len();
        truth.told.push(Told { stage, code, transaction: self.transaction });
        drop(truth);
        let class = code / 100;
        let status =
            if matches!(class, 2 | 4 | 5) && self.draw.percent(60) { format!("{class}.3.0 ") } else { String::new() };
        let mut texts = vec![format!("{status}[{number}] {stage:?}")];
        let more = if self.draw.percent(25) { 1 + self.draw.below(4) } else { 0 };
        texts.extend((0..more).map(|line| format!("{status}[{number}] line {line}")));
        // What EHLO offers stands below the first line.
        texts.splice(1..1, lines.lines().map(str::to_owned));
        let last = texts.len() - 1;
        let line = |(at, text)| format!("{code}{}{text}\r\n", if at == last { ' ' } else { '-' });
        texts.into_iter().enumerate().map(line).collect::<String>().into_bytes()
    }

    fn flush(&mut self) -> io::Result<()> {
        let out = std::mem::take(&mut self.out);
        self.input.get_mut().write_all(&out)
    }

    /// What was said leaves before it waits for more.
    fn before_reading(&mut self) -> io::Result<()> {
        let waits_for_chunk = self.has_surplus && self.relay.way == Way::Chunks && self.has_recipient_said();
        if self.input.buffer().is_empty() && !waits_for_chunk { self.flush() } else { Ok(()) }
    }

    /// The reply to RCPT is what was said last.
    fn has_recipient_said(&self) -> bool {
        self.relay
            .truth
            .lock()
            .unwrap()
            .told
            .iter()
            .rev()
            .find(|told| told.transaction == self.transaction)
            .is_some_and(|told| matches!(told.stage, Stage::Rcpt | Stage::Surplus))
    }

    fn hear(&mut self) -> io::Result<String> {
        self.before_reading()?;
        let mut line = Vec::new();
        if self.input.read_until(b'\n', &mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Up to and with the lone dot, the doubled dots single again.
    fn dotted(&mut self) -> io::Result<Vec<u8>> {
        self.flush()?;
        let ends_at = self.hurt();
        let mut message = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.input.read_until(b'\n', &mut line)? == 0 || message.len() >= ends_at {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            match line.as_slice() {
                b".\r\n" => return Ok(message),
                [b'.', rest @ ..] => message.extend_from_slice(rest),
                whole => message.extend_from_slice(whole),
            }
        }
    }

    fn chunk(&mut self, octets: usize) -> io::Result<Vec<u8>> {
        self.before_reading()?;
        let ends_at = self.hurt();
        let mut bytes = vec![0; octets];
        if ends_at < octets {
            self.input.read_exact(&mut bytes[..ends_at])?;
            return Err(ErrorKind::ConnectionAborted.into());
        }
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// How much of a message is read before the connection is cut, if it is; and a rest before it, so that what is long
    /// fills what the two kernels hold between them.
    fn hurt(&mut self) -> usize {
        if self.draw.percent(10) {
            thread::sleep(Duration::from_millis(1 + self.draw.below(10) as u64));
        }
        let is_cut = !self.is_calm && self.draw.percent(2) && self.takes_from_budget();
        if is_cut { self.draw.below(200_000) } else { usize::MAX }
    }
}

/// Replies that no command of this kind is to be answered with.
fn odd(stage: Stage) -> &'static [u16] {
    match stage {
        Stage::Reset => &[500, 451, 354, 251],
        Stage::Mail => &[451, 550, 354, 334],
        Stage::Rcpt => &[354, 334],
        Stage::Data => &[250, 251, 334],
        _ => &[354, 334, 454],
    }
}
