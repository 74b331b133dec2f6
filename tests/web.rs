//! The pages over real HTTP on a real store: one-click by RFC 8058, tokens, headers and limits (rule W), confirmation
//! by POST (rule C), preferences, past editions.

use std::sync::{Arc, Mutex, Once};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use griot::address::EmailAddress;
use griot::config::{Config, Environment};
use griot::publishing::Press;
use griot::store::{
    Edition, EditionId, EditionState, FrozenParts, NewsletterNumber, Subscriber, SubscriberId, Subscription,
    SubscriptionChange, SubscriptionState, Suppression, newsletter_number,
};
use griot::token::{Purpose, Token};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const CONFIG: &str = r#"
[publisher]
name = "Harmattan Press"
tagline = "News that travels"
website = "https://www.example.org"
address = "1 Example Street, Accra"

[store]
path = "griot.db"

[web]
public_url = "PUBLIC_URL"

[smtp]
url = "dir:outbox"

[[platform]]
id = "harmattan"
name = "Harmattan"
website = "https://example.org"
feeds = ["https://example.org/feed"]

[[newsletter]]
id = "weekly-brief"
name = "The Weekly Brief"
description = "The week's top stories across our platforms."
from = "Harmattan Press <brief@example.org>"
reply_to = "editors@example.org"
schedule = "0 8 * * FRI"
timezone = "Africa/Accra"

[[newsletter]]
id = "evening"
name = "The Evening Note"
description = "What the day left, <in five lines>."
from = "Harmattan Press <brief@example.org>"
schedule = "0 18 * * MON-FRI"
timezone = "Africa/Accra"
"#;

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
const URLENCODED: &str = "application/x-www-form-urlencoded";

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

fn eight_days_later() -> DateTime<Utc> {
    noon() + TimeDelta::days(8)
}

/// The pages of a publisher with one reader, Ada, who gets The Weekly Brief; an edition of it is out.
struct Pages {
    press: Press,
    base: String,
    client: Client,
    brief: NewsletterNumber,
    evening: NewsletterNumber,
    ada: SubscriberId,
    edition: EditionId,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<anyhow::Result<()>>>,
    dir: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

fn press(dir: &tempfile::TempDir, config: &str, clock: fn() -> DateTime<Utc>) -> Press {
    let config = Config::parse(config, &dir.path().join("griot.toml"), &Environment::default());
    Press::create(config.unwrap_or_else(|error| panic!("{error}")), clock).unwrap()
}

async fn listen(press: Press) -> (String, oneshot::Sender<()>, JoinHandle<anyhow::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(griot::web::run(press, listener, async { stopped.await.unwrap_or_default() }));
    (base, stop, server)
}

impl Pages {
    async fn open() -> Self {
        Self::open_at("http://127.0.0.1:8080").await
    }

    async fn open_at(public_url: &str) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
        let dir = tempfile::tempdir().unwrap();
        let press = press(&dir, &CONFIG.replace("PUBLIC_URL", public_url), noon);
        let (brief, evening, ada, edition) = press
            .store()
            .write(|db| {
                let brief = newsletter_number(db, "weekly-brief")?;
                let evening = newsletter_number(db, "evening")?;
                let ada = Subscriber::find_or_add(db, &EmailAddress::parse("ada@example.com")?, "Ada", noon())?.id;
                Subscription::begin(db, brief, ada, SubscriptionState::Confirmed, "import", noon())?;
                let edition = Edition::begin(db, "weekly-brief", Some(noon()), (noon(), noon()), noon())?.unwrap();
                let online = "<!DOCTYPE html><title>The strike & the market</title><p style=\"color:red\">Online";
                let parts = FrozenParts { subject: "The strike & the market", html: "<p>", text: "text", online };
                edition.approve(db, &parts, noon())?;
                edition.change_state(db, &[EditionState::Approved], EditionState::Sending, "", noon())?;
                Ok((brief, evening, ada, edition.id))
            })
            .unwrap();
        let (base, stop, server) = listen(press.clone()).await;
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { press, base, client, brief, evening, ada, edition, stop: Some(stop), server: Some(server), dir }
    }

    fn token(&self, purpose: Purpose) -> String {
        self.token_for(purpose, if purpose == Purpose::Preferences { 0 } else { self.brief })
    }

    fn token_for(&self, purpose: Purpose, newsletter: NewsletterNumber) -> String {
        let expires_at = (purpose == Purpose::Confirm).then(|| noon() + TimeDelta::days(7));
        let edition = (purpose == Purpose::Unsubscribe).then(|| u32::try_from(self.edition.0).unwrap());
        self.press.keys().sign(&Token { purpose, newsletter, subscriber: self.ada.0, edition, expires_at })
    }

    fn unsubscribe(&self) -> String {
        format!("/unsubscribe/{}", self.token(Purpose::Unsubscribe))
    }

    fn preferences(&self) -> String {
        format!("/preferences/{}", self.token(Purpose::Preferences))
    }

    fn confirm(&self) -> String {
        format!("/confirm/{}", self.token(Purpose::Confirm))
    }

