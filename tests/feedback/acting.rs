//! What is done about what comes back (rule B): who is suppressed and who is not, when an edition is paused, and that
//! nobody is punished for a fault of ours.

use crate::support::edition::{Station, advance, clock, configuration_with, reader};
use crate::support::rows;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp};
use chrono::TimeDelta;
use griot::config::Config;
use griot::delivery::Run;
use griot::meaning::{Action, Class, Meaning, Reason, Status};
use griot::store::{
    About, Claim, Edition, EditionState, Feedback, OutcomeRecord, Source, Subscription, SubscriptionState, Suppressed,
    Suppression, When, newsletter_number,
};

fn said(class: Class, reason: Reason, status: &str) -> Feedback {
    let status = status.parse::<Status>().ok();
    Feedback {
        recipient: String::new(),
        delivery: None,
        message_id: String::new(),
        is_vouched: false,
        meaning: Meaning { class, reason, status, reply: Some(550) },
        diagnostic: "550 said the host".into(),
    }
}

fn hard() -> Feedback {
    said(Class::Hard, Reason::UserUnknown, "5.1.1")
}

fn soft() -> Feedback {
    said(Class::Soft, Reason::MailboxFull, "5.2.2")
}

fn ours() -> Feedback {
    said(Class::Ours, Reason::AuthFailure, "5.7.27")
}

fn complaint() -> Feedback {
    Feedback { diagnostic: "abuse".into(), ..said(Class::Complaint, Reason::Feedback, "") }
}

/// A station of which every reader has the edition.
fn sent(readers: usize) -> Station {
    let station = Station::with(readers, "url = \"dir:outbox\"");
    accept_all(&station);
    station
}

/// Every delivery that is due is accepted, without a relay.
fn accept_all(station: &Station) {
    let edition = station.edition();
    station
        .store
        .write(|db| {
            while Edition::freeze_recipients(db, edition.id, 10_000, clock())? > 0 {}
            let claim = Claim { edition: edition.id, limit: 100_000 };
            let batch = claim.take(db, clock(), &|_| When::Now)?;
            let record = |claimed: &griot::store::Claimed| OutcomeRecord {
                edition: edition.id,
                subscriber: claimed.subscriber,
                domain: claimed.email.domain().to_owned(),
                number: claimed.attempts + 1,
                outcome: griot::store::AttemptOutcome::Accepted,
                code: 250,
                enhanced: "2.0.0".into(),
                reply: "Ok".into(),
                is_to_rcpt: false,
                finished_at: clock(),
                next_attempt_at: None,
            };
            let records: Vec<OutcomeRecord> = batch.deliveries.iter().map(record).collect();
            OutcomeRecord::record_all(db, &records, &station.config.bounces)
        })
        .unwrap();
}

/// Ends the edition and begins the next, which everybody gets.
fn next_edition(station: &Station) {
    let edition = station.edition();
    station
        .store
        .write(|db| {
            edition.change_state(db, &[EditionState::Sending, EditionState::Paused], EditionState::Sent, "", clock())
        })
        .unwrap();
    station.begin("weekly-brief");
    accept_all(station);
}

fn tell(station: &Station, number: usize, feedback: &Feedback) -> Action {
    let about = About { subscriber: station.subscriber(number).id, edition: Some(station.edition().id) };
    let bounces = &station.config.bounces;
    station.store.write(|db| feedback.record(db, about, Source::Lmtp, bounces, clock())).unwrap()
}

fn suppressed(station: &Station, number: usize) -> Option<String> {
    let email = station.subscriber(number).email;
    station.store.read(|db| Suppression::reason_for(db, &email)).unwrap()
}

fn subscription(station: &Station, number: usize) -> Subscription {
    let id = station.subscriber(number).id;
    let find = |db: &griot::store::Db| Subscription::find(db, newsletter_number(db, "weekly-brief")?, id);
    station.store.write(|db| find(db)).unwrap().unwrap()
}

