//! The pages over real HTTP on a real store: headers and limits (rule W), confirmation by POST (rule C),
//! preferences.

use crate::support::pages::{
    CONFIG, ONE_CLICK, Pages, URLENCODED, change, eight_days_later, listen, multipart, noon, press,
};
use crate::support::rows;
use griot::address::EmailAddress;
use griot::store::{Subscriber, Subscription, SubscriptionState, Suppression};
use griot::token::Purpose;
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn w_every_answer_carries_the_security_headers() {
    let pages = Pages::open_at("https://brief.example.org").await;
    let paths = [
        ("/".to_owned(), false),
        ("/archive".to_owned(), false),
        ("/archive/weekly-brief/1".to_owned(), false),
        ("/archive/weekly-brief.atom".to_owned(), false),
        ("/health".to_owned(), false),
        ("/nowhere".to_owned(), false),
        (pages.unsubscribe(), true),
        (pages.preferences(), true),
        (pages.confirm(), true),
        ("/unsubscribe/altered".to_owned(), true),
    ];
    for (path, is_private) in &paths {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
            let answer = pages.ask(method.clone(), path, URLENCODED, "").await;
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; "), "{method} {path}: {policy}");
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{policy}");
            assert!(!policy.contains("script"), "{policy}");
            assert_eq!(policy.contains("unsafe-inline"), answer.body.contains("Online") || policy.contains("https:"));
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {path}");
            assert_eq!(answer.header("x-frame-options"), "DENY");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
            assert_eq!(answer.header("set-cookie"), "");
            if *is_private {
                assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}");
                assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow", "{method} {path}");
            }
        }
    }
    let plain = Pages::open().await;
    assert_eq!(plain.get("/").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn w_the_policy_names_the_stylesheet_that_stands_in_the_page() {
    use sha2::{Digest, Sha256};
    let pages = Pages::open().await;
    for path in ["/".to_owned(), "/nowhere".to_owned(), pages.preferences()] {
        let answer = pages.get(&path).await;
        let (_, rest) = answer.body.split_once("<style>").unwrap();
        let (css, rest) = rest.split_once("</style>").unwrap();
        let hash = data_encoding::BASE64.encode(&Sha256::digest(css));
        assert!(answer.header("content-security-policy").contains(&format!("style-src 'sha256-{hash}'")));
        assert!(!rest.contains("style="), "an inline style would be refused");
    }
}

#[tokio::test]
async fn w_large_bodies_and_other_methods_are_refused() {
    let pages = Pages::open().await;
    let padded = format!("{ONE_CLICK}&padding={}", "x".repeat(9000));
    let answer = pages.post(&pages.unsubscribe(), &padded).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let (content_type, body) = multipart(&format!("padding={}", "x".repeat(9000)));
    let answer = pages.ask(Method::POST, &pages.unsubscribe(), &content_type, &body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer = pages.ask(Method::DELETE, &pages.unsubscribe(), "", "").await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD,POST"));
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
}

#[tokio::test]
async fn c_a_subscription_is_confirmed_by_post_only() {
    let pages = Pages::open().await;
    let (ada, evening) = (pages.ada, pages.evening);
    let store = pages.press.store();
    store.write(|db| Subscription::begin(db, evening, ada, SubscriptionState::Pending, "form", noon())).unwrap();
    let link = format!("/confirm/{}", pages.token_for(Purpose::Confirm, evening));
    let answer = pages.get(&link).await;
    assert!(answer.body.contains("<h1>Get The Evening Note?</h1>"), "{}", answer.body);
    assert!(answer.body.contains("What the day left, &#60;in five lines&#62;."), "{}", answer.body);
    assert!(answer.body.contains("Every weekday at 18:00, Accra time."), "{}", answer.body);
    assert_eq!(pages.post(&link, "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(pages.state_of(evening), Some(SubscriptionState::Pending));
    for _ in 0..2 {
        let answer = pages.post(&link, "confirm=yes").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains("<h1>Your subscription is confirmed</h1>"), "{}", answer.body);
        assert!(answer.body.contains("You get The Evening Note."), "{}", answer.body);
        assert!(answer.body.contains("The next one is due on Monday 23 November 2026."), "{}", answer.body);
    }
    let answer = pages.get(&link).await;
    assert!(answer.body.contains("<h1>Your subscription is confirmed</h1>"), "{}", answer.body);
    assert_eq!(pages.changes()[1..], [change("pending", "form", ""), change("confirmed", "form", "")]);
}

#[tokio::test]
async fn c_an_old_confirmation_is_no_way_back_in() {
    let pages = Pages::open().await;
    pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    for answer in [pages.get(&pages.confirm()).await, pages.post(&pages.confirm(), "confirm=yes").await] {
        assert_eq!(answer.status, StatusCode::GONE);
        assert!(answer.body.contains("sign up again at example.org"), "{}", answer.body);
    }
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Ended));
}

#[tokio::test]
async fn w_a_confirmation_expires_and_unsubscribing_does_not() {
    let mut pages = Pages::open().await;
    let config = CONFIG.replace("PUBLIC_URL", "http://127.0.0.1:8080");
    let (base, stop, server) = listen(press(&pages.dir, &config, eight_days_later)).await;
    (pages.base, pages.stop, pages.server) = (base, Some(stop), Some(server));
    for answer in [pages.get(&pages.confirm()).await, pages.post(&pages.confirm(), "confirm=yes").await] {
        assert_eq!(answer.status, StatusCode::GONE);
        assert!(answer.body.contains("<h1>This link is past its time</h1>"), "{}", answer.body);
        assert!(answer.body.contains("sign up again at example.org"), "{}", answer.body);
    }
    assert_eq!(pages.post(&pages.unsubscribe(), ONE_CLICK).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_reader_leaves_joins_and_changes_the_name() {
    let pages = Pages::open().await;
    let answer = pages.get(&pages.preferences()).await;
    assert!(answer.body.contains("For a***@example.com"), "{}", answer.body);
    assert!(answer.body.contains("You get it: confirmed on 23 November 2026"), "{}", answer.body);
    assert!(answer.body.contains("You don&#39;t get it"), "{}", answer.body);
    let answer = pages.post(&pages.preferences(), "join=evening").await;
    assert!(answer.body.contains("You get The Evening Note from now on."), "{}", answer.body);
    let answer = pages.post(&pages.preferences(), "leave=weekly-brief").await;
    assert!(answer.body.contains("You left on 23 November 2026"), "{}", answer.body);
    assert_eq!(pages.changes()[1..], [change("confirmed", "form", ""), change("ended", "page", "")]);
    let answer = pages.post(&pages.preferences(), "name=+Ada+%22Lovelace%22%0D%0ABcc:+x+").await;
    assert!(answer.body.contains(r#"value="Ada &#34;Lovelace&#34; Bcc: x""#), "{}", answer.body);
    let name = pages.press.store().read(|db| Ok(Subscriber::find(db, pages.ada)?.unwrap().name)).unwrap();
    assert_eq!(name, "Ada \"Lovelace\" Bcc: x");
    let answer = pages.post(&pages.preferences(), "leave-all=yes").await;
    assert!(answer.body.contains("You won&#39;t hear from us again."), "{}", answer.body);
    assert_eq!(pages.state_of(pages.evening), Some(SubscriptionState::Ended));
    for nothing in ["", "join=nowhere", "leave=nowhere", "leave-all=no"] {
        assert_eq!(pages.post(&pages.preferences(), nothing).await.status, StatusCode::BAD_REQUEST, "{nothing}");
    }
}

#[tokio::test]
async fn preferences_say_when_an_address_is_suppressed() {
    let pages = Pages::open().await;
    assert!(!pages.get(&pages.preferences()).await.body.contains("are stopped"));
    let email = EmailAddress::parse("ada@example.com").unwrap();
    let suppression = Suppression { who: (&email).into(), reason: "complaint".to_owned(), created_at: noon() };
    pages.press.store().write(|db| suppression.add(db)).unwrap();
    let answer = pages.get(&pages.preferences()).await;
    assert!(answer.body.contains("Messages to this address are stopped"), "{}", answer.body);
}

#[tokio::test]
async fn the_first_page_tells_what_comes_and_when() {
    let pages = Pages::open().await;
    let answer = pages.get("/").await;
    assert_eq!(answer.status, StatusCode::OK);
    for text in [
        "Harmattan Press",
        "News that travels",
        "The Weekly Brief",
        "Every Friday at 08:00, Accra time.",
        "Every weekday at 18:00, Accra time.",
        "http://127.0.0.1:8080/archive",
        "1 Example Street, Accra",
    ] {
        assert!(answer.body.contains(text), "{text} is missing: {}", answer.body);
    }
}

// Time stands still in the next two tests, and jumps to the next timer whenever nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn w_a_head_that_does_not_arrive_is_given_up() {
    let pages = Pages::open().await;
    let mut slow = TcpStream::connect(pages.base.trim_start_matches("http://")).await.unwrap();
    let started = tokio::time::Instant::now();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: exam").await.unwrap();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).await.unwrap();
    let waited = started.elapsed().as_secs();
    assert!((15..20).contains(&waited), "given up after {waited} s");
}

#[tokio::test(start_paused = true)]
async fn w_a_body_that_does_not_arrive_is_given_up() {
    let pages = Pages::open().await;
    let mut slow = TcpStream::connect(pages.base.trim_start_matches("http://")).await.unwrap();
    let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList-Un", pages.unsubscribe());
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.contains("connection: close") && answer.contains("That took too long"), "{answer}");
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
}

#[tokio::test]
async fn health_is_ok_until_the_store_is_gone() {
    let pages = Pages::open().await;
    let answer = pages.get("/health").await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "ok\n"));
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let damage = rows::of(pages.dir.path());
    damage.execute_batch("ALTER TABLE editions RENAME TO lost; ALTER TABLE subscriptions RENAME TO lost_too").unwrap();
    let answer = pages.get("/health").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "120"));
    // 5xx, so that the mail program tries again.
    let answer = pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("nothing has changed"), "{}", answer.body);
}
