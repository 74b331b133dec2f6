//! Clicks over real HTTP: how links of an edition lead on, and how it is counted that they are followed (rules W and C).

use crate::support::rows;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use crate::support::pages;
use crate::support::pages::{ONE_CLICK, noon};
use chrono::{DateTime, TimeDelta, Utc};
use griot::address::{EmailAddress, Mailbox};
use griot::composition::Around;
use griot::publishing::Press;
use griot::store::{
    Claimed, ClickReport, Db, DeliveryState, Edition, EditionLink, EditionStory, Event, LinkId, LinkList, LinkTarget,
    Signal, Story, StoryId, Subscriber, SubscriberId, Subscription, SubscriptionState, newsletter_number,
};
use griot::token::Purpose;
use reqwest::header::USER_AGENT;
use reqwest::{Client, Method, StatusCode};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1";
/// Stories of the edition; each has a URL with a query.
const STORIES: i64 = 8;
const EVENT: &str = "https://bücher.example/lesung/é?ort=Accra&jahr=2026";
/// As a browser writes it.
const EVENT_IN_ASCII: &str = "https://xn--bcher-kva.example/lesung/%C3%A9?ort=Accra&jahr=2026";

/// A publisher with an edition on its way to Ada, and its pages.
struct Room {
    press: Press,
    base: String,
    client: Client,
    edition: Edition,
    ada: SubscriberId,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<anyhow::Result<()>>>,
    _dir: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    location: String,
    headers: reqwest::header::HeaderMap,
    body: String,
}

fn story(number: i64) -> String {
    format!("https://harmattan.example/{number}?from=brief&n=%C3%A9")
}

impl Room {
    async fn open(clicks: &str, clock: fn() -> DateTime<Utc>) -> Self {
        // Another test of the program may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let more = format!("id = \"weekly-brief\"\nmin_stories = 1\n{clicks}");
        let config =
            pages::CONFIG.replace("PUBLIC_URL", "http://127.0.0.1:8080").replacen("id = \"weekly-brief\"", &more, 1);
        let press = pages::press(&dir, &config, clock);
        let (ada, edition) = press.store().write(|db| fill(db)).unwrap();
        let edition = press.release(&edition).unwrap();
        let (base, stop, server) = pages::listen(press.clone()).await;
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { press, base, client, edition, ada, stop: Some(stop), server: Some(server), _dir: dir }
    }

    async fn ask(&self, method: Method, path: &str, agent: &str) -> Answer {
        let request = self.client.request(method, format!("{}{path}", self.base)).header(USER_AGENT, agent);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let location = headers.get("location").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        Answer { status, location, headers, body: response.text().await.unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, BROWSER).await
    }

    /// The path of a story's link.
    fn link(&self, number: i64) -> String {
        let url = self.press.click_url(self.id(number));
        url.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned()
    }

    fn link_of_ada(&self, number: i64) -> String {
        format!("{}/{}", self.link(number), self.press.reader_token(self.edition.id, self.ada))
    }

    fn id(&self, number: i64) -> LinkId {
        let links = self.press.store().read(|db| self.edition.counted_links(db)).unwrap();
        links.into_iter().find(|one| one.url == story(number)).unwrap().link
    }

    /// Ends the pages, so that all that was counted is written down.
    async fn close(&mut self) {
        drop(self.stop.take());
        self.server.take().unwrap().await.unwrap().unwrap();
    }

    fn report(&self) -> ClickReport {
        self.press.store().read(|db| self.edition.clicks(db, 10)).unwrap().unwrap()
    }

