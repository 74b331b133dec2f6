//! Webhooks out: the publisher's other systems are told what happens, each thing once, signed, and again where they did not
//! take it (docs/webhooks-out.md).

use crate::support::rows;
use std::cell::Cell;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support;
use crate::support::configuration;
use crate::support::desk::Desk;
use crate::support::griot::Griot;
use crate::support::pages::{CONFIG, ONE_CLICK, Pages, noon};
use crate::support::port::free_port;
use crate::support::receiver::{KEY, Receiver, Reply, secret};
use crate::support::wait::until;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use griot::address::EmailAddress;
use griot::config::Config;
use griot::delivery::Stop;
use griot::mailroom::Queue;
use griot::publishing::Press;
use griot::store::{
    AuditEntry, Edition, EditionState, Import, ImportRow, Role, Store, Subscriber, SubscriptionState, WebhookCall,
};
use griot::token::{Purpose, Token};
use griot::webhooks::Teller;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

const URL: &str = "http://127.0.0.1:8080";
const HOOK_SECRET: &str = "a secret of this test, long enough";
/// Time stands still on the pages, and bounces come in.
const TABLES: &str = "[sign_up]\nmin_time = \"0s\"\n[hooks.generic]\nsecret = \"a secret of this test, long enough\"\n";
const BROKEN: Reply = Reply::Say("500 Internal Server Error", "");

thread_local! {
    /// A test has a thread of its own, and a teller asks for the time on it.
    static LATER: Cell<i64> = const { Cell::new(0) };
}

fn clock() -> DateTime<Utc> {
    noon() + TimeDelta::seconds(LATER.get())
}

fn advance(by: TimeDelta) {
    LATER.set(LATER.get() + by.num_seconds());
}

async fn open(webhooks: &str) -> Pages {
    Pages::open_with(URL, &format!("{TABLES}\n{webhooks}")).await
}

/// As the daemon has it, at a time that the test sets.
fn restarted(pages: &Pages) -> Press {
    Press::open(pages.press.config().clone(), clock).unwrap()
}

fn tellers(press: &Press) -> Vec<Teller> {
    press.tellers().unwrap()
}

/// Until nothing is to be done at once.
async fn tell(tellers: &[Teller]) {
    for teller in tellers {
        while teller.tell().await.unwrap() {}
    }
}

