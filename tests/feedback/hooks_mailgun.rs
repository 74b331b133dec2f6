//! Mailgun's webhooks (rule B, webhook): the HMAC over timestamp and token, tokens that count once, and what the events
//! mean.

use crate::support::hook_server::{HookServer, NOTHING, TAKEN, flipped};
use crate::support::pages::noon;
use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use griot::feedback::Own;
use griot::feedback::webhooks::mailgun;
use griot::meaning::{Class, Reason};
use griot::store::{EditionId, SubscriberId};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

const KEY: &str = "a key of this test";
const TABLES: &str = "[hooks.mailgun]\nsigning_key = \"a key of this test\"\n";
const TOKEN: &str = "b7e3a1c09d5f42688e17c3d4a5f60b9182736455aabbccddee";

fn signed(timestamp: &str, token: &str, event: Value) -> Value {
    let mut hmac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    hmac.update(format!("{timestamp}{token}").as_bytes());
    let signature = HEXLOWER.encode(&hmac.finalize().into_bytes());
    json!({"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": event})
}

fn now() -> String {
    noon().timestamp().to_string()
}

fn failed(changes: Value) -> Value {
    let mut event = json!({
        "event": "failed", "severity": "permanent", "reason": "bounce", "id": "event", "recipient": "ada@example.com",
        "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "message": "5.1.1 user unknown", "description": ""},
        "envelope": {"sender": "brief@example.org"},
        "message": {"headers": {"message-id": "abc@example.org"}},
    });
    for (key, value) in changes.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

#[tokio::test]
async fn b_no_byte_of_timestamp_token_or_signature_can_be_changed() {
    let server = HookServer::open(TABLES, noon, &[]).await;
    let right = signed(&now(), TOKEN, failed(json!({})));
    assert_eq!(server.post("/hooks/mailgun", &[], right.to_string()).await.told(), TAKEN);
    for name in ["timestamp", "token", "signature"] {
        let value = right["signature"][name].as_str().unwrap();
        for (place, changed) in flipped(value.as_bytes()) {
            let mut other = right.clone();
            other["signature"][name] = String::from_utf8(changed).unwrap().into();
            let answer = server.post("/hooks/mailgun", &[], other.to_string()).await;
            assert_eq!(answer.told(), (403, "the signature does not match\n"), "byte {place} of {name}");
        }
        let mut without = right.clone();
        without["signature"].as_object_mut().unwrap().remove(name);
        assert_eq!(server.post("/hooks/mailgun", &[], without.to_string()).await.status, 400, "{name}");
    }
    let mut upper = right.clone();
    upper["signature"]["signature"] = right["signature"]["signature"].as_str().unwrap().to_uppercase().into();
    assert_eq!(server.post("/hooks/mailgun", &[], upper.to_string()).await.status, 403);
}

/// The two are signed as one text, so a digit could move between them and make a token that was never seen.
#[tokio::test]
async fn b_no_digit_moves_between_timestamp_and_token() {
    let server = HookServer::open(TABLES, noon, &[]).await;
    let token = format!("12345{TOKEN}");
    let right = signed(&now(), &token, failed(json!({})));
    let signature = right["signature"]["signature"].clone();
    let text = format!("{}{token}", now());
    for split in 1..text.len() {
        let (timestamp, token) = text.split_at(split);
        let mut other = right.clone();
        other["signature"] = json!({"timestamp": timestamp, "token": token, "signature": signature});
        let status = server.post("/hooks/mailgun", &[], other.to_string()).await.status;
        assert_eq!(status == 200, split == now().len(), "{timestamp} {token}: {status}");
    }
}

#[tokio::test]
async fn b_a_request_is_refused_out_of_its_time_and_known_by_its_token() {
    let server = HookServer::open(TABLES, noon, &[]).await;
    for (minutes, status) in [(-9 * 60 - 1, 403), (-8 * 60, 200), (4, 200), (6, 403)] {
        let at = (noon() + TimeDelta::minutes(minutes)).timestamp().to_string();
        let request = signed(&at, &format!("{TOKEN}{minutes}"), failed(json!({})));
        assert_eq!(server.post("/hooks/mailgun", &[], request.to_string()).await.status, status, "{minutes} minutes");
    }
    // Another event under the same token is the same to us: the signature does not cover it.
    let key = SecretString::from(KEY);
    let id = |event: Value| {
        let body = signed(&now(), TOKEN, event).to_string();
        mailgun::read(&key, body.as_bytes(), noon(), &Own::default()).unwrap().remove(0).id
    };
    assert_eq!(id(failed(json!({}))), TOKEN);
    assert_eq!(id(failed(json!({"event": "complained", "id": "another", "recipient": "eve@example.com"}))), TOKEN);
    let mut without = signed(&now(), TOKEN, json!({}));
    without.as_object_mut().unwrap().remove("event-data");
    assert_eq!(server.post("/hooks/mailgun", &[], without.to_string()).await.told(), (400, "event-data is missing\n"));
    let opened = signed(&now(), TOKEN, json!({"event": "opened"}));
    assert_eq!(server.post("/hooks/mailgun", &[], opened.to_string()).await.told(), NOTHING);
}

#[test]
fn b_what_the_events_mean() {
    let key = SecretString::from(KEY);
    let status =
        |code: u16, enhanced: &str, message: &str| json!({"code": code, "enhanced-code": enhanced, "message": message});
    for (event, class, reason) in [
        (failed(json!({})), Class::Hard, Reason::UserUnknown),
        (failed(json!({"severity": "temporary"})), Class::Delayed, Reason::UserUnknown),
        (failed(json!({"severity": "odd"})), Class::Soft, Reason::UserUnknown),
        (failed(json!({"delivery-status": status(552, "5.2.2", "full")})), Class::Soft, Reason::MailboxFull),
        (failed(json!({"delivery-status": status(0, "", "550 5.1.1 gone")})), Class::Hard, Reason::UserUnknown),
        (failed(json!({"delivery-status": {}})), Class::Soft, Reason::Undefined),
        (
            failed(json!({"delivery-status": {"code": 605, "bounce-type": "hard"}, "reason": "suppress-bounce"})),
            Class::Hard,
            Reason::UserUnknown,
        ),
        (failed(json!({"delivery-status": {"code": 605}, "reason": "suppress-bounce"})), Class::Soft, Reason::OnHold),
        (
            failed(json!({"delivery-status": status(607, "", ""), "reason": "suppress-complaint"})),
            Class::Complaint,
            Reason::Feedback,
        ),
        (
            failed(json!({"delivery-status": status(606, "", ""), "reason": "suppress-unsubscribe"})),
            Class::Unsubscribe,
            Reason::Feedback,
        ),
        (failed(json!({"delivery-status": status(602, "", ""), "reason": "old"})), Class::Soft, Reason::Expired),
        (
            failed(json!({"delivery-status": {"code": 550, "enhanced-code": "5.1.1", "bounce-type": "soft"}})),
            Class::Soft,
            Reason::UserUnknown,
        ),
        (failed(json!({"event": "rejected"})), Class::Ours, Reason::Undefined),
        (failed(json!({"event": "complained"})), Class::Complaint, Reason::Feedback),
        (failed(json!({"event": "unsubscribed"})), Class::Unsubscribe, Reason::Feedback),
    ] {
        let body = signed(&now(), TOKEN, event.clone()).to_string();
        let report = mailgun::read(&key, body.as_bytes(), noon(), &Own::default()).unwrap().remove(0);
        let [feedback] = &report.feedback[..] else { panic!("{report:?}") };
        assert_eq!((feedback.meaning.class, feedback.meaning.reason), (class, reason), "{event}");
        assert_eq!((feedback.recipient.as_str(), feedback.message_id.as_str()), ("ada@example.com", "abc@example.org"));
    }
    let ours = signed(&now(), TOKEN, failed(json!({"delivery-status": status(554, "5.7.1", "refused")}))).to_string();
    let report = mailgun::read(&key, ours.as_bytes(), noon(), &Own::default()).unwrap().remove(0);
    assert_eq!(report.feedback[0].meaning.class, Class::Ours);
}

#[tokio::test]
async fn the_delivery_is_named_by_the_envelope_sender() {
    let server = HookServer::open(TABLES, noon, &[]).await;
    let sender = format!("{}@bounce.example.org", server.press.keys().verp_local(12, 4711));
    let body = signed(&now(), TOKEN, failed(json!({"envelope": {"sender": sender}}))).to_string();
    let report = mailgun::read(&SecretString::from(KEY), body.as_bytes(), noon(), &server.own()).unwrap().remove(0);
    assert_eq!(report.feedback[0].delivery, Some((EditionId(12), SubscriberId(4711))));
}
