//! Through Postfix, Exim and OpenSMTPD as they are: with and without TLS, PIPELINING and CHUNKING, every reader gets the
//! edition once, byte for byte as it was composed, and its signatures hold.
//!
//! `scripts/real-relays` runs this with more readers and shows the table of what was proved.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::support;
use chrono::Utc;
use griot::dkim::PrivateKey;
use serde_json::Value;

use crate::support::certificate::Certificate;
use crate::support::configuration;
use crate::support::dkim_verifiers::{Dkimpy, Record, opendkim};
use crate::support::engine;
use crate::support::feed_server::{self, fresh_feed};
use crate::support::griot::Griot;
use crate::support::keys;
use crate::support::postfix::READERS_DOMAIN;
use crate::support::real_relay::{Dialogue, Kind, Offer, until_relay};

const PATIENCE: Duration = Duration::from_secs(120);

/// Every message is verified up to this many; of more, this many from all over the edition.
const VERIFIED: usize = 100;
/// OpenDKIM is a process a message.
const VERIFIED_BY_OPENDKIM: usize = 2;

/// Among them what relays and mailboxes are known to alter where a line begins with it: a dot, and "From ".
const HEADLINES: [&str; 6] = [
    "From Accra to Añloga by the night ferry",
    "...and the drums went on",
    ".",
    "በአዲስ አበባ አዲስ ሙዚየም ተከፈተ",
    "From the harbour: who pays for the new crane, who waits for it, and why nobody has asked the fishermen",
    "A choir from Lagos wins in Nairobi",
];

#[test]
fn every_reader_gets_the_same_bytes_once_through_every_relay() {
    // Each relay gets it from a copy of the store.
    let _file = engine::OfTheFile::only();
    let messages = messages();
    let edition = ApprovedEdition::prepare(messages);
    let certificate = Certificate::make();
    let mut dkimpy = Dkimpy::start(&edition.records);
    let mut table = Table::default();
    for kind in [Kind::Postfix, Kind::Exim, Kind::OpenSmtpd] {
        if let Some(reason) = kind.missing() {
            not_run(&format!("{}, because {reason}", kind.name()));
            continue;
        }
        for offer in kind.offers() {
            match kind.unable(offer) {
                Some(reason) => not_run(&format!("{} with {offer:?}, because {reason}", kind.name())),
                None => table.add(edition.goes_through(kind, offer, &certificate, &mut dkimpy)),
            }
        }
    }
    println!("{table}");
}

/// The test of what the other one measures with: BDAT is seen, and a client is not let get away with what was not
/// offered.
#[test]
fn the_relays_see_who_uses_what() {
    let certificate = Certificate::make();
    let reader = format!("reader1@{READERS_DOMAIN}");
    for kind in [Kind::Postfix, Kind::Exim] {
        if kind.missing().is_some() {
            // Said by the other test.
            continue;
        }
        let mut offer = Offer { tls: false, pipelining: true, chunking: true };
        let relay = kind.start(offer, &certificate, std::slice::from_ref(&reader));
        let (mut dialogue, _) = Dialogue::begin(relay.port());
        let envelope = ["MAIL FROM:<brief@example.org>\r\n".to_owned(), format!("RCPT TO:<{reader}>\r\n")];
        let by_bdat = ["BDAT 14\r\nSubject: one\r\n".to_owned(), "BDAT 8 LAST\r\n\r\n.dot\r\n".to_owned()];
        let by_data = ["DATA\r\n".to_owned(), "Subject: two\r\n\r\ntext\r\n.\r\n".to_owned()];
        for words in envelope.iter().chain(&by_bdat).chain(&envelope).chain(&by_data) {
            let answer = dialogue.say(words);
            assert!(answer[0].starts_with('2') || answer[0].starts_with("354"), "{kind:?} to {words:?}: {answer:?}");
        }
        dialogue.say("QUIT\r\n");
        let what = format!("{kind:?} has seen one BDAT, and not {:?}", relay.taken_by_bdat());
        until_relay(relay.as_ref(), PATIENCE, &what, || relay.taken_by_bdat() == Some(1));
        until_relay(relay.as_ref(), PATIENCE, "both are filed", || relay.filed().len() == 2 && relay.queued() == 0);

        (offer.pipelining, offer.chunking) = (false, false);
        let relay = kind.start(offer, &certificate, std::slice::from_ref(&reader));
        if kind == Kind::Exim {
            // Postfix hides the extension, and takes what is sent at once as before.
            let (mut dialogue, _) = Dialogue::begin(relay.port());
            let answer = dialogue.say(&envelope.concat());
            assert!(answer[0].starts_with("554"), "{kind:?} to commands that were sent at once: {answer:?}");
        }
        let (mut dialogue, _) = Dialogue::begin(relay.port());
        assert!(envelope.iter().all(|words| dialogue.say(words)[0].starts_with('2')), "{kind:?}");
        let answer = dialogue.say("BDAT 0 LAST\r\n");
        assert!(answer[0].starts_with('5'), "{kind:?} to BDAT: {answer:?}");
    }
}

