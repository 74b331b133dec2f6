//! The results at the desk: that the numbers of a small sending are right on every page and in every file, that no reader
//! is named there, and that an edition's numbers are told while it is sent.

use crate::support::rows;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::support;
use crate::support::desk::{Browser, Desk};
use crate::support::edition::{Station, clock};
use griot::address::EmailAddress;
use griot::config::Bounces;
use griot::delivery::Stop;
use griot::mailroom::Queue;
use griot::meaning::{Class, Meaning, Reason, Status};
use griot::publishing::{Content, Incoming, Press, Watch};
use griot::store::{
    AttemptOutcome, Claim, Claimed, DomainTries, Edition, EditionState, Feedback, OutcomeRecord, Role, Source,
    Subscriber, SubscriberId, Subscription, SubscriptionDay, SubscriptionState, When, newsletter_number,
};
use reqwest::header::{ACCEPT, COOKIE};
use reqwest::{Method, Response};
use tokio::net::TcpListener;

const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1";
const READERS: [&str; 6] =
    ["ama@big.example", "bo@big.example", "cy@big.example", "di@mid.example", "ed@mid.example", "flo@own.example"];
const RESULTS: &str = "/desk/editions/weekly-brief/1/results";

/// An edition that went to all of [`READERS`].
struct Sent {
    desk: Desk,
    edition: Edition,
    readers: Vec<SubscriberId>,
}

fn subscribe(press: &Press, emails: &[&str]) -> Vec<SubscriberId> {
    let add = |db: &griot::store::Transaction<'_>| {
        let brief = newsletter_number(db, "weekly-brief")?;
        let add = |email: &&str| {
            let id = Subscriber::find_or_add(db, &EmailAddress::parse(email)?, "", press.now())?.id;
            Subscription::begin(db, brief, id, SubscriptionState::Confirmed, "form", press.now())?;
            Ok(id)
        };
        emails.iter().map(add).collect::<anyhow::Result<Vec<_>>>()
    };
    press.store().write(add).unwrap()
}

impl Sent {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let readers = subscribe(&desk.press, &READERS);
        let edition = desk.press.release(&desk.draft()).unwrap();
        let (_asked, mut stop) = Stop::new();
        let Watch::Settled(edition) = desk.press.see_through(&edition, "a test", &mut stop).await.unwrap() else {
            panic!("it was not sent")
        };
        assert_eq!(edition.state, EditionState::Sent);
        Self { desk, edition: *edition, readers }
    }

    /// Follows the link of a story, the first being 0; each call is another client.
    async fn click(&self, story: usize, agent: &str) {
        let store = self.desk.press.store();
        let stories = store.read(|db| self.edition.stories(db)).unwrap();
        let links = store.read(|db| self.edition.counted_links(db)).unwrap();
        let link = links.iter().find(|link| link.url == stories[story].0.url).unwrap().link;
        let url = self.desk.press.click_url(link);
        let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
        let answer = self.desk.browser().send(Method::GET, path, &[("user-agent", agent)], "").await;
        assert_eq!(answer.status.as_u16(), 302);
    }

    /// Waits until so many clicks are written down.
    async fn until_counted(&self, readers: u64, scanners: u64) {
        for _ in 0..500 {
            let report = self.desk.press.store().read(|db| self.edition.clicks(db, 10)).unwrap().unwrap();
            if (report.readers, report.scanners) == (readers, scanners) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{readers} clicks by readers and {scanners} by scanners were never written down");
    }

    /// Something comes back about a reader, through a door that vouches for it.
    fn comes_back(&self, key: &str, reader: usize, class: Class, reason: Reason) {
        let feedback = Feedback {
            recipient: READERS[reader].into(),
            delivery: Some((self.edition.id, self.readers[reader])),
            message_id: String::new(),
            is_vouched: true,
            meaning: Meaning { class, reason, status: Some(Status::new(5, 1, 1)), reply: Some(550) },
            diagnostic: format!("550 5.1.1 <{}> is unknown", READERS[reader]),
        };
        let incoming =
            Incoming { source: Source::Generic, key: key.into(), content: Content::Reported(vec![feedback]) };
        assert_eq!(self.desk.press.take_in(&[incoming]).unwrap()[0].actions.len(), 1);
    }

    /// A reader leaves by the link of the edition, and says why.
    async fn leaves(&self, reader: usize, why: &[(&str, &str)]) {
        let press = &self.desk.press;
        let url = press.unsubscribe_url(self.edition.newsletter, self.readers[reader], Some(self.edition.id));
        let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
        let mut browser = self.desk.browser();
        for fields in [&[("confirm", "yes")], why] {
            assert_eq!(browser.post(path, fields).await.status.as_u16(), 200);
        }
    }
}

