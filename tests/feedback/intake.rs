//! How what comes back is tied to a delivery: by what only a message of ours can carry, or by who vouches for it; and
//! that nothing counts twice.

use crate::support::edition::{Station, clock, reader};
use crate::support::rows;
use griot::address::EmailAddress;
use griot::meaning::{Action, Class, Meaning, Reason, Status};
use griot::publishing::{Content, Incoming, Press, Reviewed, Taken};
use griot::store::{
    AttemptOutcome, Claim, Claimed, Edition, Feedback, OutcomeRecord, Review, Source, Subscriber, Suppression, When,
};

/// Three readers who have the edition.
fn room() -> (Station, Press) {
    let station = Station::with(3, "url = \"dir:outbox\"\n[bounces]\ndomain = \"bounce.harmattan.example\"");
    let edition = station.edition();
    let record = |claimed: &Claimed| OutcomeRecord {
        edition: edition.id,
        subscriber: claimed.subscriber,
        domain: claimed.email.domain().to_owned(),
        number: 1,
        outcome: AttemptOutcome::Accepted,
        code: 250,
        enhanced: String::new(),
        reply: String::new(),
        is_to_rcpt: false,
        finished_at: clock(),
        next_attempt_at: None,
    };
    station
        .store
        .write(|db| {
            Edition::freeze_recipients(db, edition.id, 100, clock())?;
            let batch = Claim { edition: edition.id, limit: 100 }.take(db, clock(), &|_| When::Now)?;
            let records: Vec<_> = batch.deliveries.iter().map(record).collect();
            OutcomeRecord::record_all(db, &records, &station.config.bounces)
        })
        .unwrap();
    let press = Press::open(station.config.clone(), clock).unwrap();
    (station, press)
}

fn hard(recipient: &str) -> Feedback {
    Feedback {
        recipient: recipient.into(),
        delivery: None,
        message_id: String::new(),
        is_vouched: false,
        meaning: Meaning {
            class: Class::Hard,
            reason: Reason::UserUnknown,
            status: Some(Status::new(5, 1, 1)),
            reply: Some(550),
        },
        diagnostic: "550 5.1.1 user unknown".into(),
    }
}

fn reported(key: &str, feedback: Feedback) -> Incoming {
    Incoming { source: Source::Generic, key: key.into(), content: Content::Reported(vec![feedback]) }
}

fn take(press: &Press, incoming: Incoming) -> Taken {
    press.take_in(&[incoming]).unwrap().remove(0)
}

fn is_suppressed(press: &Press, number: usize) -> bool {
    let email = EmailAddress::parse(&reader(number)).unwrap();
    press.store().read(|db| Suppression::reason_for(db, &email)).unwrap().is_some()
}

fn reviews(press: &Press) -> Vec<Review> {
    press.store().read(|db| Review::page(db, 0, 100)).unwrap()
}

fn id_of(press: &Press, number: usize) -> i64 {
    let email = EmailAddress::parse(&reader(number)).unwrap();
    press.store().read(|db| Subscriber::find_by_email(db, &email)).unwrap().unwrap().id.0
}