fn messages() -> usize {
    let Some(asked) = std::env::var_os("GRIOT_RELAY_MESSAGES") else { return 100 };
    let number = asked.to_str().and_then(|asked| asked.parse().ok()).filter(|number| *number > 0);
    number.unwrap_or_else(|| panic!("GRIOT_RELAY_MESSAGES is {asked:?}, and must be a number of messages"))
}

/// Past the test harness, which would keep it to itself.
fn not_run(what: &str) {
    let _ = writeln!(std::io::stderr(), "NOT RUN: {what}");
}

/// An edition that is frozen and not sent yet, signed with two keys. It is sent from twins of its folder, so that it can
/// be sent again and again; its date is that of its approval.
struct ApprovedEdition {
    griot: Griot,
    readers: Vec<String>,
    /// What griot composes for each reader.
    expected: HashMap<String, Vec<u8>>,
    records: Vec<Record>,
}

/// A row of the table.
struct Proof {
    relay: String,
    offer: Offer,
    by_bdat: usize,
    messages: usize,
    verified: usize,
    verified_by_opendkim: usize,
    time: Duration,
}

impl ApprovedEdition {
    fn prepare(messages: usize) -> Self {
        let server = feed_server::serve(vec![("feed".to_owned(), fresh_feed(Utc::now(), "week", &HEADLINES))]);
        let mut text = configuration::text(&[format!("{server}feed")], 1, 8080);
        for selector in ["rsa", "ed25519"] {
            text.push_str(&format!(
                "[[dkim]]\ndomain = \"example.org\"\nselector = \"{selector}\"\nkey_file = \"{selector}.pem\"\n"
            ));
        }
        let griot = Griot::set_up(&text);
        keys::make(keys::RSA_2048, &griot.path().join("rsa.pem"));
        keys::make(&["-algorithm", "ed25519"], &griot.path().join("ed25519.pem"));
        let record = |selector: &str| {
            let pem = fs::read_to_string(griot.path().join(format!("{selector}.pem"))).unwrap();
            (format!("{selector}._domainkey.example.org"), PrivateKey::from_pem(&pem).unwrap().dns_record())
        };
        let records = vec![record("rsa"), record("ed25519")];
        let readers: Vec<String> = (1..=messages).map(|n| format!("reader{n}@{READERS_DOMAIN}")).collect();
        let rows: String = readers.iter().map(|reader| format!("{reader},Añuli Ọkọ́\n")).collect();
        fs::write(griot.path().join("readers.csv"), format!("email,name\n{rows}")).unwrap();
        griot.run(&["fetch"]);
        griot.run(&["subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed"]);
        griot.run(&["draft", "weekly-brief"]);
        griot.run(&["approve", "weekly-brief/1"]);
        let mut edition = Self { griot, readers, expected: HashMap::new(), records };
        edition.expected = edition.composed();
        edition
    }

    /// Sends it from a twin, to what `smtp` says in the configuration. Tells what griot said where not all were sent.
    fn send(&self, smtp: &str) -> Result<Griot, String> {
        let twin = self.griot.twin();
        let text = fs::read_to_string(twin.path().join("griot.toml")).unwrap();
        let relay = "url = \"smtp://127.0.0.1:1?tls=none\"";
        assert!(text.contains(relay), "{text}");
        twin.write_configuration(&text.replace(relay, smtp));
        let output = twin.command(&["send", "weekly-brief/1", "--wait", "--json"]).output().unwrap();
        let sent: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let is_sent = sent["state"] == "sent" && sent["accepted"] == self.readers.len();
        let told = String::from_utf8_lossy(&output.stderr);
        if is_sent { Ok(twin) } else { Err(format!("griot ended with {}: {sent}\n{told}", output.status)) }
    }

