//! The pages of a publisher with one reader, served on a free port from a store of their own.

use super::rows;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use griot::address::EmailAddress;
use griot::config::Config;
use griot::mailroom::Queue;
use griot::publishing::Press;
use griot::store::{
    Edition, EditionId, EditionState, FrozenParts, NewsletterNumber, Subscriber, SubscriberId, Subscription,
    SubscriptionChange, SubscriptionState, newsletter_number,
};
use griot::token::{Purpose, Token};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const CONFIG: &str = r#"
[publisher]
name = "Harmattan Press"
tagline = "News that travels"
website = "https://www.example.org"
address = "1 Example Street, Accra"

[store]
path = "griot.db"

[web]
public_url = "PUBLIC_URL"

[smtp]
url = "dir:outbox"

[[platform]]
id = "harmattan"
name = "Harmattan"
website = "https://example.org"
feeds = ["https://example.org/feed"]

[[newsletter]]
id = "weekly-brief"
name = "The Weekly Brief"
description = "The week's top stories across our platforms."
from = "Harmattan Press <brief@example.org>"
reply_to = "editors@example.org"
schedule = "0 8 * * FRI"
timezone = "Africa/Accra"

[[newsletter]]
id = "evening"
name = "The Evening Note"
description = "What the day left, <in five lines>."
from = "Harmattan Press <brief@example.org>"
schedule = "0 18 * * MON-FRI"
timezone = "Africa/Accra"
"#;

pub const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
pub const URLENCODED: &str = "application/x-www-form-urlencoded";

pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

pub fn eight_days_later() -> DateTime<Utc> {
    noon() + TimeDelta::days(8)
}

/// The pages of a publisher with one reader, Ada, who gets The Weekly Brief; an edition of it is out.
pub struct Pages {
    pub press: Press,
    pub base: String,
    pub client: Client,
    pub brief: NewsletterNumber,
    pub evening: NewsletterNumber,
    pub ada: SubscriberId,
    pub edition: EditionId,
    pub stop: Option<oneshot::Sender<()>>,
    pub server: Option<JoinHandle<anyhow::Result<()>>>,
    pub dir: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

pub fn press(dir: &tempfile::TempDir, config: &str, clock: fn() -> DateTime<Utc>) -> Press {
    let config = Config::parse(config, &dir.path().join("griot.toml"), &rows::environment(dir.path()));
    Press::create(config.unwrap_or_else(|error| panic!("{error}")), clock).unwrap()
}

pub async fn listen(press: Press) -> (String, oneshot::Sender<()>, JoinHandle<anyhow::Result<()>>) {
    listen_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), press)
}

fn listen_on(listener: TcpListener, press: Press) -> (String, oneshot::Sender<()>, JoinHandle<anyhow::Result<()>>) {
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let (queue, written_down) = Queue::new(press.clone());
    tokio::spawn(written_down);
    let server = tokio::spawn(griot::web::run(press, queue, axum::Router::new(), listener, async {
        stopped.await.unwrap_or_default()
    }));
    (base, stop, server)
}

impl Pages {
    pub async fn open() -> Self {
        Self::open_at("http://127.0.0.1:8080").await
    }

    pub async fn open_at(public_url: &str) -> Self {
        Self::open_with(public_url, "").await
    }

