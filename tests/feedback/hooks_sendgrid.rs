//! SendGrid's Event Webhook (rule B, webhook): the signature over timestamp and raw body, and what the events mean.

use crate::support::hook_server::{Answer, HookServer, TAKEN, flipped};
use crate::support::pages::noon;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use chrono::TimeDelta;
use data_encoding::BASE64;
use griot::feedback::webhooks::sendgrid;
use griot::meaning::{Class, Reason};
use serde_json::{Value, json};

struct SendGrid {
    key: EcdsaKeyPair,
    server: HookServer,
}

impl SendGrid {
    async fn open() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let tables = format!("[hooks.sendgrid]\npublic_key = \"{}\"\n", BASE64.encode(der.as_ref()));
        let server = HookServer::open(&tables, noon, &[]).await;
        Self { key, server }
    }

    fn sign(&self, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let signed = [timestamp.as_bytes(), body].concat();
        self.key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec()
    }

    async fn post(&self, timestamp: &str, signature: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = [(sendgrid::TIMESTAMP, timestamp), (sendgrid::SIGNATURE, signature)];
        self.server.post("/hooks/sendgrid", &headers, body).await
    }

    /// Signed as it should be.
    async fn tell(&self, timestamp: &str, body: &[u8]) -> Answer {
        self.post(timestamp, &BASE64.encode(&self.sign(timestamp, body)), body).await
    }
}

fn now() -> String {
    noon().timestamp().to_string()
}

fn bounce(id: &str) -> Value {
    json!({
        "email": "ada@example.com", "timestamp": 1, "smtp-id": "<abc@example.org>", "event": "bounce", "type": "bounce",
        "sg_event_id": id, "status": "5.1.1", "reason": "550 5.1.1 user unknown",
    })
}

#[tokio::test]
async fn b_a_batch_of_events_is_taken_in_together() {
    let sendgrid = SendGrid::open().await;
    let one = json!([bounce("one")]).to_string();
    assert_eq!(sendgrid.tell(&now(), one.as_bytes()).await.told(), TAKEN);
    // More than are written down in one transaction, and among them some that say nothing.
    let mut many: Vec<Value> = (0..450).map(|n| bounce(&format!("many {n}"))).collect();
    many.extend(
        (0..50).map(|n| json!({"event": "delivered", "email": "ada@example.com", "sg_event_id": n.to_string()})),
    );
    let answer = sendgrid.tell(&now(), Value::from(many).to_string().as_bytes()).await;
    assert_eq!(answer.told(), (200, "taken: 450, known before: 0\n"));
}

#[tokio::test]
async fn b_no_byte_of_body_signature_or_timestamp_can_be_changed() {
    let sendgrid = SendGrid::open().await;
    let body = json!([bounce("one")]).to_string().into_bytes();
    let signature = sendgrid.sign(&now(), &body);
    let shown = BASE64.encode(&signature);
    assert_eq!(sendgrid.post(&now(), &shown, body.clone()).await.told(), TAKEN);
    let refused = (403, "the signature does not match\n");
    for (place, changed) in flipped(&body) {
        assert_eq!(sendgrid.post(&now(), &shown, changed).await.told(), refused, "byte {place} of the body");
    }
    for (place, changed) in flipped(&signature) {
        let answer = sendgrid.post(&now(), &BASE64.encode(&changed), body.clone()).await;
        assert_eq!(answer.told(), refused, "byte {place} of the signature");
    }
    for (place, changed) in flipped(shown.as_bytes()) {
        let answer = sendgrid.post(&now(), &String::from_utf8(changed).unwrap(), body.clone()).await;
        assert_eq!(answer.told(), refused, "byte {place} of the header");
    }
    for (place, changed) in flipped(now().as_bytes()) {
        let answer = sendgrid.post(&String::from_utf8(changed).unwrap(), &shown, body.clone()).await;
        assert_eq!(answer.told(), refused, "byte {place} of the timestamp");
    }
    for shorter in [&body[..body.len() - 1], &[], &[&body[..], b" "].concat()] {
        assert_eq!(sendgrid.post(&now(), &shown, shorter).await.told(), refused);
    }
    assert_eq!(SendGrid::open().await.post(&now(), &shown, body).await.told(), refused, "another key");
}