    /// What it is for each reader, as griot writes it into a folder.
    fn composed(&self) -> HashMap<String, Vec<u8>> {
        let twin = self.send("url = \"dir:outbox\"").unwrap_or_else(|told| panic!("{told}"));
        let files = support::postfix::files(&twin.path().join("outbox"));
        let message = |path: &std::path::PathBuf| {
            // READER.DIGEST.eml
            let name = path.file_name().unwrap().to_str().unwrap();
            let reader = name.rsplitn(3, '.').nth(2).unwrap().to_owned();
            let bytes = fs::read(path).unwrap();
            assert!(bytes.starts_with(b"DKIM-Signature:"), "{name} is not signed");
            (reader, bytes)
        };
        let composed: HashMap<_, _> = files.iter().map(message).collect();
        assert_eq!((files.len(), composed.len()), (self.readers.len(), self.readers.len()), "messages in the outbox");
        composed
    }

    fn goes_through(&self, kind: Kind, offer: Offer, certificate: &Certificate, dkimpy: &mut Dkimpy) -> Proof {
        let relay = kind.start(offer, certificate, &self.readers);
        let relay = relay.as_ref();
        let name = format!("{} {}", kind.name(), relay.version());
        let context = format!("{name} with {offer:?}");
        let (mut dialogue, extensions) = Dialogue::begin(relay.port());
        dialogue.say("QUIT\r\n");
        let offers = |extension: &str| extensions.iter().any(|offered| offered == extension);
        let really = Offer { tls: offers("STARTTLS"), pipelining: offers("PIPELINING"), chunking: offers("CHUNKING") };
        assert_eq!(really, offer, "{context} offers {extensions:?}");

        let (port, ca) = (relay.port(), certificate.ca());
        let began = Instant::now();
        let sent = self.send(&match offer.tls {
            true => format!("url = \"smtp://localhost:{port}?tls=required\"\nca_file = {ca:?}"),
            false => format!("url = \"smtp://127.0.0.1:{port}?tls=none\""),
        });
        if let Err(told) = sent {
            panic!("{context}: {told}\n{}", relay.end_of_log());
        }
        let messages = self.readers.len();
        let all_filed = || relay.filed().len() >= messages && relay.queued() == 0;
        until_relay(relay, PATIENCE, &format!("{context} files all messages"), all_filed);
        let time = began.elapsed();

        let mut got: HashMap<String, Vec<u8>> = HashMap::new();
        for path in relay.filed() {
            let mail = with_crlf(&fs::read(&path).unwrap());
            let (trace, message) = mail.split_at(trace_length(&mail));
            let trace = String::from_utf8_lossy(trace).to_ascii_lowercase();
            let reader = recipient(&trace).unwrap_or_else(|| panic!("{context} does not tell who it is for: {trace}"));
            let expected = self.expected.get(&reader).unwrap_or_else(|| panic!("{context}: {reader} is none of ours"));
            assert!(
                message == expected,
                "{context} altered the message to {reader}: {}",
                difference(expected, message)
            );
            assert_eq!(trace.contains(" with esmtps "), offer.tls, "{context}, its trace: {trace}");
            assert!(got.insert(reader.clone(), mail).is_none(), "{context}: {reader} got it twice");
        }
        assert_eq!(got.len(), messages, "{context}: readers who got the edition");

        let mut by_bdat = None;
        until_relay(relay, PATIENCE, &format!("{context} tells how it took the messages"), || {
            by_bdat = relay.taken_by_bdat();
            by_bdat.is_some()
        });
        let by_bdat = by_bdat.unwrap();
        // Whole messages at once want both; where one is missing, DATA is as fast and understood by more.
        let wanted = if offer.chunking && offer.pipelining { messages } else { 0 };
        assert_eq!(by_bdat, wanted, "{context}: messages taken by BDAT");

        let sample: Vec<&String> = spread(&self.readers, VERIFIED);
        for reader in &sample {
            assert_eq!(dkimpy.verify(&got[*reader]), [true, true], "{context}: the signatures to {reader} by dkimpy");
        }
        let strangers = spread(&self.readers, VERIFIED_BY_OPENDKIM);
        for reader in &strangers {
            self.check_with_opendkim(&got[*reader], &format!("{context}: the signatures to {reader}"));
        }
        Proof {
            relay: name,
            offer,
            by_bdat,
            messages,
            verified: sample.len(),
            verified_by_opendkim: strangers.len(),
            time,
        }
    }

