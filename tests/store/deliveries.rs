//! The rows: who is frozen, who is claimed, who is skipped and why, and that the counts are true after every step.

use crate::support::edition::{Station, account, advance, clock, reader};
use crate::support::engine;
use crate::support::rows;
use crate::support::scripted_smtp::{At, Say, ScriptedSmtp};
use chrono::{DateTime, TimeDelta, Utc};
use griot::config::Bounces;
use griot::delivery::Run;
use griot::store::{
    AttemptOutcome, Claim, Claimed, DeliveryState, DomainTries, Edition, EditionState, EndedBy, Location,
    OutcomeRecord, Presence, SenderLock, Store, Subscription, SubscriptionState, Suppression, When, newsletter_number,
};

/// An edition with its recipients frozen, and nobody who sends it.
fn frozen(readers: usize) -> Station {
    let station = Station::new(readers, 9, "connections = 1");
    freeze(&station, 1_000);
    station
}

fn freeze(station: &Station, chunk: u32) -> u64 {
    station.store.write(|db| Edition::freeze_recipients(db, station.edition().id, chunk, clock())).unwrap()
}

fn claim(station: &Station, limit: usize) -> Vec<Claimed> {
    let claim = Claim { edition: station.edition().id, limit };
    let claimed = station.store.write(|db| claim.take(db, clock(), &|_| When::Now)).unwrap().deliveries;
    station.account();
    claimed
}

fn record(claimed: &Claimed, outcome: AttemptOutcome, due: Option<TimeDelta>) -> OutcomeRecord {
    OutcomeRecord {
        edition: claimed.edition,
        subscriber: claimed.subscriber,
        domain: claimed.email.domain().to_owned(),
        number: claimed.attempts + 1,
        outcome,
        code: 0,
        enhanced: String::new(),
        reply: String::new(),
        is_to_rcpt: false,
        finished_at: clock(),
        next_attempt_at: due.map(|due| clock() + due),
    }
}

fn due_now(claimed: &[Claimed]) -> Vec<(Claimed, DateTime<Utc>)> {
    claimed.iter().map(|delivery| (delivery.clone(), clock())).collect()
}

fn end(station: &Station, number: usize) {
    let id = station.subscriber(number).id;
    let ended = station.store.write(|db| {
        let brief = newsletter_number(db, "weekly-brief")?;
        Subscription::end(db, brief, id, EndedBy::OneClick, None, clock())
    });
    assert!(ended.unwrap());
}

fn suppress(station: &Station, number: usize, reason: &str) {
    let email = station.subscriber(number).email;
    let suppression = Suppression { who: (&email).into(), reason: reason.into(), created_at: clock() };
    station.store.write(|db| suppression.add(db)).unwrap();
}

#[test]
fn who_leaves_after_the_freeze_is_skipped_with_the_reason() {
    let station = frozen(4);
    end(&station, 1);
    suppress(&station, 2, "complaint");
    station.store.write(|db| station.subscriber(3).erase(db, clock())).unwrap();
    let claimed = claim(&station, 10);
    assert_eq!(claimed.iter().map(|claimed| claimed.email.as_str()).collect::<Vec<_>>(), [reader(4)]);
    assert_eq!(station.of(1).skipped_because, "the subscription ended");
    assert_eq!(station.of(2).skipped_because, "suppressed: complaint");
    let erased = station.standing().into_iter().find(|(name, _)| name.starts_with("gone")).unwrap().1;
    assert_eq!((erased.state.as_str(), erased.skipped_because.as_str()), ("skipped", "erased"));
    assert_eq!((station.account().skipped, station.account().sending), (3, 1));
}

#[test]
fn who_is_suppressed_in_other_letters_is_skipped_too() {
    let station = frozen(1);
    let email = griot::address::EmailAddress::parse("READER1@readers.example").unwrap();
    let suppression = Suppression { who: (&email).into(), reason: "bounce".into(), created_at: clock() };
    station.store.write(|db| suppression.add(db)).unwrap();
    assert_eq!(claim(&station, 10), []);
    assert_eq!(station.of(1).skipped_because, "suppressed: bounce");
}

