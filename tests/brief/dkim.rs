//! DKIM: what griot signs, strangers verify; what was altered on the way, they refuse; and a bad key is refused before
//! anything is sent.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::command_line as cli;
use crate::support::sample;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use data_encoding::BASE64;
use griot::address::Mailbox;
use griot::composition::Composed;
use griot::composition::message::{FeedbackId, List, Parts, Reader, Skeleton, Stream};
use griot::composition::place::split;
use griot::config::{Config, Environment};
use griot::dkim::{PrivateKey, SharedBody, Signer, SigningKey};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::dkim_verifiers::{Dkimpy, Record, opendkim};
use crate::support::keys::{self, openssl};

const ED25519: &[&str] = &["-algorithm", "ed25519"];

/// Keys of the domain example.org, each under its selector, and the DNS records that go with them.
struct Keys {
    folder: TempDir,
    rsa: SigningKey,
    ed25519: SigningKey,
}

impl Keys {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let make = |selector: &str, kind| {
            let path = folder.path().join(selector);
            keys::make(kind, &path);
            let key = PrivateKey::from_pem(&fs::read_to_string(path).unwrap()).unwrap();
            SigningKey { domain: "example.org".into(), selector: selector.into(), key }
        };
        Self { rsa: make("rsa", keys::RSA_2048), ed25519: make("ed", ED25519), folder }
    }

    fn records(&self) -> Vec<Record> {
        let record = |key: &SigningKey| (format!("{}._domainkey.example.org", key.selector), key.key.dns_record());
        vec![record(&self.rsa), record(&self.ed25519)]
    }

    fn both(&self) -> Signer {
        Signer::new(vec![self.rsa.clone(), self.ed25519.clone()])
    }
}

/// Long past, because verifiers refuse signatures of the future.
fn date() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2025-03-07T08:00:00+01:00").unwrap()
}

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

fn skeleton(composed: &Composed, is_digest: bool) -> Skeleton {
    let list = List {
        name: "The Weekly Brief",
        id: "weekly-brief.list-id.example.org",
        help: Some("https://brief.example.org/help"),
        subscribe: Some("https://brief.example.org/"),
        owner: Some("mailto:editors@example.org"),
        archive: Some("https://brief.example.org/archive/weekly-brief"),
    };
    let feedback_id = FeedbackId { edition: "12", newsletter: "weekly-brief", sender: "exampleorg" };
    Skeleton::build(&Parts {
        from: &mailbox("Harmattan Press <brief@example.org>"),
        sender: None,
        reply_to: is_digest.then_some(&mailbox("editors@example.org")),
        subject: &composed.subject,
        date: date(),
        text: &split(&composed.text),
        html: &split(&composed.html),
        stream: if is_digest { Stream::Digest(list) } else { Stream::Transactional },
        feedback_id: is_digest.then_some(feedback_id),
        cfbl_address: Some(&"fbl@example.org".parse().unwrap()),
    })
    .unwrap()
}

fn spliced(skeleton: &Skeleton, name: &str, token: &str) -> Vec<u8> {
    spliced_behind(Vec::new(), skeleton, name, token)
}

fn spliced_behind(mut bytes: Vec<u8>, skeleton: &Skeleton, name: &str, token: &str) -> Vec<u8> {
    let to = mailbox(&format!("{name} <ada@example.com>"));
    let reader = Reader {
        unsubscribe_url: &format!("https://brief.example.org/unsubscribe/{token}"),
        unsubscribe_mailto: "mailto:leave@example.org?subject=unsubscribe",
        preferences_url: &format!("https://brief.example.org/preferences/{token}"),
        online_url: "https://brief.example.org/archive/weekly-brief/12",
        subscribed_on: "3 March 2025",
        cfbl_feedback_id: token,
        ..Reader::new(&to, token)
    };
    skeleton.splice(&reader, &mut bytes).unwrap();
    bytes
}

