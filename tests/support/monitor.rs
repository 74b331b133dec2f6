//! What watches over a daemon: asks one thing over HTTP, each over a connection of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// The answer to a GET with these lines of header, each ended by CRLF.
pub fn ask(port: u16, path: &str, headers: &str) -> Told {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Told { status, head: head.to_owned(), body: body.to_owned() }
}

/// The value of each sample of `/metrics`, by its name with its labels in order.
pub fn samples(port: u16) -> std::collections::BTreeMap<String, f64> {
    let told = ask(port, "/metrics", "");
    assert_eq!(told.status, 200, "{told:?}");
    let lines = told.body.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}
