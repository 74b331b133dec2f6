//! Mails of every kind that come back, made up for this: what each says, and what shows whom it is about.
//!
//! `tests/feedback/expected.csv` has a line for each thing a mail says; a mail that says nothing has an empty one. In
//! the mails `{verp}`, `{unsubscribe}` and `{link}` stand for what our keys sealed for edition 12 and subscriber 4711.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use griot::feedback::{Own, read};
use griot::meaning::Class;
use griot::store::{EditionId, Feedback, SubscriberId};
use griot::token::{Keys, Purpose, Secret, Token};
use proptest::prelude::*;

const OURS: (EditionId, SubscriberId) = (EditionId(12), SubscriberId(4_711));

fn keys() -> Keys {
    Keys::new(Secret { id: 1, bytes: &[5; 32] }, []).unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/feedback/mails")
}

/// A mail with its places filled.
fn filled(mail: &str) -> String {
    let keys = keys();
    let token =
        Token { purpose: Purpose::Unsubscribe, newsletter: 1, subscriber: 4_711, edition: Some(12), expires_at: None };
    mail.replace("{verp}", &keys.verp_local(12, 4_711))
        .replace("{unsubscribe}", &keys.unsubscribe_local(12, 4_711))
        .replace("{link}", &format!("https://news.example.org/unsubscribe/{}", keys.sign(&token)))
}

fn mail(name: &str) -> String {
    filled(&fs::read_to_string(folder().join(format!("{name}.eml"))).unwrap())
}

fn said(mail: &str) -> Vec<Feedback> {
    read(mail.as_bytes(), &Own { keys: Some(&keys()) })
}

fn expected() -> BTreeMap<String, Vec<[String; 4]>> {
    let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in csv::Reader::from_path(folder().join("expected.csv")).unwrap().deserialize() {
        let (file, recipient, class, reason, status): (String, String, String, String, String) = row.unwrap();
        let says: &mut Vec<_> = files.entry(file).or_default();
        if !class.is_empty() {
            says.push([recipient, class, reason, status]);
        }
    }
    files
}

