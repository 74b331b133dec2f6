//! Signing up by the form (rules C and W): what is asked, what is kept as evidence, and who is told what.

use crate::support::pages;
use crate::support::pages::{Answer, Pages, noon};
use chrono::TimeDelta;
use griot::address::EmailAddress;
use griot::store::{Consent, Erasure, Subscriber, SubscriberId, Subscription, SubscriptionState, Suppression};
use griot::token::{Purpose, Token};
use reqwest::StatusCode;

const URL: &str = "http://127.0.0.1:8080";
/// Time stands still in these tests.
const AT_ONCE: &str = "[sign_up]\nmin_time = \"0s\"";

async fn open() -> Pages {
    Pages::open_with(URL, AT_ONCE).await
}

fn reader(pages: &Pages, email: &str) -> Option<Subscriber> {
    let email = EmailAddress::parse(email).unwrap();
    pages.press.store().read(|db| Subscriber::find_by_email(db, &email)).unwrap()
}

fn states(pages: &Pages, reader: SubscriberId) -> Vec<(String, SubscriptionState)> {
    let ties = pages.press.store().read(|db| Subscription::of(db, reader)).unwrap();
    ties.into_iter().map(|tie| (tie.newsletter, tie.state)).collect()
}

/// The link of a letter that asks to confirm.
fn confirm(pages: &Pages, reader: SubscriberId) -> String {
    let token = Token {
        purpose: Purpose::Confirm,
        newsletter: 0,
        subscriber: reader.0,
        edition: None,
        expires_at: Some(noon() + TimeDelta::days(7)),
    };
    format!("/confirm/{}", pages.press.keys().sign(&token))
}

fn is_taken(answer: &Answer) -> bool {
    answer.status == StatusCode::OK && answer.body.contains("<h1>Look into your mailbox</h1>")
}

#[tokio::test]
async fn c_a_reader_signs_up_for_two_confirms_both_by_one_button_and_the_evidence_is_kept() {
    let pages = open().await;
    let answer = pages
        .sign_up("email=kofi%40example.org&name=Kofi&newsletter=weekly-brief&newsletter=evening&page=https%3A%2F%2Fexample.org%2Fstory")
        .await;
    assert!(is_taken(&answer), "{}", answer.body);
    let kofi = reader(&pages, "kofi@example.org").unwrap();
    assert_eq!((kofi.name.as_str(), kofi.language.as_str()), ("Kofi", "en"));
    let pending = SubscriptionState::Pending;
    assert_eq!(states(&pages, kofi.id), [("weekly-brief".into(), pending), ("evening".into(), pending)]);
    assert_eq!(pages.letters(), [("confirm".into(), "kofi@example.org".into(), String::new())]);

    // The letter names both, and promises of neither how often it comes.
    assert_eq!(pages.press.send_letters().await.unwrap(), 1);
    let letter = std::fs::read_dir(pages.dir.path().join("outbox")).unwrap().next().unwrap().unwrap();
    let letter = std::fs::read_to_string(letter.path()).unwrap().replace("=\r\n", "").replace("\r\n", " ");
    assert!(letter.contains("The Weekly Brief and The Evening Note"), "{letter}");
    assert!(!letter.contains("Friday") && !letter.contains("weekday"), "{letter}");

    let asked = pages.get(&confirm(&pages, kofi.id)).await;
    assert!(asked.body.contains("<h1>Get these newsletters?</h1>"), "{}", asked.body);
    assert!(asked.body.contains("The Weekly Brief") && asked.body.contains("The Evening Note"));
    assert_eq!(states(&pages, kofi.id)[0].1, pending, "opening the link confirmed it");
    let answer = pages.post(&confirm(&pages, kofi.id), "confirm=yes").await;
    assert!(answer.body.contains("You get The Weekly Brief and The Evening Note."), "{}", answer.body);
    assert!(states(&pages, kofi.id).iter().all(|(_, state)| *state == SubscriptionState::Confirmed));

    let [consent] = &pages.press.store().read(|db| Consent::of(db, kofi.id)).unwrap()[..] else { panic!() };
    assert_eq!(consent.newsletters, ["weekly-brief", "evening"]);
    assert_eq!((consent.page.as_str(), consent.version), ("https://example.org/story", 1));
    assert_eq!(
        consent.wording,
        "News that travels\n\
         - The Weekly Brief · The week's top stories across our platforms. · Every Friday at 08:00, Accra time.\n\
         - The Evening Note · What the day left, <in five lines>. · Every weekday at 18:00, Accra time.\n\
         [Sign up]\n\
         You get a message to confirm first. Every edition of Harmattan Press has a link to leave."
    );
    assert_eq!((consent.asked_from.as_str(), consent.confirmed_from.as_str()), ("127.0.0.1", "127.0.0.1"));
    assert_eq!((consent.asked_at, consent.confirmed_at), (noon(), Some(noon())));
}