#[test]
fn who_leaves_while_deferred_is_not_tried_again_and_who_may_have_it_stays_unknown() {
    let station = frozen(2);
    let claimed = claim(&station, 10);
    let records = [
        record(&claimed[0], AttemptOutcome::Deferred, Some(TimeDelta::minutes(1))),
        record(&claimed[1], AttemptOutcome::Unknown, Some(TimeDelta::minutes(1))),
    ];
    station.store.write(|db| OutcomeRecord::record_all(db, &records, &Bounces::default())).unwrap();
    end(&station, 1);
    end(&station, 2);
    advance(TimeDelta::minutes(1));
    assert_eq!(claim(&station, 10), []);
    assert_eq!((station.of(1).state.as_str(), station.of(1).due), ("skipped", None));
    assert_eq!((station.of(2).state.as_str(), station.of(2).due), ("unknown", None));
}

#[test]
fn who_comes_after_the_freeze_is_not_added() {
    let station = frozen(2);
    assert_eq!(freeze(&station, 1_000), 0, "0 says that all are frozen");
    assert!(station.edition().frozen_at.is_some());
    station.subscribe([3]);
    assert_eq!(freeze(&station, 1_000), 0);
    assert_eq!(claim(&station, 10).len(), 2);
    assert_eq!(station.account().recipients, 2);
}

#[test]
fn a_freeze_in_chunks_goes_on_where_it_was_and_gives_everybody_one_row() {
    let station = Station::new(7, 9, "connections = 1");
    assert_eq!([freeze(&station, 3), freeze(&station, 3)], [3, 3]);
    // Another process: the old one was killed here.
    let other = Store::open(station.store.location().clone()).unwrap();
    let more = || other.write(|db| Edition::freeze_recipients(db, station.edition().id, 3, clock())).unwrap();
    assert!(station.edition().frozen_at.is_none());
    assert_eq!([more(), more()], [1, 0]);
    assert_eq!((station.account().recipients, station.account().queued), (7, 7));
    assert!(station.edition().frozen_at.is_some());
}

#[test]
fn only_who_confirmed_is_frozen() {
    let station = Station::new(2, 9, "connections = 1");
    end(&station, 1);
    station
        .store
        .write(|db| {
            let brief = newsletter_number(db, "weekly-brief")?;
            let other = newsletter_number(db, "another")?;
            let add = |text: &str| {
                let email = griot::address::EmailAddress::parse(text)?;
                griot::store::Subscriber::find_or_add(db, &email, "", clock())
            };
            let (pending, elsewhere) = (add("pending@readers.example")?.id, add("elsewhere@readers.example")?.id);
            Subscription::begin(db, brief, pending, SubscriptionState::Pending, "form", clock())?;
            Subscription::begin(db, other, elsewhere, SubscriptionState::Confirmed, "form", clock())
        })
        .unwrap();
    freeze(&station, 1_000);
    assert_eq!(station.standing().into_keys().collect::<Vec<_>>(), [reader(2)]);
}

#[test]
fn only_an_edition_that_is_sending_gives_deliveries_away() {
    let station = frozen(2);
    let id = station.edition().id;
    for state in EditionState::ALL {
        station.store.write(|db| station.edition().change_state(db, &EditionState::ALL, state, "", clock())).unwrap();
        let expected = if state == EditionState::Sending { 1 } else { 0 };
        let batch =
            station.store.write(|db| Claim { edition: id, limit: 1 }.take(db, clock(), &|_| When::Now)).unwrap();
        assert_eq!(batch.deliveries.len(), expected, "{state}");
    }
    station.account();
}

#[test]
fn an_edition_ends_only_when_nothing_of_it_is_left() {
    let station = frozen(2);
    let finish = || station.store.write(|db| station.edition().finish(db, clock())).unwrap();
    assert!(!finish(), "two are queued");
    let claimed = claim(&station, 10);
    assert!(!finish(), "two are on their way");
    let records = [
        record(&claimed[0], AttemptOutcome::Accepted, None),
        record(&claimed[1], AttemptOutcome::Unknown, Some(TimeDelta::minutes(30))),
    ];
    station.store.write(|db| OutcomeRecord::record_all(db, &records, &Bounces::default())).unwrap();
    assert!(!finish(), "one is tried once more");
    advance(TimeDelta::minutes(30));
    let claimed = claim(&station, 10);
    let last = [record(&claimed[0], AttemptOutcome::Unknown, None)];
    station.store.write(|db| OutcomeRecord::record_all(db, &last, &Bounces::default())).unwrap();
    assert!(finish() && station.edition().state == EditionState::Sent);
    // Taken up again by who asks, it ends again.
    station
        .store
        .write(|db| {
            let edition = station.edition();
            let unknown = edition.unknown_deliveries(db, griot::store::SubscriberId(0), 10, clock())?;
            assert_eq!(edition.resend(db, &unknown, clock())?, 1);
            assert_eq!(edition.resend(db, &unknown, clock())?, 0);
            Ok(())
        })
        .unwrap();
    assert!(!finish() && station.edition().state == EditionState::Sending);
}