    /// With further tables of the configuration.
    pub async fn open_with(public_url: &str, tables: &str) -> Self {
        Self::open_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), public_url, tables)
    }

    /// Where the pages themselves say they are, so that a browser can follow their links and send their forms.
    pub async fn open_here(tables: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_url = format!("http://{}", listener.local_addr().unwrap());
        Self::open_on(listener, &public_url, tables)
    }

    fn open_on(listener: TcpListener, public_url: &str, tables: &str) -> Self {
        // Another test of the program may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let config = CONFIG.replace("PUBLIC_URL", public_url).replacen("[smtp]", &format!("{tables}\n[smtp]"), 1);
        let press = press(&dir, &config, noon);
        let (brief, evening, ada, edition) = press
            .store()
            .write(|db| {
                let brief = newsletter_number(db, "weekly-brief")?;
                let evening = newsletter_number(db, "evening")?;
                let ada = Subscriber::find_or_add(db, &EmailAddress::parse("ada@example.com")?, "Ada", noon())?.id;
                Subscription::begin(db, brief, ada, SubscriptionState::Confirmed, "import", noon())?;
                let edition = Edition::begin(db, "weekly-brief", Some(noon()), (noon(), noon()), noon())?.unwrap();
                let online = "<!DOCTYPE html><title>The strike & the market</title><p style=\"color:red\">Online";
                let parts = FrozenParts { subject: "The strike & the market", html: "<p>", text: "text", online };
                edition.approve(db, &parts, noon())?;
                edition.change_state(db, &[EditionState::Approved], EditionState::Sending, "", noon())?;
                Ok((brief, evening, ada, edition.id))
            })
            .unwrap();
        let (base, stop, server) = listen_on(listener, press.clone());
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { press, base, client, brief, evening, ada, edition, stop: Some(stop), server: Some(server), dir }
    }

    pub fn token(&self, purpose: Purpose) -> String {
        self.token_for(purpose, if purpose == Purpose::Preferences { 0 } else { self.brief })
    }

    pub fn token_for(&self, purpose: Purpose, newsletter: NewsletterNumber) -> String {
        let expires_at = (purpose == Purpose::Confirm).then(|| noon() + TimeDelta::days(7));
        let edition = (purpose == Purpose::Unsubscribe).then(|| u32::try_from(self.edition.0).unwrap());
        self.press.keys().sign(&Token { purpose, newsletter, subscriber: self.ada.0, edition, expires_at })
    }

    pub fn unsubscribe(&self) -> String {
        format!("/unsubscribe/{}", self.token(Purpose::Unsubscribe))
    }

    pub fn preferences(&self) -> String {
        format!("/preferences/{}", self.token(Purpose::Preferences))
    }

    pub fn confirm(&self) -> String {
        format!("/confirm/{}", self.token(Purpose::Confirm))
    }

    pub async fn ask(&self, method: Method, path: &str, content_type: &str, body: &str) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).body(body.to_owned());
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "", "").await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask(Method::POST, path, URLENCODED, body).await
    }

    /// Fills in the sign-up form as it is shown, and sends it.
    pub async fn sign_up(&self, fields: &str) -> Answer {
        let ticket = self.ticket().await;
        self.post("/subscribe", &format!("ticket={ticket}&{fields}")).await
    }

    /// The ticket of a form that was just shown.
    pub async fn ticket(&self) -> String {
        let form = self.get("/").await;
        let (_, rest) = form.body.split_once(r#"name="ticket" value=""#).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The letters that were queued: kind, address of the subscriber, detail.
    pub fn letters(&self) -> Vec<(String, String, String)> {
        let db = rows::of(self.dir.path());
        let mut query = db
            .prepare(
                "SELECT l.kind, s.email, l.detail FROM letters AS l JOIN subscribers AS s ON s.id = l.subscriber_id
                 ORDER BY l.id",
            )
            .unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// See [`everything`].
    pub fn everything(&self) -> String {
        everything(self.dir.path())
    }

    pub fn state_of(&self, newsletter: NewsletterNumber) -> Option<SubscriptionState> {
        let found = self.press.store().read(|db| Subscription::find(db, newsletter, self.ada)).unwrap();
        found.map(|subscription| subscription.state)
    }

    pub fn changes(&self) -> Vec<(String, String, String)> {
        let changes = self.press.store().read(|db| SubscriptionChange::of(db, self.ada)).unwrap();
        changes.into_iter().map(|change| (change.state, change.changed_by, change.edition)).collect()
    }

    /// Takes Ada's rows away, as the right to be forgotten asks.
    pub fn erase(&self) {
        let store = self.press.store();
        store.write(|db| Subscriber::find(db, self.ada)?.unwrap().erase(db, noon())).unwrap();
    }
}

/// Everything in the store of this folder, as text: to be compared.
pub fn everything(folder: &Path) -> String {
    let db = rows::of(folder);
    rows::tables(&db).iter().map(|table| rows::of_table(&db, table)).collect()
}

pub fn change(state: &str, by: &str, edition: &str) -> (String, String, String) {
    (state.to_owned(), by.to_owned(), edition.to_owned())
}

pub fn multipart(fields: &str) -> (String, String) {
    let (name, value) = fields.split_once('=').unwrap();
    let boundary = "----MailProgram7d1";
    let body =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--{boundary}--\r\n");
    (format!("multipart/form-data; boundary={boundary}"), body)
}