#[tokio::test]
async fn c_the_ip_address_is_forgotten_and_what_was_not_confirmed_too() {
    let pages = open().await;
    pages.sign_up("email=kofi%40example.org&newsletter=weekly-brief").await;
    pages.sign_up("email=esi%40example.org&newsletter=weekly-brief").await;
    let (kofi, esi) = (reader(&pages, "kofi@example.org").unwrap().id, reader(&pages, "esi@example.org").unwrap().id);
    pages.post(&confirm(&pages, kofi), "confirm=yes").await;
    let later = noon() + TimeDelta::days(31);
    let store = pages.press.store();
    store.write(|db| Consent::forget(db, later - TimeDelta::days(7), later - TimeDelta::days(30))).unwrap();
    store.write(|db| Subscription::forget_unconfirmed(db, later - TimeDelta::days(7))).unwrap();
    let [consent] = &store.read(|db| Consent::of(db, kofi)).unwrap()[..] else { panic!() };
    assert_eq!((consent.asked_from.as_str(), consent.confirmed_at), ("", Some(noon())));
    assert!(store.read(|db| Consent::of(db, esi)).unwrap().is_empty());
    assert!(reader(&pages, "esi@example.org").is_none());
}

#[tokio::test]
async fn c_who_left_before_a_stranger_signed_them_up_has_left_still() {
    let pages = open().await;
    pages.post(&pages.unsubscribe(), "confirm=yes").await;
    assert!(is_taken(&pages.sign_up("email=ada%40example.com&newsletter=weekly-brief").await));
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Pending));
    let forget = |db: &griot::store::Transaction<'_>| Subscription::forget_unconfirmed(db, noon() + TimeDelta::days(1));
    assert_eq!(pages.press.store().write(forget).unwrap(), 1);
    let tie = pages.press.store().read(|db| Subscription::find(db, pages.brief, pages.ada)).unwrap().unwrap();
    assert_eq!((tie.state, tie.ended_by.as_str()), (SubscriptionState::Ended, "page"));
    assert_eq!(tie.ended_edition, "weekly-brief/1");
}

#[tokio::test]
async fn c_who_was_erased_may_come_back_by_themselves() {
    let pages = open().await;
    pages.erase();
    let email = EmailAddress::parse("ada@example.com").unwrap();
    let is_erased = || pages.press.store().read(|db| Erasure::load(db, noon())?.covers(db, &email)).unwrap();
    assert!(is_erased());
    pages.sign_up("email=ada%40example.com&newsletter=weekly-brief").await;
    assert!(is_erased(), "asking alone proves nothing");
    let ada = reader(&pages, "ada@example.com").unwrap().id;
    pages.post(&confirm(&pages, ada), "confirm=yes").await;
    assert!(!is_erased());
}