#[test]
fn a_claimed_delivery_is_claimed_once() {
    let station = frozen(5);
    let other = Store::open(station.store.location().clone()).unwrap();
    let id = station.edition().id;
    let mut all = claim(&station, 2);
    all.extend(other.write(|db| Claim { edition: id, limit: 2 }.take(db, clock(), &|_| When::Now)).unwrap().deliveries);
    all.extend(claim(&station, 10));
    let mut readers: Vec<&str> = all.iter().map(|claimed| claimed.email.as_str()).collect();
    readers.dedup();
    assert_eq!(readers, [1, 2, 3, 4, 5].map(reader));
    assert_eq!(claim(&station, 10), []);
}

#[test]
fn an_outcome_is_written_once() {
    let station = frozen(1);
    let claimed = claim(&station, 1).remove(0);
    let accepted = record(&claimed, AttemptOutcome::Accepted, None);
    let failed = record(&claimed, AttemptOutcome::Failed, None);
    for records in [[accepted.clone(), failed.clone()], [failed, accepted]] {
        station.store.write(|db| OutcomeRecord::record_all(db, &records, &Bounces::default())).unwrap();
        assert_eq!((station.of(1).state.as_str(), station.of(1).attempts), ("accepted", 1));
        station.account();
    }
}

#[test]
fn what_is_given_back_is_what_it_was() {
    let station = frozen(3);
    let claimed = claim(&station, 10);
    let records = [
        record(&claimed[1], AttemptOutcome::Deferred, Some(TimeDelta::zero())),
        record(&claimed[2], AttemptOutcome::Unknown, Some(TimeDelta::zero())),
    ];
    station
        .store
        .write(|db| {
            OutcomeRecord::record_all(db, &records, &Bounces::default())?;
            Claim::give_back(db, &due_now(&claimed), clock())
        })
        .unwrap();
    let states = || [1, 2, 3].map(|number| station.of(number).state);
    // What was recorded is no longer `sending`, so giving it back changes nothing.
    assert_eq!(states(), ["queued", "deferred", "unknown"]);
    let again = claim(&station, 10);
    let by_reader = |number| again.iter().find(|claimed| claimed.email.as_str() == reader(number)).unwrap();
    assert_eq!([1, 2, 3].map(|number| by_reader(number).was_unknown), [false, false, true]);
    station.store.write(|db| Claim::give_back(db, &due_now(&again), clock())).unwrap();
    assert_eq!(states(), ["queued", "deferred", "unknown"]);
    assert_eq!([1, 2, 3].map(|number| station.of(number).attempts), [0, 1, 1]);
    station.account();
}

/// What the next process makes of it; how many are unknown.
fn recover(station: &Station) -> usize {
    let due = clock() + TimeDelta::minutes(30);
    let (unknown, _journal) = Claim::recover(&station.store, Some(due), &Bounces::default(), clock(), 4).unwrap();
    station.account();
    unknown
}

fn forget_the_journal(station: &Station) {
    let path = match rows::location(station.folder.path()) {
        Location::File(path) => path,
        Location::Server { local, .. } => local,
    };
    std::fs::remove_file(format!("{}-sending", path.display())).unwrap();
}