async fn sign_up(pages: &Pages, email: &str, newsletters: &str) -> Subscriber {
    let answer = pages.sign_up(&format!("email={}&name=Kofi&{newsletters}", email.replace('@', "%40"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let reader = reader(pages.press.store(), email);
    let (purpose, expires_at) = (Purpose::Confirm, Some(noon() + TimeDelta::days(7)));
    let token = Token { purpose, newsletter: 0, subscriber: reader.id.0, edition: None, expires_at };
    let link = format!("/confirm/{}", pages.press.keys().sign(&token));
    assert_eq!(pages.post(&link, "confirm=yes").await.status, 200);
    reader
}

fn reader(store: &Store, email: &str) -> Subscriber {
    store.read(|db| Subscriber::find_by_email(db, &EmailAddress::parse(email)?)).unwrap().unwrap()
}

async fn bounce(pages: &Pages, id: &str, recipient: &str) {
    let event = json!({"kind": "bounce", "recipient": recipient, "status": "5.1.1", "reply": 550, "diagnostic": "no"});
    let (body, at) = (json!({"id": id, "events": [event]}).to_string(), noon().timestamp());
    let mut mac = Hmac::<Sha256>::new_from_slice(HOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let signature = format!("v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
    let request = pages.client.post(format!("{}/hooks/generic", pages.base)).body(body);
    let answer = request.header("griot-timestamp", at).header("griot-signature", signature).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "taken: 1, known before: 0\n");
}

fn import(pages: &Pages, email: &str) {
    let import = Import { newsletter: pages.brief, state: SubscriptionState::Confirmed, now: noon() };
    let email = EmailAddress::parse(email).unwrap();
    let mut rows = [ImportRow { line: 2, email, name: String::new(), timezone: None }];
    pages.press.store().write(|db| import.add(db, &mut rows)).unwrap();
}

fn edition(pages: &Pages) -> Edition {
    pages.press.store().read(|db| Edition::find(db, pages.edition)).unwrap().unwrap()
}

#[tokio::test]
async fn each_thing_that_happens_is_told_once_to_who_asked_for_it() {
    let receiver = Receiver::open().await;
    let webhooks = [
        receiver.table("crm", ""),
        receiver.table("chat", "events = [\"edition.sent\"]"),
        receiver.table("evening", "newsletters = [\"evening\"]"),
    ];
    let pages = open(&webhooks.concat()).await;
    let press = restarted(&pages);
    let tellers = tellers(&press);
    // What was there before is not told.
    tell(&tellers).await;

    import(&pages, "imported@example.org");
    let kofi = sign_up(&pages, "kofi@example.org", "newsletter=weekly-brief&newsletter=evening").await;
    pages.sign_up("email=never%40example.org&newsletter=weekly-brief").await;
    tell(&tellers).await;
    let ended = pages.press.see_through(&edition(&pages), "this test", &mut Stop::new().1).await.unwrap();
    assert_eq!(edition(&pages).state, EditionState::Sent, "{ended:?}");
    tell(&tellers).await;
    assert_eq!(pages.post(&pages.unsubscribe(), ONE_CLICK).await.status, 200);
    bounce(&pages, "one", "kofi@example.org").await;
    tell(&tellers).await;
    // Once more of each changes nothing.
    assert_eq!(pages.post(&pages.unsubscribe(), ONE_CLICK).await.status, 200);
    bounce(&pages, "two", "kofi@example.org").await;
    for (from, to) in [(EditionState::Sent, EditionState::Sending), (EditionState::Sending, EditionState::Sent)] {
        assert!(pages.press.store().write(|db| edition(&pages).change_state(db, &[from], to, "", noon())).unwrap());
    }
    tell(&tellers).await;

    let told: Vec<Value> = receiver.calls("crm").iter().map(|call| call.json()).collect();
    let at = "2026-11-23T12:00:00Z";
    let subscriber = json!({"id": kofi.id.0, "email": "kofi@example.org", "name": "Kofi"});
    let ada = json!({"id": pages.ada.0, "email": "ada@example.com", "name": "Ada"});
    let subscribed = |newsletter: &str| {
        json!({"type": "subscriber.subscribed", "timestamp": at,
               "data": {"subscriber": subscriber, "newsletter": newsletter, "by": "form"}})
    };
    let sent = json!({"type": "edition.sent", "timestamp": at, "data": {
        "edition": "weekly-brief/1", "newsletter": "weekly-brief", "number": 1, "subject": "The strike & the market",
        "state": "sent", "started_at": at, "finished_at": at, "recipients": 3, "accepted": 3, "failed": 0, "skipped": 0,
        "unknown": 0}});
    let left = json!({"type": "subscriber.left", "timestamp": at, "data": {
        "subscriber": ada, "newsletter": "weekly-brief", "by": "one-click", "edition": "weekly-brief/1"}});
    let bounced = json!({"type": "subscriber.bounced", "timestamp": at, "data": {
        "subscriber": subscriber, "newsletters": ["weekly-brief", "evening"], "class": "hard", "reason": "userunknown",
        "status": "5.1.1", "edition": null}});
    assert_eq!(told, [subscribed("weekly-brief"), subscribed("evening"), sent.clone(), left, bounced.clone()]);
    assert_eq!(receiver.calls("chat").iter().map(|call| call.json()).collect::<Vec<_>>(), [sent]);
    let told: Vec<Value> = receiver.calls("evening").iter().map(|call| call.json()).collect();
    assert_eq!(told, [subscribed("evening"), bounced]);
    assert!(receiver.calls("crm")[0].body.starts_with(r#"{"type":"subscriber.subscribed","timestamp":"#));
}

#[tokio::test]
async fn a_call_that_fails_waits_by_itself_and_is_the_same_when_it_comes_again() {
    let receiver = Receiver::open().await;
    let pages = open(&receiver.table("crm", "")).await;
    let press = restarted(&pages);
    let tellers = tellers(&press);
    tell(&tellers).await;
    receiver.reply("crm", [BROKEN]);
    sign_up(&pages, "kofi@example.org", "newsletter=weekly-brief&newsletter=evening").await;
    tell(&tellers).await;
    let of = |call: &support::receiver::Call| call.json()["data"]["newsletter"].as_str().unwrap().to_owned();
    let told = |receiver: &Receiver| receiver.calls("crm").iter().map(of).collect::<Vec<_>>();
    assert_eq!(told(&receiver), ["weekly-brief", "evening"]);
    advance(TimeDelta::seconds(4));
    tell(&tellers).await;
    assert_eq!(told(&receiver).len(), 2, "it came too soon");
    advance(TimeDelta::seconds(2));
    tell(&tellers).await;
    let calls = receiver.calls("crm");
    assert_eq!(told(&receiver), ["weekly-brief", "evening", "weekly-brief"]);
    assert_eq!((calls[0].id(), &calls[0].body), (calls[2].id(), &calls[2].body));
    assert_ne!(calls[0].id(), calls[1].id());
    let stamp = |index: usize| calls[index].headers["webhook-timestamp"].parse::<i64>().unwrap() - noon().timestamp();
    assert_eq!([stamp(0), stamp(1), stamp(2)], [0, 0, 6]);
    advance(TimeDelta::days(3));
    tell(&tellers).await;
    assert_eq!(told(&receiver).len(), 3);
}

#[tokio::test]
async fn a_server_that_asks_for_time_is_left_alone() {
    let receiver = Receiver::open().await;
    let pages = open(&receiver.table("crm", "")).await;
    let press = restarted(&pages);
    let tellers = tellers(&press);
    tell(&tellers).await;
    receiver.reply("crm", [Reply::Say("503 Service Unavailable", "Retry-After: 7200\r\n")]);
    sign_up(&pages, "kofi@example.org", "newsletter=weekly-brief&newsletter=evening").await;
    for (seconds, calls) in [(0, 1), (7_190, 1), (20, 3)] {
        advance(TimeDelta::seconds(seconds));
        tell(&tellers).await;
        assert_eq!(receiver.calls("crm").len(), calls, "{seconds} seconds later");
    }
}

#[tokio::test]
async fn nothing_is_lost_where_griot_is_killed_before_or_during_a_call() {
    let receiver = Receiver::open().await;
    let pages = open(&receiver.table("crm", "")).await;
    let press = restarted(&pages);
    tell(&tellers(&press)).await;
    sign_up(&pages, "kofi@example.org", "newsletter=weekly-brief").await;
    // The cursor has moved, and nothing was told.
    assert!(tellers(&press)[0].gather().await.unwrap());
    assert!(!tellers(&press)[0].gather().await.unwrap());
    assert_eq!(receiver.calls("crm").len(), 0);
    drop(press);

    receiver.reply("crm", [Reply::Nothing]);
    let press = restarted(&pages);
    let teller = tellers(&press).remove(0);
    let telling = tokio::spawn(async move { teller.tell().await });
    while receiver.calls("crm").is_empty() {
        tokio::task::yield_now().await;
    }
    telling.abort();
    drop(press);

    let press = restarted(&pages);
    tell(&tellers(&press)).await;
    assert_eq!(receiver.calls("crm").len(), 1, "it may be under way");
    advance(TimeDelta::minutes(1));
    tell(&tellers(&press)).await;
    let calls = receiver.calls("crm");
    assert_eq!((calls.len(), calls[0].id()), (2, calls[1].id()));
    assert_eq!(receiver.kinds("crm"), ["subscriber.subscribed"; 2]);
}

#[tokio::test]
async fn what_is_told_of_a_reader_goes_with_them() {
    let receiver = Receiver::open().await;
    let pages = open(&receiver.table("crm", "")).await;
    let press = restarted(&pages);
    let tellers = tellers(&press);
    tell(&tellers).await;
    receiver.reply("crm", [BROKEN]);
    let kofi = sign_up(&pages, "kofi@example.org", "newsletter=weekly-brief").await;
    tell(&tellers).await;
    let told = press.store().read(|db| griot::publishing::personal_data(db, &kofi)).unwrap();
    assert_eq!(told["webhooks"][0]["webhook"], "crm");
    assert_eq!(calls_about(&pages, "kofi@example.org"), (1, 1));
    press.store().write(|db| kofi.erase(db, noon())).unwrap();
    assert_eq!(calls_about(&pages, "kofi@example.org"), (0, 0));
    advance(TimeDelta::days(1));
    tell(&tellers).await;
    assert_eq!(receiver.calls("crm").len(), 1, "it was told of somebody who was erased");
}

/// How many calls are in the store, and how many of them hold this.
fn calls_about(pages: &Pages, words: &str) -> (i64, i64) {
    let db = rows::of(pages.dir.path());
    let count = "SELECT count(*), coalesce(sum(iif(instr(payload, ?1) > 0, 1, 0)), 0) FROM webhook_calls";
    db.query_row(count, [words], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[tokio::test]
async fn what_was_taken_is_kept_without_its_words_and_forgotten_after_its_time() {
    let receiver = Receiver::open().await;
    let pages = open(&receiver.table("crm", "")).await;
    let press = restarted(&pages);
    let tellers = tellers(&press);
    tell(&tellers).await;
    sign_up(&pages, "kofi@example.org", "newsletter=weekly-brief").await;
    tell(&tellers).await;
    assert_eq!(calls_about(&pages, "kofi@example.org"), (1, 0));
    let forget = |days| press.store().write(|db| WebhookCall::forget(db, noon() + TimeDelta::days(days))).unwrap();
    assert_eq!((forget(0), forget(1)), (0, 1));
    // One that is configured no more is forgotten, with what waits for it.
    receiver.reply("crm", [BROKEN]);
    sign_up(&pages, "esi@example.org", "newsletter=weekly-brief").await;
    tell(&tellers).await;
    assert_eq!(calls_about(&pages, "esi@example.org"), (1, 1));
    let config = Config { webhooks: Vec::new(), ..press.config().clone() };
    assert!(Press::open(config, clock).unwrap().tellers().unwrap().is_empty());
    assert_eq!(calls_about(&pages, ""), (0, 0));
}

#[tokio::test]
async fn the_example_of_the_documentation_knows_the_calls_of_griot() {
    let receiver = Receiver::open().await;
    let pages = open(&receiver.table("crm", "")).await;
    let tellers = tellers(&pages.press);
    tellers[0].try_out().await.unwrap();
    let call = receiver.calls("crm").remove(0);
    assert_eq!(call.json(), json!({"type": "ping", "timestamp": "2026-11-23T12:00:00Z", "data": {"webhook": "crm"}}));
    let text = include_str!("../../docs/webhooks-out.md");
    let example = text.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let stamp = &call.headers["webhook-timestamp"];
    let asked = |secret: &str, body: &str| {
        let headers = serde_json::to_string(&call.headers).unwrap();
        let script = format!(
            "{example}\ntime.time = lambda: {stamp} + 60\nimport json, sys\n\
                              print(is_griots(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3].encode()))"
        );
        let output = Command::new("python3").args(["-c", &script, secret, &headers, body]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(asked(&secret(), &call.body), "True");
    assert_eq!(asked(&secret(), &call.body.replace("crm", "erp")), "False");
    assert_eq!(asked("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &call.body), "False");
    assert_eq!(KEY.len(), 32);
}

/// The desk with these webhooks, at noon, so that nobody's session ends: a press on its store at the time that the test
/// sets, and where it is served.
async fn with_webhooks(desk: &Desk, webhooks: &str) -> (Press, String) {
    let web = "public_url = \"http://127.0.0.1:8080\"\ntrusted_proxies = [\"127.0.0.1\"]";
    let text = format!("{}\n{webhooks}", CONFIG.replace("public_url = \"PUBLIC_URL\"", web));
    let config = Config::parse(&text, &desk.dir.path().join("griot.toml"), &rows::environment(desk.dir.path()));
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let (press, shown) = (Press::open(config.clone(), clock).unwrap(), Press::open(config, noon).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (queue, written_down) = Queue::new(shown.clone());
    tokio::spawn(written_down);
    let router = griot::desk::router(shown.clone(), Stop::new().1);
    tokio::spawn(griot::web::run(shown, queue, router, listener, std::future::pending()));
    (press, base)
}

fn queue(press: &Press, words: &str) {
    let payload = format!("{{\"type\":\"edition.sent\",\"words\":\"{words}\"}}");
    press.store().write(|db| WebhookCall::queue(db, "crm", "edition.sent", &payload, None, clock())).unwrap();
}

#[tokio::test]
async fn one_that_is_gone_is_switched_off_until_its_url_is_another() {
    let (receiver, desk) = (Receiver::open().await, Desk::open().await);
    let (press, base) = with_webhooks(&desk, &receiver.table("crm", "")).await;
    let mut yaw = desk.signed_in("Yaw", Role::Operator).await;
    yaw.base = base;
    tell(&tellers(&press)).await;
    for word in ["first", "second"] {
        queue(&press, word);
    }
    receiver.reply("crm", [Reply::Say("410 Gone", "")]);
    tell(&tellers(&press)).await;
    queue(&press, "third");
    advance(TimeDelta::days(2));
    tell(&tellers(&press)).await;
    assert_eq!(receiver.calls("crm").len(), 1);
    let told = "The webhook crm answered 410 Gone less than a minute ago and is switched off";
    assert!(yaw.get("/desk").await.body.contains(told));
    let shown = yaw.get("/desk/webhooks").await.body;
    assert!(shown.contains("switched off") && shown.contains("2 given up") && !shown.contains("/crm/retry"), "{shown}");
    let refused = yaw.post("/desk/webhooks/crm/retry", &[]).await;
    assert!(refused.body.contains("give it another url"), "{}", refused.body);

    // Another URL switches it on again, and what was given up can be tried.
    let (press, base) = with_webhooks(&desk, &receiver.table("crm", "").replace("/crm?", "/crm/new?")).await;
    yaw.base = base;
    tell(&tellers(&press)).await;
    assert!(!yaw.get("/desk").await.body.contains("switched off"));
    assert_eq!(yaw.post("/desk/webhooks/crm/retry", &[]).await.status, 303);
    tell(&tellers(&press)).await;
    assert_eq!(receiver.calls("crm/new").len(), 3);
}

#[tokio::test]
async fn what_is_given_up_is_shown_and_can_be_tried_again() {
    let (receiver, desk) = (Receiver::open().await, Desk::open().await);
    let (press, base) = with_webhooks(&desk, &receiver.table("crm", "newsletters = [\"evening\"]")).await;
    let mut yaw = desk.signed_in("Yaw", Role::Operator).await;
    yaw.base = base;
    tell(&tellers(&press)).await;
    queue(&press, "lost");
    receiver.reply("crm", vec![BROKEN; 9]);
    for tries in 1..=9 {
        tell(&tellers(&press)).await;
        assert_eq!(receiver.calls("crm").len(), tries);
        advance(TimeDelta::hours(27));
    }
    tell(&tellers(&press)).await;
    assert_eq!(receiver.calls("crm").len(), 9, "it was not given up");
    let today = yaw.get("/desk").await.body;
    assert!(today.contains("1 call was given up that the webhook crm did not take"), "{today}");
    let shown = yaw.get("/desk/webhooks").await.body;
    let host = receiver.base.trim_start_matches("http://");
    for words in [host, "edition.sent", "of evening", "failing", "1 given up", "it answered 500 Internal Server Error"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(yaw.post("/desk/webhooks/crm/retry", &[]).await.header("location"), "/desk/webhooks?done=again");
    tell(&tellers(&press)).await;
    let calls = receiver.calls("crm");
    assert_eq!((calls.len(), calls[0].id()), (10, calls[9].id()));
    let shown = yaw.get("/desk/webhooks").await.body;
    assert!(shown.contains("works") && shown.contains("0 given up"), "{shown}");
    assert!(!yaw.get("/desk").await.body.contains("given up"));
    let record = |action: &str| {
        let all = press.store().read(|db| AuditEntry::latest(db, Some("Yaw"), 100)).unwrap();
        all.into_iter().filter(|entry| entry.action == action).map(|one| (one.subject, one.detail)).collect::<Vec<_>>()
    };
    assert_eq!(record("tried a webhook again"), [("crm".to_owned(), "1 call".to_owned())]);

    let tested = yaw.post("/desk/webhooks/crm/test", &[]).await;
    let told = "crm took the test: it answered 200 OK.";
    assert!(
        tested.status == 200 && tested.body.contains(told) && tested.body.contains("heard by the crm"),
        "{}",
        tested.body
    );
    receiver.reply("crm", [BROKEN]);
    let tested = yaw.post("/desk/webhooks/crm/test", &[]).await;
    let told = "crm did not take the test: it answered 500 Internal Server Error.";
    assert!(tested.status == 422 && tested.body.contains(told), "{}", tested.body);
    assert_eq!(record("tested a webhook").len(), 2);
    for path in ["/desk/webhooks/other/test", "/desk/webhooks/other/retry"] {
        assert_eq!(yaw.post(path, &[]).await.status, 404);
    }
    // What follows the host, and the secret, are nobody's to see.
    for path in ["/desk/settings", "/desk/webhooks", "/desk/audit", "/desk"] {
        let body = yaw.get(path).await.body;
        assert!(!body.contains("hunter2") && !body.contains(&secret()), "{path}: {body}");
    }
    let settings = yaw.get("/desk/settings").await.body;
    assert!(settings.contains(&format!("{}/…", receiver.base)), "{settings}");
}

#[tokio::test]
async fn w_ssrf_private_addresses_are_refused_unless_the_webhook_allows_them() {
    let (receiver, desk) = (Receiver::open().await, Desk::open().await);
    let closed = receiver.table("crm", "").replace("http://", "https://").replace("allow_private = true", "");
    for table in [closed.clone(), closed.replace("127.0.0.1", "localhost")] {
        let (press, base) = with_webhooks(&desk, &table).await;
        let mut yaw = desk.signed_in(&format!("Yaw {}", table.len()), Role::Operator).await;
        yaw.base = base;
        tell(&tellers(&press)).await;
        queue(&press, "nothing");
        tell(&tellers(&press)).await;
        let shown = yaw.get("/desk/webhooks").await.body;
        let refused =
            "is not on the public Internet; to reach it all the same, set allow_private = true in its [[webhook]]";
        assert!(shown.contains(refused), "{shown}");
        let tested = yaw.post("/desk/webhooks/crm/test", &[]).await;
        assert!(tested.status == 422 && tested.body.contains(refused), "{}", tested.body);
        assert_eq!(receiver.calls("crm").len(), 0);
    }
}

/// A daemon that is killed without a word; what it said goes to this file.
struct Killed(std::process::Child);

impl Killed {
    fn start(griot: &Griot, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        Self(griot.command(&["daemon"]).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_tells_what_happened_also_while_it_was_down_and_its_log_holds_no_secret() {
    let receiver = Receiver::open().await;
    receiver.reply("crm", [BROKEN]);
    let table = receiver.table("crm", "").replace(&format!("secret = \"{}\"", secret()), "secret_file = \"key\"");
    let port = free_port();
    let griot = Griot::set_up(&(configuration::text(&[], port, port) + &table));
    fs::write(griot.path().join("key"), secret() + "\n").unwrap();
    let told = receiver.clone();
    tokio::task::spawn_blocking(move || {
        let (log, patience) = (griot.path().join("log"), Duration::from_secs(60));
        let add = |email| griot.run(&["subscribers", "add", email, "--newsletter", "weekly-brief", "--confirmed"]);
        add("ada@example.org");
        let daemon = Killed::start(&griot, &log);
        let begun = || {
            let db = rows::of(griot.path());
            db.query_row("SELECT count(*) FROM webhooks", [], |row| row.get::<i64>(0))
                .is_ok_and(|webhooks| webhooks == 1)
        };
        until(patience, "the webhook is known", begun);
        add("kofi@example.org");
        until(patience, "it is told, at the second try", || told.calls("crm").len() == 2);
        let logged = || fs::read_to_string(&log).unwrap().matches("a webhook was told").count();
        until(patience, "the answer is written down", || logged() == 1);
        drop(daemon);
        add("esi@example.org");
        let _daemon = Killed::start(&griot, &log);
        until(patience, "it is told what it missed", || {
            told.calls("crm").iter().any(|call| call.body.contains("esi@"))
        });
        until(patience, "the log says so", || logged() == 2);
        let log = fs::read_to_string(&log).unwrap();
        assert!(log.contains("a webhook could not be told") && log.contains("500 Internal Server Error"), "{log}");
        for secret in ["hunter2", "kofi@", "esi@", &secret()[6..]] {
            assert!(!log.contains(secret), "{secret} is in the log: {log}");
        }
    })
    .await
    .unwrap();
    assert!(receiver.calls("crm").iter().all(|call| !call.body.contains("ada@")));
}