    /// Clicks by readers and by scanners, by now or soon.
    async fn until_counted(&self, readers: u64, scanners: u64) {
        for _ in 0..200 {
            let report = self.report();
            if (report.readers, report.scanners) == (readers, scanners) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let report = self.report();
        panic!("{} readers and {} scanners, not {readers} and {scanners}", report.readers, report.scanners);
    }

    fn rows<T: griot::store::database::FromSql>(&self, sql: &str) -> Vec<T> {
        let db = rows::of_store(self.press.store());
        let mut query = db.prepare(sql).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn deliver(&self, state: &str, at: DateTime<Utc>) {
        let db = rows::of_store(self.press.store());
        db.execute(
            "INSERT INTO deliveries (edition_id, subscriber_id, state, changed_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (edition_id, subscriber_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at",
            (self.edition.id.0, self.ada.0, state, at.timestamp()),
        )
        .unwrap();
    }
}

/// Stories, a reader, and a draft that carries the stories.
fn fill(db: &Db) -> anyhow::Result<(SubscriberId, Edition)> {
    let brief = newsletter_number(db, "weekly-brief")?;
    let ada = Subscriber::find_or_add(db, &EmailAddress::parse("ada@example.com")?, "Ada", noon())?.id;
    Subscription::begin(db, brief, ada, SubscriptionState::Confirmed, "import", noon())?;
    let edition = Edition::begin(db, "weekly-brief", Some(noon()), (noon(), noon()), noon())?.unwrap();
    let mut picked = Vec::new();
    for number in 1..=STORIES {
        let told = Story {
            id: StoryId(0),
            platform: "harmattan".into(),
            feed: None,
            guid: number.to_string(),
            url: story(number),
            headline: format!("Story {number}"),
            standfirst: "What happened.".into(),
            bylines: Vec::new(),
            section: String::new(),
            tags: Vec::new(),
            published_at: noon(),
            updated_at: None,
            first_seen_at: noon(),
            image: None,
            comments: None,
            body: String::new(),
            words: 0,
        };
        told.upsert(db, noon())?;
        picked.push(EditionStory {
            story: Story::with_url(db, &story(number))?[0].id,
            reasons: Vec::new(),
            score: 1.0,
            also_on: Vec::new(),
            section: String::new(),
            is_sponsored: false,
        });
    }
    // The last one stands under "Must read" only.
    let must_read = EditionLink { story: picked.pop().unwrap().story, reason: String::new() };
    edition.set_stories(db, &picked)?;
    edition.set_links(db, LinkList::MustRead, &[must_read])?;
    let starts_at = noon() + TimeDelta::days(2);
    Event::by_hand("A reading".into(), "Accra".into(), EVENT.into(), (starts_at, chrono_tz::Tz::UTC)).add(db)?;
    Ok((ada, edition))
}

/// HTML and text of the message a reader gets, with its transfer encoding undone.
fn message(room: &Room, subscriber: SubscriberId) -> (String, String) {
    let claimed = Claimed {
        variant: 0,
        edition: room.edition.id,
        subscriber,
        email: EmailAddress::parse("ada@example.com").unwrap(),
        name: String::new(),
        timezone: String::new(),
        subscribed_at: noon(),
        attempts: 0,
        from: DeliveryState::Queued,
        was_unknown: false,
    };
    parts(&room.press.composer(&room.edition).unwrap().message(&claimed, Vec::new()).unwrap().bytes)
}

fn parts(bytes: &[u8]) -> (String, String) {
    let parsed = mail_parser::MessageParser::default().parse(bytes).unwrap();
    let html = parsed.body_html(0).unwrap().replace("&#38;", "&");
    (html, parsed.body_text(0).unwrap().replace("\r\n", "\n"))
}

#[tokio::test]
async fn links_of_a_message_go_by_way_of_griot_and_those_of_the_archive_do_not() {
    let room = Room::open("", noon).await;
    let (html, text) = message(&room, room.ada);
    let mut all: Vec<String> = (1..=STORIES).map(story).collect();
    all.push(EVENT_IN_ASCII.to_owned());
    let kept = room.press.store().read(|db| room.edition.counted_links(db)).unwrap();
    assert_eq!(kept.len(), all.len());
    for url in &all {
        assert!(!html.contains(url) && !text.contains(url), "{url} is linked");
        let link = kept.iter().find(|one| one.url == *url).unwrap().link;
        let counted = room.press.click_url(link);
        assert!(counted.len() - "http://127.0.0.1:8080/r/".len() <= 26, "{counted}");
        assert!(html.contains(&format!("href=\"{counted}\"")) && text.contains(&format!("{counted}\n")), "{counted}");
    }
    // What is no story stays as it is.
    for direct in ["https://www.example.org", "/unsubscribe/", "/preferences/", "/archive/weekly-brief/1"] {
        assert!(html.contains(direct), "{direct}");
    }
    let (others, _) = message(&room, SubscriberId(77));
    let links = |html: &str| html.matches("/r/").count();
    assert_eq!(links(&others), links(&html));
    assert!(!html.contains(&room.press.reader_token(room.edition.id, room.ada)), "the aggregate names nobody");
    // Who looks counts nobody.
    let sample = room.press.sample_message(&room.edition, &Mailbox::parse("ada@example.com").unwrap()).unwrap();
    let (sample_html, sample_text) = parts(&sample.bytes);
    let composed = room.press.composed(&room.edition).unwrap();
    let online = room.press.online_page(&room.edition, Around::default()).unwrap().replace("&#38;", "&");
    for looked_at in [sample_html, sample_text, composed.html.replace("&#38;", "&"), composed.text, online] {
        assert!(!looked_at.contains("/r/"), "{looked_at}");
        assert!(all.iter().all(|url| looked_at.contains(url)), "{looked_at}");
    }
}

#[tokio::test]
async fn w_a_link_leads_on_and_counts_and_says_nothing_of_the_reader() {
    let mut room = Room::open("", noon).await;
    for number in [1, 2, 2] {
        let answer = room.get(&room.link(number)).await;
        assert_eq!((answer.status, answer.location), (StatusCode::FOUND, story(number)));
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-robots-tag"), "noindex, nofollow");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").starts_with("default-src 'none'; "));
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    // Without a stop: within a second.
    room.until_counted(3, 0).await;
    room.close().await;
    let report = room.report();
    let first = &report.links[0];
    assert_eq!((first.url.as_str(), first.headline.as_str(), first.readers), (story(2).as_str(), "Story 2", 2));
    assert_eq!(room.rows::<i64>("SELECT DISTINCT hour_at FROM clicks"), [noon().timestamp()]);
    assert_eq!(room.rows::<i64>("SELECT count(*) FROM reader_clicks"), [0]);
    // What selection learns from.
    let latest = |number| room.press.store().read(|db| Signal::latest(db, &story(number), Signal::CLICKS)).unwrap();
    assert_eq!(latest(2).unwrap().value, 2.0);
    assert_eq!(latest(3), None);
    assert_eq!(
        room.rows::<i64>("SELECT max(n) FROM (SELECT count(*) AS n FROM story_signals GROUP BY url) AS each"),
        [1]
    );
}

#[tokio::test]
async fn with_subscriber_it_is_counted_by_whom_until_they_are_erased() {
    let mut room = Room::open("clicks = \"subscriber\"", noon).await;
    let (html, text) = message(&room, room.ada);
    let token = room.press.reader_token(room.edition.id, room.ada);
    assert!(html.contains(&format!("href=\"http://127.0.0.1:8080{}\"", room.link_of_ada(1))), "{html}");
    assert!(text.contains(&format!("{}\n", room.link_of_ada(1))), "{text}");
    assert_eq!(html.matches(&token).count(), html.matches("/r/").count());
    assert!(!message(&room, SubscriberId(77)).0.contains(&token));
    room.deliver("accepted", noon() - TimeDelta::minutes(5));
    for path in [room.link_of_ada(1), room.link_of_ada(1), room.link_of_ada(2), room.link(3)] {
        assert_eq!(room.get(&path).await.status, StatusCode::FOUND);
    }
    room.close().await;
    assert_eq!((room.report().readers, room.report().scanners), (4, 0));
    assert_eq!(room.rows::<i64>("SELECT clicks FROM reader_clicks ORDER BY link_id"), [2, 1]);
    // GDPR, article 17: the aggregate stays, and nobody is in it.
    let store = room.press.store();
    store.write(|db| Subscriber::find(db, room.ada)?.unwrap().erase(db, noon())).unwrap();
    assert_eq!(room.rows::<i64>("SELECT count(*) FROM reader_clicks"), [0]);
    assert_eq!(room.report().readers, 4);
}

#[tokio::test]
async fn a_link_still_leads_on_for_who_was_erased_and_counts_nobody_by_name() {
    let mut room = Room::open("clicks = \"subscriber\"", noon).await;
    let path = room.link_of_ada(1);
    let store = room.press.store();
    store.write(|db| Subscriber::find(db, room.ada)?.unwrap().erase(db, noon())).unwrap();
    assert_eq!(room.get(&path).await.location, story(1));
    room.close().await;
    assert_eq!(room.report().readers, 1);
    assert_eq!(room.rows::<i64>("SELECT count(*) FROM reader_clicks"), [0]);
}

#[tokio::test]
async fn with_off_links_are_direct() {
    let room = Room::open("clicks = \"off\"", noon).await;
    let (html, text) = message(&room, room.ada);
    assert!(!html.contains("/r/") && !text.contains("/r/"));
    assert!((1..=STORIES).all(|number| html.contains(&story(number)) && text.contains(&story(number))));
    assert_eq!(room.rows::<i64>("SELECT count(*) FROM links"), [0]);
    assert_eq!(room.press.store().read(|db| room.edition.clicks(db, 10)).unwrap(), None);
}

#[tokio::test]
async fn w_an_altered_link_is_404_and_counts_nothing() {
    let mut room = Room::open("clicks = \"subscriber\"", noon).await;
    let (link, reader) = (room.link(1), room.press.reader_token(room.edition.id, room.ada));
    let mut bad = Vec::new();
    for path in [link.clone(), format!("{link}/{reader}")] {
        let begins = if path == link { "/r/".len() } else { link.len() + 1 };
        for at in begins..path.len() {
            let other = if &path[at..=at] == "B" { "C" } else { "B" };
            bad.push(format!("{}{other}{}", &path[..at], &path[at + 1..]));
        }
        bad.extend((begins + 1..path.len()).map(|length| path[..length].to_owned()));
        bad.extend([format!("{path}A"), format!("{path}%00"), format!("{path}%ff"), format!("{path}.")]);
    }
    let keys = room.press.keys();
    bad.push(format!("/r/{}", keys.seal_open(room.id(1).0)));
    bad.push(format!("/r/{}", keys.seal_link(4711)));
    bad.push(format!("{link}/{}", room.press.reader_token(griot::store::EditionId(99), room.ada)));
    bad.push(format!("{link}/{}", keys.seal_link(room.ada.0)));
    bad.push(format!("{link}/{reader}/more"));
    bad.push("/r/".into());
    bad.push("/r/https:%2F%2Fevil.example".into());
    for path in &bad {
        let answer = room.get(path).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::NOT_FOUND, ""), "{path}");
        assert!(answer.body.contains("<h1>"), "{path}: {}", answer.body);
        assert!(answer.headers.contains_key("content-security-policy"), "{path}");
    }
    room.close().await;
    assert_eq!((room.report().readers, room.report().scanners), (0, 0));
}