/// A digest in Latin letters (quoted-printable), one in Amharic (base64), and a letter without a list.
fn skeletons() -> Vec<Skeleton> {
    let brief = sample::brief().compose(&sample::templates());
    let words = "የሳምንቱ ዋና ዋና ዜናዎች ከመድረኮቻችን \n".repeat(40);
    let amharic = Composed {
        subject: "የሳምንቱ ዋና ዋና ዜናዎች".into(),
        preheader: String::new(),
        html: words.clone() + &brief.html.replace(|c: char| c.is_ascii_alphabetic(), "ና"),
        text: words + &brief.text.replace(|c: char| c.is_ascii_alphabetic(), "ና"),
    };
    // Replaced letters are no markers any more: put the place back that a digest must have.
    let amharic = Composed {
        text: unmarked(&amharic.text) + &griot::composition::Place::UnsubscribeUrl.to_string(),
        html: unmarked(&amharic.html) + &griot::composition::Place::UnsubscribeUrl.to_string(),
        ..amharic
    };
    let goodbye = sample::goodbye().compose(&sample::templates());
    vec![skeleton(&brief, true), skeleton(&amharic, true), skeleton(&goodbye, false)]
}

fn unmarked(text: &str) -> String {
    text.replace(['\u{E000}', '\u{E001}'], "")
}

fn signed(signer: &Signer, message: &[u8]) -> Vec<u8> {
    let mut signed = message.to_vec();
    signer.sign(&mut signed, date().to_utc(), &SharedBody::default()).unwrap();
    signed
}

/// The value of a tag in the first signature, white space taken out.
fn tag(message: &[u8], name: &str) -> String {
    let text = std::str::from_utf8(message).unwrap();
    let field = text.strip_prefix("DKIM-Signature:").unwrap().replace("\r\n ", " ");
    let value = field.split("\r\n").next().unwrap();
    let tags = value.split(';').filter_map(|tag| tag.trim().split_once('='));
    let (_, found) =
        tags.into_iter().find(|(found, _)| *found == name).unwrap_or_else(|| panic!("no {name}=: {value}"));
    found.replace(' ', "")
}

#[test]
fn strangers_verify_every_signature() {
    let keys = Keys::make();
    let mut dkimpy = Dkimpy::start(&keys.records());
    for skeleton in skeletons() {
        let message = signed(&keys.both(), &spliced(&skeleton, "Ada", "AwAAAAABAAAA"));
        assert_eq!(dkimpy.verify(&message), [true, true]);
        let said = opendkim(&keys.records(), &message, keys.folder.path());
        assert!(said.len() >= 2, "{said:?}");
        assert!(said[0].starts_with("dkim=pass") && said[0].contains("header.a=rsa-sha256"), "{said:?}");
        assert!(said[1].starts_with("dkim=pass") && said[1].contains("header.a=ed25519-sha256"), "{said:?}");

        let altered = [&message[..message.len() - 20], b"x", &message[message.len() - 20..]].concat();
        assert_eq!(dkimpy.verify(&altered), [false, false]);
        let said = opendkim(&keys.records(), &altered, keys.folder.path());
        assert!(said[0].starts_with("dkim=fail"), "{said:?}");
    }
}

#[test]
fn f1_f3_a_signature_says_what_the_rules_ask_and_is_the_same_on_a_retry() {
    let keys = Keys::make();
    let skeletons = skeletons();
    let unsigned = spliced(&skeletons[0], "Ada", "AwAAAAABAAAA");
    let message = signed(&keys.both(), &unsigned);
    assert_eq!(message, signed(&keys.both(), &unsigned));
    assert!(message.ends_with(&unsigned));
    let said: Vec<String> = ["v", "a", "c", "d", "s", "t"].iter().map(|name| tag(&message, name)).collect();
    assert_eq!(said, ["1", "rsa-sha256", "relaxed/relaxed", "example.org", "rsa", "1741330800"]);
    assert_eq!(
        tag(&message, "h"),
        "From:From:To:To:Subject:Subject:Date:Date:Reply-To:Reply-To:Message-ID:MIME-Version:Content-Type:List-ID:\
         List-Unsubscribe:List-Unsubscribe-Post:List-Help:List-Subscribe:List-Owner:List-Archive:List-Post:Feedback-ID:\
         CFBL-Address:CFBL-Feedback-ID:Auto-Submitted"
    );
    // Every field of the message is signed.
    let header = String::from_utf8(unsigned).unwrap();
    let header = header.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let names = tag(&message, "h");
    for name in header.split("\r\n").map(|field| field.split_once(':').unwrap().0) {
        assert!(names.split(':').any(|signed| signed == name), "{name} is not signed");
    }
    let signature = &message[..message.len() - header.len()];
    let lines = signature.split(|byte| *byte == b'\n').take_while(|line| !line.starts_with(b"To:"));
    assert!(lines.into_iter().all(|line| line.len() <= 77));
    // A letter without Reply-To has it oversigned all the same.
    let letter = signed(&keys.both(), &spliced(&skeletons[2], "Ada", "AwAAAAABAAAA"));
    assert!(tag(&letter, "h").starts_with("From:From:To:To:Subject:Subject:Date:Date:Reply-To:Message-ID:"));
}