#[test]
fn s6_without_a_journal_all_that_was_claimed_is_unknown_tried_once_more_and_then_final() {
    let station = frozen(3);
    claim(&station, 2);
    assert_eq!((recover(&station), recover(&station)), (2, 0));
    assert_eq!((station.of(1).state.as_str(), station.of(1).due), ("unknown", Some(30 * 60)));
    assert_eq!(station.of(1).reply.2, "the sending process ended before the answer came");
    assert_eq!((station.account().unknown, station.account().queued), (2, 1));
    // Killed again over the second try.
    advance(TimeDelta::minutes(30));
    assert_eq!(claim(&station, 10).len(), 3);
    forget_the_journal(&station);
    assert_eq!(recover(&station), 3);
    assert_eq!([1, 2, 3].map(|number| station.of(number).due.is_some()), [false, false, true]);
}

#[test]
fn s6_a_journal_tells_what_left_what_was_answered_and_what_never_left() {
    let station = frozen(5);
    let deferred = claim(&station, 1).remove(0);
    let again = record(&deferred, AttemptOutcome::Deferred, Some(TimeDelta::zero()));
    station.store.write(|db| OutcomeRecord::record_all(db, &[again], &Bounces::default())).unwrap();
    let (_, journal) = Claim::recover(&station.store, None, &Bounces::default(), clock(), 4).unwrap();
    let claimed = claim(&station, 10);
    let of = |number| claimed.iter().find(|claimed| claimed.email.as_str() == reader(number)).unwrap();
    let note = |number: usize, outcome: Option<AttemptOutcome>| {
        let slot = journal.take_slot().unwrap();
        journal.leaving(&slot, of(number)).unwrap();
        if let Some(outcome) = outcome {
            let told = OutcomeRecord { code: 250, reply: "queued as 4711".into(), ..record(of(number), outcome, None) };
            journal.settled(&slot, of(number), &told).unwrap();
        }
    };
    note(2, Some(AttemptOutcome::Accepted));
    note(3, None);
    note(4, Some(AttemptOutcome::Failed));
    drop(journal);
    assert_eq!(recover(&station), 1);
    let states = [1, 2, 3, 4, 5].map(|number| station.of(number).state);
    assert_eq!(states, ["deferred", "accepted", "unknown", "failed", "queued"]);
    assert_eq!(station.of(2).reply, (250, String::new(), "queued as 4711".into()));
    assert_eq!([1, 5].map(|number| station.of(number).due), [Some(0), Some(0)], "what never left goes on at once");
    // The journal of the next run knows nothing of the last one's.
    assert_eq!(claim(&station, 10).len(), 2);
    assert_eq!(recover(&station), 0);
}

#[test]
fn s6_the_word_of_a_node_that_was_taken_for_lost_counts_until_another_tries_again() {
    let station = frozen(3);
    if !station.store.is_shared() {
        eprintln!("NOT RUN: a file is one machine's");
        return;
    }
    let node = |name| {
        let store = Store::open(station.store.location().clone()).unwrap();
        let presence = Presence::begin(&store, name, &["sender"], false).unwrap();
        (store, presence)
    };
    let ((first, its_presence), (second, _presence)) = (node("mail-1"), node("mail-2"));
    let claim = Claim { edition: station.edition().id, limit: 10 };
    let take = |store: &Store| {
        let mut claimed = store.write(|db| claim.take(db, clock(), &|_| When::Now)).unwrap().deliveries;
        claimed.sort_by_key(|claimed| claimed.subscriber);
        claimed
    };
    let claimed = take(&first);
    drop(its_presence);
    let retry_at = Some(clock() + TimeDelta::minutes(30));
    let taken = Claim::take_over(&second, retry_at, &Bounces::default(), clock()).unwrap();
    assert_eq!(taken.iter().map(|(_, many)| *many).collect::<Vec<_>>(), [3]);
    assert_eq!((station.account().unknown, station.of(1).due), (3, Some(30 * 60)));

    // The first one sent two of them, and can say so now.
    let words = [
        record(&claimed[0], AttemptOutcome::Accepted, None),
        record(&claimed[1], AttemptOutcome::Deferred, Some(TimeDelta::minutes(5))),
    ];
    for _ in 0..2 {
        first.write(|db| OutcomeRecord::record_all(db, &words, &Bounces::default())).unwrap();
        assert_eq!([1, 2, 3].map(|number| station.of(number).state), ["accepted", "deferred", "unknown"]);
        assert_eq!([1, 2, 3].map(|number| station.of(number).due), [None, Some(5 * 60), Some(30 * 60)]);
        let account = station.account();
        assert_eq!((account.accepted, account.deferred, account.unknown), (1, 1, 1));
    }
    let tries = station.store.read(|db| DomainTries::largest(db, station.edition().id, 5)).unwrap();
    assert_eq!((tries[0].accepted, tries[0].deferred, tries[0].unknown, tries[0].total()), (1, 1, 1, 3));

    // Of the third it has a word when another is trying again: too late.
    advance(TimeDelta::minutes(30));
    assert_eq!(take(&second).len(), 2);
    let word = [record(&claimed[2], AttemptOutcome::Accepted, None)];
    first.write(|db| OutcomeRecord::record_all(db, &word, &Bounces::default())).unwrap();
    assert_eq!((station.of(3).state.as_str(), station.account().sending), ("sending", 2));
}