#[test]
fn every_mail_says_what_it_should() {
    let expected = expected();
    let mut wrong = Vec::new();
    for (file, expected) in &expected {
        let said: Vec<_> = said(&mail(file))
            .into_iter()
            .map(|one| {
                let status = one.meaning.status.map(|status| status.to_string()).unwrap_or_default();
                [one.recipient, one.meaning.class.to_string(), one.meaning.reason.to_string(), status]
            })
            .collect();
        if said != *expected {
            wrong.push(format!("{file}: {said:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mails = fs::read_dir(folder())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "eml"));
    assert_eq!(mails.count(), expected.len(), "a mail in the folder is not in expected.csv");
}

#[test]
fn line_ends_make_no_difference() {
    for file in expected().keys() {
        assert_eq!(said(&mail(file).replace('\n', "\r\n")), said(&mail(file)), "{file}");
    }
}

#[test]
fn b_who_it_is_about_is_shown_by_a_mac_of_ours_alone() {
    let bounce = |headers: &str, returned: &str| {
        let mail = format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n{headers}\n\
             <reader@example.net>: mailbox is full\n\n--- Below this line is a copy of the message.\n\n{returned}"
        );
        let [one] = said(&filled(&mail)).try_into().expect("one thing is said");
        (one.delivery, one.message_id)
    };
    let message = "From: news@example.org\nTo: reader@example.net\nMessage-ID: <42@example.org>\n";
    for name in ["To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Cc"] {
        assert_eq!(bounce(&format!("{name}: <{{verp}}@bounce.example.org>\n"), "").0, Some(OURS), "{name}");
    }
    for header in [
        "Return-Path: <{verp}@bounce.example.org>",
        "Return-Path: <SRS0=abc=xy=bounce.example.org={verp}@forwarder.example>",
        "CFBL-Feedback-ID: {verp}",
        "X-Example-Envelope-Id: {verp}",
        "List-Unsubscribe: <{link}>, <mailto:{unsubscribe}@example.org?subject=unsubscribe>",
        "List-Unsubscribe: <mailto:news@example.org?subject=unsubscribe%20{unsubscribe}>",
        "Received: from a by b (envelope-from <{verp}@bounce.example.org>)",
    ] {
        let returned = format!("{header}\n{message}\nHello\n");
        assert_eq!(bounce("", &returned), (Some(OURS), "42@example.org".to_owned()), "{header}");
        let forged = filled(&returned)
            .replace("4711", "4712")
            .replace(&filled("{link}"), "https://news.example.org/unsubscribe/AQEAAAAB");
        assert_eq!(bounce("", &forged).0, None, "{header}");
    }
    assert_eq!(bounce("", &format!("{message}\nHello\n")), (None, "42@example.org".to_owned()));
}

#[test]
fn b_an_envelope_id_in_a_report_shows_it_for_every_recipient() {
    let report = "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nContent-Type: multipart/report; boundary=b\n\n--b\n\
        Content-Type: message/delivery-status\n\nOriginal-Envelope-Id: {verp}\n\nFinal-Recipient: rfc822; a@example.net\n\
        Status: 5.1.1\n\nFinal-Recipient: rfc822; b@example.net\nStatus: 5.2.2\n";
    let said = said(&filled(report));
    assert_eq!(said.iter().map(|one| one.delivery).collect::<Vec<_>>(), [Some(OURS), Some(OURS)]);
    assert!(said.iter().all(|one| !one.is_vouched), "a mail vouches for no address");
}

#[test]
fn b_a_return_address_of_ours_is_nobodys_mailbox() {
    let mail = "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: {verp}@bounce.example.org\nSubject: failure notice\n\n\
        <{verp}@bounce.example.org>: user unknown\n";
    for one in said(&filled(mail)) {
        assert_eq!(one.recipient, "");
    }
}

/// What must hold of anything that is said, whatever the mail was.
fn check(mail: &[u8]) {
    for own in [Own::default(), Own { keys: Some(&keys()) }] {
        let said = read(mail, &own);
        assert!(said.len() <= 200);
        for one in said {
            assert!(
                one.diagnostic.chars().count() <= Feedback::MAX_DIAGNOSTIC
                    && !one.diagnostic.contains(char::is_control)
            );
            assert!(one.recipient.len() <= 254 && !one.recipient.contains(char::is_control), "{:?}", one.recipient);
            assert!(one.message_id.len() <= 998 * 4 && !one.message_id.contains(char::is_whitespace));
            assert!(!one.is_vouched);
            if own.keys.is_none() {
                assert_eq!(one.delivery, None);
            }
            let status = one.meaning.status;
            assert!(one.meaning.class != Class::Hard || status.is_some_and(|status| status.is_permanent()));
        }
    }
}

static MAILS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| expected().keys().map(|file| mail(file).into_bytes()).collect());

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_borne(mail in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check(&mail);
    }

    #[test]
    fn any_text_is_borne(mail in "(\\PC|\n|: |@|=\\?|<|>|--b\n|550 5\\.1\\.1 ){0,200}") {
        check(mail.as_bytes());
    }

    #[test]
    fn bent_mails_are_borne(
        which in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        times in 1..6_usize,
    ) {
        let mails = &*MAILS;
        let mut mail = mails[which.index(mails.len())].clone();
        mail.push(b'\n');
        for (place, octet) in places {
            let place = place.index(mail.len());
            mail[place] ^= octet;
        }
        check(&mail[..cut.index(mail.len())]);
        // Parts of one mail in another, and again and again.
        let other = &mails[other.index(mails.len())];
        let mixed = [&mail[..cut.index(mail.len())], &other.repeat(times), &mail[cut.index(mail.len())..]].concat();
        check(&mixed);
    }

    #[test]
    fn nested_mails_are_borne(which in any::<prop::sample::Index>(), depth in 1..40_usize) {
        let mails = &*MAILS;
        let mut mail = mails[which.index(mails.len())].clone();
        for n in 0..depth {
            let head = format!("From: MAILER-DAEMON@x.example\nContent-Type: multipart/mixed; boundary=n{n}\n\n--n{n}\nContent-Type: message/rfc822\n\n");
            mail = [head.as_bytes(), &mail, format!("\n--n{n}--\n").as_bytes()].concat();
        }
        check(&mail);
    }
}

#[test]
fn hostile_sizes_take_no_longer_than_their_octets() {
    let head = "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: failure notice\n";
    let html = format!("{head}Content-Type: text/html\n\n");
    let begun = std::time::Instant::now();
    for (head, piece) in [
        (head, "\n@"),
        (head, "\n<a@b.example>: 550 user unknown\n"),
        (head, "X: =?=?\n"),
        (head, "\na\noriginal message follows\n"),
        ("Subject: ", "=?utf-8?Q?a?="),
        ("Content-Type: multipart/mixed; boundary=a\n\n", "--a\n"),
        ("Content-Type: multipart/mixed; boundary=a\n\n", "--ab\n"),
        (
            "Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/delivery-status\n\n",
            "Final-Recipient: rfc822; a@b.example\n\n",
        ),
        (html.as_str(), "<a <script>"),
        (head, "\nip ip your ip "),
    ] {
        check(&[head.as_bytes(), &piece.as_bytes().repeat((1 << 20) / piece.len())].concat());
    }
    // Quadratic work on a megabyte takes hours; this takes a second or two without optimisation.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
