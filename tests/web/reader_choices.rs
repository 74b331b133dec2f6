//! What readers choose on their pages besides to come and to go: platforms, a pause, another address, their data; and
//! what is offered to who leaves.

use crate::support::pages::{Pages, change, noon};
use crate::support::rows;
use chrono::TimeDelta;
use griot::address::EmailAddress;
use griot::store::{AddressChange, Subscriber, Subscription, SubscriptionState};
use reqwest::StatusCode;

const URL: &str = "http://127.0.0.1:8080";
const SECOND_PLATFORM: &str = r#"
[[platform]]
id = "beatline"
name = "Beatline"
website = "https://example.org/beatline"
feeds = ["https://example.org/beatline/feed"]
"#;

fn tie(pages: &Pages) -> Subscription {
    pages.press.store().read(|db| Subscription::find(db, pages.brief, pages.ada)).unwrap().unwrap()
}

#[tokio::test]
async fn a_reader_does_without_a_platform_and_has_it_back() {
    let pages = Pages::open_with(URL, SECOND_PLATFORM).await;
    let shown = pages.get(&pages.preferences()).await;
    assert!(shown.body.contains("Choose platforms") && shown.body.contains("Beatline"), "{}", shown.body);
    let answer = pages.post(&pages.preferences(), "choose=weekly-brief&platform=harmattan").await;
    assert!(answer.body.contains("comes to you with the platforms you chose"), "{}", answer.body);
    assert_eq!(tie(&pages).without, ["beatline"]);
    let none = pages.post(&pages.preferences(), "choose=weekly-brief").await;
    assert!(none.body.contains("Choose at least one platform."), "{}", none.body);
    assert_eq!(tie(&pages).without, ["beatline"], "nothing changed");
    pages.post(&pages.preferences(), "choose=weekly-brief&platform=harmattan&platform=beatline&platform=nowhere").await;
    assert!(tie(&pages).without.is_empty());
}