#[test]
fn b_a_hard_bounce_suppresses_at_once_and_nobody_else() {
    let station = sent(3);
    assert_eq!(tell(&station, 2, &hard()), Action::Suppress);
    assert_eq!(suppressed(&station, 2).as_deref(), Some("hard bounce, userunknown (5.1.1), weekly-brief/1"));
    assert_eq!((suppressed(&station, 1), suppressed(&station, 3)), (None, None));
    // It says nothing about what the reader wants.
    assert_eq!(subscription(&station, 2).state, SubscriptionState::Confirmed);
    next_edition(&station);
    let standing = station.of(2);
    assert!(station.standing().len() == 3 && standing.state != "accepted", "{standing:?}");
}

#[test]
fn b_a_reader_is_never_suppressed_for_a_fault_of_ours() {
    let station = sent(1);
    for _ in 0..20 {
        assert_eq!(tell(&station, 1, &ours()), Action::None);
        advance(TimeDelta::days(7));
        next_edition(&station);
    }
    assert_eq!(suppressed(&station, 1), None);
}

#[test]
fn b_soft_bounces_suppress_after_three_editions_over_fifteen_days() {
    let station = sent(1);
    assert_eq!(tell(&station, 1, &soft()), Action::Count);
    for (days, expected) in [(7, Action::Count), (7, Action::Count), (7, Action::Suppress)] {
        advance(TimeDelta::days(days));
        next_edition(&station);
        assert_eq!(tell(&station, 1, &soft()), expected);
        if expected == Action::Count {
            // A second report of the same edition counts no more.
            assert_eq!(tell(&station, 1, &soft()), Action::Count);
        }
    }
    let reason = "soft bounces for too long, the last mailboxfull (5.2.2), weekly-brief/4";
    assert_eq!(suppressed(&station, 1).as_deref(), Some(reason));
}

#[test]
fn b_soft_bounces_in_a_short_time_do_not_suppress() {
    let station = sent(1);
    for _ in 0..10 {
        assert_eq!(tell(&station, 1, &soft()), Action::Count);
        advance(TimeDelta::days(1));
        next_edition(&station);
    }
    assert_eq!(suppressed(&station, 1), None);
}

#[test]
fn b_a_success_begins_the_count_anew() {
    let station = sent(1);
    for edition in 0..12 {
        // Every third edition does not come back.
        if edition % 3 != 2 {
            assert_eq!(tell(&station, 1, &soft()), Action::Count, "edition {edition}");
        }
        advance(TimeDelta::days(14));
        next_edition(&station);
    }
    assert_eq!(suppressed(&station, 1), None);
}

#[test]
fn b_a_bounce_that_comes_late_is_judged_by_what_was_before_it() {
    let station = sent(1);
    let first = station.edition();
    for _ in 0..3 {
        advance(TimeDelta::days(10));
        next_edition(&station);
    }
    let about = About { subscriber: station.subscriber(1).id, edition: Some(first.id) };
    let bounces = &station.config.bounces;
    let late = station.store.write(|db| soft().record(db, about, Source::Lmtp, bounces, clock())).unwrap();
    assert_eq!(late, Action::Count);
}

#[test]
fn b_who_is_let_be_mailed_again_is_not_suppressed_by_the_next_soft_bounce() {
    let station = sent(1);
    for _ in 0..3 {
        tell(&station, 1, &soft());
        advance(TimeDelta::days(10));
        next_edition(&station);
    }
    assert_eq!(tell(&station, 1, &soft()), Action::Suppress);
    let who = Suppressed::from(&station.subscriber(1).email);
    advance(TimeDelta::days(1));
    assert!(station.store.write(|db| Suppression::remove(db, &who, "the mailbox is emptied", clock())).unwrap());
    advance(TimeDelta::days(6));
    next_edition(&station);
    assert_eq!(tell(&station, 1, &soft()), Action::Count);
    assert_eq!(suppressed(&station, 1), None);
}

#[test]
fn b_a_complaint_ends_the_subscription_for_good() {
    let station = sent(2);
    assert_eq!(tell(&station, 1, &complaint()), Action::End);
    let ended = subscription(&station, 1);
    assert_eq!((ended.state, ended.ended_by.as_str()), (SubscriptionState::Ended, "complaint"));
    assert_eq!(ended.ended_edition, "weekly-brief/1");
    assert_eq!(suppressed(&station, 1).as_deref(), Some("complaint, weekly-brief/1"));
    assert_eq!(subscription(&station, 2).state, SubscriptionState::Confirmed);
}

