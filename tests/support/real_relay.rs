//! What Postfix, Exim and OpenSMTPD have in common for a test that sends through each of them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::certificate::Certificate;
use super::exim::Exim;
use super::jail::unpacked;
use super::opensmtpd::{self, OpenSmtpd};
use super::postfix::{Postfix, files, is_root};
use super::wait::comes_within;

/// What a relay is to offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Then it takes nothing without.
    pub tls: bool,
    pub pipelining: bool,
    pub chunking: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postfix,
    Exim,
    OpenSmtpd,
}

pub trait RealRelay {
    fn port(&self) -> u16;

    fn version(&self) -> String;

    /// A file for each message it has delivered: the message with LF for CRLF, below the lines the relay added.
    fn filed(&self) -> Vec<PathBuf>;

    /// How many files lie in its queue: none when nothing is left to deliver.
    fn queued(&self) -> usize;

    /// How many messages it took by BDAT and not by DATA; `None` until it knows.
    fn taken_by_bdat(&self) -> Option<usize>;

    fn log(&self) -> String;

    fn end_of_log(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        format!("its log ends:\n{}", lines[lines.len().saturating_sub(60)..].join("\n"))
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Postfix => "Postfix",
            Self::Exim => "Exim",
            Self::OpenSmtpd => "OpenSMTPD",
        }
    }

    /// Why it cannot be run here at all, if so.
    pub fn missing(self) -> Option<String> {
        let folder = match self {
            _ if !is_root() => return Some("only root can start a mail server".into()),
            Self::Postfix => return None,
            Self::Exim => "exim",
            Self::OpenSmtpd => "opensmtpd",
        };
        let is_missing = !unpacked(folder).exists();
        is_missing.then(|| format!("target/relays/{folder} is not there; ./check fetches it where there is apt-get"))
    }

    /// Why it cannot be run with this offer here, if so.
    pub fn unable(self, offer: Offer) -> Option<String> {
        let is_unable = self == Self::OpenSmtpd && offer.tls && !opensmtpd::speaks_tls();
        is_unable.then(|| format!("OpenSMTPD {} fails every TLS handshake with OpenSSL 3", opensmtpd::version()))
    }

    /// Everything it can be made to offer.
    pub fn offers(self) -> Vec<Offer> {
        let mut offers = Vec::new();
        for tls in [false, true] {
            for (pipelining, chunking) in [(true, true), (true, false), (false, true), (false, false)] {
                // It has neither.
                if self != Self::OpenSmtpd || !(pipelining || chunking) {
                    offers.push(Offer { tls, pipelining, chunking });
                }
            }
        }
        offers
    }

    pub fn start(self, offer: Offer, certificate: &Certificate, readers: &[String]) -> Box<dyn RealRelay> {
        match self {
            Self::Postfix => Box::new(Postfix::start_with(readers, &main_cf(offer, certificate)).unwrap()),
            Self::Exim => Box::new(Exim::start(offer, certificate)),
            Self::OpenSmtpd => Box::new(OpenSmtpd::start(offer, certificate)),
        }
    }
}

impl RealRelay for Postfix {
    fn port(&self) -> u16 {
        self.port
    }

    fn version(&self) -> String {
        Postfix::version()
    }

    fn filed(&self) -> Vec<PathBuf> {
        Postfix::filed(self)
    }

    fn queued(&self) -> usize {
        let queues = ["maildrop", "incoming", "active", "deferred", "hold"];
        queues.iter().map(|queue| files_below(&self.queue().join(queue))).sum()
    }

    /// At the end of a connection it tells how often it heard each command, as "mail=9 data=9", or "data=8/9" where it
    /// refused one.
    fn taken_by_bdat(&self) -> Option<usize> {
        let log = Postfix::log(self);
        let ended: Vec<&str> = log.lines().filter(|line| line.contains(": disconnect from ")).collect();
        if ended.len() < log.lines().filter(|line| line.contains(": connect from ")).count() {
            return None;
        }
        let taken = |verb: &str| -> usize {
            let words = ended.iter().flat_map(|line| line.split(' '));
            let counts = words.filter_map(|word| word.strip_prefix(verb)?.strip_prefix('=')?.split('/').next());
            counts.map(|count| count.parse::<usize>().unwrap()).sum()
        };
        // One message may take several BDAT.
        Some(taken("mail").saturating_sub(taken("data")).min(taken("bdat")))
    }

    fn log(&self) -> String {
        Postfix::log(self)
    }
}

fn main_cf(offer: Offer, certificate: &Certificate) -> String {
    // A client that does not wait where it must is thrown out, as by later versions by default.
    let mut more = "smtpd_forbid_unauth_pipelining = yes\n".to_owned();
    let hidden = [("pipelining", offer.pipelining), ("chunking", offer.chunking)];
    let hidden: Vec<&str> = hidden.iter().filter(|(_, is_offered)| !is_offered).map(|(name, _)| *name).collect();
    if !hidden.is_empty() {
        more.push_str(&format!("smtpd_discard_ehlo_keywords = {}, silent-discard\n", hidden.join(", ")));
    }
    if offer.tls {
        let folder = certificate.folder().display();
        more.push_str(&format!(
            "smtpd_tls_security_level = encrypt\n\
             smtpd_tls_received_header = yes\n\
             smtpd_tls_cert_file = {folder}/ca.pem\n\
             smtpd_tls_key_file = {folder}/key.pem\n"
        ));
    }
    more
}

/// A client that says what it is told to, in plain text.
pub struct Dialogue(BufReader<TcpStream>);

impl Dialogue {
    /// Connects and greets; the extensions that the relay offers.
    pub fn begin(port: u16) -> (Self, Vec<String>) {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut dialogue = Self(BufReader::new(stream));
        dialogue.reply();
        let offered = dialogue.say("EHLO [127.0.0.1]\r\n");
        let offered = offered.iter().skip(1).map(|line| line[4..].split(' ').next().unwrap().to_owned()).collect();
        (dialogue, offered)
    }

    /// The lines of the answer.
    pub fn say(&mut self, words: &str) -> Vec<String> {
        self.0.get_ref().write_all(words.as_bytes()).unwrap();
        self.reply()
    }

    fn reply(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            assert!(line.len() > 3 && line.is_ascii(), "no answer: {line:?} after {lines:?}");
            let is_last = !line[3..].starts_with('-');
            lines.push(line.trim_end().to_owned());
            if is_last {
                return lines;
            }
        }
    }
}

/// Waits as long as `patience`; where that was in vain, panics with what the relay says.
pub fn until_relay(relay: &dyn RealRelay, patience: Duration, what: &str, happened: impl FnMut() -> bool) {
    let came = comes_within(patience, happened);
    assert!(came, "this did not come within {patience:?}: {what}; {}", relay.end_of_log());
}

pub fn until_it_answers(relay: &dyn RealRelay) {
    let answers = || TcpStream::connect(("127.0.0.1", relay.port())).is_ok();
    until_relay(relay, Duration::from_secs(20), "it answers", answers);
}

/// How many files lie in a folder and the folders in it.
pub fn files_below(folder: &Path) -> usize {
    files(folder).iter().map(|path| if path.is_dir() { files_below(path) } else { 1 }).sum()
}