    async fn ask(&self, method: Method, path: &str, content_type: &str, body: &str) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).body(body.to_owned());
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "", "").await
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask(Method::POST, path, URLENCODED, body).await
    }

    fn state_of(&self, newsletter: NewsletterNumber) -> Option<SubscriptionState> {
        let found = self.press.store().read(|db| Subscription::find(db, newsletter, self.ada)).unwrap();
        found.map(|subscription| subscription.state)
    }

    fn changes(&self) -> Vec<(String, String, String)> {
        let changes = self.press.store().read(|db| SubscriptionChange::of(db, self.ada)).unwrap();
        changes.into_iter().map(|change| (change.state, change.changed_by, change.edition)).collect()
    }

    /// Takes Ada's rows away, as the right to be forgotten asks.
    fn erase(&self) {
        let store = self.press.store();
        store.write(|db| Subscriber::find(db, self.ada)?.unwrap().erase(db, noon())).unwrap();
    }
}

fn change(state: &str, by: &str, edition: &str) -> (String, String, String) {
    (state.to_owned(), by.to_owned(), edition.to_owned())
}

fn multipart(fields: &str) -> (String, String) {
    let (name, value) = fields.split_once('=').unwrap();
    let boundary = "----MailProgram7d1";
    let body =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--{boundary}--\r\n");
    (format!("multipart/form-data; boundary={boundary}"), body)
}

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
    assert!(answer.body.contains("Changed your mind?"));
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
        assert!(answer.body.contains("You get The Evening Note. The next one is due on Monday 23 November 2026."));
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
    let suppression = Suppression { email, reason: "complaint".to_owned(), created_at: noon() };
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
    assert!(!answer.body.contains("<form"), "{}", answer.body);
}

#[tokio::test]
async fn past_editions_are_listed_shown_and_fed() {
    let pages = Pages::open().await;
    pages
        .press
        .store()
        .write(|db| Ok(Edition::begin(db, "weekly-brief", None, (noon(), noon()), noon())?.map(drop)))
        .unwrap();
    for path in ["/archive", "/archive/weekly-brief"] {
        let answer = pages.get(path).await;
        let link = r#"<a href="http://127.0.0.1:8080/archive/weekly-brief/1" lang="en" dir="auto">The strike &#38; the market</a>"#;
        assert!(answer.body.contains(link), "{}", answer.body);
        assert!(answer.body.contains("23 November 2026") && !answer.body.contains("weekly-brief/2"), "{}", answer.body);
    }
    let edition = pages.get("/archive/weekly-brief/1").await;
    assert_eq!(edition.status, StatusCode::OK);
    assert!(edition.body.contains("Online"), "{}", edition.body);
    assert_eq!(
        edition.header("content-security-policy"),
        "default-src 'none'; img-src https: http://127.0.0.1:* http://localhost:*; style-src 'unsafe-inline'; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    // A draft, numbers that are none, and what is not configured.
    for path in ["weekly-brief/2", "weekly-brief/01", "weekly-brief/+1", "weekly-brief/x", "nowhere", "nowhere.atom"] {
        let answer = pages.get(&format!("/archive/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("There is no such page"), "{}", answer.body);
    }
    let feed = pages.get("/archive/weekly-brief.atom").await;
    assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
    let parsed = griot::feeds::parse(feed.body.as_bytes(), Some(feed.header("content-type")), None).unwrap();
    assert_eq!(parsed.title.unwrap().value, "The Weekly Brief");
    let entry = &parsed.entries[0];
    assert_eq!(entry.guid.as_deref(), Some("http://127.0.0.1:8080/archive/weekly-brief/1"));
    assert_eq!(entry.title.as_ref().unwrap().value, "The strike & the market");
    assert_eq!(entry.updated, Some(noon()));
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn w_the_log_holds_neither_tokens_nor_addresses() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let pages = Pages::open().await;
    pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    pages.get(&pages.preferences()).await;
    pages.get(&format!("/unsubscribed/{}", pages.token(Purpose::Unsubscribe))).await;
    let bytes = log.0.lock().unwrap().clone();
    // What griot says; the client of this test logs its own side.
    let said: Vec<String> =
        String::from_utf8(bytes).unwrap().lines().filter(|l| l.contains(" griot::")).map(str::to_owned).collect();
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(said[0].contains(r#"method=POST route="/unsubscribe/{token}" status=200"#), "{said:#?}");
    assert!(said[2].contains(r#"route="none" status=404"#), "{said:#?}");
    for secret in [Purpose::Unsubscribe, Purpose::Preferences].map(|purpose| pages.token(purpose)) {
        assert!(!said.concat().contains(&secret) && !said.concat().contains("ada@"), "{said:#?}");
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
    let damage = rusqlite::Connection::open(pages.dir.path().join("griot.db")).unwrap();
    damage.execute_batch("ALTER TABLE editions RENAME TO lost; ALTER TABLE subscriptions RENAME TO lost_too").unwrap();
    let answer = pages.get("/health").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "120"));
    // 5xx, so that the mail program tries again.
    let answer = pages.post(&pages.unsubscribe(), ONE_CLICK).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("nothing has changed"), "{}", answer.body);
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