/// A bounce as Postfix writes it, about this address.
fn report(to: &str, recipient: &str, message_id: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nDelivered-To: {to}\r\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nTo: {to}\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nI could not deliver your message.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: brief@harmattan.example\r\nTo: {recipient}\r\n\
         Message-ID: <{message_id}>\r\nSubject: The week\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

fn mail(bytes: Vec<u8>) -> Incoming {
    Incoming { source: Source::Lmtp, key: Vec::new(), content: Content::Mail(bytes) }
}

#[test]
fn b_an_address_that_is_only_written_somewhere_shows_nothing() {
    let (_station, press) = room();
    let taken = take(&press, mail(report("editors@harmattan.example", &reader(1), "1@elsewhere.example")));
    assert_eq!((taken.actions, taken.is_for_review), (vec![], true));
    assert!(!is_suppressed(&press, 1));
    let [waiting] = reviews(&press).try_into().unwrap();
    assert_eq!(waiting.because, "nothing in it shows that it is about a message of ours");
    assert_eq!(waiting.subject, "Undelivered Mail Returned to Sender");
    assert!(waiting.sender.contains("MAILER-DAEMON@mx.example"), "{waiting:?}");

    // An operator who vouches for it has it acted upon.
    assert_eq!(press.review_again().unwrap(), 0);
    assert_eq!(press.accept_review(waiting.id).unwrap(), Some(Reviewed::Done(vec![Action::Suppress])));
    assert!(is_suppressed(&press, 1));
    assert_eq!((reviews(&press), press.accept_review(waiting.id).unwrap()), (vec![], None));
}

#[test]
fn b_the_return_address_names_the_delivery_whatever_address_bounced() {
    let (_station, press) = room();
    let verp = format!("{}@bounce.harmattan.example", press.keys().verp_local(1, id_of(&press, 2)));
    let forwarded = report(&verp.to_ascii_uppercase(), "someone@forwarded.example", "1@elsewhere.example");
    assert_eq!(take(&press, mail(forwarded)).actions, [Action::Suppress]);
    assert_eq!([1, 2, 3].map(|number| is_suppressed(&press, number)), [false, true, false]);

    let bent = verp.replacen("b.1.", "b.2.", 1);
    let forged = take(&press, mail(report(&bent, &reader(3), "1@elsewhere.example")));
    assert_eq!((forged.actions, forged.is_for_review), (vec![], true));
    assert!(!is_suppressed(&press, 3));
}

#[test]
fn b_the_message_id_of_a_message_to_this_address_is_proof_and_that_of_another_is_not() {
    let (_station, press) = room();
    let message_id = |number| {
        let edition = press.store().read(|db| Edition::latest(db, "weekly-brief")).unwrap().unwrap();
        let local = press.keys().message_id_local(edition.newsletter, edition.name.number, id_of(&press, number));
        format!("{local}@harmattan.example")
    };
    let of_another = report("editors@harmattan.example", &reader(1), &message_id(2));
    assert!(take(&press, mail(of_another)).is_for_review);
    assert!(!is_suppressed(&press, 1) && !is_suppressed(&press, 2));
    let own = report("editors@harmattan.example", &reader(1), &message_id(1).to_uppercase());
    assert_eq!(take(&press, mail(own)).actions, [Action::Suppress]);
    assert!(is_suppressed(&press, 1) && !is_suppressed(&press, 2));
}

#[test]
fn b_what_comes_twice_counts_once() {
    let (station, press) = room();
    let verp = format!("{}@bounce.harmattan.example", press.keys().verp_local(1, id_of(&press, 1)));
    let bounce = mail(report(&verp, &reader(1), "1@elsewhere.example"));
    let both = press.take_in(&[bounce.clone(), bounce.clone()]).unwrap();
    assert_eq!(both.iter().map(|taken| taken.is_known).collect::<Vec<_>>(), [false, true]);
    assert!(take(&press, bounce).is_known);

    let vouched = |key| reported(key, Feedback { is_vouched: true, ..hard(&reader(2)) });
    assert!(!take(&press, vouched("event 1")).is_known);
    assert!(take(&press, vouched("event 1")).is_known);
    assert!(!take(&press, vouched("event 2")).is_known);
    let db = rows::of_store(&station.store);
    let rows: i64 = db.query_row("SELECT count(*) FROM feedback", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 3);
}

#[test]
fn b_a_signed_report_is_believed_and_one_about_a_stranger_is_passed_over() {
    let (_station, press) = room();
    let vouched = |to: &str| Feedback { is_vouched: true, ..hard(to) };
    assert_eq!(take(&press, reported("1", vouched(&reader(3)))).actions, [Action::Suppress]);
    assert!(is_suppressed(&press, 3));
    let stranger = take(&press, reported("2", vouched("stranger@elsewhere.example")));
    assert_eq!((stranger.actions, stranger.is_for_review), (vec![], false));
    let unvouched = take(&press, reported("3", hard(&reader(1))));
    assert_eq!((unvouched.actions, is_suppressed(&press, 1)), (vec![], false));
}

#[test]
fn c_a_reader_leaves_by_mail() {
    let (station, press) = room();
    let to = format!("{}@bounce.harmattan.example", press.keys().unsubscribe_local(1, id_of(&press, 1)));
    let leaves = |from: &str, to: &str, subject: &str| {
        let head = format!("Return-Path: <{from}>\r\nDelivered-To: {to}\r\nFrom: {from}\r\nTo: {to}\r\n");
        mail(format!("{head}Subject: {subject}\r\n\r\n").into_bytes())
    };
    assert_eq!(take(&press, leaves("me@phone.example", &to, "unsubscribe")).actions, [Action::Unsubscribe]);
    let subject = format!("unsubscribe {}", press.keys().unsubscribe_local(1, id_of(&press, 2)));
    let by_subject = leaves("me@phone.example", "leave@harmattan.example", &subject);
    assert_eq!(take(&press, by_subject).actions, [Action::Unsubscribe]);
    // Nobody can be made to leave by who only knows the address.
    let forged = leaves(&reader(3), "leave@harmattan.example", "unsubscribe");
    assert_eq!(take(&press, forged).actions, []);
    let db = rows::of_store(&station.store);
    let mut query = db.prepare("SELECT ended_by FROM subscriptions ORDER BY subscriber_id").unwrap();
    let ended: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(ended, ["mail", "mail", ""]);
    assert!(!is_suppressed(&press, 1));
}

#[test]
fn b_what_is_not_understood_waits_for_a_review_and_can_be_dropped() {
    let (_station, press) = room();
    let letter =
        "From: Ada <ada@example.org>\r\nTo: brief@harmattan.example\r\nSubject: Thank you\r\n\r\nI liked it.\r\n";
    let taken = take(&press, mail(letter.into()));
    assert!(taken.is_for_review && taken.actions.is_empty());
    let [waiting] = reviews(&press).try_into().unwrap();
    assert_eq!((waiting.because.as_str(), waiting.subject.as_str()), ("it is not understood", "Thank you"));
    assert_eq!(press.accept_review(waiting.id).unwrap(), Some(Reviewed::NotUnderstood));
    assert!(press.store().write(|db| Review::remove(db, waiting.id)).unwrap());
    assert_eq!(reviews(&press), []);
}