#[tokio::test]
async fn w_nobody_can_be_sent_elsewhere() {
    let room = Room::open("", noon).await;
    for more in ["?url=https://evil.example", "?to=//evil.example&next=x", "#https://evil.example"] {
        let answer = room.get(&format!("{}{more}", room.link(1))).await;
        assert_eq!((answer.status, answer.location), (StatusCode::FOUND, story(1)), "{more}");
    }
    // Whoever can write into the store is not led by it either: to no script, and past no end of a header.
    let db = rows::of_store(room.press.store());
    let targets = [
        ("javascript:alert(1)", None),
        ("//evil.example/", None),
        ("data:text/html,x", None),
        ("/unsubscribe/x", None),
        ("", None),
        ("https://example.org/\r\nSet-Cookie: a=b", Some("https://example.org/Set-Cookie:%20a=b")),
        ("https://example.org/\n\n<script>", Some("https://example.org/%3Cscript%3E")),
        ("https://example.org/\u{0}a", Some("https://example.org/%00a")),
    ];
    for (target, led_to) in targets {
        // A text of PostgreSQL has no such character.
        if target.contains('\0') && db.pick(false, true) {
            continue;
        }
        let id = room.press.store().write(|db| LinkTarget::keep(db, room.edition.id, target, None)).unwrap();
        let path = room.press.click_url(id).replace("http://127.0.0.1:8080", "");
        let answer = room.get(&path).await;
        let status = if led_to.is_some() { StatusCode::FOUND } else { StatusCode::NOT_FOUND };
        assert_eq!((answer.status, answer.location.as_str()), (status, led_to.unwrap_or_default()), "{target:?}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn w_links_of_what_was_sent_lead_on_while_the_store_is_away() {
    let room = Room::open("", noon).await;
    let path = room.link(3);
    // The writer has looked which there are, half a second after the start.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    rows::of_store(room.press.store()).execute_batch("ALTER TABLE links RENAME TO lost").unwrap();
    let answer = room.get(&path).await;
    assert_eq!((answer.status, answer.location), (StatusCode::FOUND, story(3)));
}

#[tokio::test]
async fn w_names_in_other_scripts_are_led_to_in_ascii() {
    let room = Room::open("", noon).await;
    let kept = room.press.store().read(|db| room.edition.counted_links(db)).unwrap();
    let event = kept.into_iter().find(|one| one.url == EVENT_IN_ASCII).unwrap();
    let answer = room.get(&room.press.click_url(event.link).replace("http://127.0.0.1:8080", "")).await;
    assert_eq!((answer.status, answer.location.as_str()), (StatusCode::FOUND, EVENT_IN_ASCII));
}

#[tokio::test]
async fn c_who_only_looks_is_counted_apart() {
    let mut room = Room::open("", noon).await;
    let answer = room.ask(Method::HEAD, &room.link(1), BROWSER).await;
    assert_eq!((answer.status, answer.location, answer.body), (StatusCode::FOUND, story(1), String::new()));
    for agent in ["", "curl/8.5.0", "python-requests/2.32", "Mozilla/5.0 (compatible; Googlebot/2.1)"] {
        let answer = room.ask(Method::GET, &room.link(1), agent).await;
        assert_eq!((answer.status, answer.location), (StatusCode::FOUND, story(1)), "{agent}");
    }
    let ahead = room.client.get(format!("{}{}", room.base, room.link(1))).header("Sec-Purpose", "prefetch");
    assert_eq!(ahead.header(USER_AGENT, BROWSER).send().await.unwrap().status(), StatusCode::FOUND);
    room.get(&room.link(1)).await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = room.ask(method, &room.link(1), BROWSER).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers["allow"], "GET,HEAD");
    }
    room.close().await;
    assert_eq!((room.report().readers, room.report().scanners), (1, 6));
}

