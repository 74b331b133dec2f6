//! What an attacker would try on the pages, an attempt a test (rule W). Links that are altered or cut off are in
//! `one_click.rs`, slow clients in `web.rs`, redirects in `clicks.rs`.

use crate::support::rows;
use std::time::{Duration, Instant};

use crate::support::pages::{ONE_CLICK, Pages, URLENCODED, noon};
use griot::address::EmailAddress;
use griot::store::{Subscriber, SubscriptionState, Suppression};
use griot::token::Purpose;
use reqwest::{Method, StatusCode};

const URL: &str = "http://127.0.0.1:8080";
const AT_ONCE: &str = "[sign_up]\nmin_time = \"0s\"";

async fn open(more: &str) -> Pages {
    Pages::open_with(URL, &format!("{AT_ONCE}\n{more}")).await
}

/// Every page there is, and what a form on it would send.
fn every_page(pages: &Pages) -> Vec<(String, &'static str)> {
    let preferences = pages.preferences();
    vec![
        ("/".into(), ""),
        ("/subscribe".into(), "email=kofi%40example.org&newsletter=weekly-brief"),
        ("/embed".into(), "email=kofi%40example.org&newsletter=weekly-brief"),
        ("/embed.js".into(), ""),
        ("/embed.json".into(), ""),
        ("/privacy".into(), ""),
        ("/archive".into(), ""),
        ("/archive/weekly-brief".into(), ""),
        ("/archive/weekly-brief/1".into(), ""),
        ("/archive/weekly-brief.atom".into(), ""),
        ("/preferences".into(), "email=ada%40example.com"),
        (format!("{preferences}/data"), ""),
        (format!("{preferences}/erase"), "confirm=yes"),
        (preferences, "leave-all=yes"),
        (pages.unsubscribe(), ONE_CLICK),
        (pages.confirm(), "confirm=yes"),
        ("/health".into(), ""),
    ]
}

#[tokio::test]
async fn w_get_and_head_never_change_anything() {
    let pages = open("").await;
    let before = pages.everything();
    for (path, form) in every_page(&pages) {
        for method in [Method::GET, Method::HEAD] {
            // With the fields of the form in the query, and in a body that no browser would send.
            for path in [path.clone(), format!("{path}?{form}")] {
                let answer = pages.ask(method.clone(), &path, URLENCODED, form).await;
                assert!(answer.status.is_success(), "{method} {path}: {}", answer.status);
            }
        }
    }
    assert_eq!(pages.everything(), before);
}

