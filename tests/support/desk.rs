//! The desk on a free port with a store of its own, and browsers that sign in to it and keep their cookies.

use super::rows;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use griot::config::Config;
use griot::delivery::Stop;
use griot::mailroom::Queue;
use griot::publishing::{Drafted, Press};
use griot::staff::{self, Opaque};
use griot::store::{AuditEntry, Edition, Member, Role, Session, Story, StoryId};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use tokio::net::TcpListener;

use super::pages::{Answer, CONFIG, URLENCODED, noon};

pub const PASSWORD: &str = "harmattan kettle orbit plum";
/// What a browser says of a form that a page of the same site sent.
pub const FROM_HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

type Clock = fn() -> DateTime<Utc>;

pub struct Desk {
    pub press: Press,
    pub base: String,
    pub dir: tempfile::TempDir,
    config: Config,
    browsers: AtomicU8,
}

impl Desk {
    /// At noon, over HTTP.
    pub async fn open() -> Self {
        Self::open_at("http://127.0.0.1:8080").await
    }

    /// As it is where browsers reach it at this address.
    pub async fn open_at(public_url: &str) -> Self {
        Self::open_on(listener().await, CONFIG, public_url, noon)
    }

    /// Where the pages themselves say they are, so that a real browser can send their forms; by the clock on the wall.
    pub async fn open_here() -> Self {
        Self::open_here_with(CONFIG).await
    }

    /// The same under another configuration, its address written `PUBLIC_URL`.
    pub async fn open_here_with(text: &str) -> Self {
        let listener = listener().await;
        let port = listener.local_addr().unwrap().port();
        Self::open_on(listener, text, &format!("http://localhost:{port}"), Utc::now)
    }

    fn open_on(listener: TcpListener, text: &str, public_url: &str, clock: Clock) -> Self {
        // Another test of the same program may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        // Every browser of a test stands behind a proxy of ours, with an address of its own.
        let web = format!("public_url = \"{public_url}\"\ntrusted_proxies = [\"127.0.0.1\"]");
        let text = text.replace("public_url = \"PUBLIC_URL\"", &web);
        let config = Config::parse(&text, &dir.path().join("griot.toml"), &rows::environment(dir.path()));
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        let press = Press::create(config.clone(), clock).unwrap();
        let base = serve(listener, press.clone());
        Self { press, base, dir, config, browsers: AtomicU8::new(0) }
    }

    /// The same store served at another time; the address it is served at.
    pub async fn at(&self, clock: Clock) -> String {
        serve(listener().await, Press::open(self.config.clone(), clock).unwrap())
    }

    /// The same store by another clock, for what is past.
    pub fn with_clock(&self, clock: Clock) -> Press {
        Press::open(self.config.clone(), clock).unwrap()
    }

    pub fn browser(&self) -> Browser {
        let address = format!("192.0.2.{}", self.browsers.fetch_add(1, Ordering::Relaxed));
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Browser { base: self.base.clone(), cookies: BTreeMap::new(), address, client }
    }

    /// The path of a one-time link for somebody of this role.
    pub fn invite(&self, name: &str, role: Role) -> String {
        let now = self.press.now();
        let secret = staff::invite(self.press.store(), "the command line", name, "", role, now).unwrap();
        format!("/desk/invitation/{}", secret.as_str())
    }

    /// Somebody of this role, who took an invitation with [`PASSWORD`] and is signed in.
    pub async fn signed_in(&self, name: &str, role: Role) -> Browser {
        let link = self.invite(name, role);
        let mut browser = self.browser();
        let answer = browser.post(&link, &[("password", PASSWORD)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/desk"), "{}", answer.body);
        browser
    }

    /// Somebody who is in already, on one more browser: a new session, made without a password.
    pub fn browser_of(&self, name: &str) -> Browser {
        let (now, secret) = (self.press.now(), Opaque::new().unwrap());
        let begin = |db: &griot::store::Transaction<'_>| {
            let member = Member::named(db, name)?.unwrap();
            let session = Session {
                digest: secret.digest(),
                created_at: now,
                seen_at: now,
                address: "192.0.2.1".into(),
                agent: "A browser".into(),
            };
            session.begin(db, member.id)
        };
        self.press.store().write(begin).unwrap();
        let mut browser = self.browser();
        browser.cookies.insert(self.cookie().to_owned(), secret.as_str().to_owned());
        browser
    }

    /// The name of the cookie that keeps somebody signed in.
    pub fn cookie(&self) -> &'static str {
        if self.config.web.public_url.is_https() { "__Host-griot" } else { "griot" }
    }

    /// A draft of The Weekly Brief, of four stories.
    pub fn draft(&self) -> Edition {
        let now = self.press.now();
        let headlines = ["The hall opens", "The ferry sails again", "A choir sings at dawn", "Rain comes early north"];
        let write = |db: &griot::store::Transaction<'_>| {
            headlines.iter().try_for_each(|headline| story(headline, now).upsert(db, now).map(drop))
        };
        self.press.store().write(write).unwrap();
        let newsletter = self.press.newsletter("weekly-brief").unwrap();
        let Drafted::Ready(edition) = self.press.draft(newsletter, None).unwrap() else { panic!("too few stories") };
        edition
    }

    /// Who did what, the latest first.
    pub fn record(&self) -> Vec<(String, String, String)> {
        let latest = self.press.store().read(|db| AuditEntry::latest(db, None, 1_000)).unwrap();
        latest.into_iter().map(|entry| (entry.who, entry.action, entry.subject)).collect()
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Until the test ends.
fn serve(listener: TcpListener, press: Press) -> String {
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (queue, written_down) = Queue::new(press.clone());
    tokio::spawn(written_down);
    let desk = griot::desk::router(press.clone(), Stop::new().1);
    tokio::spawn(griot::web::run(press, queue, desk, listener, std::future::pending()));
    base
}

fn story(headline: &str, now: DateTime<Utc>) -> Story {
    let url = format!("https://example.org/{}", headline.to_lowercase().replace(' ', "-"));
    Story {
        id: StoryId(0),
        platform: "harmattan".into(),
        feed: None,
        guid: url.clone(),
        url,
        headline: headline.into(),
        standfirst: format!("What is known of “{headline}”."),
        bylines: vec!["Ama Añuli".into()],
        section: "Courts".into(),
        tags: Vec::new(),
        published_at: now - TimeDelta::hours(5),
        updated_at: None,
        first_seen_at: now - TimeDelta::hours(5),
        image: None,
        comments: None,
        body: String::new(),
        words: 300,
    }
}

/// A browser with its cookies and an IP address of its own. It follows no redirect.
#[derive(Clone)]
pub struct Browser {
    pub base: String,
    /// Name and value, and nothing else of them: whether a cookie may be sent is not judged.
    pub cookies: BTreeMap<String, String>,
    pub address: String,
    client: Client,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// Sends a form of the desk's own.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, &[FROM_HERE], &body).await
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/desk/sign-in", &[("name", name), ("password", password), ("to", "")]).await
    }

    /// With these headers beside the cookies, and none that a browser would add by itself.
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        request = request.header("x-forwarded-for", &self.address);
        if method != Method::GET {
            request = request.header("content-type", URLENCODED).body(body.to_owned());
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, cookies.collect::<Vec<_>>().join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        // What goes on and on is not waited for.
        let is_stream =
            headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = if is_stream { Vec::new() } else { response.bytes().await.unwrap().to_vec() };
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status, headers, body }
    }
}