/// The rows of a file, each by its columns.
async fn csv(browser: &mut Browser, path: &str) -> Vec<BTreeMap<String, String>> {
    let answer = browser.get(path).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/csv; charset=utf-8"), "{path}");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"weekly-brief"), "{path}");
    nobody_is_named(&answer.body);
    csv::Reader::from_reader(answer.body.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

/// One column of a file, by another.
fn column<'a>(rows: &'a [BTreeMap<String, String>], by: &str, what: &str) -> BTreeMap<&'a str, &'a str> {
    rows.iter().map(|row| (row[by].as_str(), row[what].as_str())).collect()
}

fn nobody_is_named(body: &str) {
    for reader in READERS {
        assert!(!body.contains(reader), "{reader} is named: {body}");
    }
}

/// What a page says, without its marks.
fn words(body: &str) -> String {
    let document = scraper::Html::parse_document(body);
    document.root_element().text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_numbers_of_a_small_sending_are_right_and_name_nobody() {
    let sent = Sent::open().await;
    for (story, agent) in [(0, PHONE), (0, PHONE), (2, PHONE), (1, "curl/8.5.0")] {
        sent.click(story, agent).await;
    }
    sent.comes_back("1", 3, Class::Hard, Reason::UserUnknown);
    // Said twice, by two reports: one reader all the same.
    sent.comes_back("2", 3, Class::Hard, Reason::UserUnknown);
    sent.comes_back("3", 4, Class::Soft, Reason::MailboxFull);
    sent.comes_back("4", 1, Class::Complaint, Reason::Feedback);
    sent.leaves(2, &[("reason", "too-often"), ("words", "=ask ed@mid.example about it")]).await;
    sent.leaves(5, &[("reason", "not-for-me")]).await;
    sent.until_counted(3, 1).await;

    let mut viewer = sent.desk.signed_in("Vera", Role::Viewer).await;
    let answer = viewer.get(RESULTS).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    nobody_is_named(&answer.body);
    let told = words(&answer.body);
    for expected in [
        "Delivered 5 83.3 % of recipients · of 6",
        "Bounced 2 33.3 % of recipients · hard 1, soft 1",
        "Complaints 1 200 in 1,000 delivered",
        "Left 2 400 in 1,000 delivered",
        "Readers’ clicks 3 600 per 1,000 delivered · 1 more by scanners",
        "=ask [address] about it",
    ] {
        assert!(told.contains(expected), "{expected:?} is not in {told}");
    }

    let stories = csv(&mut viewer, &format!("{RESULTS}/stories.csv")).await;
    let by_readers = column(&stories, "place", "readers");
    assert_eq!([by_readers["1"], by_readers["2"], by_readers["3"], by_readers["4"]], ["2", "0", "1", "0"]);
    assert_eq!(column(&stories, "place", "scanners")["2"], "1");
    assert_eq!(column(&stories, "place", "share")["1"], "66.67");
    let domains = csv(&mut viewer, &format!("{RESULTS}/domains.csv")).await;
    let accepted = column(&domains, "domain", "accepted");
    assert_eq!(accepted, BTreeMap::from([("big.example", "3"), ("mid.example", "2"), ("own.example", "1")]));
    let returned = csv(&mut viewer, &format!("{RESULTS}/returned.csv")).await;
    let afterwards = column(&returned, "class", "afterwards");
    assert_eq!(afterwards, BTreeMap::from([("complaint", "1"), ("hard", "1"), ("soft", "1")]));
    let left = csv(&mut viewer, &format!("{RESULTS}/left.csv")).await;
    let why: BTreeMap<_, _> =
        left.iter().map(|row| ((row["how"].as_str(), row["why"].as_str()), &row["readers"])).collect();
    assert_eq!(why.len(), 3, "{why:?}");
    assert_eq!([why[&("page", "too often")], why[&("page", "not for me")], why[&("complaint", "not said")]], ["1"; 3]);

    // The brief with its clicks, in a frame of ours and nobody else's.
    let map = viewer.get(&format!("{RESULTS}/map")).await;
    assert_eq!((map.status.as_u16(), map.header("x-frame-options")), (200, "SAMEORIGIN"));
    assert!(map.header("content-security-policy").starts_with("default-src 'none'"), "{:?}", map.headers);
    assert!(!map.body.contains("/r/"), "looking would count");
    let marks = scraper::Html::parse_document(&map.body);
    let marked = scraper::Selector::parse("a + span[title]").unwrap();
    let shares: Vec<String> = marks.select(&marked).map(|mark| mark.text().collect()).collect();
    assert_eq!(shares, ["66.7 %", "0.0 %", "33.3 %", "0.0 %"]);

    let page = viewer.get("/desk/newsletters/weekly-brief").await;
    nobody_is_named(&page.body);
    let told = words(&page.body);
    // Who complained and who left are gone; who bounced only is not mailed.
    assert!(told.contains("3 readers. In the last 52 weeks 6 joined and 3 left."), "{told}");
    assert!(
        told.contains("Readers click most on Mon from 12:00 to 13:00 Africa/Accra: 100.0 % of all clicks."),
        "{told}"
    );
    let files = "/desk/newsletters/weekly-brief/results";
    let editions = csv(&mut viewer, &format!("{files}/editions.csv")).await;
    let row = &editions[0];
    let numbers = ["accepted", "delivered", "bounced", "complaints", "left", "clicks", "per 1,000"];
    assert_eq!(numbers.map(|column| row[column].as_str()), ["6", "5", "2", "1", "2", "3", "600.00"]);
    let weeks = csv(&mut viewer, &format!("{files}/weeks.csv")).await;
    assert_eq!(weeks.len(), 52);
    let numbers = ["joined", "left", "complained", "removed", "net"];
    assert_eq!(numbers.map(|column| weeks[0][column].as_str()), ["6", "2", "1", "0", "3"]);
    let sections = csv(&mut viewer, &format!("{files}/sections.csv")).await;
    assert_eq!(column(&sections, "section", "clicks"), BTreeMap::from([("Courts", "3")]));
    let hours = csv(&mut viewer, &format!("{files}/hours.csv")).await;
    assert_eq!(column(&hours, "day", "clicks"), BTreeMap::from([("Mon", "3")]));

    let list = viewer.get("/desk/results").await;
    assert!(
        words(&list.body).contains("The Weekly Brief 3 readers. No. 1, Mon 23 Nov: 5 delivered, 3 clicks by readers.")
    );
}

#[tokio::test]
async fn who_is_not_signed_in_sees_nothing_and_what_is_not_there_is_404() {
    let desk = Desk::open().await;
    let draft = desk.draft();
    assert_eq!(draft.name.to_string(), "weekly-brief/1");
    let mut viewer = desk.signed_in("Vera", Role::Viewer).await;
    for path in ["/desk/results", "/desk/newsletters/weekly-brief", "/desk/newsletters/evening"] {
        assert_eq!(viewer.get(path).await.status.as_u16(), 200, "{path}");
        assert_eq!(desk.browser().get(path).await.status.as_u16(), 303, "{path}");
    }
    let map = format!("{RESULTS}/map");
    let gone = ["/desk/newsletters/none", "/desk/newsletters/weekly-brief/results/none.csv", RESULTS, map.as_str()];
    for path in gone {
        assert_eq!(viewer.get(path).await.status.as_u16(), 404, "{path}");
    }
    let press = &desk.press;
    subscribe(press, &READERS[..1]);
    press.release(&draft).unwrap();
    assert_eq!(viewer.get(RESULTS).await.status.as_u16(), 200);
    assert_eq!(viewer.get(&format!("{RESULTS}/stories")).await.status.as_u16(), 404);
    let page = viewer.get("/desk/editions/weekly-brief/1").await;
    assert!(page.body.contains(&format!("href=\"{RESULTS}\"")), "{}", page.body);
}

fn record(claimed: &Claimed, outcome: AttemptOutcome) -> OutcomeRecord {
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
        next_attempt_at: None,
    }
}

#[test]
fn tries_are_counted_by_domain_and_the_small_ones_folded_at_the_end() {
    let many = (0..1_100).map(|number| format!("reader{number}@big.example"));
    let few = ["one@Small.example", "two@small.example", "three@tiny.example"].map(str::to_owned);
    let smtp = "[smtp]\nurl = \"dir:outbox\"";
    let station = Station::configured(support::edition::configuration_with("", smtp), many.chain(few));
    let edition = station.edition();
    let write = |db: &griot::store::Transaction<'_>| {
        Edition::freeze_recipients(db, edition.id, 10_000, clock())?;
        let claimed = Claim { edition: edition.id, limit: 10_000 }.take(db, clock(), &|_| When::Now)?.deliveries;
        let outcome = |claimed: &Claimed| match claimed.email.as_str() {
            "reader0@big.example" => record(claimed, AttemptOutcome::Unknown),
            "reader1@big.example" => record(claimed, AttemptOutcome::Deferred),
            // As a journal tells it, which does not know of whom.
            "two@small.example" => OutcomeRecord { domain: String::new(), ..record(claimed, AttemptOutcome::Failed) },
            _ => record(claimed, AttemptOutcome::Accepted),
        };
        let records: Vec<OutcomeRecord> = claimed.iter().map(outcome).collect();
        OutcomeRecord::record_all(db, &records, &Bounces::default())?;
        // What was written before counts once.
        OutcomeRecord::record_all(db, &records, &Bounces::default())
    };
    station.store.write(write).unwrap();
    let tries = |domain: &str, [accepted, deferred, failed, unknown]: [u64; 4]| DomainTries {
        domain: domain.to_owned(),
        accepted,
        deferred,
        failed,
        unknown,
    };
    let largest = || station.store.read(|db| DomainTries::largest(db, edition.id, 10)).unwrap();
    let (big, small) = (tries("big.example", [1_098, 1, 0, 1]), tries("small.example", [1, 0, 1, 0]));
    assert_eq!(largest(), [big.clone(), small.clone(), tries("tiny.example", [1, 0, 0, 0])]);
    assert!(station.store.write(|db| edition.finish(db, clock())).unwrap());
    // Two of 1,103 are no less than a thousandth, and one is.
    assert_eq!(largest(), [big, small, tries("", [1, 0, 0, 0])]);
}