    fn check_with_opendkim(&self, mail: &[u8], context: &str) {
        let folder = tempfile::tempdir().unwrap();
        let said = opendkim(&self.records, mail, folder.path());
        let passes = |line: usize, algorithm: &str| {
            said.get(line).is_some_and(|said| said.starts_with("dkim=pass") && said.contains(algorithm))
        };
        assert!(passes(0, "header.a=rsa-sha256") && passes(1, "header.a=ed25519-sha256"), "{context}: {said:?}");
    }
}

/// A mail as it crossed the wire: the relays file it with LF.
fn with_crlf(filed: &[u8]) -> Vec<u8> {
    let mut mail = Vec::with_capacity(filed.len() + filed.len() / 32);
    for line in filed.split_inclusive(|byte| *byte == b'\n') {
        assert!(!line.contains(&b'\r'), "a CR was filed: {}", String::from_utf8_lossy(line));
        mail.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        if line.ends_with(b"\n") {
            mail.extend_from_slice(b"\r\n");
        }
    }
    mail
}

/// How many bytes the relay wrote above the message.
fn trace_length(mail: &[u8]) -> usize {
    const OF_RELAYS: [&str; 6] =
        ["return-path", "envelope-to", "delivery-date", "x-original-to", "delivered-to", "received"];
    let mut length = 0;
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        let name = line.split(|byte| *byte == b':').next().unwrap().to_ascii_lowercase();
        let is_folded = length > 0 && line.starts_with(b" ") || line.starts_with(b"\t");
        if !is_folded && !OF_RELAYS.iter().any(|known| known.as_bytes() == name) {
            break;
        }
        length += line.len();
    }
    length
}

/// Whom the relay filed it for, by the trace it wrote in small letters.
fn recipient(trace: &str) -> Option<String> {
    let fields = ["delivered-to: ", "envelope-to: "];
    trace.lines().find_map(|line| fields.iter().find_map(|field| line.strip_prefix(field))).map(str::to_owned)
}

/// Where two messages part.
fn difference(expected: &[u8], got: &[u8]) -> String {
    let at = expected.iter().zip(got).take_while(|(one, other)| one == other).count();
    let around = |bytes: &[u8]| {
        String::from_utf8_lossy(&bytes[at.saturating_sub(40)..bytes.len().min(at + 40)]).escape_debug().to_string()
    };
    format!("at byte {at}, \"{}\" was to be and \"{}\" is", around(expected), around(got))
}

/// So many of all, the first and the last among them.
fn spread<T>(all: &[T], many: usize) -> Vec<&T> {
    if all.len() <= many {
        return all.iter().collect();
    }
    (0..many).map(|n| &all[n * (all.len() - 1) / (many - 1)]).collect()
}

/// What was proved, a row a relay and an offer.
#[derive(Default)]
struct Table(Vec<[String; 11]>);

const COLUMNS: [&str; 11] = [
    "relay",
    "TLS",
    "PIPELINING",
    "CHUNKING",
    "taken by",
    "messages",
    "arrived once",
    "byte-equal",
    "DKIM by dkimpy",
    "by OpenDKIM",
    "seconds",
];

impl Table {
    /// Whatever does not hold has ended the test before.
    fn add(&mut self, proof: Proof) {
        let offers = |is_offered: bool| if is_offered { "offered" } else { "-" }.to_owned();
        let all = proof.messages;
        self.0.push([
            proof.relay,
            if proof.offer.tls { "required" } else { "-" }.to_owned(),
            offers(proof.offer.pipelining),
            offers(proof.offer.chunking),
            match proof.by_bdat {
                0 => "DATA".to_owned(),
                _ => "BDAT".to_owned(),
            },
            all.to_string(),
            all.to_string(),
            all.to_string(),
            format!("{} x 2 pass", proof.verified),
            format!("{} x 2 pass", proof.verified_by_opendkim),
            format!("{:.1}", proof.time.as_secs_f64()),
        ]);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows: Vec<Vec<&str>> = self.0.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].len()).fold(COLUMNS[column].len(), std::cmp::max);
        let mut line = |cells: &[&str]| {
            let padded = cells.iter().enumerate().map(|(column, cell)| format!("{cell:width$}", width = width(column)));
            writeln!(f, "| {} |", padded.collect::<Vec<_>>().join(" | "))
        };
        line(&COLUMNS)?;
        let rules: Vec<String> = (0..COLUMNS.len()).map(|column| "-".repeat(width(column))).collect();
        line(&rules.iter().map(String::as_str).collect::<Vec<_>>())?;
        rows.iter().try_for_each(|row| line(row))
    }
}