#[tokio::test]
async fn b_a_signature_is_needed_once_and_in_its_time() {
    let sendgrid = SendGrid::open().await;
    let body = json!([bounce("one")]).to_string();
    let shown = BASE64.encode(&sendgrid.sign(&now(), body.as_bytes()));
    let missing = |name: &str| format!("{name} is missing\n");
    let server = &sendgrid.server;
    for (headers, text) in [
        (vec![], missing(sendgrid::SIGNATURE)),
        (vec![(sendgrid::SIGNATURE, shown.as_str())], missing(sendgrid::TIMESTAMP)),
        (
            vec![(sendgrid::TIMESTAMP, "1"), (sendgrid::SIGNATURE, &shown), (sendgrid::SIGNATURE, &shown)],
            missing(sendgrid::SIGNATURE),
        ),
    ] {
        assert_eq!(server.post("/hooks/sendgrid", &headers, body.clone()).await.told(), (400, text.as_str()));
    }
    for (minutes, status) in [(-25 * 60 - 1, 403), (-24 * 60, 200), (4, 200), (6, 403)] {
        let at = (noon() + TimeDelta::minutes(minutes)).timestamp().to_string();
        let answer = sendgrid.tell(&at, json!([bounce(&at)]).to_string().as_bytes()).await;
        assert_eq!(answer.status, status, "{minutes} minutes: {}", answer.text);
    }
    for odd in ["+1795435200", " 1795435200", "1795435200.0", "1.8e9", "-1", "99999999999999999999"] {
        let answer = sendgrid.tell(odd, b"[]").await;
        assert_eq!(answer.status, 403, "{odd:?}: {}", answer.text);
    }
    // What SendGrid signed and still makes no sense.
    let answer = sendgrid.tell(&now(), b"{}").await;
    assert_eq!(answer.told(), (400, "it cannot be read: it is not a list of events\n"));
}

#[test]
fn b_a_replay_is_known_by_the_same_ids() {
    let mut without = bounce("");
    without.as_object_mut().unwrap().remove("sg_event_id");
    let mut other = without.clone();
    other["timestamp"] = 2.into();
    let body = json!([bounce("one"), bounce("two"), without, other]).to_string();
    let ids = || sendgrid::read(body.as_bytes()).unwrap().into_iter().map(|report| report.id).collect::<Vec<_>>();
    let mut all = ids();
    assert_eq!(all, ids());
    assert_eq!(all[..2], ["one", "two"]);
    all.dedup();
    assert!(all.len() == 4 && all[2].len() == 64);
}

#[test]
fn b_what_the_events_mean() {
    let with = |changes: Value| {
        let mut event = bounce("one");
        for (key, value) in changes.as_object().unwrap() {
            event[key] = value.clone();
        }
        event
    };
    for (event, class, reason) in [
        (bounce("one"), Class::Hard, Reason::UserUnknown),
        (with(json!({"type": "blocked"})), Class::Soft, Reason::UserUnknown),
        (with(json!({"type": "blocked", "status": "", "reason": "no words"})), Class::Ours, Reason::Blocked),
        (with(json!({"status": "", "reason": "no words"})), Class::Soft, Reason::Undefined),
        (with(json!({"status": null, "reason": null})), Class::Soft, Reason::Undefined),
        (
            with(json!({"status": "5.0.0", "reason": "no words", "bounce_classification": "Invalid Address"})),
            Class::Hard,
            Reason::UserUnknown,
        ),
        (
            with(json!({"event": "deferred", "response": "450 4.2.2 full", "status": "4.2.2"})),
            Class::Delayed,
            Reason::MailboxFull,
        ),
        (with(json!({"event": "dropped", "reason": "Bounced Address"})), Class::Hard, Reason::UserUnknown),
        (with(json!({"event": "dropped", "reason": "Invalid"})), Class::Soft, Reason::UserUnknown),
        (with(json!({"event": "dropped", "reason": "Spam Reporting Address"})), Class::Complaint, Reason::Feedback),
        (with(json!({"event": "dropped", "reason": "Unsubscribed Address"})), Class::Unsubscribe, Reason::Feedback),
        (
            with(json!({"event": "dropped", "reason": "Recipient List over Package Quota"})),
            Class::Ours,
            Reason::Undefined,
        ),
        (with(json!({"bounce_classification": "Reputation"})), Class::Soft, Reason::UserUnknown),
        (with(json!({"bounce_classification": "Mailbox Unavailable"})), Class::Hard, Reason::UserUnknown),
        (with(json!({"event": "spamreport"})), Class::Complaint, Reason::Feedback),
        (with(json!({"event": "unsubscribe"})), Class::Unsubscribe, Reason::Feedback),
        (with(json!({"event": "group_unsubscribe"})), Class::Unsubscribe, Reason::Feedback),
    ] {
        let body = json!([event]).to_string();
        let report = sendgrid::read(body.as_bytes()).unwrap().remove(0);
        let [feedback] = &report.feedback[..] else { panic!("{report:?}") };
        assert_eq!((feedback.meaning.class, feedback.meaning.reason), (class, reason), "{event}");
        assert_eq!((feedback.recipient.as_str(), feedback.message_id.as_str()), ("ada@example.com", "abc@example.org"));
        assert!(feedback.is_vouched && feedback.delivery.is_none());
    }
    let ours = json!([with(json!({"status": "5.7.1", "reason": "554 5.7.1 refused"}))]).to_string();
    assert_eq!(sendgrid::read(ours.as_bytes()).unwrap()[0].feedback[0].meaning.class, Class::Ours);
    for nothing in ["processed", "delivered", "open", "click", "group_resubscribe", "", "something new"] {
        assert_eq!(sendgrid::read(json!([with(json!({"event": nothing}))]).to_string().as_bytes()).unwrap(), []);
    }
}