#[test]
fn a_byte_altered_anywhere_fails() {
    let keys = Keys::make();
    let mut dkimpy = Dkimpy::start(&keys.records());
    let unsigned = spliced(&skeletons()[0], "Ada", "AwAAAAABAAAA");
    let message = signed(&Signer::new(vec![keys.ed25519.clone()]), &unsigned);
    assert_eq!(dkimpy.verify(&message), [true]);
    let header = message.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    // From behind the name of the signature's field on, more of the header than of the body: each takes a process a while.
    for at in ("DKIM-Signature:".len()..header + 4).step_by(5).chain((header + 4..message.len()).step_by(97)) {
        // The last character of the signature has four bits that belong to none of its bytes (RFC 4648 §3.5).
        if message[at + 1..].starts_with(b"==\r\n") {
            continue;
        }
        let mut altered = message.clone();
        altered[at] = if altered[at] == b'X' { b'Y' } else { b'X' };
        let results = dkimpy.verify(&altered);
        let shown = String::from_utf8_lossy(&altered[at.saturating_sub(20)..(at + 20).min(altered.len())]).into_owned();
        assert!(!results.contains(&true), "altered unnoticed at {at}: {shown:?}");
    }
}

#[test]
fn nothing_can_be_added() {
    let keys = Keys::make();
    let mut dkimpy = Dkimpy::start(&keys.records());
    let letter = signed(&keys.both(), &spliced(&skeletons()[2], "Ada", "AwAAAAABAAAA"));
    let with = |field: &str| [field.as_bytes(), &letter].concat();
    for field in ["From: evil@example.org", "To: x@example.org", "Subject: x", "Date: x", "Reply-To: evil@example.org"]
    {
        assert_eq!(dkimpy.verify(&with(&format!("{field}\r\n"))), [false, false], "{field}");
    }
    // What relays add does no harm.
    assert_eq!(dkimpy.verify(&with("Received: from a by b; Fri, 7 Mar 2025 08:00:01 +0000\r\n")), [true, true]);
    assert_eq!(dkimpy.verify(&[&letter[..], b"and one more line\r\n"].concat()), [false, false]);
    assert_eq!(dkimpy.verify(&[&letter[..], b"\r\n\r\n"].concat()), [true, true]);
}

#[test]
fn the_dns_record_holds_the_public_half() {
    let keys = Keys::make();
    let public = |name: &str| {
        let path = keys.folder.path().join(name);
        openssl(&["pkey", "-in", path.to_str().unwrap(), "-pubout", "-outform", "DER"])
    };
    assert_eq!(keys.rsa.key.dns_record(), format!("v=DKIM1; k=rsa; p={}", BASE64.encode(&public("rsa"))));
    // RFC 8463 §4: the 32 octets alone, without what tells the algorithm.
    let ed25519 = public("ed");
    let octets = &ed25519[ed25519.len() - 32..];
    assert_eq!(keys.ed25519.key.dns_record(), format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(octets)));
}