#[tokio::test]
async fn a_reader_pauses_for_weeks_and_ends_the_pause() {
    let pages = Pages::open().await;
    let answer = pages.post(&pages.preferences(), "pause=weekly-brief&weeks=2").await;
    assert!(answer.body.contains("The Weekly Brief pauses for 2 weeks."), "{}", answer.body);
    assert!(answer.body.contains("Paused until 7 December 2026"), "{}", answer.body);
    assert_eq!(tie(&pages).paused_until, Some(noon() + TimeDelta::weeks(2)));
    for weeks in ["0", "13", "-1", "x", "99999999999"] {
        let answer = pages.post(&pages.preferences(), &format!("pause=weekly-brief&weeks={weeks}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{weeks}");
    }
    let answer = pages.post(&pages.preferences(), "resume=weekly-brief").await;
    assert!(answer.body.contains("comes again, from the next edition on"), "{}", answer.body);
    assert_eq!(tie(&pages).paused_until, None);
}

#[tokio::test]
async fn a_new_address_is_confirmed_where_it_is_and_the_old_one_is_told() {
    let pages = Pages::open().await;
    let answer = pages.post(&pages.preferences(), "email=ada%40example.net").await;
    assert!(answer.body.contains("We have asked at ada@example.net."), "{}", answer.body);
    let now = |pages: &Pages| {
        let found = pages.press.store().read(|db| Subscriber::find(db, pages.ada)).unwrap();
        found.unwrap().email.to_string()
    };
    let change = pages.press.store().read(|db| AddressChange::of(db, pages.ada)).unwrap().unwrap();
    let link = pages.press.address_url(&change).replace(URL, "");
    let asked = pages.get(&link).await;
    assert!(asked.body.contains("<h1>Make this your address?</h1>"), "{}", asked.body);
    assert_eq!(now(&pages), "ada@example.com", "opening the link changed it");
    assert_eq!(pages.post(&link, "").await.status, StatusCode::BAD_REQUEST);
    let answer = pages.post(&link, "confirm=yes").await;
    assert!(answer.body.contains("<h1>Your address is changed</h1>"), "{}", answer.body);
    assert_eq!(now(&pages), "ada@example.net");
    assert_eq!(pages.post(&link, "confirm=yes").await.status, StatusCode::GONE);
    let letters: Vec<_> = pages.letters().into_iter().map(|(kind, _, to)| (kind, to)).collect();
    assert_eq!(letters, [("address".into(), "ada@example.net".into()), ("moved".into(), "ada@example.com".to_owned())]);
}

#[tokio::test]
async fn an_address_that_is_another_readers_stays_theirs() {
    let pages = Pages::open().await;
    let kofi = EmailAddress::parse("kofi@example.org").unwrap();
    pages.press.store().write(|db| Subscriber::find_or_add(db, &kofi, "", noon())).unwrap();
    pages.post(&pages.preferences(), "email=kofi%40example.org").await;
    let change = pages.press.store().read(|db| AddressChange::of(db, pages.ada)).unwrap().unwrap();
    let answer = pages.post(&pages.press.address_url(&change).replace(URL, ""), "confirm=yes").await;
    assert!(answer.body.contains("This address has a subscription of its own"), "{}", answer.body);
    // A link to an address that was asked for before another one is worth nothing.
    let later = AddressChange { asked_at: noon() + TimeDelta::seconds(1), ..change.clone() };
    pages.press.store().write(|db| later.ask(db)).unwrap();
    let old = pages.get(&pages.press.address_url(&change).replace(URL, "")).await;
    assert_eq!(old.status, StatusCode::GONE);
}

#[tokio::test]
async fn c_a_reader_takes_their_data_and_is_erased() {
    let pages = Pages::open().await;
    let answer = pages.get(&format!("{}/data", pages.preferences())).await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"my-data.json\"");
    let data: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&data["email"], &data["name"]), (&"ada@example.com".into(), &"Ada".into()));
    assert_eq!(data["subscriptions"][0]["newsletter"], "weekly-brief");
    let asked = pages.get(&format!("{}/erase", pages.preferences())).await;
    assert!(asked.body.contains("<h1>Erase everything we keep of you?</h1>"), "{}", asked.body);
    let path = format!("{}/erase", pages.preferences());
    assert_eq!(pages.post(&path, "").await.status, StatusCode::BAD_REQUEST);
    for _ in 0..2 {
        let answer = pages.post(&path, "confirm=yes").await;
        assert!(answer.body.contains("<h1>You are erased</h1>"), "{}", answer.body);
    }
    assert!(pages.press.store().read(|db| Subscriber::find(db, pages.ada)).unwrap().is_none());
    assert_eq!(pages.get(&pages.preferences()).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn who_has_left_may_leave_more_say_why_or_come_back() {
    let pages = Pages::open().await;
    pages.post(&pages.preferences(), "join=evening").await;
    let left = pages.post(&pages.unsubscribe(), "confirm=yes").await;
    assert!(left.body.contains("You won&#39;t get it again. The Evening Note still comes."), "{}", left.body);
    assert!(left.body.contains("Leave all of them") && left.body.contains("Would you tell us why?"));
    let told = pages.post(&pages.unsubscribe(), "reason=too-often&words=%3Cb%3E+daily+is+too+much%0D%0A").await;
    assert!(told.body.contains("Thank you for telling us."), "{}", told.body);
    let db = rows::of(pages.dir.path());
    let reason: String =
        db.query_row("SELECT ended_reason FROM subscriptions WHERE state = 'ended'", [], |row| row.get(0)).unwrap();
    assert_eq!(reason, "too-often: <b> daily is too much");
    let nothing = pages.post(&pages.unsubscribe(), "leave=these").await;
    assert!(nothing.body.contains("Nothing has changed."), "{}", nothing.body);
    pages.post(&pages.unsubscribe(), "leave=these&also=evening").await;
    assert_eq!(pages.state_of(pages.evening), Some(SubscriptionState::Ended));
    let back = pages.post(&pages.unsubscribe(), "back=yes").await;
    assert!(back.body.contains("<h1>You are back</h1>"), "{}", back.body);
    assert_eq!(pages.state_of(pages.brief), Some(SubscriptionState::Confirmed));
    assert_eq!(pages.state_of(pages.evening), Some(SubscriptionState::Ended), "only what the link is about");
    assert_eq!(pages.changes().last(), Some(&change("confirmed", "form", "")));
}

#[tokio::test]
async fn pages_speak_the_language_the_browser_asks_for() {
    let pages = Pages::open().await;
    let ask = |language: &'static str, path: String| {
        let request = pages.client.get(format!("{}{path}", pages.base)).header("accept-language", language);
        async move {
            let response = request.send().await.unwrap();
            let vary = response.headers().get("vary").map(|vary| vary.to_str().unwrap().to_owned());
            (vary, response.text().await.unwrap())
        }
    };
    let (vary, french) = ask("fr-SN,fr;q=0.9,en;q=0.5", "/".to_owned()).await;
    assert_eq!(vary.as_deref(), Some("Accept-Language"));
    assert!(french.contains(r#"<html lang="fr" dir="ltr">"#) && french.contains("S’inscrire"), "{french}");
    // What the publisher wrote keeps its own language.
    assert!(french.contains(r#"lang="en" dir="auto">The Weekly Brief"#), "{french}");
    let (_, arabic) = ask("ar", pages.preferences()).await;
    assert!(arabic.contains(r#"<html lang="ar" dir="rtl">"#) && arabic.contains("ما يصلك"), "{arabic}");
    let (_, failed) = ask("fr", "/nowhere".to_owned()).await;
    assert!(failed.contains("Cette page n’existe pas"), "{failed}");
    let (_, other) = ask("sw, de;q=0.5", "/privacy".to_owned()).await;
    assert!(other.contains(r#"<html lang="en" dir="ltr">"#), "{other}");
}

#[tokio::test]
async fn c_the_privacy_page_says_what_is_switched_on() {
    let pages = Pages::open().await;
    let text = pages.get("/privacy").await.body;
    assert!(text.contains("The Weekly Brief and The Evening Note: how often each link is followed, and not by whom."));
    assert!(text.contains("It is not counted whether you open an edition."), "{text}");
    assert!(text.contains("forgotten after 30 days"), "{text}");
    let config = "[sign_up]\nkeep_ip = \"0s\"\n";
    let pages = Pages::open_with(URL, config).await;
    assert!(pages.get("/privacy").await.body.contains("No IP address is kept."));
}

/// The clock of the pages stands still; letters are sent in real time.
#[tokio::test]
async fn letters_go_out_and_lead_to_the_pages() {
    let pages = Pages::open_with(URL, "[sign_up]\nmin_time = \"0s\"").await;
    pages.sign_up("email=kofi%40example.org&newsletter=weekly-brief&name=Evil+offer").await;
    assert_eq!(pages.press.send_letters().await.unwrap(), 1);
    assert_eq!(pages.press.send_letters().await.unwrap(), 0);
    let outbox: Vec<_> = std::fs::read_dir(pages.dir.path().join("outbox")).unwrap().collect();
    let [letter] = &outbox[..] else { panic!("{outbox:?}") };
    let bytes = std::fs::read(letter.as_ref().unwrap().path()).unwrap();
    let message = mail_parser::MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(message.subject(), Some("Confirm your subscription to The Weekly Brief"));
    assert!(!String::from_utf8_lossy(&bytes).contains("Evil offer"), "a stranger's words in a letter of ours");
    let text = message.body_text(0).unwrap();
    let (_, rest) = text.split_once(&format!("{URL}/confirm/")).unwrap();
    let token = rest.split_whitespace().next().unwrap();
    let answer = pages.post(&format!("/confirm/{token}"), "confirm=yes").await;
    assert!(answer.body.contains("Your subscription is confirmed"), "{}", answer.body);
}
