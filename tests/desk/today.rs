//! What is wrong, as the first page of the desk says it: made so through a relay, and read in a browser.

use std::time::Duration;

use crate::support::desk::{Browser, Desk};
use crate::support::desk_changed::{changed, serve};
use crate::support::pages::noon;
use crate::support::port::free_port;
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp};
use chrono::{DateTime, TimeDelta, Utc};
use griot::address::EmailAddress;
use griot::delivery::Stop;
use griot::publishing::{Press, Sending};
use griot::store::{EditionState, LastTry, Role, Subscriber, Subscription, SubscriptionState, newsletter_number};

fn twenty_minutes_later() -> DateTime<Utc> {
    noon() + TimeDelta::minutes(20)
}

/// A desk with a draft and so many readers, before a relay on this port.
async fn desk_before(port: u16, readers: usize) -> (Desk, Press) {
    let desk = Desk::open().await;
    let relay = format!("smtp://127.0.0.1:{port}?tls=none");
    let press = changed(&desk, &[("dir:outbox", &relay)], noon);
    let subscribe = |db: &griot::store::Transaction<'_>| {
        let brief = newsletter_number(db, "weekly-brief")?;
        for number in 1..=readers {
            let email = EmailAddress::parse(&format!("secret{number}@readers.example"))?;
            let id = Subscriber::find_or_add(db, &email, "", noon())?.id;
            Subscription::begin(db, brief, id, SubscriptionState::Confirmed, "import", noon())?;
        }
        Ok(())
    };
    press.store().write(subscribe).unwrap();
    desk.draft();
    (desk, press)
}