#[test]
fn a_key_in_pkcs_1_is_the_same_key() {
    let keys = Keys::make();
    let path = keys.folder.path().join("rsa");
    let pem = openssl(&["rsa", "-in", path.to_str().unwrap(), "-traditional"]);
    let pem = String::from_utf8(pem).unwrap();
    assert!(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----"), "openssl wrote another form");
    assert_eq!(PrivateKey::from_pem(&pem).unwrap().dns_record(), keys.rsa.key.dns_record());
}

/// A header and a body with white space in all the places where it may stand, but for the one before a colon: dkimpy
/// does not find a field that is written so.
fn messages() -> impl Strategy<Value = String> {
    let gap = "([ \t]{1,3}|\r\n[ \t]{1,2}|[ \t]\r\n )";
    let value = prop::collection::vec(("[!-9;-~]{1,12}", gap), 0..6)
        .prop_map(|words| words.into_iter().map(|(word, gap)| word + &gap).collect::<String>() + "end");
    let name =
        prop::sample::select(vec!["to", "SUBJECT", "Subject", "Date", "Message-ID", "Reply-to", "List-Id", "X-Other"]);
    let field = (name, "[ \t]{0,2}", value).prop_map(|(name, gap, value)| format!("{name}:{gap}{value}\r\n"));
    let body = prop::collection::vec("([!-~]{1,70}|[ \t]{1,3}|\r\n){0,12}", 0..6).prop_map(|lines| lines.concat());
    (prop::collection::vec(field, 0..8), body).prop_map(|(fields, body)| {
        let mut seen = Vec::new();
        let is_new = |field: &&String| {
            let name = field.split(':').next().unwrap_or_default().trim().to_lowercase();
            let is_new = !seen.contains(&name);
            seen.push(name);
            is_new
        };
        let fields: String = fields.iter().filter(is_new).map(String::as_str).collect();
        format!("from: a@example.org\r\n{fields}\r\n{body}\r\n")
    })
}

#[test]
fn canonical_forms_are_those_of_dkimpy_and_survive_other_white_space() {
    let keys = Keys::make();
    let dkimpy = std::cell::RefCell::new(Dkimpy::start(&keys.records()));
    let signer = Signer::new(vec![keys.ed25519.clone()]);
    proptest!(ProptestConfig::with_cases(400), |(message in messages())| {
        let message = signed(&signer, message.as_bytes());
        prop_assert_eq!(dkimpy.borrow_mut().verify(&message), [true], "{}", String::from_utf8_lossy(&message));
        // What relays do to white space, relaxed forgives (RFC 6376 §3.4).
        let text = String::from_utf8(message).unwrap();
        let (header, body) = text.split_once("\r\n\r\n").unwrap();
        let rewritten = header.replace("\r\n ", "\r\n\t \t") + " \r\n\r\n" + &body.replace("\r\n", "\t\r\n") + "\r\n \r\n";
        prop_assert_eq!(dkimpy.borrow_mut().verify(rewritten.as_bytes()), [true], "{}", rewritten);
    });
}

#[test]
fn what_an_edition_shares_is_hashed_once_and_gives_the_same_signatures() {
    let keys = Keys::make();
    let skeletons: Vec<(Skeleton, SharedBody)> = skeletons()
        .into_iter()
        .map(|skeleton| {
            let shared = SharedBody::new(&skeleton.shared_body_start());
            (skeleton, shared)
        })
        .collect();
    let signer = keys.both();
    proptest!(ProptestConfig::with_cases(40), |(which in 0..3_usize, name in "[A-Za-z]{1,30}", token in "[A-Za-z0-9]{12,64}")| {
        let (skeleton, shared) = &skeletons[which];
        let message = spliced(skeleton, &name, &token);
        let body = message.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        let start = skeleton.shared_body_start();
        prop_assert!(start.len() > 500 && message[body..].starts_with(&start), "the shared start is not what it begins with");
        let mut fast = message.clone();
        signer.sign(&mut fast, date().to_utc(), shared).unwrap();
        prop_assert_eq!(&fast, &signed(&signer, &message));
        // Room before the message is theirs, whether they fit it or not.
        for room in [0, 7, fast.len() - message.len(), 4_000] {
            let mut behind = spliced_behind(vec![b'?'; room], skeleton, &name, &token);
            let length = signer.sign_behind(room, &mut behind, date().to_utc(), shared).unwrap();
            prop_assert_eq!(length, fast.len() - message.len());
            prop_assert_eq!(&behind, &fast);
        }
    });
}

/// The configuration error that a key file leads to.
fn refused(folder: &Path) -> String {
    let text = include_str!("../../config.example.toml")
        .replace("# domain = \"example.org\"", "domain = \"example.org\"")
        .replace("# selector = \"griot\"", "selector = \"griot\"")
        .replace("# key_file = \"dkim.pem\"", "key_file = \"dkim.pem\"");
    let error = Config::parse(&text, &folder.join("griot.toml"), &Environment::default()).unwrap_err().to_string();
    let line = text.lines().position(|line| line.starts_with("key_file")).unwrap() + 1;
    let gutter = " ".repeat(line.to_string().len());
    let (head, rest) = error.split_once(&format!("\n{gutter} |\n{line} | key_file = \"dkim.pem\"\n")).unwrap();
    let advice = rest.split_once(&format!("{gutter} = ")).unwrap().1;
    let head = head.split_once(&format!(":{line}:12: ")).unwrap().1;
    format!("{head}\n{advice}").replace(&*folder.to_string_lossy(), "FOLDER")
}

#[test]
fn a_key_that_is_none_or_too_weak_is_refused() {
    const MAKE: &str = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out FOLDER/dkim.pem";
    const WEAK: &str = "`key_file`: the key file FOLDER/dkim.pem holds an RSA key of fewer than 2048 bits, too weak for \
                        mailbox providers to trust (RFC 8301)";
    let anew = format!("make a new one, and publish it under a new selector: {MAKE}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dkim.pem");
    let with = |bits: &str| {
        keys::make(&["-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")], &path);
        refused(folder.path())
    };
    assert_eq!(with("512"), format!("{WEAK}\n{anew}"));
    assert_eq!(with("1024"), format!("{WEAK}\n{anew}"));
    assert_eq!(with("2040"), format!("{WEAK}\n{anew}"));

    keys::make(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], &path);
    let other = "`key_file`: the key file FOLDER/dkim.pem holds neither an RSA nor an Ed25519 key";
    assert_eq!(refused(folder.path()), format!("{other}\nmake one: {MAKE}"));

    fs::write(&path, "v=DKIM1; k=rsa; p=…").unwrap();
    let none = "`key_file`: the key file FOLDER/dkim.pem holds no private key in PEM form";
    assert_eq!(refused(folder.path()), format!("{none}\nmake one: {MAKE}"));

    keys::make(&["-algorithm", "ed25519", "-aes256", "-pass", "pass:secret"], &path);
    assert_eq!(
        refused(folder.path()),
        "`key_file`: the key file FOLDER/dkim.pem is locked with a passphrase, and nobody is there to type it\n\
         take the passphrase off: openssl pkey -in FOLDER/dkim.pem -out unlocked.pem"
    );
}

