//! Amazon SES through SNS (rule B, webhook): the signature of both versions, the topics, the times, and the URLs that
//! may be asked and those that may not.

use std::path::PathBuf;

use crate::support::hook_server::{HookServer, NOTHING, TAKEN, flipped};
use crate::support::keys;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use data_encoding::BASE64;
use griot::config::Hooks as Configured;
use griot::feedback::Own;
use griot::feedback::webhooks::sns::{Certificate, Envelope, Purpose};
use griot::feedback::webhooks::{Refused, ses};
use serde_json::{Value, json};

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:bounces";
const TABLES: &str = "[hooks.ses]\ntopics = [\"arn:aws:sns:eu-west-1:123456789012:bounces\"]\n";
const CERTIFICATE: &str = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem";

/// A key and a certificate that Amazon never saw, made as the test runs.
struct Amazon {
    folder: tempfile::TempDir,
    certificate: Vec<u8>,
}

impl Amazon {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
        let subject = ["-subj", "/CN=sns.amazonaws.com", "-days", "2"];
        let out = ["-keyout", key.to_str().unwrap(), "-out", certificate.to_str().unwrap()];
        keys::openssl(&[&["req", "-x509", "-newkey", "rsa:2048", "-nodes"][..], &subject, &out].concat());
        Self { certificate: std::fs::read(certificate).unwrap(), folder }
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Signs an envelope as the documentation of SNS says, which is not how griot puts it together.
    fn sign(&self, mut envelope: Value) -> Value {
        let names: &[&str] = match envelope["Type"].as_str().unwrap() {
            "Notification" => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
            _ => &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
        };
        let mut text = String::new();
        for name in names {
            if let Some(value) = envelope.get(*name) {
                text += &format!("{name}\n{}\n", value.as_str().unwrap());
            }
        }
        let hash = if envelope["SignatureVersion"] == "1" { "-sha1" } else { "-sha256" };
        let file = self.folder.path().join("text");
        std::fs::write(&file, text).unwrap();
        let signature = keys::openssl(&["dgst", hash, "-sign", self.key().to_str().unwrap(), file.to_str().unwrap()]);
        envelope["Signature"] = BASE64.encode(&signature).into();
        envelope
    }

    fn certificate(&self) -> Certificate {
        Certificate::from_pem(&self.certificate).unwrap()
    }

    async fn server(&self, clock: fn() -> DateTime<Utc>) -> HookServer {
        HookServer::open(TABLES, clock, &[(CERTIFICATE, &self.certificate), (CONFIRM, b"<ok/>")]).await
    }
}

const CONFIRM: &str = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:123456789012:bounces&Token=2336412f37fb687f";

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn notification(message: &Value, version: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message.to_string(),
        "Timestamp": stamp(Utc::now()),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=x",
    })
}

fn confirmation(url: &str) -> Value {
    json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37fb687f",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": url,
        "Timestamp": stamp(Utc::now()),
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE,
    })
}

fn hard_bounce() -> Value {
    let said = "smtp; 550 5.1.1 user unknown";
    let recipient = json!({"emailAddress": "ada@example.com", "status": "5.1.1", "diagnosticCode": said});
    json!({
        "notificationType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [recipient]},
        "mail": {"source": "brief@example.org", "destination": ["ada@example.com"]},
    })
}

#[tokio::test]
async fn b_both_versions_of_the_signature_are_verified_and_the_certificate_is_fetched_once() {
    let amazon = Amazon::make();
    let server = amazon.server(Utc::now).await;
    for version in ["1", "2"] {
        let mut notification = notification(&hard_bounce(), version);
        notification["MessageId"] = format!("of-version-{version}").into();
        let body = amazon.sign(notification).to_string();
        let headers = [("Content-Type", "text/plain; charset=UTF-8")];
        let answer = server.post("/hooks/ses", &headers, body.clone()).await;
        assert_eq!(answer.told(), TAKEN, "version {version}");
        // The same once more is known, and nothing is done.
        let again = server.post("/hooks/ses", &headers, body).await;
        assert_eq!(again.told(), (200, "taken: 0, known before: 1\n"), "version {version}");
    }
    let mut without_subject = notification(&hard_bounce(), "2");
    without_subject.as_object_mut().unwrap().remove("Subject");
    without_subject["MessageId"] = "other".into();
    let body = amazon.sign(without_subject).to_string();
    assert_eq!(server.post("/hooks/ses", &[], body).await.told(), TAKEN);
    assert_eq!(server.fetched(), [CERTIFICATE]);

    // SHA-1 where SHA-256 is claimed, a version of the future, and a key of somebody else.
    let mut mixed = amazon.sign(notification(&hard_bounce(), "1"));
    mixed["SignatureVersion"] = "2".into();
    let mut future = amazon.sign(notification(&hard_bounce(), "2"));
    future["SignatureVersion"] = "3".into();
    let other = Amazon::make().sign(notification(&hard_bounce(), "2"));
    for body in [mixed, future, other] {
        let answer = server.post("/hooks/ses", &[], body.to_string()).await;
        assert_eq!(answer.told(), (403, "the signature does not match\n"), "{body}");
    }
}

