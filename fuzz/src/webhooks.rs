//! Any octets as what a mail provider posts, after its first one, which chooses the provider.
//!
//! Unsigned, or signed for another body, they are refused; signed rightly they are read, and what they say is bounded.
//! The private halves of the two public keys below were thrown away, so there nothing is ever verified.

use std::sync::LazyLock;

use super::{KEYS, assert_feedback, now, within_bounds};
use griot::config::{Credential, EcPublicKey, PostmarkHook, TopicArn};
use griot::feedback::Own;
use griot::feedback::webhooks::sns::{Certificate, Envelope};
use griot::feedback::webhooks::{Refused, Report, generic, mailgun, postmark, sendgrid, ses};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "a secret of these targets, 32 octets";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:bounces";

static CERTIFICATE: LazyLock<Certificate> =
    LazyLock::new(|| Certificate::from_pem(include_bytes!("../keys/sns.pem")).expect("a certificate"));
static PUBLIC_KEY: LazyLock<EcPublicKey> =
    LazyLock::new(|| serde_json::from_value(json!(include_str!("../keys/sendgrid.txt"))).expect("a public key"));

pub fn run(input: &[u8]) {
    let Some((provider, body)) = input.split_first() else { return };
    let own = Own { keys: Some(&KEYS) };
    let reports = within_bounds(|| match provider % 5 {
        0 => of_generic(body, &own),
        1 => of_mailgun(body, &own),
        2 => of_postmark(body),
        3 => of_sendgrid(body),
        _ => of_ses(body, &own),
    });
    // An event takes more octets than this to write, and says one thing.
    let told: usize = reports.iter().map(|report| report.feedback.len()).sum();
    assert!(told <= body.len(), "{told} things told by {} octets", body.len());
    reports.iter().flat_map(|report| &report.feedback).for_each(assert_feedback);
}

fn of_generic(body: &[u8], own: &Own<'_>) -> Vec<Report> {
    let (secret, at) = (SecretString::from(SECRET), now().timestamp().to_string());
    let verify = |signature: &str, body: &[u8]| generic::verify(&secret, signature, &at, body, now());
    let signature = format!("v1={}", hmac(&[at.as_bytes(), b".", body]));
    assert_eq!(verify(&signature, body), Ok(()));
    let text = String::from_utf8_lossy(body);
    assert!(verify(&text, body).is_err() && verify(&format!("v1={text}"), body).is_err(), "it signs itself");
    assert_eq!(verify(&signature, &[body, b" "].concat()), Err(Refused::Signature));
    generic::read(body, own).into_iter().collect()
}

fn of_mailgun(body: &[u8], own: &Own<'_>) -> Vec<Report> {
    let key = SecretString::from(SECRET);
    let read = |body: &[u8]| mailgun::read(&key, body, now(), own);
    assert!(read(body).is_err(), "an event nobody signed");
    let Ok(event) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let (timestamp, token) = (now().timestamp().to_string(), "b7e3a1c09d5f42688e17c3d4a5f60b91");
    let signature = hmac(&[timestamp.as_bytes(), token.as_bytes()]);
    let signature = json!({"timestamp": timestamp, "token": token, "signature": signature});
    let signed = json!({"signature": signature, "event-data": event});
    read(signed.to_string().as_bytes()).expect("it is signed")
}

fn of_postmark(body: &[u8]) -> Vec<Report> {
    let credential = |name: &str| Some(Credential { name: name.into(), secret: SecretString::from(SECRET) });
    for hook in [
        PostmarkHook { login: credential("postmark"), header: None },
        PostmarkHook { login: None, header: credential("x-secret") },
        PostmarkHook { login: credential("postmark"), header: credential("x-secret") },
    ] {
        assert_eq!(postmark::verify(&hook, body, body), Err(Refused::Credential));
    }
    postmark::read(body).unwrap_or_default()
}

fn of_sendgrid(body: &[u8]) -> Vec<Report> {
    let (text, at) = (String::from_utf8_lossy(body), now().timestamp().to_string());
    for (signature, timestamp) in [(text.as_ref(), at.as_str()), ("MEUCIQ==", &text)] {
        assert!(sendgrid::verify(&PUBLIC_KEY, signature, timestamp, body, now()).is_err(), "nobody has the key");
    }
    sendgrid::read(body).unwrap_or_default()
}

fn of_ses(body: &[u8], own: &Own<'_>) -> Vec<Report> {
    let topic: TopicArn = serde_json::from_value(json!(TOPIC)).expect("a topic");
    let _ = Certificate::from_pem(body);
    if let Ok(envelope) = Envelope::open(body, &[topic], now()) {
        assert_eq!(envelope.topic(), TOPIC);
        let url = envelope.certificate_url().expect("it was looked at");
        let host = url.host_str().unwrap_or_default();
        assert!(host.starts_with("sns.") && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")));
        assert!(url.scheme() == "https" && url.username().is_empty() && url.port().is_none(), "{url}");
        assert!(envelope.verify(&CERTIFICATE, now()).is_err(), "nobody has the key");
    }
    ses::read("id", &String::from_utf8_lossy(body), own).into_iter().collect()
}

fn hmac(message: &[&[u8]]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
    message.iter().for_each(|part| hmac.update(part));
    data_encoding::HEXLOWER.encode(&hmac.finalize().into_bytes())
}