#[test]
fn b_an_unsubscribe_by_mail_ends_the_subscription_and_suppresses_nobody() {
    let station = sent(1);
    let leaves = Feedback { diagnostic: String::new(), ..said(Class::Unsubscribe, Reason::Feedback, "") };
    assert_eq!(tell(&station, 1, &leaves), Action::Unsubscribe);
    let ended = subscription(&station, 1);
    assert_eq!((ended.state, ended.ended_by.as_str()), (SubscriptionState::Ended, "mail"));
    assert_eq!(suppressed(&station, 1), None);
}

#[test]
fn a_suppressed_domain_is_skipped_at_the_claim_and_no_other() {
    let emails = ["ada@blocked.example", "bea@sub.blocked.example", "cy@readers.example"].map(str::to_owned);
    let station = Station::configured(configuration_with("", "[smtp]\nurl = \"dir:outbox\""), emails);
    let who = "@Blocked.example".parse().unwrap();
    let suppression = Suppression { who, reason: "they asked us".into(), created_at: clock() };
    station.store.write(|db| suppression.add(db)).unwrap();
    accept_all(&station);
    let standing = station.standing();
    let told = standing.values().map(|one| (one.state.as_str(), one.skipped_because.as_str())).collect::<Vec<_>>();
    assert_eq!(told, [("skipped", "suppressed: they asked us"), ("accepted", ""), ("accepted", "")]);
}

#[test]
fn b_what_is_of_no_consequence_has_none() {
    let station = sent(1);
    for class in [Class::Vacation, Class::Delayed, Class::Challenge, Class::None] {
        assert_eq!(tell(&station, 1, &said(class, Reason::Undefined, "")), Action::Ignore);
    }
    assert_eq!(suppressed(&station, 1), None);
    assert_eq!(subscription(&station, 1).state, SubscriptionState::Confirmed);
}

#[test]
fn b_who_was_erased_is_not_brought_back_by_a_bounce() {
    let station = sent(1);
    let subscriber = station.subscriber(1);
    station.store.write(|db| subscriber.erase(db, clock())).unwrap();
    let about = About { subscriber: subscriber.id, edition: Some(station.edition().id) };
    let bounces = &station.config.bounces;
    let action = station.store.write(|db| hard().record(db, about, Source::Lmtp, bounces, clock())).unwrap();
    assert_eq!(action, Action::Ignore);
    let db = rows::of_store(&station.store);
    let kept: String = db.query_row("SELECT domain || diagnostic FROM feedback", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "");
    let suppressions: i64 = db.query_row("SELECT count(*) FROM suppressions", [], |row| row.get(0)).unwrap();
    assert_eq!(suppressions, 0);
}

#[test]
fn b_an_edition_is_paused_when_too_much_of_it_fails_by_our_fault() {
    // 5 % of the last 500.
    let station = sent(1_000);
    for number in 1..=24 {
        tell(&station, number, &ours());
        // Whoever says it twice counts once.
        tell(&station, number, &ours());
    }
    assert_eq!(station.edition().state, EditionState::Sending);
    tell(&station, 25, &ours());
    let paused = station.edition();
    assert_eq!(paused.state, EditionState::Paused);
    let reason = "25 of the last 500 messages failed by a fault of ours, most at readers.example: 550 said the host";
    assert!(paused.reason.starts_with(reason), "{}", paused.reason);
    assert!(paused.reason.contains("SPF"), "{} says not what to do", paused.reason);

    // Who resumes it has seen that: it takes as many more to pause it again.
    advance(TimeDelta::minutes(1));
    let resume =
        |db: &griot::store::Db| paused.change_state(db, &[EditionState::Paused], EditionState::Sending, "", clock());
    assert!(station.store.write(|db| resume(db)).unwrap());
    (101..=124).for_each(|number| assert_eq!(tell(&station, number, &ours()), Action::None));
    assert_eq!(station.edition().state, EditionState::Sending);
    tell(&station, 125, &ours());
    assert_eq!(station.edition().state, EditionState::Paused);
}