/// Every byte of the body, at the level of functions: whatever is still believed says the same as before.
#[tokio::test]
async fn b_no_byte_can_be_changed() {
    let amazon = Amazon::make();
    let server = amazon.server(Utc::now).await;
    let Configured { ses: Some(hook), .. } = server.press.config().hooks.clone() else { panic!("not configured") };
    let certificate = amazon.certificate();
    let now = Utc::now();
    for version in ["1", "2"] {
        let envelope = amazon.sign(notification(&hard_bounce(), version));
        let body = envelope.to_string();
        let original = Envelope::open(body.as_bytes(), &hook.topics, now).unwrap();
        let meant = original.verify(&certificate, now).unwrap();
        assert!(matches!(meant, Purpose::Notify { .. }));
        let mut believed = 0;
        for (place, changed) in flipped(body.as_bytes()) {
            let Ok(envelope) = Envelope::open(&changed, &hook.topics, now) else { continue };
            let Ok(purpose) = envelope.verify(&certificate, now) else { continue };
            assert_eq!(purpose, meant, "byte {place} of {body}");
            believed += 1;
        }
        // The URLs that are not signed, and their names.
        assert!(believed < 250, "{believed} of {} bytes count for nothing", body.len());
        // What is signed, and the signature, byte by byte over HTTP.
        for name in ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", "Signature"] {
            let value = envelope[name].as_str().unwrap();
            let step = if name == "Message" { 7 } else { 1 };
            for (place, changed) in flipped(value.as_bytes()).step_by(step) {
                let mut other = envelope.clone();
                other[name] = String::from_utf8(changed).unwrap().into();
                let answer = server.post("/hooks/ses", &[], other.to_string()).await;
                assert!([400, 403].contains(&answer.status.as_u16()), "byte {place} of {name}: {}", answer.text);
            }
        }
    }
    assert_eq!(server.fetched(), [CERTIFICATE]);
}

#[tokio::test]
async fn b_topics_are_allowed_by_name_and_times_by_the_hour_before_anything_is_fetched() {
    let amazon = Amazon::make();
    let server = amazon.server(Utc::now).await;
    for topic in [
        "arn:aws:sns:eu-west-1:123456789012:bounces2",
        "arn:aws:sns:eu-west-1:999999999999:bounces",
        "",
        "ARN:aws:sns:eu-west-1:123456789012:bounces",
    ] {
        let mut envelope = notification(&hard_bounce(), "2");
        envelope["TopicArn"] = topic.into();
        let answer = server.post("/hooks/ses", &[], amazon.sign(envelope).to_string()).await;
        assert_eq!(answer.told(), (403, "the topic is not allowed; the topics are in [hooks.ses]\n"), "{topic}");
    }
    for at in [
        stamp(Utc::now() - TimeDelta::minutes(61)),
        stamp(Utc::now() + TimeDelta::minutes(6)),
        "yesterday".into(),
        String::new(),
    ] {
        let mut envelope = notification(&hard_bounce(), "2");
        envelope["Timestamp"] = at.as_str().into();
        let answer = server.post("/hooks/ses", &[], amazon.sign(envelope).to_string()).await;
        assert!(answer.status == 403 && answer.text.starts_with("the timestamp is too old"), "{at}: {}", answer.text);
    }
    assert!(server.fetched().is_empty());
    for at in [Utc::now() - TimeDelta::minutes(59), Utc::now() + TimeDelta::minutes(4)] {
        let mut envelope = notification(&hard_bounce(), "2");
        (envelope["Timestamp"], envelope["MessageId"]) = (stamp(at).into(), stamp(at).into());
        assert_eq!(server.post("/hooks/ses", &[], amazon.sign(envelope).to_string()).await.told(), TAKEN);
    }
}