#[tokio::test]
async fn c_who_follows_every_link_is_moved_over_to_the_scanners() {
    let mut room = Room::open("", noon).await;
    for number in 1..=4 {
        room.get(&room.link(number)).await;
    }
    room.ask(Method::GET, &room.link(1), PHONE).await;
    // What is moved was written down already.
    room.until_counted(5, 0).await;
    for number in 5..=STORIES {
        room.get(&room.link(number)).await;
    }
    room.close().await;
    assert_eq!((room.report().readers, room.report().scanners), (1, 8));
    assert_eq!(room.rows::<i64>("SELECT readers FROM clicks WHERE readers > 0"), [1]);
}

#[tokio::test]
async fn c_a_readers_clicks_are_moved_over_by_name_too() {
    let mut room = Room::open("clicks = \"subscriber\"", noon).await;
    room.deliver("accepted", noon() - TimeDelta::minutes(5));
    for number in 1..=5 {
        room.get(&room.link_of_ada(number)).await;
    }
    room.close().await;
    assert_eq!((room.report().readers, room.report().scanners), (0, 5));
    assert_eq!(room.rows::<i64>("SELECT clicks FROM reader_clicks"), [1; 5]);
    assert_eq!(room.rows::<i64>("SELECT scanners FROM reader_clicks"), [1; 5]);
}

