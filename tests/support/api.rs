//! The API beside the desk on a free port, and programs that use it with tokens.

use griot::delivery::Stop;
use griot::mailroom::Queue;
use griot::staff::{self, NewToken};
use griot::store::Scope;
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::net::TcpListener;

use super::desk::Desk;
use super::pages::{Answer, noon};

pub struct Api {
    pub desk: Desk,
    pub base: String,
}

impl Api {
    /// At noon, over HTTP.
    pub async fn open() -> Self {
        let desk = Desk::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (queue, written_down) = Queue::new(desk.press.clone());
        tokio::spawn(written_down);
        let others =
            griot::desk::router(desk.press.clone(), Stop::new().1).merge(griot::api::router(desk.press.clone()));
        tokio::spawn(griot::web::run(desk.press.clone(), queue, others, listener, std::future::pending()));
        Self { desk, base }
    }

    /// A program with a new token of these scopes.
    pub fn program(&self, name: &str, scopes: &[Scope]) -> Program {
        let new = NewToken { name: name.to_owned(), scopes: scopes.to_vec(), lasts: None };
        let secret = staff::add_token(self.desk.press.store(), "the command line", &new, noon()).unwrap();
        self.with_secret(secret.as_str())
    }

    pub fn with_secret(&self, secret: &str) -> Program {
        let client = Client::builder().no_proxy().build().unwrap();
        Program { base: self.base.clone(), authorization: format!("Bearer {secret}"), client }
    }
}

#[derive(Clone)]
pub struct Program {
    base: String,
    pub authorization: String,
    client: Client,
}

impl Program {
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).body(body.to_owned());
        if !self.authorization.is_empty() {
            request = request.header("authorization", &self.authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], "").await
    }

    /// With a JSON body, and If-Match where it is not empty.
    pub async fn json(&self, method: Method, path: &str, tag: &str, body: Value) -> Answer {
        let mut headers = vec![("content-type", "application/json")];
        if !tag.is_empty() {
            headers.push(("if-match", tag));
        }
        self.send(method, path, &headers, &body.to_string()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, "", body).await
    }
}

impl Answer {
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Checks that it is a problem document with this status, and gives its detail.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.value();
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["type"].as_str().unwrap().starts_with("urn:griot:problem:"), "{problem}");
        assert!(!problem["title"].as_str().unwrap().is_empty(), "{problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}