#[test]
fn w_secrets_a_key_that_everybody_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dkim.pem");
    keys::make(ED25519, &path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        refused(folder.path()),
        "`key_file`: everybody on this machine can read FOLDER/dkim.pem, and could sign mail in your name\n\
         run: chmod 600 FOLDER/dkim.pem"
    );
}

#[test]
fn w_secrets_no_key_is_in_debug_output() {
    let keys = Keys::make();
    assert_eq!(
        format!("{:?}", keys.both()),
        "Signer { keys: [SigningKey { domain: \"example.org\", selector: \"rsa\", key: PrivateKey(rsa-sha256) }, \
         SigningKey { domain: \"example.org\", selector: \"ed\", key: PrivateKey(ed25519-sha256) }] }"
    );
}

/// Through the front door: two keys in griot.toml, an edition in the outbox, and a stranger who verifies it.
#[test]
fn an_edition_goes_out_signed_with_every_key() {
    let griot = cli::Griot::new();
    keys::make(keys::RSA_2048, &griot.path("rsa.pem"));
    keys::make(ED25519, &griot.path("ed.pem"));
    let table =
        |name: &str| format!("[[dkim]]\ndomain = \"example.org\"\nselector = \"{name}\"\nkey_file = \"{name}.pem\"\n");
    let feed = cli::serve("200 OK", feed()) + "/feed";
    griot.configure(&[
        ("[dkim]\n", &(table("rsa") + &table("ed"))),
        ("https://example.org/harmattan/feed", &feed),
        ("[feeds]\n", "[feeds]\nallow_private = true\n"),
        ("min_stories = 3", "min_stories = 1"),
    ]);
    griot.ok(&["fetch", &feed]);
    griot.ok(&["subscribers", "add", "ada@example.com", "--newsletter", "weekly-brief", "--confirmed"]);
    let sent = griot.json(&["send", "weekly-brief", "--wait", "--json"]);
    assert_eq!((&sent[0]["state"], &sent[0]["accepted"]), (&"sent".into(), &1.into()), "{sent:?}");
    let outbox: Vec<_> = fs::read_dir(griot.path("outbox")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(outbox.len(), 1, "{outbox:?}");
    let record = |name: &str| {
        let key = PrivateKey::from_pem(&griot.read(&format!("{name}.pem"))).unwrap();
        (format!("{name}._domainkey.example.org"), key.dns_record())
    };
    let message = fs::read(&outbox[0]).unwrap();
    assert_eq!(Dkimpy::start(&[record("rsa"), record("ed")]).verify(&message), [true, true]);
}

/// One story of today.
fn feed() -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Harmattan</title><item><title>Port strike enters week two</title>\
         <link>https://harmattan.example/1</link><guid>1</guid><pubDate>{}</pubDate><description>What happened, in \
         short.</description></item></channel></rss>",
        (Utc::now() - TimeDelta::hours(3)).to_rfc2822()
    )
}