#[tokio::test]
async fn s6_an_engine_that_starts_takes_over_what_the_last_one_left() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let station = Station::new(3, relay.port, "connections = 1");
    freeze(&station, 1_000);
    claim(&station, 1);
    assert_eq!(station.run().await, Run::Waiting(clock() + TimeDelta::minutes(30)));
    assert_eq!((station.account().accepted, station.account().unknown), (2, 1));
    assert_eq!(station.run_to_the_end().await, Run::Finished);
    assert_eq!(station.outcomes_of(1), ["unknown", "accepted"]);
    assert_eq!(relay.arrived().len(), 3);
}

#[test]
fn two_names_of_one_store_meet_at_one_lock() {
    let _file = engine::OfTheFile::only();
    let station = frozen(1);
    let _held = SenderLock::try_take(&station.store, "griot daemon").unwrap().unwrap();
    let link = station.folder.path().join("also.db");
    std::os::unix::fs::symlink(station.store.file().unwrap(), &link).unwrap();
    let other = Store::open(&link).unwrap();
    let refused = SenderLock::try_take(&other, "griot send").unwrap().unwrap_err();
    assert_eq!(refused, format!("griot daemon (process {})", std::process::id()));
}

/// Claims run ahead by what goes in a tenth of a second, and what a connection has taken leaves: so it is not the next
/// message that is held, but what leaves a second later.
#[tokio::test]
async fn a_change_of_state_by_another_process_holds_within_a_second() {
    for (state, reason) in [(EditionState::Paused, "wait"), (EditionState::Cancelled, "wrong picture")] {
        let relay = ScriptedSmtp::start(|moment| match moment.at {
            // At most 400 a second, so that most of the edition lies behind the change.
            At::Dot => Say::Late(std::time::Duration::from_millis(5)),
            _ => Say::Usual,
        });
        let station = Station::new(2_000, relay.port, "connections = 2");
        let other = Store::open(station.store.location().clone()).unwrap();
        let (edition, watched) = (station.edition(), relay.clone());
        let changed = std::thread::spawn(move || {
            while watched.arrived().len() < 20 {
                std::thread::yield_now();
            }
            other
                .write(|db| edition.change_state(db, &[EditionState::Sending], state, reason, edition.created_at))
                .unwrap();
            std::time::Instant::now()
        });
        assert_eq!(station.run().await, Run::Halted);
        let changed = changed.join().unwrap();
        let counts = station.account();
        assert_eq!(counts.accepted + counts.queued, 2_000, "what was claimed ahead went back: {counts:?}");
        let arrived = relay.arrived();
        assert_eq!(counts.accepted as usize, arrived.len());
        let last = arrived.iter().map(|message| message.at).max().unwrap();
        let went_on = last.saturating_duration_since(changed);
        assert!(went_on < std::time::Duration::from_secs(1), "it went on for {went_on:?}");
        assert_eq!((station.edition().state, station.edition().reason.as_str()), (state, reason));
        assert_eq!(station.run().await, Run::Halted);
        assert_eq!(account(&station.store, &station.edition()), counts);
        assert_eq!(relay.arrived().len(), arrived.len());
    }
}

#[test]
fn every_state_has_its_word() {
    assert_eq!(
        DeliveryState::ALL.map(DeliveryState::as_str),
        ["queued", "sending", "accepted", "deferred", "failed", "skipped", "unknown"]
    );
}