/// URLs that look like Amazon's to one reader or another.
const ELSEWHERE: [&str; 38] = [
    "https://sns.us-east-1.amazonaws.com.evil.com/REST",
    "https://sns.us-east-1.amazonaws.com.cn.evil.com/REST",
    "https://sns.us-east-1.amazonaws.comevil/REST",
    "https://sns.us-east-1.evil.com/REST",
    "https://evil.com/sns.us-east-1.amazonaws.com/REST",
    "https://evil.com/?https://sns.us-east-1.amazonaws.com/REST",
    "https://evil.com#sns.us-east-1.amazonaws.com/REST",
    "https://sns.us-east-1.amazonaws.com@evil.com/REST",
    "https://user@sns.us-east-1.amazonaws.com/REST",
    "https://user:pass@sns.us-east-1.amazonaws.com/REST",
    "https://evil.com\\@sns.us-east-1.amazonaws.com/REST",
    "https://sns.us-east-1.amazonaws.com\\@evil.com/REST",
    "https://sns.us-east-1.amazonaws.com:443/REST",
    "https://sns.us-east-1.amazonaws.com:8443/REST",
    "https://sns.us-east-1.amazonaws.com:/REST",
    "http://sns.us-east-1.amazonaws.com/REST",
    "HTTPS://sns.us-east-1.amazonaws.com/REST",
    "ftp://sns.us-east-1.amazonaws.com/REST",
    "//sns.us-east-1.amazonaws.com/REST",
    "https:/sns.us-east-1.amazonaws.com/REST",
    "https:sns.us-east-1.amazonaws.com/REST",
    "https:///sns.us-east-1.amazonaws.com/REST",
    " https://sns.us-east-1.amazonaws.com/REST",
    "https://sns.us-east-1.amazonaws.com./REST",
    "https://sns.us-east-1.amazonaws.com%2eevil.com/REST",
    "https://sns.us-east-1.amazonaws%2ecom/REST",
    "https://sns.us-east-1.amazonaws.com%00.evil.com/REST",
    "https://SNS.us-east-1.amazonaws.com/REST",
    "https://sns.us-east-1.AMAZONAWS.com/REST",
    "https://sns.evil.amazonaws.com/REST",
    "https://sns.s3.amazonaws.com/REST",
    "https://sns.amazonaws.com/REST",
    "https://sns..amazonaws.com/REST",
    "https://sns.a.us-east-1.amazonaws.com/REST",
    "https://s3.us-east-1.amazonaws.com/REST",
    "https://evil-sns.us-east-1.amazonaws.com/REST",
    "https://sns.us-east-1.amazonaws\u{3002}com/REST",
    "https://sns.us-east-1.amazonaws.com\t/REST",
];

#[tokio::test]
async fn b_a_certificate_elsewhere_is_refused_without_a_request() {
    let amazon = Amazon::make();
    let server = amazon.server(Utc::now).await;
    let paths = [
        "https://sns.us-east-1.amazonaws.com/",
        "https://sns.us-east-1.amazonaws.com",
        "https://sns.us-east-1.amazonaws.com/evil.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem?a=b",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem#.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-../evil.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e%2e%2fevil.pem",
        "https://sns.us-east-1.amazonaws.com/a/SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com//SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com/?x=/SimpleNotificationService-abc.pem",
        "",
    ];
    let hosts = ELSEWHERE.iter().map(|url| url.replace("/REST", "/SimpleNotificationService-abc.pem"));
    for url in hosts.chain(paths.map(str::to_owned)) {
        for envelope in [notification(&hard_bounce(), "2"), confirmation(CONFIRM)] {
            let mut envelope = amazon.sign(envelope);
            envelope["SigningCertURL"] = url.as_str().into();
            let answer = server.post("/hooks/ses", &[], envelope.to_string()).await;
            assert_eq!(answer.told(), (403, "the signing certificate is not at a host of Amazon SNS\n"), "{url}");
        }
    }
    assert!(server.fetched().is_empty(), "{:?}", server.fetched());

    let good = [
        "us-east-1.amazonaws.com",
        "us-gov-west-1.amazonaws.com",
        "cn-north-1.amazonaws.com.cn",
        "ap-southeast-2.amazonaws.com",
        "eusc-de-east-1.amazonaws.com",
    ];
    for host in good {
        let mut envelope = amazon.sign(notification(&hard_bounce(), "2"));
        envelope["SigningCertURL"] = format!("https://sns.{host}/SimpleNotificationService-abc.pem").into();
        let answer = server.post("/hooks/ses", &[], envelope.to_string()).await;
        let text = "Amazon's answer could not be fetched: it answered 404 Not Found; come again later\n";
        assert_eq!(answer.told(), (503, text), "{host}");
    }
    assert_eq!(server.fetched().len(), good.len());
}

