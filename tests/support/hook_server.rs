//! griot's webhooks on a free port, with the real queue and store behind them. What they fetch comes from this test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use griot::feedback::Own;
use griot::mailroom::Queue;
use griot::publishing::Press;
use griot::token::Keys;
use griot::web::{Fetch, Hooks};
use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode};
use tokio::net::TcpListener;

use super::pages;

pub struct HookServer {
    pub press: Press,
    keys: Arc<Keys>,
    pub base: String,
    pub client: Client,
    /// The URLs that were asked for, in order.
    pub fetched: Arc<Mutex<Vec<String>>>,
    _dir: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Status and text: what most tests look at.
    pub fn told(&self) -> (u16, &str) {
        (self.status.as_u16(), self.text.as_str())
    }
}

/// What a request answers that said one thing, for the first time.
pub const TAKEN: (u16, &str) = (200, "taken: 1, known before: 0\n");
/// What a request answers that said nothing of consequence.
pub const NOTHING: (u16, &str) = (200, "taken: 0, known before: 0\n");

pub fn press(tables: &str, clock: fn() -> DateTime<Utc>) -> (Press, tempfile::TempDir) {
    // Another test of the program may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let config = format!("{}\n{tables}", pages::CONFIG.replace("PUBLIC_URL", "https://brief.example.org"));
    (pages::press(&dir, &config, clock), dir)
}

/// Serves a press whose queue is written down or not, as the test pleases.
pub async fn serve(press: &Press, queue: Queue, fetch: Fetch) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (tally, _) = griot::tally::Tally::new(press.clone()).unwrap();
    let router = griot::web::router(press.clone(), Hooks::with_fetch(press.clone(), queue, fetch), tally);
    tokio::spawn(griot::web::serve(router, listener, std::future::pending()));
    base
}

pub fn client() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub async fn post(client: &Client, url: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    let mut request = client.post(url).body(body.into());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

impl HookServer {
    /// `tables` are those of `[hooks]`; `answers` is what is found where, and everything else is nowhere.
    pub async fn open(tables: &str, clock: fn() -> DateTime<Utc>, answers: &[(&str, &[u8])]) -> Self {
        let (press, dir) = press(tables, clock);
        let fetched = Arc::new(Mutex::new(Vec::new()));
        let (asked, answers) = (fetched.clone(), owned(answers));
        let fetch: Fetch = Box::new(move |url| {
            asked.lock().unwrap().push(url.to_string());
            let answer = answers.get(url.as_str()).cloned().ok_or_else(|| "it answered 404 Not Found".to_owned());
            Box::pin(async { answer })
        });
        let (queue, written_down) = Queue::new(press.clone());
        tokio::spawn(written_down);
        let base = serve(&press, queue, fetch).await;
        let keys = press.keys();
        Self { press, keys, base, client: client(), fetched, _dir: dir }
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        post(&self.client, &format!("{}{path}", self.base), headers, body).await
    }

    pub fn own(&self) -> Own<'_> {
        Own { keys: Some(&self.keys) }
    }

    pub fn fetched(&self) -> Vec<String> {
        self.fetched.lock().unwrap().clone()
    }
}

fn owned(answers: &[(&str, &[u8])]) -> HashMap<String, Vec<u8>> {
    answers.iter().map(|(url, bytes)| ((*url).to_owned(), bytes.to_vec())).collect()
}

/// The bytes with each one changed in turn, with where.
pub fn flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).map(|place| {
        let mut other = bytes.to_vec();
        other[place] ^= 1;
        (place, other)
    })
}
