//! Leaving, over real HTTP on a real store: one-click by RFC 8058, the page with the button, tokens (rule W).

use crate::support::pages::{CONFIG, ONE_CLICK, Pages, URLENCODED, change, listen, multipart, noon, press};
use data_encoding::BASE64URL_NOPAD;
use griot::address::EmailAddress;
use griot::store::{Subscriber, Subscription, SubscriptionState};
use griot::token::{Purpose, Token};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn rfc8058_3_2_one_click_ends_the_subscription_in_either_encoding() {
    let (multipart_type, multipart_body) = multipart(ONE_CLICK);
    for (content_type, body) in [
        (URLENCODED, ONE_CLICK),
        (&*multipart_type, &*multipart_body),
        ("application/x-www-form-urlencoded; charset=utf-8", "a=b&List-Unsubscribe=One-Click"),
        ("", "List-Unsubscribe=One-Click\r\n"),
    ] {
        let pages = Pages::open().await;
        let answer = pages.ask(Method::POST, &pages.unsubscribe(), content_type, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{content_type}: {}", answer.body);
        assert_eq!(answer.body, "You have left The Weekly Brief.\n");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(answer.header("location"), "");
        assert_eq!(pages.changes().last(), Some(&change("ended", "one-click", "weekly-brief/1")), "{content_type}");
    }
}

#[tokio::test]
async fn rfc8058_3_2_one_click_is_idempotent_and_the_first_end_stays_on_record() {
    let pages = Pages::open().await;
    let first = pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    for body in [ONE_CLICK, ONE_CLICK, "confirm=yes"] {
        let again = pages.post(&pages.unsubscribe(), body).await;
        assert_eq!(again.status, StatusCode::OK);
        assert!(again.body.contains("You have left The Weekly Brief"), "{}", again.body);
    }
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(pages.changes(), [change("confirmed", "import", ""), change("ended", "one-click", "weekly-brief/1")]);
}

#[tokio::test]
async fn rfc8058_3_2_fifty_clicks_at_once_are_one_end() {
    let pages = Pages::open().await;
    let url = format!("{}{}", pages.base, pages.unsubscribe());
    let clicks: Vec<_> = (0..50)
        .map(|_| {
            let request = pages.client.post(&url).header(CONTENT_TYPE, URLENCODED).body(ONE_CLICK);
            tokio::spawn(async move { request.send().await.unwrap().status() })
        })
        .collect();
    for click in clicks {
        assert_eq!(click.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(pages.changes().len(), 2);
}

#[tokio::test]
async fn w_get_and_head_change_nothing_and_show_one_button() {
    let pages = Pages::open().await;
    let answer = pages.get(&pages.unsubscribe()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("<h1>Leave The Weekly Brief?</h1>"), "{}", answer.body);
    assert_eq!(answer.body.matches("<button").count(), 1);
    assert!(answer.body.contains(r#"<form method="post"><button name="confirm" value="yes">Unsubscribe</button>"#));
    assert!(!answer.body.contains("<script") && !answer.body.contains("ada@"), "{}", answer.body);
    let head = pages.ask(Method::HEAD, &pages.unsubscribe(), "", "").await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
}

#[tokio::test]
async fn the_button_of_the_page_ends_it_and_says_so() {
    let pages = Pages::open().await;
    let answer = pages.post(&pages.unsubscribe(), "confirm=yes").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("<h1>You have left The Weekly Brief</h1>"), "{}", answer.body);
    assert!(answer.body.contains("You won&#39;t hear from us again."), "{}", answer.body);
    assert!(answer.body.contains("A mistake? Back in"));
    assert_eq!(pages.changes().last(), Some(&change("ended", "page", "weekly-brief/1")));
}

#[tokio::test]
async fn leaving_one_newsletter_names_what_still_comes() {
    let pages = Pages::open().await;
    pages.post(&pages.preferences(), "join=evening").await;
    let answer = pages.post(&pages.unsubscribe(), "confirm=yes").await;
    assert!(answer.body.contains("You won&#39;t get it again. The Evening Note still comes."), "{}", answer.body);
    assert_eq!(pages.state_of(pages.evening), Some(SubscriptionState::Confirmed));
}

#[tokio::test]
async fn rfc8058_3_1_a_post_without_the_field_changes_nothing() {
    let pages = Pages::open().await;
    let (multipart_type, multipart_body) = multipart("List-Unsubscribe=Two-Clicks");
    for (content_type, body) in [
        (URLENCODED, ""),
        (URLENCODED, "List-Unsubscribe=one-click"),
        (URLENCODED, "list-unsubscribe=One-Click"),
        (URLENCODED, "confirm=no"),
        (&*multipart_type, &*multipart_body),
        ("multipart/form-data", ONE_CLICK),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"Li"),
        ("application/json", r#"{"List-Unsubscribe":"One-Click"}"#),
    ] {
        let answer = pages.ask(Method::POST, &pages.unsubscribe(), content_type, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{content_type} {body}");
        assert!(answer.body.contains("Nothing has changed"), "{}", answer.body);
    }
    // A query is no body.
    let answer = pages.post(&format!("{}?{ONE_CLICK}", pages.unsubscribe()), "").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
}

#[tokio::test]
async fn w_an_altered_token_is_one_and_the_same_404() {
    let pages = Pages::open().await;
    let good = pages.token(Purpose::Unsubscribe);
    let sealed = BASE64URL_NOPAD.decode(good.as_bytes()).unwrap();
    let mut altered: Vec<String> = (0..sealed.len())
        .map(|at| {
            let mut bytes = sealed.clone();
            bytes[at] ^= 1 << (at % 8);
            BASE64URL_NOPAD.encode(&bytes)
        })
        .collect();
    altered.extend([good[..40].to_owned(), format!("{good}A"), "x".repeat(3000), "%FF".to_owned(), "%00".to_owned()]);
    let mut pages_shown = std::collections::BTreeSet::new();
    for token in &altered[..altered.len() - 2] {
        for answer in [
            pages.get(&format!("/unsubscribe/{token}")).await,
            pages.post(&format!("/unsubscribe/{token}"), ONE_CLICK).await,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{token}");
            pages_shown.insert(answer.body);
        }
    }
    assert_eq!(pages_shown.len(), 1);
    assert!(pages_shown.first().unwrap().contains("mailto:editors@example.org"));
    for token in &altered[altered.len() - 2..] {
        let status = pages.post(&format!("/unsubscribe/{token}"), ONE_CLICK).await.status;
        assert!(status.is_client_error(), "{token}: {status}");
    }
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
}

#[tokio::test]
async fn w_a_token_made_for_another_page_is_refused() {
    let pages = Pages::open().await;
    for purpose in [Purpose::Unsubscribe, Purpose::Preferences, Purpose::Confirm, Purpose::Online] {
        let token = pages.token(purpose);
        for (page, own) in [
            ("unsubscribe", Purpose::Unsubscribe),
            ("preferences", Purpose::Preferences),
            ("confirm", Purpose::Confirm),
        ] {
            let status = pages.get(&format!("/{page}/{token}")).await.status;
            let expected = if purpose == own { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(status, expected, "{purpose:?} on {page}");
        }
        if purpose != Purpose::Unsubscribe {
            let answer = pages.post(&format!("/unsubscribe/{token}"), ONE_CLICK).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
    }
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
}

#[tokio::test]
async fn c_an_erased_reader_gets_the_same_words() {
    let pages = Pages::open().await;
    let one_click = pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    let page = pages.post(&pages.unsubscribe(), "confirm=yes").await;
    pages.erase();
    for (body, before) in [(ONE_CLICK, one_click), ("confirm=yes", page)] {
        let after = pages.post(&pages.unsubscribe(), body).await;
        assert_eq!((after.status, after.body), (before.status, before.body));
    }
    assert_eq!(pages.get(&pages.unsubscribe()).await.status, StatusCode::OK);
    let answer = pages.get(&pages.preferences()).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert!(answer.body.contains("Nothing is kept under this link any more"), "{}", answer.body);
    let answer = pages.post(&pages.preferences(), "join=evening").await;
    assert_eq!((answer.status, pages.state_of(pages.evening)), (StatusCode::GONE, None));
}

#[tokio::test]
async fn w_a_link_of_an_erased_reader_is_never_another_readers() {
    let pages = Pages::open().await;
    pages.erase();
    let email = EmailAddress::parse("grace@example.com").unwrap();
    let grace = pages
        .press
        .store()
        .write(|db| {
            let grace = Subscriber::find_or_add(db, &email, "Grace", noon())?.id;
            Subscription::begin(db, pages.brief, grace, SubscriptionState::Confirmed, "import", noon())?;
            Ok(grace)
        })
        .unwrap();
    assert_eq!(pages.get(&pages.preferences()).await.status, StatusCode::GONE);
    assert_eq!(pages.post(&pages.unsubscribe(), ONE_CLICK).await.status, StatusCode::OK);
    let found = pages.press.store().read(|db| Subscription::find(db, pages.brief, grace)).unwrap();
    assert_eq!(found.unwrap().state, SubscriptionState::Confirmed);
}

#[tokio::test]
async fn a_newsletter_that_is_no_longer_configured_can_still_be_left() {
    let mut pages = Pages::open().await;
    let renamed = CONFIG.replace("PUBLIC_URL", "http://127.0.0.1:8080").replace("weekly-brief", "daily-brief");
    let (base, stop, server) = listen(press(&pages.dir, &renamed, noon)).await;
    (pages.base, pages.stop, pages.server) = (base, Some(stop), Some(server));
    let answer = pages.get(&pages.unsubscribe()).await;
    assert!(answer.body.contains("Leave the newsletter of Harmattan Press?"), "{}", answer.body);
    let answer = pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "You have left the newsletter of Harmattan Press.\n"));
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Ended));
}

#[tokio::test]
async fn one_click_works_where_the_edition_is_not_in_the_store() {
    let pages = Pages::open().await;
    let token = Token {
        purpose: Purpose::Unsubscribe,
        newsletter: pages.brief,
        subscriber: pages.ada.0,
        edition: Some(4711),
        expires_at: None,
    };
    let answer = pages.post(&format!("/unsubscribe/{}", pages.press.keys().sign(&token)), ONE_CLICK).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(pages.changes().last(), Some(&change("ended", "one-click", "")));
}

#[tokio::test]
async fn stopping_lets_a_request_on_its_way_finish() {
    let mut pages = Pages::open().await;
    let mut half = TcpStream::connect(pages.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: {URLENCODED}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        pages.unsubscribe(),
        ONE_CLICK.len()
    );
    half.write_all(head.as_bytes()).await.unwrap();
    // The server is reading the body once it says so.
    let mut go_on = [0; 25];
    half.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    pages.stop.take().unwrap().send(()).unwrap();
    half.write_all(ONE_CLICK.as_bytes()).await.unwrap();
    let mut answer = String::new();
    half.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("You have left The Weekly Brief.\n"),
        "{answer}"
    );
    pages.server.take().unwrap().await.unwrap().unwrap();
    assert!(TcpStream::connect(pages.base.trim_start_matches("http://")).await.is_err());
}