#[tokio::test]
async fn w_what_a_form_on_another_site_can_send_does_nothing_without_a_token() {
    let pages = open("").await;
    let before = pages.everything();
    for path in ["/preferences/", "/unsubscribe/", "/confirm/", "/confirm-address/"] {
        for token in ["", "ada@example.com", &pages.ada.0.to_string(), "AAAA"] {
            for form in ["leave-all=yes", "confirm=yes", ONE_CLICK, "email=mallory%40example.org"] {
                let answer = pages.post(&format!("{path}{token}"), form).await;
                assert!(answer.status.is_client_error(), "{path}{token} {form}: {}", answer.status);
            }
        }
    }
    assert_eq!(pages.everything(), before);
    // No cookie is set, so that none can be ridden on.
    for (path, _) in every_page(&pages) {
        assert_eq!(pages.get(&path).await.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn w_a_token_opens_its_own_page_only() {
    let pages = open("").await;
    let before = pages.everything();
    let purposes = [
        (Purpose::Unsubscribe, "/unsubscribe/"),
        (Purpose::Preferences, "/preferences/"),
        (Purpose::Confirm, "/confirm/"),
        (Purpose::Address, "/confirm-address/"),
    ];
    for (purpose, _) in purposes {
        let token = pages.token(purpose);
        for (_, path) in purposes.into_iter().filter(|(other, _)| *other != purpose) {
            let answer = pages.post(&format!("{path}{token}"), "confirm=yes&leave-all=yes").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{purpose:?} at {path}");
        }
    }
    for cut in 1..pages.token(Purpose::Preferences).len() {
        let token = &pages.token(Purpose::Preferences)[..cut];
        assert_eq!(pages.post(&format!("/preferences/{token}"), "leave-all=yes").await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(pages.everything(), before);
}

#[tokio::test]
async fn w_no_header_is_injected_by_name_or_address() {
    let pages = open("").await;
    for address in ["kofi%40example.org%0D%0ABcc%3A+all%40example.org", "kofi%0A%40example.org", "a%00b%40example.org"]
    {
        let answer = pages.sign_up(&format!("email={address}&newsletter=weekly-brief")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
    }
    pages.sign_up("email=kofi%40example.org&newsletter=weekly-brief&name=Kofi%0D%0ABcc%3A+all%40example.org%00").await;
    let email = EmailAddress::parse("kofi@example.org").unwrap();
    let kofi = pages.press.store().read(|db| Subscriber::find_by_email(db, &email)).unwrap().unwrap();
    assert_eq!(kofi.name, "Kofi Bcc: all@example.org");
    assert_eq!(pages.letters().len(), 1);
}

#[tokio::test]
async fn w_no_script_is_stored_by_name_or_page() {
    let pages = open("").await;
    let script = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E";
    pages.post(&pages.preferences(), &format!("name={script}")).await;
    let answers = [
        pages.get(&pages.preferences()).await,
        pages.sign_up(&format!("email=kofi&name={script}&newsletter={script}&page={script}")).await,
        pages.sign_up(&format!("email=kofi%40gmial.com&name={script}&newsletter=weekly-brief&page={script}")).await,
        pages.sign_up(&format!("email={script}&newsletter=weekly-brief")).await,
        pages.get(&format!("/?newsletter={script}")).await,
        pages.get(&format!("/archive?q={script}")).await,
        pages.get(&format!("/{script}")).await,
    ];
    for answer in answers {
        assert!(!answer.body.contains("<script>") && !answer.body.contains("<img"), "{}", answer.body);
        assert!(!answer.header("content-security-policy").contains("script-src"), "a script could run");
    }
}

#[tokio::test]
async fn w_the_answer_tells_nobody_who_is_known_here() {
    let pages = open("per_address = \"1000/s\"").await;
    let sign_up = |email: &'static str| {
        let pages = &pages;
        async move { pages.sign_up(&format!("email={email}&newsletter=weekly-brief")).await }
    };
    sign_up("pending%40example.org").await;
    let email = EmailAddress::parse("suppressed@example.org").unwrap();
    let suppression = Suppression { who: (&email).into(), reason: "complaint".to_owned(), created_at: noon() };
    pages.press.store().write(|db| suppression.add(db)).unwrap();
    let readers = ["new%40example.org", "pending%40example.org", "ada%40example.com", "suppressed%40example.org"];
    let mut answers = Vec::new();
    for reader in readers {
        let ticket = pages.ticket().await;
        let mut took = Vec::new();
        let mut seen = None;
        for _ in 0..9 {
            let began = Instant::now();
            let answer =
                pages.post("/subscribe", &format!("ticket={ticket}&email={reader}&newsletter=weekly-brief")).await;
            took.push(began.elapsed());
            let headers: Vec<_> = answer
                .headers
                .iter()
                .filter(|(name, _)| *name != "date")
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            seen = Some((answer.status, headers, answer.body));
        }
        took.sort_unstable();
        answers.push((seen, took[took.len() / 2]));
    }
    let (first, median) = &answers[0];
    for (other, took) in &answers {
        assert_eq!(other, first);
        // The answer waits for a fixed time. A machine that is busy adds to all alike, so the middle of nine is near it.
        assert!(took.abs_diff(*median) < Duration::from_millis(60), "{took:?} and {median:?}");
        assert!(*took >= Duration::from_millis(250));
    }
}

#[tokio::test]
async fn w_one_address_cannot_be_bombed() {
    let pages = open("per_address = \"1000/s\"").await;
    for _ in 0..20 {
        pages.sign_up("email=victim%40example.org&newsletter=weekly-brief&newsletter=evening").await;
        pages.sign_up("email=ada%40example.com&newsletter=weekly-brief").await;
        pages.post("/preferences", &format!("ticket={}&email=ada%40example.com", pages.ticket().await)).await;
    }
    let letters = pages.letters();
    let of = |kind: &str| letters.iter().filter(|(known, _, _)| known == kind).count();
    assert_eq!((of("confirm"), of("already"), of("link"), letters.len()), (1, 1, 1, 3));
    // On the days after: three in all, until one is answered.
    let db = rows::of(pages.dir.path());
    for day in 1..6 {
        db.execute("UPDATE letters SET queued_at = queued_at - 90000", []).unwrap();
        pages.sign_up("email=victim%40example.org&newsletter=weekly-brief").await;
        let confirmations = pages.letters().iter().filter(|(kind, _, _)| kind == "confirm").count();
        assert_eq!(confirmations, (day + 1).min(3));
    }
    // Asking again and again leaves no trail.
    let changes: i64 = db.query_row("SELECT count(*) FROM subscription_changes", [], |row| row.get(0)).unwrap();
    assert!(changes <= 3, "{changes}");
}

#[tokio::test]
async fn w_one_domain_cannot_be_bombed() {
    let pages = open("per_address = \"1000/s\"\nper_domain = \"3/h\"").await;
    let mut refused = 0;
    for n in 0..8 {
        let answer = pages.sign_up(&format!("email=person{n}%40victim.example&newsletter=weekly-brief")).await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!((refused, pages.letters().len()), (5, 3));
    let answer = pages.sign_up("email=person%40example.org&newsletter=weekly-brief").await;
    assert_eq!(answer.status, StatusCode::OK, "another domain is not held up");
}

#[tokio::test]
async fn w_one_client_cannot_sign_up_the_world() {
    let pages = open("per_address = \"3/h\"").await;
    let mut refused = 0;
    for n in 0..8 {
        let answer = pages.sign_up(&format!("email=person%40example{n}.org&newsletter=weekly-brief")).await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!((refused, pages.letters().len()), (5, 3));
}

#[tokio::test]
async fn w_a_body_of_ten_megabytes_is_refused_on_every_page() {
    let pages = open("").await;
    let body = format!("email={}", "x".repeat(10 * 1024 * 1024));
    for (path, _) in every_page(&pages) {
        // The server may close the connection before all of it is sent.
        let sent = pages
            .client
            .post(format!("{}{path}", pages.base))
            .header("content-type", URLENCODED)
            .body(body.clone())
            .send()
            .await;
        if let Ok(answer) = sent {
            let refused = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::METHOD_NOT_ALLOWED];
            assert!(refused.contains(&answer.status()), "{path}: {}", answer.status());
        }
    }
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
    assert_eq!(pages.get("/health").await.status, StatusCode::OK);
}

#[tokio::test]
async fn w_no_path_leads_out_of_the_pages() {
    let pages = open("").await;
    for path in [
        "/../griot.toml",
        "/archive/../../griot.toml",
        "/archive/..%2f..%2fgriot.toml",
        "/archive/weekly-brief/..%2f..%2fgriot.db",
        "/archive/%2e%2e/%2e%2e/griot.db",
        "/preferences/..%2f..%2fgriot.toml",
        "/embed.js%2f..%2f..%2fgriot.toml",
        "/%00",
        "/archive/%ff%fe",
        "/archive/weekly-brief%00/1",
        "//griot.toml",
        "/etc/passwd",
    ] {
        // Raw, because a client would tidy the path up.
        let address = pages.base.trim_start_matches("http://").to_owned();
        let answer = tokio::task::spawn_blocking(move || {
            use std::io::{Read, Write};
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        })
        .await
        .unwrap();
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
        assert!(!answer.contains("[publisher]") && !answer.contains("SQLite format"), "{path}");
    }
}
