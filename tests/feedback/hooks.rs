//! What all webhooks have in common, over real HTTP: they are there only where they are configured, 200 means durable,
//! and where there is no room the provider is to come again.

use std::time::Duration;

use crate::support::hook_server::{HookServer, NOTHING, TAKEN, client, post, press, serve};
use crate::support::pages::noon;
use data_encoding::HEXLOWER;
use griot::mailroom::Queue;
use griot::publishing::{Content, Incoming};
use griot::store::Source;
use griot::web::Fetch;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use reqwest::Method;
use sha2::Sha256;

const SECRET: &str = "a secret of this test, long enough";
const PROVIDERS: [&str; 5] = ["ses", "sendgrid", "mailgun", "postmark", "generic"];
const ALL: &str = r#"
[hooks.ses]
topics = ["arn:aws:sns:eu-west-1:123456789012:bounces"]

[hooks.sendgrid]
public_key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExr1m6GGdR7CAcEerqSj23KW7dmbj5UK1FqVicBMfn98Wy8PSRtXm+6v4WvybSlLLOBeHyzld9wRz+mRZKgf8Og=="

[hooks.mailgun]
signing_key = "a key of this test"

[hooks.postmark]
header = "X-Griot-Secret"
secret = "a secret of this test"

[hooks.generic]
secret = "a secret of this test, long enough"
"#;

fn no_fetch() -> Fetch {
    Box::new(|url| panic!("{url} was fetched"))
}

fn signed(body: &[u8]) -> [(String, String); 2] {
    let timestamp = noon().timestamp().to_string();
    let mut hmac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    hmac.update(format!("{timestamp}.").as_bytes());
    hmac.update(body);
    let signature = format!("v1={}", HEXLOWER.encode(&hmac.finalize().into_bytes()));
    [("Griot-Timestamp".to_owned(), timestamp), ("Griot-Signature".to_owned(), signature)]
}

fn complaint(id: &str) -> Vec<u8> {
    let event = serde_json::json!({"recipient": "ada@example.com", "kind": "complaint"});
    serde_json::json!({"id": id, "events": [event]}).to_string().into_bytes()
}

fn shown(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn a_webhook_that_is_not_configured_is_an_unknown_page() {
    let server = HookServer::open("", noon, &[]).await;
    let unknown = server.post("/nowhere", &[], "").await;
    for provider in PROVIDERS {
        let answer = server.post(&format!("/hooks/{provider}"), &[], "{}").await;
        assert_eq!(answer.told(), (404, unknown.text.as_str()), "{provider}");
        assert_eq!(answer.headers["content-type"], unknown.headers["content-type"]);
    }
    let one = HookServer::open("[hooks.mailgun]\nsigning_key = \"a key of this test\"\n", noon, &[]).await;
    assert_eq!(one.post("/hooks/mailgun", &[], "{}").await.status, 400);
    assert_eq!(one.post("/hooks/postmark", &[], "{}").await.status, 404);
}

#[tokio::test]
async fn errors_are_one_plain_line_and_no_guard_of_the_pages_stands_here() {
    let server = HookServer::open(ALL, noon, &[]).await;
    for provider in PROVIDERS {
        let path = format!("/hooks/{provider}");
        // What a browser from elsewhere would send: the signature decides, and nothing else.
        let answer = server.post(&path, &[("Origin", "https://evil.example"), ("Cookie", "a=b")], "nonsense").await;
        assert!([400, 401].contains(&answer.status.as_u16()), "{provider}: {}", answer.status);
        assert!(answer.text.ends_with('\n') && answer.text.lines().count() == 1, "{provider}: {:?}", answer.text);
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(
            (&answer.headers["x-content-type-options"], &answer.headers["cache-control"]),
            (&"nosniff".parse().unwrap(), &"no-store".parse().unwrap())
        );
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let response = server.client.request(method, format!("{}{path}", server.base)).send().await.unwrap();
            assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()));
        }
    }
    assert!(server.fetched().is_empty());
}

#[tokio::test]
async fn w_a_body_is_bounded() {
    let server = HookServer::open(ALL, noon, &[]).await;
    let most = 1024 * 1024;
    for provider in PROVIDERS {
        let headers = [("X-Griot-Secret", "a secret of this test")];
        let path = format!("/hooks/{provider}");
        let answer = server.post(&path, &headers, vec![b' '; most + 1]).await;
        assert_eq!(answer.told(), (413, "it is larger than 1 MB\n"), "{provider}");
        assert_eq!(server.post(&path, &headers, vec![b' '; most]).await.status, 400, "{provider}");
    }
}