#[test]
fn who_came_and_who_went_add_up_to_who_is_there() {
    let station = Station::new(4, 9, "connections = 1");
    let number = station.edition().newsletter;
    let confirmed = || -> u64 {
        let counted = station.store.read(|db| SubscriptionDay::confirmed(db, number)).unwrap();
        let there: u64 = rows::of_store(&station.store)
            .query_row("SELECT count(*) FROM subscriptions WHERE state = 'confirmed'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(counted, there);
        counted
    };
    assert_eq!(confirmed(), 4);
    let ids: Vec<SubscriberId> = (1..=4).map(|number| station.subscriber(number).id).collect();
    let write = |db: &griot::store::Transaction<'_>| {
        use griot::store::EndedBy::{CommandLine, Page};
        assert!(Subscription::end(db, number, ids[0], Page, None, clock())?);
        assert!(!Subscription::end(db, number, ids[0], Page, None, clock())?);
        Subscription::end(db, number, ids[1], CommandLine, None, clock())?;
        station.subscriber(3).erase(db, clock())?;
        // Who was never confirmed never joined, and does not leave.
        Subscription::begin(db, number, ids[0], SubscriptionState::Pending, "form", clock())?;
        Subscription::end(db, number, ids[0], Page, None, clock())?;
        Subscription::begin(db, number, ids[1], SubscriptionState::Pending, "form", clock())?;
        assert!(Subscription::confirm(db, number, ids[1], "form", clock())?);
        Subscription::begin(db, number, ids[1], SubscriptionState::Confirmed, "form", clock())
    };
    station.store.write(write).unwrap();
    assert_eq!(confirmed(), 2);
    let days = station.store.read(|db| SubscriptionDay::since(db, number, clock().date_naive())).unwrap();
    let SubscriptionDay { joined, left, complained, removed, .. } = days[0];
    assert_eq!((days.len(), joined, left, complained, removed), (1, 5, 1, 0, 2));
}