#[tokio::test]
async fn b_a_subscription_is_confirmed_at_amazon_and_nowhere_else() {
    let amazon = Amazon::make();
    let server = amazon.server(Utc::now).await;
    let query = CONFIRM.split_once("/?").unwrap().1;
    let hosts = ELSEWHERE.iter().map(|url| url.replace("/REST", &format!("/?{query}")));
    let paths = [
        CONFIRM.replace("ConfirmSubscription", "Unsubscribe"),
        CONFIRM.replace("/?", "/evil?"),
        CONFIRM.replace("Token=2336412f37fb687f", "Token=other"),
        CONFIRM.replace(":bounces&", ":other&"),
        format!("{CONFIRM}&Action=Unsubscribe"),
        format!("{CONFIRM}&AuthenticateOnUnsubscribe=true"),
        format!("{CONFIRM}#fragment"),
        CONFIRM.replace("&TopicArn", "&topicarn"),
        String::new(),
    ];
    for url in hosts.chain(paths) {
        let answer = server.post("/hooks/ses", &[], amazon.sign(confirmation(&url)).to_string()).await;
        let text = "the link to confirm the subscription does not lead to Amazon SNS\n";
        assert_eq!(answer.told(), (403, text), "{url}");
    }
    assert!(server.fetched().is_empty(), "{:?}", server.fetched());

    // Nobody but Amazon makes griot confirm.
    let mut forged = amazon.sign(confirmation(CONFIRM));
    forged["Signature"] = "AAAA".into();
    assert_eq!(server.post("/hooks/ses", &[], forged.to_string()).await.status, 403);
    assert_eq!(server.fetched(), [CERTIFICATE]);
    let confirmed = server.post("/hooks/ses", &[], amazon.sign(confirmation(CONFIRM)).to_string()).await;
    assert_eq!(confirmed.told(), NOTHING);
    assert_eq!(server.fetched(), [CERTIFICATE.to_owned(), CONFIRM.to_owned()]);
    // The end of a subscription is told, and nothing is fetched for it: its link would subscribe anew.
    let mut ended = confirmation(CONFIRM);
    ended["Type"] = "UnsubscribeConfirmation".into();
    assert_eq!(server.post("/hooks/ses", &[], amazon.sign(ended).to_string()).await.told(), NOTHING);
    assert_eq!(server.fetched().len(), 2);
}

#[tokio::test]
async fn b_a_certificate_out_of_its_time_or_damaged_is_refused() {
    let amazon = Amazon::make();
    for (clock, text) in [
        (
            (|| Utc::now() + TimeDelta::days(3)) as fn() -> DateTime<Utc>,
            "the signing certificate cannot be used: it has expired\n",
        ),
        (|| Utc::now() - TimeDelta::days(1), "the signing certificate cannot be used: it is not valid yet\n"),
    ] {
        let server = amazon.server(clock).await;
        let mut envelope = notification(&hard_bounce(), "2");
        envelope["Timestamp"] = stamp(clock()).into();
        let answer = server.post("/hooks/ses", &[], amazon.sign(envelope).to_string()).await;
        assert_eq!(answer.told(), (403, text));
    }
    let body = amazon.sign(notification(&hard_bounce(), "2")).to_string();
    for bytes in [&b"<html>"[..], b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let server = HookServer::open(TABLES, Utc::now, &[(CERTIFICATE, bytes)]).await;
        for _ in 0..2 {
            let answer = server.post("/hooks/ses", &[], body.clone()).await;
            assert!(answer.status == 403 && answer.text.starts_with("the signing certificate cannot be used"));
        }
        assert_eq!(server.fetched().len(), 2, "what cannot be used was kept");
    }
}

#[tokio::test]
async fn b_a_replay_is_known_by_the_same_id_and_what_is_no_envelope_is_refused() {
    let amazon = Amazon::make();
    let server = amazon.server(Utc::now).await;
    let Configured { ses: Some(hook), .. } = server.press.config().hooks.clone() else { panic!("not configured") };
    let body = amazon.sign(notification(&hard_bounce(), "2")).to_string();
    let id = || {
        let envelope = Envelope::open(body.as_bytes(), &hook.topics, Utc::now()).unwrap();
        match envelope.verify(&amazon.certificate(), Utc::now()).unwrap() {
            Purpose::Notify { id, message } => ses::read(id, message, &Own::default()).unwrap().id,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        (id(), id()),
        ("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324".into(), "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324".into())
    );
    let twice = body.replacen('{', &format!("{{\"TopicArn\":\"{TOPIC}\","), 1);
    for body in [hard_bounce().to_string(), twice, "[]".into(), "{}".into()] {
        let answer = server.post("/hooks/ses", &[], body.clone()).await;
        assert!(answer.status == 400 && answer.text.starts_with("it cannot be read: "), "{body}: {}", answer.text);
    }
    let refused = Envelope::open(b"{", &hook.topics, Utc::now()).unwrap_err();
    assert!(matches!(refused, Refused::Malformed(_)));
}