#[test]
fn b_a_small_edition_is_not_paused_by_a_few_failures() {
    let station = sent(40);
    (1..=9).for_each(|number| assert_eq!(tell(&station, number, &ours()), Action::None));
    assert_eq!(station.edition().state, EditionState::Sending);
    tell(&station, 10, &ours());
    assert_eq!(station.edition().state, EditionState::Paused);
}

#[test]
fn b_an_edition_is_paused_when_too_many_complain() {
    let station = sent(1_001);
    (1..=3).for_each(|number| assert_eq!(tell(&station, number, &complaint()), Action::End));
    assert_eq!(station.edition().state, EditionState::Sending, "3 of 1,001 are not yet 0.3 %");
    tell(&station, 4, &complaint());
    let paused = station.edition();
    assert_eq!(paused.state, EditionState::Paused);
    assert!(paused.reason.starts_with("4 of 1001 readers who got it complained"), "{}", paused.reason);
}

#[test]
fn b_the_limits_are_what_the_configuration_says() {
    let bounces = "[smtp]\nurl = \"dir:outbox\"\n[bounces]\npause_ours = \"0%\"\npause_complaints = \"0%\"\n\
                   soft_editions = 1\nsoft_period = \"0s\"";
    let config: Config = configuration_with("", bounces);
    let station = Station::configured(config, (1..=30).map(reader));
    accept_all(&station);
    (1..=20).for_each(|number| assert_eq!(tell(&station, number, &ours()), Action::None));
    (1..=20).for_each(|number| assert_eq!(tell(&station, number, &complaint()), Action::End));
    assert_eq!(station.edition().state, EditionState::Sending);
    assert_eq!(tell(&station, 21, &soft()), Action::Suppress);
}

#[tokio::test]
async fn b_a_reply_of_the_relay_counts_like_a_report() {
    let relay = ScriptedSmtp::start(|moment: &Moment| match (moment.at, moment.recipient.as_str()) {
        (At::Rcpt, "reader1@readers.example") => {
            Say::Reply("550 5.1.1 Recipient address rejected: User unknown".into())
        }
        (At::Rcpt, "reader2@readers.example") => Say::Reply("550 5.2.2 mailbox full".into()),
        (At::Dot, "reader3@readers.example") => Say::Reply("550 5.7.27 SPF does not pass".into()),
        _ => Say::Usual,
    });
    let station = Station::new(4, relay.port, "");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!(suppressed(&station, 1).as_deref(), Some("hard bounce, userunknown (5.1.1), weekly-brief/1"));
    assert_eq!([2, 3, 4].map(|number| suppressed(&station, number)), [None, None, None]);
    let report = station.store.read(|db| station.edition().report(db, 10)).unwrap();
    let reasons: Vec<_> = report.reasons.iter().map(|line| (line.class.as_str(), line.reason.as_str())).collect();
    assert_eq!(reasons, [("ours", "authfailure"), ("hard", "userunknown"), ("soft", "mailboxfull")]);
    assert_eq!(report.domains[0].domain, "readers.example");
}

#[tokio::test]
async fn b_a_relay_that_refuses_for_our_fault_pauses_the_edition_and_fails_few() {
    let relay = ScriptedSmtp::start(|moment: &Moment| match moment.at {
        At::Dot => Say::Reply("550 5.7.26 unauthenticated mail is refused".into()),
        _ => Say::Usual,
    });
    let station = Station::new(3_000, relay.port, "");
    assert_eq!(station.run().await, Run::Halted);
    let (paused, counts) = (station.edition(), station.account());
    assert_eq!(paused.state, EditionState::Paused);
    assert!(paused.reason.contains("failed by a fault of ours, most at readers.example"), "{}", paused.reason);
    assert!(counts.failed >= 10 && counts.failed < 2_000, "{counts:?}");
    assert!(station.store.read(|db| Ok(Suppression::page(db, "", 10)?.is_empty())).unwrap());
}