/// The stream goes on until this stands in it.
async fn until(response: &mut Response, expected: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(expected) {
        let chunk = response.chunk().await.unwrap().unwrap_or_else(|| panic!("it ended after {heard:?}"));
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    heard
}

#[tokio::test]
async fn an_edition_that_is_sent_is_told_as_it_goes_and_the_stream_ends_with_griot() {
    let desk = Desk::open().await;
    let press = &desk.press;
    subscribe(press, &READERS);
    let edition = press.release(&desk.draft()).unwrap();
    let freeze = |db: &griot::store::Transaction<'_>| Edition::freeze_recipients(db, edition.id, 100, press.now());
    press.store().write(freeze).unwrap();
    let viewer = desk.signed_in("Vera", Role::Viewer).await;
    // On a server of its own, which a stop ends.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let live = format!("http://{}/desk/editions/weekly-brief/1/live", listener.local_addr().unwrap());
    let (asked, stop) = Stop::new();
    let router = griot::desk::router(press.clone(), stop);
    tokio::spawn(griot::web::run(press.clone(), Queue::new(press.clone()).0, router, listener, std::future::pending()));
    let cookie = format!("{}={}", desk.cookie(), viewer.cookies[desk.cookie()]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let watch = || client.get(&live).header(COOKIE, &cookie).header(ACCEPT, "text/event-stream").send();

    let (mut first, mut second) = (watch().await.unwrap(), watch().await.unwrap());
    for watcher in [&mut first, &mut second] {
        let heard = until(watcher, "\n\n").await;
        assert!(heard.starts_with("event: progress\n") && heard.contains("<dd>6</dd>"), "{heard}");
    }
    let send_one = |db: &griot::store::Transaction<'_>| {
        let claimed = Claim { edition: edition.id, limit: 1 }.take(db, press.now(), &|_| When::Now)?.deliveries;
        OutcomeRecord::record_all(db, &[record(&claimed[0], AttemptOutcome::Accepted)], &Bounces::default())
    };
    press.store().write(send_one).unwrap();
    for watcher in [&mut first, &mut second] {
        until(watcher, "<th scope=\"row\">big.example</th><td class=\"n\">1</td>").await;
    }
    // Where no script runs, the page says the same.
    let page = desk.browser_of("Vera").get("/desk/editions/weekly-brief/1").await;
    assert!(page.body.contains("<th scope=\"row\">big.example</th><td class=\"n\">1</td>"), "{}", page.body);

    press.pause(&edition, "to look at it").unwrap();
    until(&mut first, "event: over\ndata: paused\n").await;
    assert_eq!(first.chunk().await.unwrap(), None);
    press.resume(&press.edition("weekly-brief/1").unwrap()).unwrap();
    let mut third = watch().await.unwrap();
    until(&mut third, "event: progress\n").await;
    asked.send(true).unwrap();
    while third.chunk().await.unwrap().is_some() {}
}