#[tokio::test]
async fn a_full_queue_makes_the_provider_wait_and_drops_nothing() {
    let (press, _dir) = press(ALL, noon);
    let (queue, written_down) = Queue::new(press.clone());
    let base = serve(&press, queue.clone(), no_fetch()).await;
    let client = client();
    let url = format!("{base}/hooks/generic");
    // Nothing is written down for now, so that what is put stays where it is.
    let one = |n: usize| Incoming {
        source: Source::Generic,
        key: format!("{n}").into_bytes(),
        content: Content::Reported(Vec::new()),
    };
    let (first, posted) = (client.clone(), url.clone());
    let waits = tokio::spawn(async move {
        let body = complaint("first");
        post(&first, &posted, &shown(&signed(&body)), body).await
    });
    // It must be in the queue before the queue is filled.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let fill = queue.clone();
    let rest = tokio::spawn(async move {
        let puts = (0..2_000).map(|n| fill.put(one(n)));
        futures_util::future::join_all(puts).await.into_iter().filter(Result::is_ok).count()
    });
    let body = complaint("second");
    let headers = signed(&body);
    let shown_headers = shown(&headers);
    let refused = loop {
        let asked = post(&client, &url, &shown_headers, body.clone());
        // Before the queue is full this one waits in it too, and is let go of.
        if let Ok(answer) = tokio::time::timeout(Duration::from_millis(300), asked).await {
            break answer;
        }
    };
    assert_eq!(refused.told(), (503, "too much is waiting to be read; come again later\n"));
    assert_eq!(refused.headers["retry-after"], "60");
    assert!(!waits.is_finished(), "it was answered before it was written down");

    tokio::spawn(written_down);
    assert_eq!(waits.await.unwrap().told(), TAKEN);
    assert!(rest.await.unwrap() >= 900);
    let body = complaint("third");
    assert_eq!(post(&client, &url, &shown(&signed(&body)), body).await.told(), TAKEN);
}

#[tokio::test]
async fn nothing_is_taken_once_griot_is_ending() {
    let (press, _dir) = press(ALL, noon);
    let (queue, written_down) = Queue::new(press.clone());
    drop(written_down);
    let base = serve(&press, queue, no_fetch()).await;
    let body = complaint("one");
    let answer = post(&client(), &format!("{base}/hooks/generic"), &shown(&signed(&body)), body).await;
    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn the_answer_tells_how_much_was_taken() {
    let server = HookServer::open(ALL, noon, &[]).await;
    let body = complaint("one");
    assert_eq!(server.post("/hooks/generic", &shown(&signed(&body)), body).await.told(), TAKEN);
    let nothing = serde_json::json!({"id": "two", "events": []}).to_string().into_bytes();
    assert_eq!(server.post("/hooks/generic", &shown(&signed(&nothing)), nothing).await.told(), NOTHING);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is posted is answered, at the level of functions, where it is quick.
    #[test]
    fn no_body_makes_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), json in any_json()) {
        use griot::feedback::Own;
        use griot::feedback::webhooks::{generic, mailgun, postmark, sendgrid, ses, sns};
        let own = Own::default();
        let key = secrecy::SecretString::from("k");
        let text = json.to_string();
        for body in [bytes.as_slice(), text.as_bytes()] {
            let _ = sendgrid::read(body);
            let _ = postmark::read(body);
            let _ = generic::read(body, &own);
            let _ = mailgun::read(&key, body, noon(), &own);
            let _ = ses::read("id", &String::from_utf8_lossy(body), &own);
            prop_assert!(sns::Envelope::open(body, &[], noon()).is_err());
            let _ = sns::Certificate::from_pem(body);
        }
    }
}

/// JSON with the words that providers use, in places where they are and where they are not.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    const WORDS: [&str; 40] = [
        "event",
        "bounce",
        "type",
        "blocked",
        "dropped",
        "reason",
        "status",
        "response",
        "email",
        "smtp-id",
        "deferred",
        "sg_event_id",
        "event-data",
        "failed",
        "severity",
        "permanent",
        "delivery-status",
        "code",
        "message",
        "headers",
        "RecordType",
        "Bounce",
        "Type",
        "HardBounce",
        "TypeCode",
        "ID",
        "Details",
        "notificationType",
        "bounceType",
        "Permanent",
        "bouncedRecipients",
        "diagnosticCode",
        "mail",
        "source",
        "complaint",
        "Complaint",
        "id",
        "events",
        "recipient",
        "kind",
    ];
    let word = prop::sample::select(&WORDS[..]).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "smtp; [2-6][0-9]{0,3}[ -][245]\\.[0-9]{1,3}\\.[0-9]{1,4} \\PC{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..8)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}