/// Releases the edition and sends until `is_enough`.
async fn send_until(press: &Press, is_enough: impl Fn(&Press) -> bool) {
    press.release(&press.edition("weekly-brief/1").unwrap()).unwrap();
    let Sending::Ours(mut engine) = press.sender("test").unwrap() else { panic!("another sends") };
    let (asked, mut stop) = Stop::new();
    let sending = press.clone();
    let task = tokio::spawn(async move { sending.serve(&mut engine, &mut stop).await });
    for _ in 0..1_000 {
        if is_enough(press) {
            asked.send_replace(true);
            task.await.unwrap().unwrap();
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came so far");
}

fn state(press: &Press) -> EditionState {
    press.edition("weekly-brief/1").unwrap().state
}

/// The first page, for who may see no address, as it is at a time.
async fn today(desk: &Desk, clock: fn() -> DateTime<Utc>, changes: &[(&str, &str)]) -> String {
    let mut eve: Browser = desk.signed_in("eve", Role::Viewer).await;
    eve.base = serve(&changed(desk, changes, clock)).await;
    let page = eve.get("/desk").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("secret"), "a reader is named: {}", page.body);
    page.body.replace("&#34;", "\"").replace("&#39;", "'")
}

#[track_caller]
fn assert_says(page: &str, told: &[&str]) {
    for told in told {
        assert!(page.contains(told), "{told} is not on\n{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_refuses_is_quoted_with_since_when_and_what_comes_next() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Mail => Say::Reply("550 5.7.1 secret9@readers.example is not yours to send as".into()),
        _ => Say::Usual,
    });
    let (desk, press) = desk_before(relay.port, 3).await;
    assert_says(&today(&desk, noon, &[]).await, &["Nothing is wrong."]);
    send_until(&press, |press| state(press) == EditionState::Paused).await;
    let page = today_again(&desk, twenty_minutes_later).await;
    assert_says(
        &page,
        &[
            "weekly-brief/1 is paused since 12:00 UTC (20 minutes ago): the relay refuses the sender: 550 5.7.1",
            "…@readers.example is not yours to send as",
            "put it right, and let it go on at once",
        ],
    );
}

/// The same for who is signed in already.
async fn today_again(desk: &Desk, clock: fn() -> DateTime<Utc>) -> String {
    let mut eve = desk.browser_of("eve");
    eve.base = serve(&changed(desk, &[], clock)).await;
    let page = eve.get("/desk").await.body;
    assert!(!page.contains("secret"), "a reader is named: {page}");
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_down_is_told_in_its_own_words() {
    let port = free_port();
    let (desk, press) = desk_before(port, 3).await;
    let edition = press.edition("weekly-brief/1").unwrap();
    send_until(&press, |press| press.store().read(|db| LastTry::of(db, edition.id)).unwrap().trouble.is_some()).await;
    let page = today(&desk, twenty_minutes_later, &[]).await;
    assert_says(
        &page,
        &[
            "No relay takes weekly-brief/1 since 12:00 UTC (20 minutes ago):",
            "3 mails wait",
            "See whether the relay runs",
        ],
    );
}

#[tokio::test]
async fn an_edition_that_nobody_sends_stands_still() {
    let (desk, press) = desk_before(25, 3).await;
    press.release(&press.edition("weekly-brief/1").unwrap()).unwrap();
    assert_says(&today(&desk, noon, &[]).await, &["Nothing is wrong."]);
    let page = today_again(&desk, twenty_minutes_later).await;
    assert_says(&page, &["weekly-brief/1 stands still: nothing of it has left since 12:00 UTC (20 minutes ago)"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_receivers_do_not_believe_is_counted_and_named_with_what_to_put_right() {
    let relay = ScriptedSmtp::start(|moment| match (moment.at, moment.recipient.as_str()) {
        (At::Dot, "secret1@readers.example") => {
            Say::Reply("550 5.7.23 <secret1@readers.example>: SPF validation failed for example.org".into())
        }
        (At::Dot, "secret2@readers.example") => Say::Reply("550 5.7.1 rejected: the SPF check failed".into()),
        (At::Dot, "secret4@readers.example") => Say::Reply("450 4.7.26 unauthenticated mail is slowed".into()),
        (At::Dot, "secret5@readers.example") => Say::Reply("550 5.1.1 no such mailbox".into()),
        _ => Say::Usual,
    });
    let (desk, press) = desk_before(relay.port, 8).await;
    let counts = |press: &Press| {
        let edition = press.edition("weekly-brief/1").unwrap();
        press.store().read(|db| griot::store::DeliveryCounts::load(db, edition.id)).unwrap()
    };
    send_until(&press, |press| counts(press).failed == 3 && counts(press).accepted >= 3).await;
    let page = today(&desk, twenty_minutes_later, &[]).await;
    assert_says(
        &page,
        &[
            "Receivers refused weekly-brief/1 2 times because SPF failed for example.org, last 20 minutes ago: 550 5.7.",
            "SPF failed: publish an SPF record for the return-path domain that names the relay",
            "Receivers refused weekly-brief/1 once because SPF, DKIM or DMARC failed for example.org",
        ],
    );
    assert!(!page.contains("no such mailbox"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_wait_are_told_with_their_age_and_the_relays_words() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Mail => Say::Reply("535 5.7.8 secret@readers.example may not send".into()),
        _ => Say::Usual,
    });
    let (desk, press) = desk_before(relay.port, 0).await;
    let mut reader = desk.browser();
    // Readers wait some seconds with the form; a test does not.
    reader.base = serve(&changed(&desk, &[("[smtp]", "[sign_up]\nmin_time = \"0s\"\n\n[smtp]")], noon)).await;
    let form = reader.get("/").await.body;
    let ticket = form.split("name=\"ticket\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("ticket", ticket.as_str()), ("email", "secret@readers.example"), ("newsletter", "weekly-brief")];
    let asked = reader.post("/subscribe", &fields).await;
    assert!(asked.status.is_success() && !asked.body.contains("name=\"email\""), "{}: {}", asked.status, asked.body);
    assert_says(&today(&desk, noon, &[]).await, &["Nothing is wrong."]);
    let page = today_again(&desk, twenty_minutes_later).await;
    assert_says(&page, &["1 letter to a reader waits, the oldest for 20 minutes, and none was tried"]);
    assert_eq!(press.send_letters().await.unwrap(), 1);
    let page = today_again(&desk, twenty_minutes_later).await;
    assert_says(&page, &["the oldest for 20 minutes: the relay refuses", "…@readers.example may not send"]);
}

#[tokio::test]
async fn editors_who_could_not_be_told_of_a_draft_are_counted() {
    let desk = Desk::open().await;
    let editors = ("schedule = \"0 8 * * FRI\"", "schedule = \"0 8 * * FRI\"\neditors = [\"secret@example.org\"]");
    let press = changed(&desk, &[editors], noon);
    desk.draft();
    let newsletter = press.newsletter("weekly-brief").unwrap();
    let slot = newsletter.schedule.next_after(noon(), newsletter.timezone.zone());
    press.draft(newsletter, slot).unwrap();
    let page = today(&desk, twenty_minutes_later, &[editors]).await;
    assert_says(&page, &["An editor could not be told of the draft weekly-brief/1", "what the relay said"]);
}
