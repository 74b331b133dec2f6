//! Over the network: one call, one answer.

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::signature::signature;
use crate::config::{Webhook, WebhookSecret};
use crate::feeds::{GuardedClient, RetryAfter};

/// From the look-up of the name to the answer.
const TIME: Duration = Duration::from_secs(15);
/// Bytes of an answer's body that are read, where it is shown to somebody.
const MAX_BODY: usize = 4 * 1024;
/// Characters of it that are shown.
const MAX_SHOWN: usize = 300;
/// Where the operator opens private addresses to a webhook, for who is refused.
const SWITCH: &str = "its [[webhook]]";

/// Calls one webhook: signed, within bounds, and on the public Internet only unless told otherwise (rule W: SSRF).
#[derive(Clone, Debug)]
pub struct Caller {
    url: Url,
    secret: WebhookSecret,
    client: GuardedClient,
    time: Duration,
}

/// What is told.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The same at every try, so that the receiver knows it again.
    pub id: &'a str,
    pub body: &'a str,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Any 2xx.
    Taken(StatusCode),
    /// 410: it wants to be told nothing more.
    Gone,
    /// `after` is how long it wants to be left alone.
    Failed { reason: String, after: RetryAfter },
}

impl Caller {
    /// Names `website` to the server. Fails before the process has a rustls crypto provider.
    pub fn new(webhook: &Webhook, website: &str) -> Result<Self> {
        let client = GuardedClient::new(website, webhook.allow_private, SWITCH)?;
        Ok(Self { url: webhook.url.as_url().clone(), secret: webhook.secret.clone(), client, time: TIME })
    }

    /// Makes a call. The body of the answer is not read.
    pub async fn call(&self, message: Message<'_>, now: DateTime<Utc>) -> Result<Answer> {
        let headers = self.headers(message, now)?;
        let sent = self.client.send(Method::POST, &self.url, headers, message.body.to_owned());
        Ok(match tokio::time::timeout(self.time, sent).await {
            Ok(Ok(response)) => judged(&response),
            Ok(Err(reason)) => failed(reason),
            Err(_) => self.too_slow(),
        })
    }

    /// The same for who waits for the answer, with the beginning of what it says.
    pub async fn call_aloud(&self, message: Message<'_>, now: DateTime<Utc>) -> Result<(Answer, String)> {
        let headers = self.headers(message, now)?;
        let sent = async {
            let response = self.client.send(Method::POST, &self.url, headers, message.body.to_owned()).await;
            match response {
                Ok(response) => {
                    let answer = judged(&response);
                    (answer, beginning(response).await)
                }
                Err(reason) => (failed(reason), String::new()),
            }
        };
        let answered = tokio::time::timeout(self.time, sent).await;
        Ok(answered.unwrap_or_else(|_| (self.too_slow(), String::new())))
    }

    fn headers(&self, message: Message<'_>, now: DateTime<Utc>) -> Result<HeaderMap> {
        let timestamp = now.timestamp();
        let signed = signature(self.secret.bytes(), message.id, timestamp, message.body)?;
        Ok(HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (HeaderName::from_static("webhook-id"), HeaderValue::from_str(message.id)?),
            (HeaderName::from_static("webhook-timestamp"), HeaderValue::from(timestamp)),
            (HeaderName::from_static("webhook-signature"), HeaderValue::from_str(&signed)?),
        ]))
    }

    fn too_slow(&self) -> Answer {
        failed(format!("it took longer than {} seconds", self.time.as_secs_f32()))
    }
}

fn failed(reason: String) -> Answer {
    Answer::Failed { reason, after: RetryAfter::Unsaid }
}

fn judged(response: &Response) -> Answer {
    let status = response.status();
    match status {
        _ if status.is_success() => Answer::Taken(status),
        StatusCode::GONE => Answer::Gone,
        _ if status.is_redirection() => {
            failed(format!("it answered {status}, and redirects are not followed: correct its url"))
        }
        _ => Answer::Failed { reason: format!("it answered {status}"), after: RetryAfter::of(response.headers()) },
    }
}

/// The first words of an answer, on one line; empty where there are none, or they break off.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BODY
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(MAX_BODY);
    let text = String::from_utf8_lossy(&bytes).replace(char::is_control, " ");
    text.trim().chars().take(MAX_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use data_encoding::BASE64;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::{Config, Environment};

    fn caller(port: u16, allow_private: bool) -> Caller {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let secret = format!("whsec_{}", BASE64.encode(&[7; 32]));
        let scheme = if allow_private { "http" } else { "https" };
        let table = format!(
            "[[webhook]]\nid = \"crm\"\nurl = \"{scheme}://127.0.0.1:{port}/\"\nsecret = \"{secret}\"\n\
             allow_private = {allow_private}\n"
        );
        let text = format!("{}\n{table}", include_str!("../../config.example.toml"));
        let config = Config::parse(&text, std::path::Path::new("griot.toml"), &Environment::default());
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        Caller { time: Duration::from_millis(300), ..Caller::new(&config.webhooks[0], "https://example.org").unwrap() }
    }

    async fn asked(answer: &'static str) -> Answer {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        });
        let message = Message { id: "msg_1", body: "{}" };
        let answer = caller(port, true).call(message, DateTime::UNIX_EPOCH).await.unwrap();
        server.abort();
        answer
    }

    #[tokio::test]
    async fn the_status_is_the_answer_and_nothing_else_is_waited_for() {
        assert_eq!(asked("HTTP/1.1 204 No Content\r\n\r\n").await, Answer::Taken(StatusCode::NO_CONTENT));
        // Its body never ends.
        assert_eq!(asked("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx").await, Answer::Taken(StatusCode::OK));
        assert_eq!(asked("HTTP/1.1 410 Gone\r\n\r\n").await, Answer::Gone);
        let after = RetryAfter::Delay(Duration::from_secs(120));
        let busy = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\n\r\n";
        assert_eq!(asked(busy).await, Answer::Failed { reason: "it answered 503 Service Unavailable".into(), after });
        let Answer::Failed { reason, .. } = asked("").await else { panic!("nothing is an answer") };
        assert_eq!(reason, "it took longer than 0.3 seconds");
    }

    #[tokio::test]
    async fn w_ssrf_no_redirect_is_followed_and_no_machine_of_the_inside_is_told() {
        let to = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\n\r\n";
        let Answer::Failed { reason, .. } = asked(to).await else { panic!("it was followed") };
        assert_eq!(reason, "it answered 307 Temporary Redirect, and redirects are not followed: correct its url");
        let message = Message { id: "msg_1", body: "{}" };
        let answer = caller(9, false).call(message, DateTime::UNIX_EPOCH).await.unwrap();
        let Answer::Failed { reason, .. } = answer else { panic!("it was called") };
        let refused = "its address 127.0.0.1 is not on the public Internet; to reach it all the same, set \
                       allow_private = true in its [[webhook]]";
        assert_eq!(reason, refused);
    }
}
