//! Another system of the publisher's that is called by webhooks, on a free port until the test ends. It judges every
//! signature by itself.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// 32 octets.
pub const KEY: &[u8] = b"drum beats far over the hills..!";

/// As it stands in a configuration.
pub fn secret() -> String {
    format!("whsec_{}", BASE64.encode(KEY))
}

/// What is answered to one call.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Status line and further header lines, each with its end.
    Say(&'static str, &'static str),
    /// Nothing, for ever.
    Nothing,
}

/// A call as it came; its signature was right.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Call {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    fn check(&self) {
        let (id, timestamp) = (self.id(), &self.headers["webhook-timestamp"]);
        let signed = hmac(KEY, format!("{id}.{timestamp}.{}", self.body).as_bytes());
        assert_eq!(self.headers["webhook-signature"], format!("v1,{}", BASE64.encode(&signed)), "{self:?}");
        assert_eq!(self.headers["content-type"], "application/json");
        assert!(self.headers["user-agent"].starts_with("griot/"), "{self:?}");
    }
}

/// RFC 2104 by hand, for keys that are no longer than a block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let padded = |byte: u8| block.map(|one| one ^ byte).to_vec();
    let inner = Sha256::digest([padded(0x36), text.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}

#[derive(Clone, Default)]
pub struct Receiver {
    pub base: String,
    calls: Arc<Mutex<Vec<Call>>>,
    replies: Arc<Mutex<HashMap<String, VecDeque<Reply>>>>,
}

impl Receiver {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self { base: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let answering = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answering.clone().answer(stream));
            }
        });
        receiver
    }

    /// The table of a webhook that is at a path of this one, with further lines.
    pub fn table(&self, id: &str, more: &str) -> String {
        let (base, secret) = (&self.base, secret());
        format!(
            "[[webhook]]\nid = \"{id}\"\nurl = \"{base}/{id}?key=hunter2\"\nsecret = \"{secret}\"\n\
             allow_private = true\n{more}\n"
        )
    }

    /// What the next calls of a webhook are answered; all others are answered well.
    pub fn reply(&self, id: &str, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().entry(id.to_owned()).or_default().extend(replies);
    }

    /// The calls of a webhook so far.
    pub fn calls(&self, id: &str) -> Vec<Call> {
        let calls = self.calls.lock().unwrap();
        let of = calls.iter().filter(|call| call.path == format!("/{id}?key=hunter2")).cloned().collect::<Vec<_>>();
        of.iter().for_each(Call::check);
        of
    }

    pub fn kinds(&self, id: &str) -> Vec<String> {
        self.calls(id).iter().map(Call::kind).collect()
    }

    async fn answer(self, mut stream: TcpStream) {
        let Some(call) = read(&mut stream).await else { return };
        let id = call.path.trim_start_matches('/').split('?').next().unwrap().to_owned();
        self.calls.lock().unwrap().push(call);
        let reply = self.replies.lock().unwrap().get_mut(&id).and_then(VecDeque::pop_front);
        let (status, headers) = match reply {
            Some(Reply::Nothing) => return std::future::pending().await,
            Some(Reply::Say(status, headers)) => (status, headers),
            None => ("200 OK", ""),
        };
        let said = "heard by the crm";
        let length = said.len();
        let answer =
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{said}");
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    loop {
        let mut more = [0; 4096];
        let count = stream.read(&mut more).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&more[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let mut lines = head.lines();
        let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        };
        let headers: BTreeMap<String, String> = lines.map(header).collect();
        if body.len() >= headers["content-length"].parse().unwrap() {
            return Some(Call { path, headers, body: body.to_owned() });
        }
    }
}