#[tokio::test]
async fn only_the_newsletter_the_reader_came_for_is_ticked() {
    let pages = open().await;
    let ticked = |body: &str| -> Vec<String> {
        let boxes = body.split("<input type=\"checkbox\"").skip(1).map(|rest| rest.split_once('>').unwrap().0);
        let ticked = boxes.filter(|attributes| attributes.contains(" checked"));
        ticked
            .map(|attributes| attributes.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ticked(&pages.get("/").await.body), ["weekly-brief"]);
    assert_eq!(ticked(&pages.get("/?newsletter=evening").await.body), ["evening"]);
    assert_eq!(ticked(&pages.get("/?newsletter=%22%3E%3Cscript%3E").await.body), ["weekly-brief"]);
}

#[tokio::test]
async fn the_form_shows_the_last_edition_and_keeps_what_was_typed() {
    let pages = open().await;
    let form = pages.get("/").await.body;
    assert!(form.contains(r#"<a href="http://127.0.0.1:8080/archive/weekly-brief/1" aria-label="Read the last one of The Weekly Brief">"#), "{form}");
    let answer = pages.sign_up("email=kofi%40example&name=%22K%22&newsletter=evening").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains(r#"value="kofi@example""#) && answer.body.contains(r#"value="&#34;K&#34;""#));
    assert!(answer.body.contains("This is no complete e-mail address."), "{}", answer.body);
    let answer = pages.sign_up("email=kofi%40example.org").await;
    assert!(answer.body.contains("Choose at least one newsletter."), "{}", answer.body);
    assert!(pages.letters().is_empty());
}

#[tokio::test]
async fn a_misspelt_domain_is_asked_about_once() {
    let pages = open().await;
    let answer = pages.sign_up("email=kofi%40gmial.com&newsletter=weekly-brief").await;
    assert!(answer.body.contains("I meant kofi@gmail.com") && answer.body.contains("kofi@gmial.com is right"));
    assert!(reader(&pages, "kofi@gmial.com").is_none() && reader(&pages, "kofi@gmail.com").is_none());
    assert!(is_taken(&pages.sign_up("email=kofi%40gmail.com&newsletter=weekly-brief&keep=yes").await));
    assert!(is_taken(&pages.sign_up("email=esi%40gmial.com&newsletter=weekly-brief&keep=yes").await));
    assert!(reader(&pages, "kofi@gmail.com").is_some() && reader(&pages, "esi@gmial.com").is_some());
}

#[tokio::test]
async fn addresses_to_be_thrown_away_are_refused_where_the_publisher_says_so() {
    let pages = open().await;
    assert!(is_taken(&pages.sign_up("email=x%40mailinator.com&newsletter=evening").await));
    let refusing = format!("{AT_ONCE}\ndisposable = \"refuse\"\nrefuse_domains = [\"example.net\"]");
    let pages = Pages::open_with(URL, &refusing).await;
    for domain in ["mailinator.com", "x.yopmail.com", "example.net"] {
        let answer = pages.sign_up(&format!("email=x%40{domain}&newsletter=evening")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{domain}");
        assert!(answer.body.contains("at this domain"), "{}", answer.body);
    }
    assert!(pages.letters().is_empty());
}

#[tokio::test]
async fn w_a_form_filled_in_by_a_program_comes_to_nothing() {
    let pages = Pages::open().await;
    // Time stands still, so every form comes back too soon: a press more is asked of a person, and nothing is lost.
    let answer = pages.sign_up("email=kofi%40example.org&newsletter=weekly-brief&name=Kofi").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("<h1>Once more, please</h1>"), "{}", answer.body);
    assert!(
        answer.body.contains(r#"name="email" value="kofi@example.org""#) && answer.body.contains(r#"value="Kofi""#)
    );
    for ticket in ["", "ticket=AAAA&", "ticket=%00&"] {
        let answer =
            pages.post("/subscribe", &format!("{ticket}email=kofi%40example.org&newsletter=weekly-brief")).await;
        assert!(answer.body.contains("<h1>Once more, please</h1>"), "{}", answer.body);
    }
    let pages = open().await;
    // The trap is answered like everything else.
    let trapped =
        pages.sign_up("email=kofi%40example.org&newsletter=weekly-brief&website=http%3A%2F%2Fspam.example").await;
    let taken = pages.sign_up("email=esi%40example.org&newsletter=weekly-brief").await;
    assert_eq!((trapped.status, &trapped.body), (taken.status, &taken.body));
    assert!(reader(&pages, "kofi@example.org").is_none());
}

#[tokio::test]
async fn w_work_is_asked_for_where_the_publisher_says_so() {
    use sha2::{Digest, Sha256};
    let pages = Pages::open_with(URL, &format!("{AT_ONCE}\nproof_of_work = true")).await;
    let form = pages.get("/").await;
    assert!(form.header("content-security-policy").contains("script-src 'self'"));
    assert_eq!(form.header("cache-control"), "no-store", "two readers could get one ticket");
    let value = |name: &str| {
        let (_, rest) = form.body.split_once(name).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let (ticket, challenge) = (value("name=\"ticket\" value=\""), value("data-challenge=\""));
    let send = |work: String| {
        let body = format!("ticket={ticket}&email=kofi%40example.org&newsletter=weekly-brief&{work}");
        let pages = &pages;
        async move { pages.post("/subscribe", &body).await }
    };
    let lazy = send(String::new()).await;
    assert!(lazy.body.contains("Please wait twenty seconds"), "{}", lazy.body);
    assert!(send("work=60001".to_owned()).await.body.contains("Please wait twenty seconds"));
    let digest = |number: &u32| data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{ticket}{number}").as_bytes()));
    let number = (0..60_000).find(|number| digest(number) == challenge).unwrap();
    assert!(is_taken(&send(format!("work={number}")).await));
    assert!(send(format!("work={number}")).await.body.contains("<h1>Once more, please</h1>"), "it counted twice");
}

#[tokio::test]
async fn the_script_gets_its_answers_in_json_from_any_page() {
    let pages = open().await;
    let offer = pages.get("/embed.json?newsletter=evening").await;
    assert_eq!(offer.header("access-control-allow-origin"), "*");
    let offer: serde_json::Value = serde_json::from_str(&offer.body).unwrap();
    assert_eq!((&offer["refuse"], &offer["headline"]), (&"No, Thank You".into(), &"News that travels".into()));
    assert_eq!((&offer["newsletters"][0]["ticked"], &offer["newsletters"][1]["ticked"]), (&false.into(), &true.into()));
    let send = |fields: &str| {
        let body = format!("ticket={}&form=popup&{fields}", offer["ticket"].as_str().unwrap());
        let request = pages.client.post(format!("{}/subscribe", pages.base)).header("accept", "application/json");
        let request =
            request.header("content-type", pages::URLENCODED).header("origin", "https://example.org").body(body);
        async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["access-control-allow-origin"], "*");
            serde_json::from_str::<serde_json::Value>(&response.text().await.unwrap()).unwrap()
        }
    };
    assert_eq!(
        send("email=x&newsletter=evening").await["problem"],
        "This is no complete e-mail address. It looks like name@example.org."
    );
    assert_eq!(send("email=x%40example.org").await["field"], "newsletter");
    assert_eq!(send("email=x%40gmial.com&newsletter=evening").await["meant"], "x@gmail.com");
    assert_eq!(send("email=x%40example.org&newsletter=evening").await["taken"], true);
    let framed = pages.get("/embed").await;
    assert!(framed.header("content-security-policy").contains("frame-ancestors *"));
    assert_eq!(framed.header("x-frame-options"), "");
    assert!(!framed.body.contains("<footer>"), "{}", framed.body);
    let script = pages.get("/embed.js").await;
    assert!(script.header("content-type").starts_with("text/javascript") && script.body.len() < 10_000);
}

#[tokio::test]
async fn who_has_confirmed_and_asks_for_more_on_the_same_day_is_sent_the_way_to_it() {
    let pages = open().await;
    pages.sign_up("email=kofi%40example.org&newsletter=weekly-brief").await;
    let kofi = reader(&pages, "kofi@example.org").unwrap().id;
    pages.post(&confirm(&pages, kofi), "confirm=yes").await;
    for _ in 0..3 {
        pages.sign_up("email=kofi%40example.org&newsletter=evening").await;
    }
    let kinds: Vec<String> = pages.letters().into_iter().map(|(kind, _, _)| kind).collect();
    assert_eq!(kinds, ["confirm", "link"]);
    let preferences = pages.press.preferences_url(kofi).replace(URL, "");
    assert!(pages.get(&preferences).await.body.contains("Waiting for you to confirm"));
    pages.post(&preferences, "join=evening").await;
    assert!(states(&pages, kofi).iter().all(|(_, state)| *state == SubscriptionState::Confirmed));
}

#[tokio::test]
async fn the_lost_link_is_sent_to_who_is_known_and_the_answer_is_the_same() {
    let pages = open().await;
    let ask = |email: &str| {
        let email = email.replace('@', "%40");
        let pages = &pages;
        async move {
            let ticket = pages.ticket().await;
            pages.post("/preferences", &format!("ticket={ticket}&email={email}")).await
        }
    };
    let (known, unknown) = (ask("ada@example.com").await, ask("nobody@example.com").await);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    ask("ada@example.com").await;
    assert_eq!(pages.letters(), [("link".into(), "ada@example.com".into(), String::new())]);
}

#[tokio::test]
async fn who_is_suppressed_gets_no_letter_and_leaves_no_trace() {
    let pages = open().await;
    let email = EmailAddress::parse("kofi@example.org").unwrap();
    let suppression = Suppression { who: (&email).into(), reason: "complaint".to_owned(), created_at: noon() };
    pages.press.store().write(|db| suppression.add(db)).unwrap();
    assert!(is_taken(&pages.sign_up("email=kofi%40example.org&newsletter=weekly-brief").await));
    assert!(pages.letters().is_empty() && reader(&pages, "kofi@example.org").is_none());
}
