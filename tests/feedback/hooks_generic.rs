//! The webhook of our own (rule B, webhook): the signature, what is refused and with which words. (The
//! example of docs/webhooks.md is run with all the others of the book, in tests/docs.)

use crate::support::hook_server::{Answer, HookServer, TAKEN, flipped};
use crate::support::pages::noon;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use griot::feedback::Own;
use griot::feedback::webhooks::generic;
use griot::meaning::{Class, Status};
use griot::store::{EditionId, Feedback, SubscriberId};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "a secret of this test, long enough";
const TABLES: &str = "[hooks.generic]\nsecret = \"a secret of this test, long enough\"\n";
const WRONG: (u16, &str) = (403, "the signature does not match\n");

fn sign(timestamp: &str, body: &[u8]) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    hmac.update(format!("{timestamp}.").as_bytes());
    hmac.update(body);
    format!("v1={}", HEXLOWER.encode(&hmac.finalize().into_bytes()))
}

fn now() -> String {
    noon().timestamp().to_string()
}

async fn open(clock: fn() -> DateTime<Utc>) -> HookServer {
    HookServer::open(TABLES, clock, &[]).await
}

async fn post(server: &HookServer, timestamp: &str, signature: &str, body: &[u8]) -> Answer {
    let headers = [("Griot-Timestamp", timestamp), ("Griot-Signature", signature)];
    server.post("/hooks/generic", &headers, body).await
}

async fn tell(server: &HookServer, body: &Value) -> Answer {
    let body = body.to_string();
    post(server, &now(), &sign(&now(), body.as_bytes()), body.as_bytes()).await
}

fn bounce() -> Value {
    json!({
        "kind": "bounce", "recipient": "ada@example.com", "status": "5.1.1", "reply": 550,
        "diagnostic": "550 5.1.1\r\nuser unknown", "message_id": "<abc@example.org>",
    })
}

fn of(event: Value) -> Value {
    json!({"id": "one", "events": [event]})
}

#[tokio::test]
async fn b_no_byte_of_body_signature_or_timestamp_can_be_changed() {
    let server = open(noon).await;
    let body = of(bounce()).to_string().into_bytes();
    let signature = sign(&now(), &body);
    assert_eq!(post(&server, &now(), &signature, &body).await.told(), TAKEN);
    for (place, changed) in flipped(&body) {
        assert_eq!(post(&server, &now(), &signature, &changed).await.told(), WRONG, "byte {place} of the body");
    }
    for (place, changed) in flipped(signature.as_bytes()) {
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(post(&server, &now(), &changed, &body).await.told(), WRONG, "byte {place} of the signature");
    }
    for (place, changed) in flipped(now().as_bytes()) {
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(post(&server, &changed, &signature, &body).await.told(), WRONG, "byte {place} of the timestamp");
    }
    for cut in ["v1=", &signature[3..], &signature[..35], &signature.to_uppercase()] {
        assert_eq!(post(&server, &now(), cut, &body).await.told(), WRONG, "{cut}");
    }
    let answer = server.post("/hooks/generic", &[("Griot-Signature", &signature)], body.clone()).await;
    assert_eq!(answer.told(), (400, "Griot-Timestamp is missing\n"));
    assert_eq!(server.post("/hooks/generic", &[], body).await.told(), (400, "Griot-Signature is missing\n"));
}

#[tokio::test]
async fn b_a_request_counts_for_ten_minutes_and_is_known_by_its_id() {
    let server = open(noon).await;
    for (seconds, status) in [(-601, 403), (-599, 200), (299, 200), (301, 403)] {
        let at = (noon() + TimeDelta::seconds(seconds)).timestamp().to_string();
        let body = json!({"id": at, "events": [bounce()]}).to_string();
        let answer = post(&server, &at, &sign(&at, body.as_bytes()), body.as_bytes()).await;
        assert_eq!(answer.status, status, "{seconds} seconds: {}", answer.text);
    }
    let read = || generic::read(of(bounce()).to_string().as_bytes(), &Own::default()).unwrap();
    assert_eq!((read().id, read()), ("one".to_owned(), read()));
}

#[tokio::test]
async fn what_is_not_understood_is_refused_with_the_reason_and_taken_in_not_in_part() {
    let server = open(noon).await;
    let with = |key: &str, value: Value| {
        let mut event = bounce();
        event[key] = value;
        json!({"id": "one", "events": [bounce(), event]})
    };
    for (body, text) in [
        (
            with("kind", "click".into()),
            "unknown variant `click`, expected one of `bounce`, `delay`, `complaint`, `unsubscribe`",
        ),
        (with("knid", "bounce".into()), "unknown field `knid`"),
        (with("status", "5.1".into()), "events[1]: status is not like \"5.1.1\" (RFC 3463)"),
        (with("reply", 199.into()), "events[1]: reply is not between 200 and 599"),
        (with("recipient", "".into()), "events[1]: it names neither a recipient nor a return_path"),
        (json!({"id": "", "events": []}), "id has 1 to 200 characters"),
        (json!({"id": "i".repeat(201), "events": []}), "id has 1 to 200 characters"),
        (json!({"events": []}), "missing field `id`"),
        (json!({"id": "one"}), "missing field `events`"),
        (json!([]), "invalid length 0"),
    ] {
        let answer = tell(&server, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text.starts_with(&format!("it cannot be read: {text}")), "{body}: {}", answer.text);
        assert!(answer.text.lines().count() == 1 && answer.text.len() < 450);
    }
}

#[tokio::test]
async fn events_say_what_they_say() {
    let server = open(noon).await;
    let read = |event: Value| -> Feedback {
        generic::read(of(event).to_string().as_bytes(), &server.own()).unwrap().feedback.remove(0)
    };
    let feedback = read(bounce());
    assert_eq!((feedback.meaning.class, feedback.meaning.reply), (Class::Hard, Some(550)));
    assert_eq!(feedback.meaning.status, Some(Status::new(5, 1, 1)));
    assert_eq!(
        (feedback.diagnostic.as_str(), feedback.message_id.as_str()),
        ("550 5.1.1 user unknown", "abc@example.org")
    );
    assert_eq!((feedback.recipient.as_str(), feedback.is_vouched, feedback.delivery), ("ada@example.com", true, None));
    for (kind, class) in
        [("delay", Class::Delayed), ("complaint", Class::Complaint), ("unsubscribe", Class::Unsubscribe)]
    {
        assert_eq!(read(json!({"kind": kind, "recipient": "ada@example.com"})).meaning.class, class);
    }
    let unexplained = read(json!({"kind": "bounce", "recipient": "ada@example.com"}));
    assert_eq!(unexplained.meaning.class, Class::Soft, "nothing says that it is hard");
    let return_path = format!("{}@bounce.example.org", server.press.keys().verp_local(12, 4711));
    let feedback = read(json!({"kind": "complaint", "recipient": "", "return_path": return_path}));
    assert_eq!(feedback.delivery, Some((EditionId(12), SubscriberId(4711))));
}