static CLOCK: AtomicI64 = AtomicI64::new(0);

fn set_clock() -> DateTime<Utc> {
    noon() + TimeDelta::seconds(CLOCK.load(Relaxed))
}

#[tokio::test]
async fn c_within_five_seconds_of_the_delivery_nobody_has_read_it() {
    let mut room = Room::open("clicks = \"subscriber\"", set_clock).await;
    room.deliver("sending", noon());
    room.get(&room.link_of_ada(1)).await;
    room.until_counted(0, 1).await;
    room.deliver("accepted", noon());
    CLOCK.store(4, Relaxed);
    room.get(&room.link_of_ada(1)).await;
    room.until_counted(0, 2).await;
    CLOCK.store(5, Relaxed);
    room.get(&room.link_of_ada(1)).await;
    room.until_counted(1, 2).await;
    room.close().await;
    assert_eq!(room.rows::<i64>("SELECT clicks * 10 + scanners FROM reader_clicks"), [32]);
}

#[tokio::test]
async fn c_following_links_changes_nothing_else() {
    let room = Room::open("clicks = \"subscriber\"", noon).await;
    let token = |purpose| {
        let newsletter = if purpose == Purpose::Preferences { 0 } else { room.edition.newsletter };
        let (subscriber, expires_at) = (room.ada.0, None);
        room.press.keys().sign(&griot::token::Token { purpose, newsletter, subscriber, edition: None, expires_at })
    };
    let unsubscribe = format!("/unsubscribe/{}", token(Purpose::Unsubscribe));
    for path in [unsubscribe.clone(), format!("/preferences/{}", token(Purpose::Preferences)), room.link_of_ada(1)] {
        for method in [Method::GET, Method::HEAD] {
            assert!(room.ask(method, &path, BROWSER).await.status.as_u16() < 400, "{path}");
        }
    }
    let state = || {
        let found = room.press.store().read(|db| Subscription::find(db, room.edition.newsletter, room.ada)).unwrap();
        found.unwrap().state
    };
    assert_eq!(state(), SubscriptionState::Confirmed);
    let form = room.client.post(format!("{}{unsubscribe}", room.base)).body(ONE_CLICK);
    assert_eq!(form.header("content-type", pages::URLENCODED).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(state(), SubscriptionState::Ended);
}

#[tokio::test]
async fn readers_are_led_on_while_the_store_takes_nothing() {
    let mut room = Room::open("", noon).await;
    room.get(&room.link(1)).await;
    room.until_counted(1, 0).await;
    let db = rows::of_store(room.press.store());
    rows::hold_changes(&db);
    let began = std::time::Instant::now();
    for _ in 0..50 {
        assert_eq!(room.get(&room.link(1)).await.location, story(1));
        // One that was not asked for yet takes a read.
        assert_eq!(room.get(&room.link(2)).await.location, story(2));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(10), "readers waited for the store");
    assert_eq!(room.report().readers, 1);
    db.execute_batch("ROLLBACK").unwrap();
    room.until_counted(101, 0).await;
    // A trigger stands for a disk that is full.
    db.execute_batch(db.pick(
        "CREATE TRIGGER is_full BEFORE UPDATE ON clicks BEGIN SELECT raise(ABORT, 'full'); END",
        "CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$;
         CREATE TRIGGER is_full BEFORE UPDATE ON clicks FOR EACH ROW EXECUTE FUNCTION is_full()",
    ))
    .unwrap();
    room.get(&room.link(1)).await;
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(room.report().readers, 101);
    db.execute_batch(db.pick("DROP TRIGGER is_full", "DROP TRIGGER is_full ON clicks")).unwrap();
    room.close().await;
    assert_eq!(room.report().readers, 102);
}

#[tokio::test]
async fn opens_are_counted_where_the_newsletter_counts_them() {
    for (lines, counted) in [("opens = true", Some(2)), ("", None)] {
        let mut room = Room::open(lines, noon).await;
        let path = room.press.open_url(room.edition.id).replace("http://127.0.0.1:8080", "");
        for agent in [BROWSER, "Mozilla/5.0 (via ggpht.com GoogleImageProxy)", "curl/8.5.0"] {
            let answer = room.ask(Method::GET, &path, agent).await;
            assert_eq!(
                (answer.status, &answer.headers["content-type"]),
                (StatusCode::OK, &"image/gif".parse().unwrap())
            );
            assert_eq!(
                (&answer.headers["content-length"], &answer.headers["cache-control"]),
                (&"43".parse().unwrap(), &"no-store".parse().unwrap())
            );
        }
        assert_eq!(room.ask(Method::HEAD, &path, BROWSER).await.status, StatusCode::OK);
        assert_eq!(room.get(&format!("{path}A")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(room.get(&path.replace("/o/", "/r/")).await.status, StatusCode::NOT_FOUND);
        room.close().await;
        assert_eq!(room.report().opens, counted);
    }
}
